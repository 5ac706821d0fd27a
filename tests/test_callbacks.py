"""History, checkpoints, validation and the progress line, with a real network of a few weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from space.errors import UserError
from space.model.history import COLUMNS
from tests.figures import make_slices
from trainer import callbacks as module
from trainer.callbacks import (
    SETTLED,
    Progress,
    Record,
    Seeds,
    Sound,
    Validation,
    averaged_weights,
    clock,
    random_states,
)
from trainer.losses import binary_cross_entropy
from trainer.run import RunFolder

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (7, 16, 16), np.uint8)
MASKS = (IMAGES > 150).astype(np.uint8)
MASKS[2] = 0  # the middle slice of ann
SUBJECTS = np.array(["ann"] * 3 + ["bob"] * 2 + ["eve"] * 2)
MASKS[5:] = 0  # eve has no organ
LOGS = dict.fromkeys(set(COLUMNS) - {"epoch", "learning_rate"}, 0.5)  # as `fit` hands them over


def make_model(average: float = 0.0) -> keras.Model:
    """Return a network of two weights that segments what is bright."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((None, None, 1)), keras.layers.Conv2D(1, 1, activation="sigmoid")])
    ema = {"use_ema": True, "ema_momentum": average} if average else {}
    model.compile(keras.optimizers.SGD(0.25, **ema), loss=binary_cross_entropy)
    model.optimizer.build(model.trainable_variables)
    model.set_weights([np.full((1, 1, 1, 1), 10.0), np.array([-6.0])])
    return model


def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for start in range(0, 7, 3):  # batches that cut subjects in two, and a short one
        some = slice(start, start + 3)
        yield (IMAGES[some] / np.float32(255))[..., None], MASKS[some].astype(bool)[..., None]


def training() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for images, masks in batches():
        yield images, masks.astype(np.float32)


def make_validation(model: keras.Model, best: Path, best_so_far: float = -math.inf) -> Validation:
    validation = Validation(make_slices(IMAGES, MASKS, SUBJECTS), batches, training, 0.5, best, best_so_far)
    validation.set_model(model)
    return validation


def weights(model: keras.Model) -> list[float]:
    return [float(value) for array in model.get_weights() for value in array.ravel()]


def dice(prediction: np.ndarray, reference: np.ndarray) -> float:
    both = prediction.sum() + reference.sum()
    return float(2 * (prediction & reference).sum() / both) if both else math.nan


def expected_scores(weight: float, bias: float) -> tuple[float, float]:
    """Return the pooled Dice and the mean over subjects of the volume Dice, in NumPy."""
    prediction, reference = 1 / (1 + np.exp(-(weight * (IMAGES / 255) + bias))) >= 0.5, MASKS.astype(bool)
    volumes = [dice(prediction[some], reference[some]) for some in (slice(0, 3), slice(3, 5), slice(5, 7))]
    return dice(prediction, reference), float(np.nanmean(volumes))


# validation


def test_the_volume_dice_is_the_mean_over_subjects(tmp_path: Path) -> None:
    model, logs = make_model(), dict[str, float]()
    make_validation(model, tmp_path / "best.weights.h5").on_epoch_end(0, logs)
    pooled, volume = expected_scores(10, -6)
    assert 0.3 < volume < pooled < 1
    assert logs["val_dice"] == pytest.approx(pooled)
    assert logs["val_volume_dice"] == pytest.approx(volume)


def test_a_subject_without_organ_and_prediction_does_not_count(tmp_path: Path) -> None:
    model, logs = make_model(), dict[str, float]()
    model.set_weights([np.full((1, 1, 1, 1), 10.0), np.array([-11.0])])  # predicts nothing at all
    make_validation(model, tmp_path / "best.weights.h5").on_epoch_end(0, logs)
    assert logs["val_volume_dice"] == 0  # of ann and bob; eve's is undefined


def test_the_validation_loss_is_the_mean_over_batches(tmp_path: Path) -> None:
    model, logs = make_model(), dict[str, float]()
    make_validation(model, tmp_path / "best.weights.h5").on_epoch_end(0, logs)
    losses = []
    for images, masks in batches():
        p = 1 / (1 + np.exp(-(10 * images.astype(float) - 6)))
        losses.append(-np.log(np.where(masks, p, 1 - p)).mean())
    assert logs["val_loss"] == pytest.approx(np.mean(losses), rel=1e-4)


def test_the_best_weights_are_kept_and_a_worse_epoch_does_not_replace_them(tmp_path: Path) -> None:
    model, best = make_model(), tmp_path / "best.weights.h5"
    validation = make_validation(model, best)
    validation.on_epoch_end(0, {})
    good, kept = weights(model), best.read_bytes()
    model.set_weights([np.full((1, 1, 1, 1), -10.0), np.array([6.0])])
    validation.on_epoch_end(1, {})
    assert best.read_bytes() == kept
    model.load_weights(best)
    assert weights(model) == good


