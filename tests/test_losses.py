"""Losses against Keras's own, NumPy by hand, and their gradients."""

from __future__ import annotations

import ast
import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer import losses, optimizers, unet
from trainer.losses import (
    LOSSES,
    NEIGHBOURS,
    binary_cross_entropy,
    dice,
    dice_bce,
    dice_focal,
    exploded,
    focal,
    with_neighbours,
)

RNG = np.random.default_rng(0)
TRUTH = (RNG.random((3, 16, 20, 1)) < 0.2).astype(np.float32)
PREDICTION = RNG.uniform(0.01, 0.99, TRUTH.shape).astype(np.float32)
EMPTY = np.zeros_like(TRUTH)


def test_dice_is_the_number_computed_by_hand() -> None:
    overlap, sums = float((TRUTH * PREDICTION).sum()), float(TRUTH.sum() + PREDICTION.sum())
    assert float(dice(TRUTH, PREDICTION)) == pytest.approx(1 - (2 * overlap + 1) / (sums + 1), abs=1e-6)


def test_dice_is_that_of_keras_but_for_the_smoothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "SMOOTH", keras.config.epsilon())
    expected = keras.losses.Dice()(TRUTH, PREDICTION)
    assert float(dice(TRUTH, PREDICTION)) == pytest.approx(float(expected), abs=1e-6)


def test_cross_entropy_is_that_of_keras() -> None:
    expected = keras.losses.BinaryCrossentropy()(TRUTH, PREDICTION)
    assert float(binary_cross_entropy(TRUTH, PREDICTION)) == pytest.approx(float(expected), rel=1e-5)


def test_focal_is_that_of_keras() -> None:
    expected = keras.losses.BinaryFocalCrossentropy(gamma=2.0, apply_class_balancing=False)(TRUTH, PREDICTION)
    assert float(focal(TRUTH, PREDICTION)) == pytest.approx(float(expected), rel=1e-5)


def test_the_mixed_losses_are_sums() -> None:
    one = float(dice(TRUTH, PREDICTION))
    assert float(dice_bce(TRUTH, PREDICTION)) == pytest.approx(one + float(binary_cross_entropy(TRUTH, PREDICTION)))
    assert float(dice_focal(TRUTH, PREDICTION)) == pytest.approx(one + float(focal(TRUTH, PREDICTION)))


def test_every_loss_has_the_name_that_the_help_gives() -> None:
    assert list(LOSSES) == ["dice", "bce", "dice_bce", "dice_focal"]


@pytest.mark.parametrize("name", LOSSES)
def test_a_perfect_prediction_costs_nothing(name: str) -> None:
    assert float(LOSSES[name](TRUTH, TRUTH)) == pytest.approx(0, abs=1e-6)
    assert float(LOSSES[name](EMPTY, EMPTY)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_a_better_prediction_costs_less(name: str) -> None:
    costs = [float(LOSSES[name](TRUTH, s * TRUTH + (1 - s) * PREDICTION)) for s in (0, 0.25, 0.5, 0.75, 1)]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > costs[-1]


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("truth", [TRUTH, EMPTY], ids=["organ", "no organ"])
def test_each_pixel_is_pulled_towards_the_truth(name: str, truth: np.ndarray) -> None:
    prediction = tf.constant(PREDICTION)
    with tf.GradientTape() as tape:
        tape.watch(prediction)
        cost = LOSSES[name](truth, prediction)
    slope = tape.gradient(cost, prediction).numpy()
    assert (np.sign(slope) == np.where(truth > 0, -1, 1)).all()


@pytest.mark.parametrize("name", LOSSES)
def test_wrong_predictions_without_doubt_stay_finite(name: str) -> None:
    prediction = tf.constant(1 - TRUTH)
    with tf.GradientTape() as tape:
        tape.watch(prediction)
        cost = LOSSES[name](TRUTH, prediction)
    assert 0.5 < float(cost) < 20
    assert np.isfinite(tape.gradient(cost, prediction).numpy()).all()


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_one_number_in_float32(name: str) -> None:
    cost = LOSSES[name](tf.constant(TRUTH), tf.constant(PREDICTION))
    assert (cost.shape, cost.dtype) == ((), tf.float32)


@pytest.mark.parametrize("module", [losses, optimizers, unet])
def test_losses_optimisers_and_network_know_no_backend(module: object) -> None:
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    imported = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= {"keras", "space", "trainer", "typing", "collections"}
    assert "keras" in imported


def test_the_neighbours_masks_count_beside_the_slices_own() -> None:
    truth, prediction = np.concatenate([TRUTH, EMPTY], -1), np.concatenate([PREDICTION, PREDICTION], -1)
    expected = float(dice(TRUTH, PREDICTION)) + NEIGHBOURS * float(dice(EMPTY, PREDICTION))
    assert float(with_neighbours(dice)(truth, prediction)) == pytest.approx(expected)


def test_in_validation_the_slices_own_mask_counts_alone() -> None:
    prediction = np.concatenate([PREDICTION, 1 - PREDICTION], -1)
    assert float(with_neighbours(dice)(TRUTH, prediction)) == pytest.approx(float(dice(TRUTH, PREDICTION)))


@pytest.mark.parametrize("name", LOSSES)
def test_only_certainty_that_is_wrong_explodes(name: str) -> None:
    limit = exploded(LOSSES[name], 1)
    for harmless in (np.full_like(TRUTH, 0.5), EMPTY, np.full_like(TRUTH, 0.9), RNG.random(TRUTH.shape, np.float32)):
        assert float(LOSSES[name](TRUTH, harmless)) < limit
    assert name == "dice" or float(LOSSES[name](TRUTH, 1 - TRUTH)) > limit


def test_a_neighbours_share_of_the_loss_raises_the_limit_alike() -> None:
    assert exploded(with_neighbours(dice_bce), 3) == pytest.approx((1 + NEIGHBOURS) * exploded(dice_bce, 1), rel=1e-3)
