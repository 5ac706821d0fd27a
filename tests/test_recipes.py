"""The tables of other runs, from rows whose figures are known."""

import dataclasses
import re
from html import escape
from typing import Any

import pytest

from space.model.history import settings_of
from space.report.recipes import ingredients, recipes
from tests.test_learned import BUNDLE, EVIL, page_of

SCORE = "mean volume Dice"
SETTINGS = settings_of(BUNDLE.contract)


def row(run: str, dice: float, changed: float | None) -> dict[str, object]:
    return {
        "run": run,
        "settings": SETTINGS,
        "parameters": 193409,
        "epochs": 4,
        "minutes": 61.2,
        "minutes_to_useful": None,
        "validation": {SCORE: dice},
        "test": {SCORE: dice - 0.1, "pooled Dice": dice - 0.2},
        "changed": changed,
    }


ROWS = [row("nothing-left-out", 0.8, 0.7), row("no-average", 0.7, 0.72), row("no-noise", 0.85, 0.5)]


def bars(text: str) -> list[tuple[str, float]]:
    return [(side, float(width)) for side, width in re.findall(r"<span class='(\w+)' style='width:([\d.]+)%'", text)]


def test_a_bar_is_as_long_as_its_difference_from_the_whole_recipe():
    lost, won = "lost", "won"
    expected = [(won, 0), (won, 0), (lost, 23), (won, 4.6), (won, 11.5), (lost, 46)]  # the largest difference is 0.2
    assert bars(ingredients(ROWS, BUNDLE.contract)) == expected


def test_each_line_has_its_name_and_its_two_figures():
    text = ingredients(ROWS, BUNDLE.contract)
    assert "for 4 epochs only" in text
    for name, dice, changed in (("no average", "0.700", "0.720"), ("no noise", "0.850", "0.500")):
        assert re.search(f"<th>{name}</th><td class='number'>{dice}</td>.*?<td class='number'>{changed}</td>", text)


def test_a_recipe_that_is_but_shortened_needs_no_more_words():
    shortened = ROWS[0] | {"settings": SETTINGS | {"epochs": 4}}
    assert "for 4 epochs only, with" in ingredients([shortened], BUNDLE.contract)


def test_a_recipe_that_is_another_than_the_models_says_so():
    other = ROWS[0] | {"settings": SETTINGS | {"optimizer": "adamw", "epochs": 4, "neighbours": 0}}
    text = ingredients([other], BUNDLE.contract)
    assert "for 4 epochs only and with other settings than this model's (neighbours 0, optimizer adamw), with" in text


def test_runs_without_a_figure_on_changed_slices_have_no_bar():
    text = ingredients([row("nothing-left-out", 0.8, None), row("no-average", 0.7, None)], BUNDLE.contract)
    assert "n/a" in text
    assert bars(text) == [("won", 0), ("won", 0), ("lost", 46), ("won", 0)]


def test_a_recipe_has_its_cost_and_its_scores():
    text = recipes([row("notebook", 0.8, None)])
    for said in ("the network published with the article", "193,409", ">61<", "never", "0.800", "0.700", "0.600"):
        assert said in text


def test_a_recipe_without_a_preset_of_its_name_says_how_it_differs():
    older = row("older", 0.8, None) | {"settings": SETTINGS | {"optimizer": "adamw", "epochs": 36}}
    assert "optimizer adamw, epochs 36" in recipes([ROWS[0], older])


def test_a_recipe_that_was_not_tried_on_test_still_has_its_line():
    untried = {name: value for name, value in row("article", 0.8, None).items() if name != "test"}
    assert recipes([untried]).count("n/a") == 2


@pytest.mark.parametrize("entry", ["ablation", "recipes"])
def test_a_bundle_shows_the_tables_that_it_has(entry):
    headings = {"ablation": "What each ingredient is worth", "recipes": "Other recipes on the same slices"}
    kept = {name: value for name, value in BUNDLE.metrics.items() if name not in headings}
    several: list[dict[str, Any]] = [{}, {entry: ROWS}, {entry: [{}]}, {entry: 3}]
    for entries in several:
        page = page_of(dataclasses.replace(BUNDLE, metrics=kept | entries))
        assert (headings[entry] in page) == bool(entries)
        assert ("does not hold what belongs here" in page) == (entries in several[2:])


def test_names_from_outside_are_text_and_never_html():
    for text in (ingredients([row(EVIL, 0.8, 0.7)], BUNDLE.contract), recipes([row(EVIL, 0.8, 0.7)])):
        assert EVIL not in text
        assert escape(EVIL) in text
