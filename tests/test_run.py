"""The run folder: what is written is read back, what does not fit is said."""

from __future__ import annotations

import json
import math
from pathlib import Path

import keras
import numpy as np
import pytest

from space.errors import UserError
from space.model.figures import Figures
from space.model.history import COLUMNS
from tests.figures import DATA, epoch, robustness, split_figures, write_run
from trainer.files import load_weights, save_weights
from trainer.presets import PRESETS
from trainer.run import Calibration, RunFolder

SCORES = (0.2, 0.7, 0.6, 0.9)


@pytest.fixture
def run(tmp_path):
    """A run of preset tiny, with four epochs and nothing measured."""
    return RunFolder(write_run(tmp_path / "run", "tiny", PRESETS["tiny"], SCORES, Figures()))


def test_a_run_is_read_back_as_it_was_set(run):
    assert run.config().settings.model_dump() == PRESETS["tiny"].model_dump()
    assert [row.val_volume_dice for row in run.history()] == list(SCORES)
    assert run.history()[2] == epoch(3, 0.6)


def test_what_a_bundle_says_of_it_holds_no_path(run):
    about = run.about()
    assert about.training.minutes == 4
    assert about.training.kept_epoch == 4
    assert about.data.sha256 == DATA.sha256
    assert "nowhere" not in about.model_dump_json()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "no valid JSON"), ("{}", "lacks the entry 'preset'"), ('{"preset": 1}', "'preset' that cannot be")],
)
def test_a_folder_whose_record_does_not_fit_is_refused(tmp_path, text, sentence):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UserError, match=sentence):
        RunFolder(tmp_path).config()


def test_a_folder_without_a_run_says_how_one_is_made(tmp_path):
    with pytest.raises(UserError, match="is not a run folder: 'python -m trainer fit' makes one"):
        RunFolder(tmp_path).config()


def test_a_run_whose_settings_are_not_all_known_is_refused_by_their_names(run):
    config = json.loads((run.path / "config.json").read_text())
    del config["settings"]["neighbours"], config["settings"]["blur"]
    (run.path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=r"without blur, neighbours\. Train it again, or add what is missing"):
        run.config()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"settings": PRESETS["tiny"].but(batch=9, blur=0.0)}, "batch, blur|blur, batch"),
        ({"start": "pancreas-unet 1.0.0"}, "the network to start from"),
        ({"data": {"sha256": {"images.npy": "2" * 64}}}, "the data"),
    ],
)
def test_another_run_in_the_same_folder_is_refused_with_what_differs(run, change, named):
    known = run.config()
    run.begin(known)
    other = known.model_copy(update=change)
    if "data" in change:
        other = known.model_copy(update={"data": known.data.model_copy(update=change["data"])})
    with pytest.raises(UserError, match=f"other settings \\((?:{named})\\)"):
        run.begin(other)


# the history


@pytest.mark.parametrize(("epochs", "best"), [(0, -math.inf), (1, 0.2), (2, 0.7), (3, 0.7), (4, 0.9), (9, 0.9)])
def test_rows_after_the_last_checkpoint_are_cut_off(run, epochs, best):
    assert run.restart(epochs) == best
    lines = (run.path / "history.csv").read_text().splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert [float(line.split(",")[5]) for line in lines[1:]] == list(SCORES)[:epochs]


def test_an_undefined_dice_is_written_and_read_back_and_ranks_last(run):
    run.restart(0)
    run.add_epoch(epoch(1, math.nan))
    assert math.isnan(run.history()[0].val_volume_dice)
    assert run.history()[0].rank < 0


@pytest.mark.parametrize("text", [None, ",".join(COLUMNS) + "\n"])
def test_a_run_without_an_epoch_says_so(run, text):
    (run.path / "history.csv").unlink()
    if text:
        (run.path / "history.csv").write_text(text)
    with pytest.raises(UserError, match="has not finished an epoch yet"):
        run.history()


