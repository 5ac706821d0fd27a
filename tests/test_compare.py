"""The table of runs: what it says of each, from the files of runs whose numbers are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from space.errors import UserError
from space.model.history import COLUMNS
from space.model.settings import Settings
from trainer.compare import compare, markdown, minutes_to
from trainer.presets import PRESETS

VALIDATION = (0.2, 0.71, 0.69, 0.75)
SCORES = {"validation": 0.75, "test": 0.7}


def write_run(folder: Path, preset: str, settings: Settings) -> Path:
    """Write the files of a run of four epochs of a minute each."""
    folder.mkdir()
    config = {"preset": preset, "settings": settings.model_dump()}
    (folder / "config.json").write_text(json.dumps(config))
    rows = [[i, 1, 0.5, 1, 0.5, dice, 1e-3, 10 * i, 60] for i, dice in enumerate(VALIDATION, 1)]
    lines = [",".join(COLUMNS), *(",".join(map(str, row)) for row in rows)]
    (folder / "history.csv").write_text("\n".join(lines) + "\n")
    metrics = {
        split: {"mean_volume_dice": dice, "pooled": {"dice": dice - 0.01}, "mean_slice_dice": dice - 0.1}
        for split, dice in SCORES.items()
    }
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return folder


def cells(line: str) -> list[str]:
    return line.strip("| ").split(" | ")


def table(runs: list[Path]) -> list[dict[str, str]]:
    """Return the printed table, a dictionary a run."""
    head, _, *rows = map(cells, markdown(compare(runs)).splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_each_run_has_its_cost_and_its_scores(tmp_path):
    tiny = PRESETS["tiny"]
    first = write_run(tmp_path / "tiny", "tiny", tiny)
    notebook = write_run(tmp_path / "notebook", "notebook", PRESETS["notebook"].but(epochs=4))
    assert table([first, notebook])[1] == {
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
        "test: volume Dice": "0.700",
        "test: pooled": "0.690",
        "test: slice": "0.600",
    }


def test_a_run_that_was_stopped_says_so(tmp_path):
    run = write_run(tmp_path / "notebook", "notebook", PRESETS["notebook"])
    assert table([run])[0]["epochs"] == "4 of 75"


def test_figures_that_no_run_has_make_no_column(tmp_path):
    run = write_run(tmp_path / "run", "tiny", PRESETS["tiny"])
    known = json.loads((run / "metrics.json").read_text())
    (run / "metrics.json").write_text(json.dumps({"validation": known["validation"]}))
    assert not [heading for heading in table([run])[0] if heading.startswith("test")]


def test_dice_on_changed_slices_is_the_mean_over_all_changes(tmp_path):
    run = write_run(tmp_path / "run", "tiny", PRESETS["tiny"])
    known = json.loads((run / "metrics.json").read_text())
    changes = [
        {"strengths": [0, 1, 2], "trained": 0, "dice": [0.9, 0.6, 0.3]},
        {"strengths": [-1, 0, 1], "trained": 0, "dice": [0.6, 0.9, None]},
    ]
    (run / "metrics.json").write_text(json.dumps(known | {"robustness": {"changes": changes}}))
    assert table([run])[0]["changed slices"] == "0.500"


def test_a_run_is_told_by_what_differs_from_the_first(tmp_path):
    tiny = PRESETS["tiny"]
    runs = [
        write_run(tmp_path / "whole", "tiny", tiny),
        write_run(tmp_path / "no-blur", "tiny", tiny.but(blur=0.0, filters=(8, 12))),
        write_run(tmp_path / "other", "notebook", PRESETS["notebook"]),
    ]
    assert [row["differs in"] for row in table(runs)] == ["-", "filters [8, 12], blur 0.0", "preset notebook"]


@pytest.mark.parametrize(("dice", "minutes"), [(0.1, 1), (0.7, 2), (0.72, 4), (0.9, None)])
def test_the_time_to_a_dice_is_that_of_the_first_epoch_that_reached_it(dice, minutes):
    history = [{"seconds": 60.0, "val_volume_dice": value} for value in VALIDATION]
    assert minutes_to(dice, history) == minutes


@pytest.mark.parametrize("known", [None, "{}", '{"test": {}}', '{"validation": {}}', "{", "[]"])
def test_a_run_without_figures_is_refused_with_the_command(tmp_path, known):
    run = write_run(tmp_path / "run", "tiny", PRESETS["tiny"])
    (run / "metrics.json").unlink()
    if known is not None:
        (run / "metrics.json").write_text(known)
    with pytest.raises(UserError, match=f"trainer evaluate {run} DATA --split validation"):
        compare([run])
