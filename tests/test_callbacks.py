"""History, checkpoints, validation and the progress line, with a real network of a few weights."""

from __future__ import annotations

import gc
import math
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from space.errors import UserError
from space.model.history import COLUMNS
from trainer import callbacks as module
from trainer.callbacks import (
    SETTLED,
    Progress,
    Rate,
    Record,
    Seeds,
    Sound,
    Stop,
    clock,
    random_states,
)
from trainer.losses import binary_cross_entropy
from trainer.run import RunFolder
from trainer.stopping import resumable

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


def weights(model: keras.Model) -> list[float]:
    return [float(value) for array in model.get_weights() for value in array.ravel()]


# the record


def record(model: keras.Model, run: RunFolder, epoch: int, **logs: float) -> None:
    found = LOGS | logs
    for callback in (Rate(), Record(run)):
        callback.on_epoch_begin(epoch)
        callback.set_model(model)
        callback.on_epoch_end(epoch, found)


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


def fit_of_four_epochs(*callbacks: keras.callbacks.Callback) -> list[int]:
    """Train and return the epochs that ended, until a signal ends the training."""
    ended: list[int] = []
    log = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ended.append(epoch))
    images, masks = IMAGES[..., None] / np.float32(255), MASKS[..., None].astype(np.float32)
    with pytest.raises(SystemExit) as end, resumable():
        make_model().fit(images, masks, batch_size=7, epochs=4, callbacks=[*callbacks, log, Stop()], verbose=0)
    assert end.value.code == 128 + signal.SIGTERM
    return ended


def terminate(phase: str, _: object) -> None:
    if phase == "start":
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_in_the_midst_of_a_garbage_collection_ends_the_training_after_its_step() -> None:
    def collect(batch: int, logs: object) -> None:
        gc.callbacks.append(terminate)  # JAX has one there; what such a function raises, Python drops
        gc.collect()
        gc.callbacks.remove(terminate)

    assert fit_of_four_epochs(keras.callbacks.LambdaCallback(on_train_batch_begin=collect)) == []


def test_a_signal_while_an_epoch_is_written_ends_the_training_after_it() -> None:
    writing = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: terminate("start", logs))
    assert fit_of_four_epochs(writing) == [0]


def test_a_signal_before_the_first_step_ends_the_training_before_it_compiles() -> None:
    steps: list[int] = []
    count = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: terminate("start", logs),
        on_train_batch_begin=lambda batch, logs: steps.append(batch),
    )
    assert fit_of_four_epochs(count) == []
    assert not steps
