"""Figures in words, from runs and splits whose numbers are known."""

import math
from typing import Any

from space.model.figures import Headline, Reached
from space.model.settings import RecordedSettings
from space.report.labels import DICE
from tests.bundles import BUNDLE
from trainer.presets import PRESETS
from trainer.report import markdown, metric_table, print_robustness, print_split, table_of

METRICS = BUNDLE.metrics


def reached(run: str, preset: str, **changes: Any) -> Reached:
    """Return a run of four epochs of a minute each, with a preset's settings but for some."""
    settings = {name: changes.pop(name) for name in list(changes) if name not in Reached.model_fields}
    recorded = RecordedSettings(**PRESETS[preset].model_dump() | {"epochs": 4} | settings)
    known: dict[str, Any] = {
        "parameters": 193_409,
        "epochs": 4,
        "minutes": 4.2,
        "images_per_second": 30.4,
        "minutes_to_useful": 2.0,
        "validation": Headline(mean_volume_dice=0.75, pooled_dice=0.74, mean_slice_dice=0.65),
    }
    return Reached(run=run, preset=preset, settings=recorded, **known | changes)


def cells(line: str) -> list[str]:
    return line.strip("| ").split(" | ")


def table(*rows: Reached, model: Reached | None = None) -> list[dict[str, str]]:
    """Return the printed table, a dictionary for each run."""
    head, _, *lines = map(cells, markdown(rows, model).splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_the_labels_are_of_the_three_dice():
    assert list(DICE) == list(Headline.model_fields)


def test_each_run_has_its_cost_and_its_scores():
    test = Headline(mean_volume_dice=0.7, pooled_dice=None, mean_slice_dice=0.6)
    rows = table(reached("tiny", "tiny"), reached("notebook", "notebook", test=test, changed=0.5))
    assert rows[1] == {
        "run": "notebook",
        "differs in": "preset notebook",
        "parameters": "193,409",
        "epochs": "4",
        "minutes": "4",
        "images/s": "30",
        "minutes to 0.70": "2",
        "validation: volume Dice": "0.750",
        "validation: pooled": "0.740",
        "validation: slice": "0.650",
        "changed slices": "0.500",
        "test: volume Dice": "0.700",
        "test: pooled": "n/a",
        "test: slice": "0.600",
    }
    assert rows[0]["changed slices"] == rows[0]["test: pooled"] == "-"


def test_a_run_that_was_stopped_says_so():
    row = reached("notebook", "notebook")
    stopped = row.model_copy(update={"settings": row.settings.but(epochs=75)})
    assert table(stopped)[0]["epochs"] == "4 of 75"


def test_figures_that_no_run_has_make_no_column():
    headings = table(reached("run", "tiny", minutes_to_useful=None))[0]
    assert not [heading for heading in headings if heading.startswith(("test", "changed", "minutes to"))]


def test_a_run_is_told_by_what_differs_from_the_first_and_the_first_by_what_differs_from_the_model():
    rows = [reached("whole", "tiny"), reached("other", "tiny", blur=0.0, filters=(8, 12)), reached("far", "notebook")]
    assert [row.get("differs in") for row in table(*rows)] == ["-", "filters (8, 12), blur 0.0", "preset notebook"]
    model = reached("model", "tiny", seed=3)
    assert table(rows[0], model=model)[0]["differs in"] == "seed 0"


def test_a_bar_in_a_name_does_not_end_its_cell():
    assert table_of(["run"], [("a|b",)]).splitlines()[-1] == "| a\\|b |"


def test_each_split_has_a_line_with_its_figures():
    head, _, *lines = map(cells, metric_table(METRICS).splitlines())
    for name, line in zip(("test", "validation"), lines, strict=True):
        split, shown = METRICS.splits[name], dict(zip(head, line, strict=True))
        assert shown["split"] == name
        assert shown["mean volume Dice"] == f"{split.mean_volume_dice:.3f}"
        assert shown["pooled Dice"] == f"{split.pooled.dice:.3f}"
        assert shown["worst subject"] == f"{min(row.dice or 0 for row in split.per_subject):.3f}"
        empty = split.without_organ
        assert line[-1] == f"{empty.slices_with_false_positives} of {empty.slices}"


def test_the_terminal_shows_every_subject_and_each_dice_under_its_name(capsys):
    test = METRICS.test
    print_split("[model]", "test", test)
    said = capsys.readouterr().out
    assert "[model], test split" in said
    for row in test.per_subject:
        line = next(line for line in said.splitlines() if row.subject in line)
        assert f"{row.dice:.3f}" in line
    for label, value in zip(
        DICE.values(), (test.mean_volume_dice, test.pooled.dice, test.mean_slice_dice), strict=True
    ):
        line = next(line for line in said.splitlines() if line.startswith(label.name))
        assert f"{value:.3f}" in line
    assert "6 of 78" in said


def test_undefined_scores_are_shown_as_such_on_the_terminal(capsys):
    print_split("model", "test", METRICS.test.model_copy(update={"mean_volume_dice": None}))
    assert "mean volume Dice   n/a" in capsys.readouterr().out


def test_the_terminal_shows_the_dice_under_each_change(capsys):
    found = METRICS.robustness
    print_robustness("model", found)
    said = capsys.readouterr().out.splitlines()
    changed = []
    for change in found.changes:
        place = next(place for place, line in enumerate(said) if line.strip().startswith(change.name))
        shown = said[place].removeprefix(f"  {change.name}").removesuffix(change.unit).split()
        trained = [strength for strength in shown if strength.endswith("*")]
        assert [float(strength.rstrip("*")) for strength in shown[: len(change.strengths)]] == list(change.strengths)
        assert trained == [f"{change.trained:g}*"]
        assert said[place + 1].split() == [f"{dice:.3f}" for dice in change.dice]
        changed += [dice for at, dice in zip(change.strengths, change.dice, strict=True) if at != change.trained]
    mean = math.fsum(dice for dice in changed if dice is not None) / len(changed)
    assert said[-1] == f"* as in training. Mean over all changes: {mean:.3f}"


def test_the_reliability_on_the_terminal_is_that_of_the_table(capsys):
    certain_in_half = [[50, 50, 0]] * 129 + [[0, 0, 50]] * 127  # 100 pixels, all of probability 128/255
    print_split("model", "test", METRICS.test.model_copy(update={"table": tuple(map(tuple, certain_in_half))}))
    said = capsys.readouterr().out.split("reliability")[1]
    assert [line.split()[1::2] for line in said.splitlines() if "0." in line] == [["0.502", "0.500"]]
