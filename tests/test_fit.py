import subprocess
import sys
import time

import h5py
import keras
import numpy as np
import pytest

from space.errors import UserError
from space.model.bundle import BUNDLED
from space.model.settings import Settings
from tests.bundles import BUNDLE
from tests.conftest import ROOT, fresh_env, trainer
from trainer.dataset import DataSet
from trainer.export import load_best
from trainer.fit import batch_advice, batch_dice, check_sizes, fit, load_start, suited_to, take_weights
from trainer.presets import PRESETS
from trainer.run import RunFolder
from trainer.unet import build_unet


def settings_of(run):
    return RunFolder(run).config().settings


def about(**entries):
    """Return what is said of a prepared data set."""
    known = {"format": 2, "target": "pancreas", "window_hu": (-40, 310), "shape": (1, 64, 64), "refined_mm": 0.8}
    return DataSet(**{**BUNDLE.contract.data.model_dump(), **known, **entries})


def test_phantoms_are_not_mixed_with_masks_of_an_organ_that_they_do_not_show(capsys):
    for target in ("pancreas", "liver", "kidneys"):
        assert suited_to(about(target=target), Settings()) == Settings()
    assert suited_to(about(target="heart"), Settings()).phantoms == 0
    assert suited_to(about(modality="MR"), Settings()).phantoms == 0
    assert "The phantoms show no heart: none are mixed in" in capsys.readouterr().out


def test_the_batch_dice_counts_pixels_at_the_threshold():
    truth = np.array([1, 1, 0, 0], np.float32)[:, None]
    prediction = np.array([0.9, 0.4, 0.6, 0.1], np.float32)[:, None]
    assert float(batch_dice(0.5, truth, prediction)) == pytest.approx(2 * 1 / (2 + 2))
    assert float(batch_dice(0.3, truth, prediction)) == pytest.approx(2 * 2 / (2 + 3))


def test_a_run_starts_with_the_weights_of_a_bundle():
    start = load_start(BUNDLED)
    settings = PRESETS["default"].but(dropout=0.3)  # no weights are in that layer
    model = build_unet(settings)
    take_weights(model, start)
    expected = keras.saving.load_model(BUNDLED)
    slices = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    np.testing.assert_allclose(model(slices), expected(slices), atol=1e-6)
    assert start.name.startswith("pancreas-unet ")


def test_a_run_starts_with_the_weights_of_a_run(tiny_run):
    model = build_unet(settings_of(tiny_run))
    take_weights(model, load_start(tiny_run))
    again = load_best(RunFolder(tiny_run))
    for mine, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_neighbours_masks_begin_as_the_slices_own(tiny_run):
    settings = settings_of(tiny_run)
    model = build_unet(settings, masks=3)
    take_weights(model, load_start(tiny_run))
    slices = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    own = load_best(RunFolder(tiny_run))(slices)
    np.testing.assert_allclose(model(slices), np.repeat(own, 3, -1), atol=1e-6)


@pytest.mark.parametrize("other", [{"filters": (8, 16)}, {"normalization": "group"}, {"stem": 0}])
def test_another_network_cannot_be_continued(tiny_run, other):
    model = build_unet(settings_of(tiny_run).but(**other))
    with pytest.raises(UserError, match="is another network than these settings describe"):
        take_weights(model, load_start(tiny_run))


def test_another_batch_than_the_presets_is_commented_on_and_changes_nothing():
    assert batch_advice(Settings(), "default") == ""
    said = batch_advice(Settings(batch=64), "default")
    assert "64, 4 times the preset's" in said
    assert "would make the learning rate 0.02; it is 0.005 and stays so" in said


def test_sizes_that_levels_or_devices_do_not_divide_are_refused(monkeypatch):
    check_sizes(Settings())
    with pytest.raises(UserError, match="--train-crop must be a multiple of 32"):
        check_sizes(Settings(train_crop=100))
    monkeypatch.setattr("trainer.fit.shares", lambda: 3)
    with pytest.raises(UserError, match="all 3 devices: it must be a multiple of that, not 16"):
        check_sizes(Settings())


def arrays(path):
    """Return every array of a file of weights, the optimiser's too, by its place."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def test_a_run_that_was_killed_and_resumed_is_the_one_that_was_not_stopped(phantom_data, tmp_path):
    small = ["--preset", "tiny", "--batch", 4, "--crop", 64, "--train-crop", 64, "--dropout", 0.5, "--epochs", 6]
    whole, stopped = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "stopped")
    trainer("fit", phantom_data, *small, "--out", whole.path)
    arguments = [str(part) for part in ("fit", phantom_data, *small, "--out", stopped.path)]
    command = [sys.executable, "-m", "trainer", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=fresh_env(), stderr=subprocess.DEVNULL) as process:
        while stopped.epochs_done() < 2:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(0.1)  # into the midst of an epoch, which takes longer
        process.kill()
    done = stopped.epochs_done()
    assert 2 <= done < 6
    assert f"Resuming after epoch {done}." in trainer(*arguments)
    for name in ("checkpoints/epoch-0006.weights.h5", "best.weights.h5"):
        expected, found = arrays(whole.path / name), arrays(stopped.path / name)
        assert found.keys() == expected.keys()
        assert any("optimizer" in place for place in found) is name.startswith("checkpoints")
        for place, array in expected.items():
            np.testing.assert_array_equal(found[place], array, place)
    assert stopped.calibration() == whole.calibration()
    assert [row.val_volume_dice for row in stopped.history()] == [row.val_volume_dice for row in whole.history()]


def test_a_training_that_breaks_down_ends_with_a_sentence_and_keeps_nothing_of_it(phantom_data, tmp_path):
    settings = PRESETS["tiny"].but(learning_rate=1e12, clip=0.0, epochs=3, batch=4)
    with pytest.raises(UserError, match=r"The training broke down: in epoch .* is no number"):
        fit(phantom_data, tmp_path / "run", settings, "tiny")
    run = RunFolder(tmp_path / "run")
    assert run.calibration() is None
    assert run.epochs_done() < 3
