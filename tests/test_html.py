"""Tables and folds: what is escaped, what is a number."""

from html import escape

from space.report.html import folded, table
from tests.bundles import EVIL


def test_a_table_names_its_rows_and_sets_numbers_with_thousands():
    assert table("Counts", ["", "slices"], [("test", 1234)]) == (
        "<div class='scroll' role='group' tabindex='0' aria-label='Counts'>"
        "<table><thead><tr><td></td><th scope='col' class='number'>slices</th></tr></thead>"
        "<tbody><tr><th scope='row'>test</th><td class='number'>1,234</td></tr></tbody></table></div>"
    )


def test_a_row_can_say_what_its_name_means():
    text = table("", ["", "value"], [(("seed", "of the weights"), "0")], numbers=False)
    assert "<th scope='row'>seed <span class='quiet'>of the weights</span></th><td>0</td>" in text


def test_texts_are_never_html():
    for text in (table(EVIL, [EVIL], [((EVIL, EVIL), EVIL), (EVIL, EVIL)]), folded(EVIL, "")):
        assert EVIL not in text
        assert escape(EVIL) in text
