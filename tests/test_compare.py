"""The table of runs: what it says of each, from the files of runs whose numbers are known."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from space.errors import UserError
from space.history import COLUMNS
from trainer.compare import compare, minutes_to
from trainer.presets import PRESETS, Settings

VALIDATION = (0.2, 0.71, 0.69, 0.75)
SCORES = {"validation": 0.75, "test": 0.7}


def write_run(folder: Path, preset: str, settings: Settings) -> Path:
    """Write the files of a run of four epochs of a minute each."""
    folder.mkdir()
    config = {"preset": preset, "settings": dataclasses.asdict(settings)}
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


def test_each_run_has_its_cost_and_its_scores(tmp_path):
    notebook = write_run(tmp_path / "notebook", "notebook", PRESETS["notebook"])
    head, _, row = map(cells, compare([notebook]).splitlines())
    assert dict(zip(head, row, strict=True)) == {
        "run": "notebook",
        "differs in": "-",
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


def test_a_run_is_told_by_what_differs_from_the_first(tmp_path):
    tiny = PRESETS["tiny"]
    runs = [
        write_run(tmp_path / "whole", "tiny", tiny),
        write_run(tmp_path / "no-blur", "tiny", dataclasses.replace(tiny, blur=0.0, filters=(8, 12))),
        write_run(tmp_path / "other", "notebook", PRESETS["notebook"]),
    ]
    rows = [cells(line) for line in compare(runs).splitlines()[2:]]
    assert [row[1] for row in rows] == ["-", "filters (8, 12), blur 0.0", "preset notebook"]


@pytest.mark.parametrize(("dice", "said"), [(0.1, "1"), (0.7, "2"), (0.72, "4"), (0.9, "-")])
def test_the_time_to_a_dice_is_that_of_the_first_epoch_that_reached_it(dice, said):
    history = [{"seconds": 60.0, "val_volume_dice": value} for value in VALIDATION]
    assert minutes_to(dice, history) == said


@pytest.mark.parametrize("known", [None, "{}", '{"test": {}}', "{"])
def test_a_run_without_figures_is_refused_with_the_command(tmp_path, known):
    run = write_run(tmp_path / "run", "tiny", PRESETS["tiny"])
    (run / "metrics.json").unlink()
    if known is not None:
        (run / "metrics.json").write_text(known)
    with pytest.raises(UserError, match=f"trainer evaluate {run} DATA --split validation"):
        compare([run])
