"""Ablation: what is left out of which run, and that every run is trained and measured."""

from __future__ import annotations

import json

import pytest

from space.errors import UserError
from space.model.history import AUGMENTATION
from trainer import ablation as module
from trainer.ablation import WITHOUT, ablation, finished_runs
from trainer.fit import load_run
from trainer.presets import PRESETS


def test_every_run_but_the_first_changes_something_and_no_two_are_the_same():
    recipe = PRESETS["default"]
    runs = [recipe.but(**change) for change in WITHOUT.values()]
    assert runs[0] == recipe
    assert len(set(runs)) == len(runs)


def test_shape_and_grey_values_are_all_that_augmentation_changes():
    shape, grey = WITHOUT["slices keep their shape"], WITHOUT["slices keep their grey values"]
    assert set(shape) | set(grey) == set(AUGMENTATION)
    assert not set(shape) & set(grey)


@pytest.fixture
def brief(monkeypatch):
    """Make the recipe one that is trained in seconds, and two runs of it enough."""
    monkeypatch.setitem(PRESETS, "default", PRESETS["tiny"].but(batch=4))
    monkeypatch.setattr(module, "WITHOUT", {"nothing left out": {}, "no noise": {"noise": 0.0}})


def test_each_run_is_trained_and_measured_once(brief, phantom_data, tmp_path, capsys):
    runs = ablation(phantom_data, tmp_path, epochs=1)
    assert [run.name for run in runs] == ["nothing-left-out", "no-noise"]
    assert [load_run(run)[0].noise for run in runs] == [PRESETS["tiny"].noise, 0]
    assert finished_runs(tmp_path) == runs
    for run in runs:
        assert set(json.loads((run / "metrics.json").read_text())) == {"validation", "robustness"}
    before = [(run / "metrics.json").stat().st_mtime_ns for run in runs]
    capsys.readouterr()
    ablation(phantom_data, tmp_path, epochs=1)
    assert capsys.readouterr().out.count("nothing to do") == 2
    assert [(run / "metrics.json").stat().st_mtime_ns for run in runs] == before


def test_what_an_ablation_has_so_far_can_be_shown_from_its_first_run_on(brief, tmp_path):
    with pytest.raises(UserError, match="holds no ablation yet"):
        finished_runs(tmp_path)
    for name in ("no-noise", "nothing-left-out"):
        (tmp_path / name).mkdir()
    (tmp_path / "nothing-left-out" / "metrics.json").touch()
    assert finished_runs(tmp_path) == [tmp_path / "nothing-left-out"]
    (tmp_path / "nothing-left-out" / "metrics.json").unlink()
    (tmp_path / "no-noise" / "metrics.json").touch()
    with pytest.raises(UserError, match="holds no ablation yet"):
        finished_runs(tmp_path)