@pytest.mark.parametrize(("best_so_far", "saved"), [(0.0, True), (1.0, False)])
def test_a_resumed_run_keeps_its_best_score(tmp_path: Path, best_so_far: float, saved: bool) -> None:
    make_validation(make_model(), tmp_path / "best.weights.h5", best_so_far).on_epoch_end(0, {})
    assert (tmp_path / "best.weights.h5").exists() is saved


def test_averaged_weights_are_validated_and_kept_and_training_goes_on_with_its_own(tmp_path: Path) -> None:
    model, best, logs = make_model(average=0.5), tmp_path / "best.weights.h5", dict[str, float]()
    for batch in training():
        model.train_on_batch(*batch)
    trained = weights(model)
    averages = [float(np.ravel(a)[0]) for a in model.optimizer._model_variables_moving_average]
    assert averages != pytest.approx(trained, rel=1e-3)
    make_validation(model, best).on_epoch_end(0, logs)
    assert logs["val_volume_dice"] == pytest.approx(expected_scores(*averages)[1])
    assert weights(model) == pytest.approx(trained, rel=1e-6)  # Keras swaps by adding and subtracting
    model.load_weights(best)
    assert weights(model) == pytest.approx(averages)


def test_batch_norm_is_measured_anew_for_the_averaged_weights_and_then_put_back() -> None:
    keras.utils.set_random_seed(0)
    norm = keras.layers.BatchNormalization(momentum=0.9)
    last = keras.layers.Conv2D(1, 1, activation="sigmoid")
    model = keras.Sequential([keras.Input((None, None, 1)), keras.layers.Conv2D(3, 1), norm, last])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), loss=binary_cross_entropy)
    for batch in training():
        model.train_on_batch(*batch)
    before = [array.copy() for array in model.get_weights()]
    averages = [keras.ops.convert_to_numpy(a) for a in model.optimizer._model_variables_moving_average]
    with averaged_weights(model, training()):
        for mine, average in zip(model.trainable_variables, averages, strict=True):
            np.testing.assert_allclose(keras.ops.convert_to_numpy(mine), average, rtol=1e-6)
        maps = [images @ averages[0][0, 0] + averages[1] for images, _ in training()]
        mean, variance = (np.mean([f(m, (0, 1, 2)) for m in maps], 0) for f in (np.mean, np.var))
        np.testing.assert_allclose(norm.get_weights()[2], mean, rtol=1e-4)
        np.testing.assert_allclose(norm.get_weights()[3], variance, rtol=1e-4)
    assert norm.momentum == 0.9
    for mine, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_allclose(mine, old, rtol=1e-6)  # Keras swaps by adding and subtracting


# the record


def record(model: keras.Model, run: RunFolder, epoch: int, **logs: float) -> None:
    callback = Record(run)
    callback.on_epoch_begin(epoch)
    callback.set_model(model)
    callback.on_epoch_end(epoch, LOGS | logs)


def test_each_epoch_has_a_row_and_the_last_one_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, run = make_model(), RunFolder(tmp_path)
    run.restart(0)
    for epoch in range(3):
        record(model, run, epoch, loss=1 / (epoch + 1))
    rows = run.history()
    assert [row.epoch for row in rows] == [1, 2, 3]
    assert [row.loss for row in rows] == pytest.approx([1, 1 / 2, 1 / 3], rel=1e-5)
    assert {row.learning_rate for row in rows} == {0.25}
    assert run.epochs_done() == 3
    assert "epoch 3: loss 0.333, Dice 0.500" in capsys.readouterr().err


def test_a_checkpoint_brings_back_weights_and_optimiser(tmp_path: Path) -> None:
    model, run = make_model(average=0.5), RunFolder(tmp_path)
    run.restart(0)
    model.train_on_batch(*next(training()))
    record(model, run, 0)
    again = make_model(average=0.5)
    assert run.restore(again) == 1
    assert weights(again) == weights(model)
    assert int(again.optimizer.iterations) == 1
    for mine, theirs in zip(again.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(mine), keras.ops.convert_to_numpy(theirs))


# a training that breaks down


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_training_with_advice(loss: float) -> None:
    guard = Sound(learning_rate=1e6, limit=5, steps=100)
    guard.on_epoch_begin(1)
    guard.on_train_batch_end(6, {"loss": 0.5})
    with pytest.raises(UserError, match=r"epoch 2 the loss of step 7 is no number .* smaller --learning-rate \(it is"):
        guard.on_train_batch_end(6, {"loss": loss})
    with pytest.raises(UserError, match="the loss on validation is no number"):
        guard.on_epoch_end(1, {"loss": 0.5, "val_loss": loss})