# figures and calibration


def test_figures_are_added_to_those_that_are_there(run):
    run.keep_figures(test=split_figures(0.7))
    run.keep_figures(robustness=robustness((0, (0, 1), (0.9, 0.5))))
    assert run.figures() == Figures(test=split_figures(0.7), robustness=robustness((0, (0, 1), (0.9, 0.5))))


def test_the_calibration_is_there_once_it_is_kept(run):
    assert run.calibration() is None
    run.keep_calibration(Calibration(scale=0.5, offset=-1))
    assert run.calibration() == Calibration(scale=0.5, offset=-1)


# weights on disk


def network(value: float) -> keras.Model:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.array([[value]])])
    return model


def value_of(model: keras.Model) -> float:
    return float(model.get_weights()[0][0, 0])


def loaded(path: Path) -> keras.Model:
    model = network(0)
    load_weights(model, path)
    return model


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def test_the_last_two_checkpoints_stay_and_the_newest_is_restored(run):
    assert run.restore(network(0)) == 0
    for number in (1, 2, 3):
        run.save_checkpoint(network(number), number)
    assert [epoch for epoch, _ in run.checkpoints()] == [3, 2]
    model = network(0)
    assert run.restore(model) == run.epochs_done() == 3
    assert value_of(model) == 3


def test_where_the_newest_checkpoint_was_cut_off_the_one_before_is_taken(run, capsys):
    for number in (2, 3):
        run.save_checkpoint(network(number), number)
    cut_off(run.checkpoints()[0][1])
    model = network(0)
    assert run.restore(model) == 2
    assert value_of(model) == 2
    assert "epoch-0003.weights.h5 cannot be read" in capsys.readouterr().err


def test_without_a_checkpoint_that_can_be_read_nothing_begins_anew_by_itself(run):
    run.save_checkpoint(network(1), 1)
    cut_off(run.checkpoints()[0][1])
    with pytest.raises(UserError, match=r"No checkpoint in .* can be read \(epoch-0001.*delete that folder"):
        run.restore(network(0))


def test_a_checkpoint_of_another_network_is_refused(run):
    run.save_checkpoint(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)]), 1)
    with pytest.raises(UserError, match="No checkpoint"):
        run.restore(network(0))


def test_better_weights_become_the_best_with_their_checkpoint(run):
    save_weights(network(7), run.candidate)
    assert not run.best.exists()
    run.save_checkpoint(network(3), 3)
    run.save_checkpoint(network(4), 4)  # not better
    assert value_of(loaded(run.best)) == 7
    assert not list(run.path.rglob("better*"))


@pytest.mark.parametrize(
    ("left", "best"),
    [("better", 1), ("better-0004", 1), ("better-0003", 7)],
    ids=["before its row", "before its checkpoint", "after its checkpoint"],
)
def test_better_weights_of_an_epoch_that_a_kill_took_back_are_not_the_best(run, left, best):
    save_weights(network(1), run.best)
    run.save_checkpoint(network(3), 3)
    save_weights(network(7), run.candidate.with_name(f"{left}.weights.h5"))
    run.begin(run.config())
    assert value_of(loaded(run.best)) == best
    assert not list(run.path.rglob("better*"))


def test_a_checkpoint_beyond_the_history_does_not_count(run):
    run.save_checkpoint(network(4), 4)
    run.restart(3)
    assert run.epochs_done() == 0


@pytest.mark.parametrize(
    ("calibration", "said"),
    [
        (None, "none"),
        (Calibration(), "none"),
        (Calibration(scale=2), "platt"),
        (Calibration(scale=2, curve=(1, 0, 1, 0)), "curve"),
    ],
)
def test_a_calibration_that_was_refused_is_not_claimed(run, calibration, said):
    if calibration:
        run.keep_calibration(calibration)
    assert run.config().settings.calibration == "curve"
    assert run.about().settings.calibration == said
