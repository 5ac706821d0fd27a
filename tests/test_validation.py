"""Validation: what it counts, which weights it keeps, and that the training does not notice it."""

from __future__ import annotations

import math
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.figures import make_slices
from tests.test_callbacks import IMAGES, MASKS, SUBJECTS, batches, make_model, training, weights
from trainer.callbacks import random_states
from trainer.losses import binary_cross_entropy
from trainer.validation import Copy, Validation


def make_validation(model: keras.Model, best: Path, best_so_far: float = -math.inf) -> Validation:
    validation = Validation(make_slices(IMAGES, MASKS, SUBJECTS), batches, training, 0.5, best, best_so_far, 0)
    validation.set_model(model)
    return validation


def dice(prediction: np.ndarray, reference: np.ndarray) -> float:
    both = prediction.sum() + reference.sum()
    return float(2 * (prediction & reference).sum() / both) if both else math.nan


def expected_scores(weight: float, bias: float) -> tuple[float, float]:
    """Return the pooled Dice and the mean over subjects of the volume Dice, in NumPy."""
    prediction, reference = 1 / (1 + np.exp(-(weight * (IMAGES / 255) + bias))) >= 0.5, MASKS.astype(bool)
    volumes = [dice(prediction[some], reference[some]) for some in (slice(0, 3), slice(3, 5), slice(5, 7))]
    return dice(prediction, reference), float(np.nanmean(volumes))


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
    again = Copy(model).network
    again.load_weights(best)
    assert weights(again) == good


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
    assert weights(model) == trained  # to the last bit
    model = Copy(model).network
    model.load_weights(best)
    assert weights(model) == pytest.approx(averages)


def norm_model() -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Conv2D(3, 1),
        keras.layers.BatchNormalization(momentum=0.9),
        keras.layers.Dropout(0.5),
        keras.layers.Conv2D(1, 1, activation="sigmoid"),
    ]
    model = keras.Sequential([keras.Input((None, None, 1)), *layers])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), loss=binary_cross_entropy)
    for batch in training():
        model.train_on_batch(*batch)
    return model


def test_batch_norm_is_measured_anew_for_the_averaged_weights_and_the_training_keeps_its_own() -> None:
    model = norm_model()
    before = [array.copy() for array in model.get_weights()]
    averages = [keras.ops.convert_to_numpy(a) for a in model.optimizer._model_variables_moving_average]
    copy = Copy(model)
    for _ in range(2):  # the second epoch finds no trace of the first
        copy.take_weights(training, 0, 1)
        for mine, average in zip(copy.network.trainable_variables, averages, strict=True):
            np.testing.assert_array_equal(keras.ops.convert_to_numpy(mine), average)
        maps = [images @ averages[0][0, 0] + averages[1] for images, _ in training()]
        mean, variance = (np.mean([f(m, (0, 1, 2)) for m in maps], 0) for f in (np.mean, np.var))
        np.testing.assert_allclose(copy.network.layers[1].get_weights()[2], mean, rtol=1e-4)
        np.testing.assert_allclose(copy.network.layers[1].get_weights()[3], variance, rtol=1e-4)
    for mine, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, old)
    for state in random_states(copy.network):
        assert not any(state is other for other in random_states(model))


def test_without_an_average_the_network_is_validated_as_it_is() -> None:
    model = make_model()
    copy = Copy(model)
    copy.take_weights(training, 0, 0)
    images = next(training())[0]
    np.testing.assert_array_equal(copy.network.predict_on_batch(images), model.predict_on_batch(images))


def test_weights_that_broke_down_are_not_kept_as_the_best(tmp_path: Path) -> None:
    model = make_model()
    model.set_weights([np.full((1, 1, 1, 1), math.nan), np.array([-6.0])])
    make_validation(model, tmp_path / "best.weights.h5").on_epoch_end(0, {})
    assert not (tmp_path / "best.weights.h5").exists()
