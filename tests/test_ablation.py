"""Ablation: what is left out of which run, and that every run is trained and measured."""

from __future__ import annotations

import pytest

from space.errors import UserError
from space.model.figures import Figures
from space.model.settings import AUGMENTATION
from tests.figures import robustness, split_figures
from trainer import ablation as module
from trainer.ablation import WITHOUT, ablation, finished_runs
from trainer.presets import PRESETS
from trainer.run import RunFolder

MEASURED = Figures(validation=split_figures(0.7), robustness=robustness((0, (0, 1), (0.7, 0.5))))


def test_every_run_but_the_first_changes_something_and_no_two_are_the_same():
    recipe = PRESETS["default"]
    runs = [recipe.but(**change) for change in WITHOUT.values()]
    assert runs[0] == recipe
    assert len({run.model_dump_json() for run in runs}) == len(runs)


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
    assert [RunFolder(run).config().settings.noise for run in runs] == [PRESETS["tiny"].noise, 0]
    assert finished_runs(tmp_path) == runs
    for run in runs:
        figures = RunFolder(run).figures()
        assert figures.validation
        assert figures.robustness
        assert figures.test is None
    before = [(run / "metrics.json").stat().st_mtime_ns for run in runs]
    capsys.readouterr()
    ablation(phantom_data, tmp_path, epochs=1)
    assert capsys.readouterr().out.count("nothing to do") == 2
    assert [(run / "metrics.json").stat().st_mtime_ns for run in runs] == before


def test_what_an_ablation_has_so_far_can_be_shown_from_its_first_run_on(brief, tmp_path):
    with pytest.raises(UserError, match="holds no ablation yet"):
        finished_runs(tmp_path)
    whole, other = (RunFolder(tmp_path / name) for name in ("nothing-left-out", "no-noise"))
    for run in (whole, other):
        run.path.mkdir()
    whole.keep_figures(**dict(MEASURED))
    assert finished_runs(tmp_path) == [whole.path]
    (whole.path / "metrics.json").unlink()
    other.keep_figures(**dict(MEASURED))
    with pytest.raises(UserError, match="holds no ablation yet"):
        finished_runs(tmp_path)
