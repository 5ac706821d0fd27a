"""Scale and offset of the logit, against scikit-learn's logistic regression and distributions that are known."""

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from trainer.calibration import LARGEST, Calibration, calibrate, fit_calibration, fold
from trainer.presets import PRESETS
from trainer.unet import build_unet


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def test_two_numbers_are_those_of_a_logistic_regression():
    rng = np.random.default_rng(0)
    logit = np.linspace(-8, 8, 161)
    pixels = rng.integers(500, 1500, logit.size)
    inside = rng.binomial(pixels, sigmoid(0.4 * logit - 1.3))
    found = fit_calibration(logit, pixels, inside)
    x = np.concatenate([logit, logit])[:, None]
    truth = np.repeat([1, 0], logit.size)
    oracle = LogisticRegression(C=np.inf).fit(x, truth, sample_weight=np.concatenate([inside, pixels - inside]))
    assert found.scale == pytest.approx(oracle.coef_[0, 0], abs=1e-3)
    assert found.offset == pytest.approx(oracle.intercept_[0], abs=1e-3)


def test_a_network_that_is_right_is_left_as_it_is():
    logit = np.linspace(-6, 6, 121)
    pixels = np.full(logit.size, 10_000)
    found = fit_calibration(logit, pixels, np.rint(pixels * sigmoid(logit)).astype(int))
    assert (found.scale, found.offset) == pytest.approx((1, 0), abs=0.01)


@pytest.mark.parametrize(
    ("pixels", "inside"),
    [([5, 5], [0, 0]), ([5, 5], [5, 5]), ([0, 0], [0, 0]), ([9, 9], [8, 1])],
    ids=["nothing inside", "nothing outside", "no pixels", "upside down"],
)
def test_where_no_order_can_be_found_nothing_changes(pixels, inside):
    assert fit_calibration(np.array([-1.0, 1.0]), np.array(pixels), np.array(inside)) == Calibration()


def test_a_network_without_a_mistake_gets_a_finite_scale():
    found = fit_calibration(np.array([-1.0, 1.0]), np.array([500, 500]), np.array([0, 500]))
    assert 1 < found.scale < LARGEST


def test_folding_gives_the_probabilities_that_the_two_numbers_ask_for():
    keras.utils.set_random_seed(1)
    model = build_unet(PRESETS["tiny"])
    slices = np.random.default_rng(1).random((2, 32, 32, 1), np.float32)
    before = np.asarray(model(slices))
    fold(model, Calibration(scale=0.5, offset=-0.8))
    expected = sigmoid(0.5 * np.log(before / (1 - before)) - 0.8)
    np.testing.assert_allclose(np.asarray(model(slices)), expected, atol=1e-5)


def test_the_numbers_of_a_network_are_fitted_on_its_own_logits():
    keras.utils.set_random_seed(2)
    model = build_unet(PRESETS["tiny"])
    rng = np.random.default_rng(2)
    slices = rng.random((4, 64, 64, 1), np.float32)
    probability = np.asarray(model(slices))
    wanted = sigmoid(2 * np.log(probability / (1 - probability)) - 0.5)
    masks = rng.random(wanted.shape) < wanted
    found = calibrate(model, [(slices[:2], masks[:2]), (slices[2:], masks[2:])])
    fold(model, found)
    assert np.asarray(model(slices)).mean() == pytest.approx(masks.mean(), abs=0.01)
    assert found.scale == pytest.approx(2, rel=0.5)
