"""The tables of other runs, from rows whose figures are known."""

import re
from html import escape
from typing import Any

from space.model.figures import Headline, Reached
from space.report.recipes import caveat, costs, ingredients, judged, most_worth, recipes
from tests.bundles import BUNDLE, EVIL

CONTRACT = BUNDLE.contract


def row(run: str, dice: float, changed: float | None, **settings: Any) -> Reached:
    """Return a run of four epochs, with the bundled model's settings but for some."""
    test = Headline(mean_volume_dice=dice - 0.1, pooled_dice=dice - 0.2, mean_slice_dice=None)
    return Reached(
        run=run,
        preset="default",
        settings=CONTRACT.settings.but(**settings),
        parameters=193409,
        epochs=4,
        minutes=61.2,
        images_per_second=30,
        minutes_to_useful=None,
        validation=Headline(mean_volume_dice=dice, pooled_dice=dice, mean_slice_dice=dice),
        test=test,
        changed=changed,
    )


ROWS = [row("nothing-left-out", 0.8, 0.7), row("no-masks", 0.7, 0.72), row("no-noise", 0.85, 0.5)]


def bars(text: str) -> list[tuple[str, float]]:
    return [(side, float(width)) for side, width in re.findall(r"<span class='(\w+)' [^>]*width:([\d.]+)%", text)]


def test_a_bar_is_as_long_as_its_difference_from_the_whole_recipe():
    lost, won = "lost", "won"
    expected = [(won, 0), (won, 0), (lost, 23), (won, 4.6), (won, 11.5), (lost, 46)]  # the largest difference is 0.2
    assert bars(ingredients(ROWS, CONTRACT)) == expected


def test_each_line_has_its_name_and_its_two_figures():
    text = ingredients(ROWS, CONTRACT)
    assert "for 4 epochs, each time" in text
    for name, dice, changed in (("no masks", "0.700", "0.720"), ("no noise", "0.850", "0.500")):
        assert re.search(
            f"<th scope='row'>{name}</th><td class='number'>{dice}</td>.*?<td class='number'>{changed}</td>", text
        )


def test_what_works_over_a_whole_training_is_not_judged_by_a_short_one():
    rows = [*ROWS, row("no-average-of-the-weights", 0.99, 0.99, average=0.0)]
    text = ingredients(rows, CONTRACT)
    assert judged(rows) == ROWS
    assert bars(text) == bars(ingredients(ROWS, CONTRACT))
    assert "0.990" not in text  # more than the whole recipe reached, and it means nothing
    assert "Not shown: 'no average of the weights'." in caveat(rows)
    assert escape(caveat(rows), quote=True) in text
    assert caveat(ROWS) == ""
    both = caveat([*rows, row("constant-learning-rate", 0.8, 0.7, schedule="constant")])
    assert "'no average of the weights' and 'constant learning rate'" in both
    assert "4 epochs cannot judge them" in both


def test_the_bundled_tables_bars_are_the_ingredients_that_can_be_judged():
    rows = BUNDLE.metrics.ablation
    late = [one for one in rows if (one.settings.average, one.settings.schedule) != (0.998, "cosine")]
    assert {one.run for one in late} == {"no-average-of-the-weights", "constant-learning-rate"}
    assert len(bars(ingredients(rows, CONTRACT))) == 2 * (len(rows) - len(late))


def test_what_is_worth_most_is_told_first():
    late = row("no-average-of-the-weights", 0.3, 0.1, average=0.0)  # too early to judge
    assert most_worth([*ROWS, late]).endswith(
        "in trainings of 4 epochs. Most was lost by 'no masks': 0.100 of the mean volume Dice on validation."
    )
    assert "lost" not in most_worth([ROWS[0], ROWS[2]])


def test_terms_are_explained_where_they_stand():
    text = ingredients([ROWS[0], row("AdamW-instead-of-Muon", 0.7, 0.6)], CONTRACT)
    assert "AdamW instead of Muon <span class='quiet'>another rule for the size of each step</span>" in text


def test_a_recipe_that_is_but_shortened_needs_no_more_words():
    assert "for 4 epochs, each time" in ingredients([row("nothing-left-out", 0.8, 0.7, epochs=4)], CONTRACT)


def test_a_recipe_that_is_another_than_the_models_says_so():
    other = row("nothing-left-out", 0.8, 0.7, optimizer="adamw", epochs=4, neighbours=0)
    text = ingredients([other], CONTRACT)
    assert "for 4 epochs, with other settings than this model's (neighbours 0, optimizer adamw), each" in text


def test_runs_without_a_figure_on_changed_slices_have_no_bar():
    text = ingredients([row("nothing-left-out", 0.8, None), row("no-noise", 0.7, None)], CONTRACT)
    assert "n/a" in text
    assert bars(text) == [("won", 0), ("won", 0), ("lost", 46), ("won", 0)]


def test_a_recipe_has_its_scores_and_its_cost():
    rows = [row("notebook", 0.8, None)]
    for said in ("The network published with the article", "0.800", "0.700"):
        assert said in recipes(rows)
    for said in ("notebook", "193,409", ">61<", "never"):
        assert said in costs(rows)


def test_a_recipe_without_a_preset_of_its_name_says_how_it_differs_among_the_costs():
    rows = [ROWS[0], row("older", 0.8, None, optimizer="adamw", epochs=36)]
    assert "optimizer adamw, epochs 36" in costs(rows)
    assert "older <span class='quiet'>other settings: see &#x27;What each recipe cost&#x27;</span>" in recipes(rows)


def test_a_recipe_that_was_not_tried_on_test_still_has_its_line():
    assert recipes([row("article", 0.8, None).model_copy(update={"test": None})]).count("n/a") == 1


def test_names_from_outside_are_text_and_never_html():
    late = row(EVIL, 0.8, 0.7, average=0.0)
    evil = [row(EVIL, 0.8, 0.7)]
    for text in (
        escape(most_worth([ROWS[0], row(EVIL, 0.7, 0.7)])),
        ingredients([ROWS[0], *evil, late], CONTRACT),
        recipes(evil),
        costs(evil),
    ):
        assert EVIL not in text
        assert escape(EVIL) in text