def test_a_loss_that_explodes_ends_the_training_but_not_for_a_rough_first_step() -> None:
    guard = Sound(learning_rate=1e6, limit=5, steps=100)
    guard.on_epoch_begin(0)
    guard.on_train_batch_end(0, {"loss": 9})
    guard.on_train_batch_end(SETTLED - 1, {"loss": 4.9})
    with pytest.raises(UserError, match=r"epoch 1 the loss explodes: it is 5.1.*Nothing was kept"):
        guard.on_train_batch_end(SETTLED - 1, {"loss": 5.1})
    short = Sound(learning_rate=1e6, limit=5, steps=2)
    short.on_epoch_begin(3)
    short.on_train_batch_end(0, {"loss": 9})
    with pytest.raises(UserError, match=r"epoch 4 the loss explodes.*What the 3 before it left is kept"):
        short.on_train_batch_end(1, {"loss": 9})


# random numbers


def dropout_model() -> keras.Model:
    layers = [keras.Input((4, 4, 1)), keras.layers.SpatialDropout2D(0.5), keras.layers.Dropout(0.5)]
    return keras.Sequential(layers)


def drawn(model: keras.Model, seed: int, epoch: int) -> np.ndarray:
    seeds = Seeds(seed)
    seeds.set_model(model)
    seeds.on_epoch_begin(epoch)
    return np.stack([np.asarray(model(np.ones((2, 4, 4, 1)), training=True)) for _ in range(5)])


def test_dropout_depends_on_seed_and_epoch_and_on_nothing_that_was_drawn_before() -> None:
    first, second = dropout_model(), dropout_model()
    expected = drawn(first, 0, 2)
    drawn(second, 7, 0)
    np.testing.assert_array_equal(drawn(second, 0, 2), expected)
    for seed, epoch in ((1, 2), (0, 1)):
        assert (drawn(second, seed, epoch) != expected).any()
    states = [np.asarray(state).tolist() for state in random_states(second)]
    assert len(states) == 2
    assert states[0] != states[1]  # two layers do not drop the same


def test_weights_that_broke_down_are_not_kept_as_the_best(tmp_path: Path) -> None:
    model = make_model()
    model.set_weights([np.full((1, 1, 1, 1), math.nan), np.array([-6.0])])
    make_validation(model, tmp_path / "best.weights.h5").on_epoch_end(0, {})
    assert not (tmp_path / "best.weights.h5").exists()


# the progress line


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Replace the clock by a list: its last value is the time."""
    now = [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[-1]))  # not all of Python's
    return now


def run_epoch(progress: Progress, epoch: int, step_seconds: list[float], now: list[float]) -> dict[str, Any]:
    logs: dict[str, Any] = {"loss": 0.25, "dice": 0.75}
    progress.on_epoch_begin(epoch)
    for step, spent in enumerate(step_seconds):
        now.append(now[-1] + spent)
        progress.on_train_batch_end(step, logs)
    progress.on_epoch_end(epoch, logs)
    return logs


def test_the_speed_leaves_out_the_step_that_compiles(seconds: list[float]) -> None:
    progress = Progress(steps=5, batch=8, epochs=2)
    progress.on_train_begin()
    first = run_epoch(progress, 0, [100, 2, 2, 2, 2], seconds)
    second = run_epoch(progress, 1, [3, 2, 2, 2, 1], seconds)
    assert first["images_per_second"] == pytest.approx(8 / 2)
    assert second["images_per_second"] == pytest.approx(8 / 2)


def test_the_line_tells_the_time_left(seconds: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(steps=5, batch=8, epochs=2)
    progress.on_train_begin()
    run_epoch(progress, 0, [100, 40, 40, 40, 40], seconds)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4  # every half minute in a log; none for the step that compiles
    assert lines[0] == "epoch 1/2  step 2/5  loss 0.250  Dice 0.750  0.2 images/s  5:20 left"


def test_a_log_gets_a_line_each_half_minute(seconds: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(steps=41, batch=8, epochs=1)
    progress.on_train_begin()
    run_epoch(progress, 0, [3.0] * 41, seconds)
    assert len(capsys.readouterr().err.splitlines()) == 4  # 40 steps of 3 s after the first one


def test_an_epoch_of_one_step_has_a_record(seconds: list[float]) -> None:
    progress = Progress(steps=1, batch=8, epochs=1)
    progress.on_train_begin()
    logs = run_epoch(progress, 0, [5], seconds)
    assert logs["images_per_second"] >= 0
    assert logs["images_per_second"] >= 0


@pytest.mark.parametrize(
    ("seconds_left", "text"),
    [
        (0, "0:00"), (9.4, "0:09"), (59.6, "1:00"), (61, "1:01"), (3599, "59:59"), (3599.7, "1:00:00"),
        (3725, "1:02:05"), (360_000, "100:00:00"),
    ],
)  # fmt: skip
def test_a_time_is_shown_as_on_a_clock(seconds_left: float, text: str) -> None:
    assert clock(seconds_left) == text
