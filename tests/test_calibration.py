"""Line and curve through the logit, against scikit-learn's logistic regression and distributions that are known."""

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from trainer.calibration import (
    BINS,
    LARGEST,
    Calibration,
    Histogram,
    applied,
    bends,
    calibrate,
    fit_calibration,
    fit_curve,
    fit_line,
    fold,
    histograms,
    judge,
)
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
    wanted = sigmoid(2 * np.log(probability / (1 - probability)) + 0.5)
    masks = rng.random(wanted.shape) < wanted
    batches = [(slices[:3], masks[:3]), (slices[3:], masks[3:])]
    found, words = calibrate(model, batches, ["a", "a", "b", "b"], 0.5, "platt")
    assert words.startswith(f"Calibrated on validation: {found.scale:.3f} x logit")
    fold(model, found)
    assert np.asarray(model(slices)).mean() == pytest.approx(masks.mean(), abs=0.01)
    assert found.scale == pytest.approx(2, rel=0.5)


def subject(scale: float, offset: float, seed: int, bent: float = 0) -> Histogram:
    """Return pixels of which as many lie inside as calibrated logits would say."""
    rng = np.random.default_rng(seed)
    logit = np.linspace(-LARGEST, LARGEST, BINS + 1)[:-1] + LARGEST / BINS
    pixels = rng.integers(50, 150, BINS)
    return Histogram(pixels, rng.binomial(pixels, sigmoid(scale * logit + offset - bent * np.tanh(logit / 2))))


def test_numbers_that_hold_for_those_left_out_are_taken_and_both_dice_are_said():
    found, words = judge([subject(0.5, -0.3, seed) for seed in range(3)], 0.5, "platt")
    assert (found.scale, found.offset) == pytest.approx((0.5, -0.3), abs=0.05)
    assert "before" in words
    assert "Cross-entropy on subjects left out" in words


def test_numbers_that_make_the_masks_worse_are_refused():
    """Few pixels are inside, all at the same logits: the likeliest answer is 'none', and Dice falls to 0."""
    pixels, inside = np.zeros((2, BINS), np.int64)
    pixels[BINS * 3 // 8], pixels[BINS * 5 // 8], inside[BINS * 5 // 8] = 9000, 1000, 400
    found, words = judge([Histogram(pixels, inside)] * 2, 0.5, "curve")
    assert found == Calibration()
    assert words.startswith("Not calibrated: it would make the masks worse.")
    assert "0.571 before, 0.000 after" in words  # 2 x 400 / (1000 + 400)


def test_numbers_that_do_not_hold_for_those_left_out_are_refused():
    """One subject wants a smaller scale, the other a larger one: fitted on one they harm the other."""
    found, words = judge([subject(0.3, 0, 0), subject(4, 0, 1)], 0.5, "curve")
    assert found == Calibration()
    assert "does not hold for subjects it was not fitted on" in words


def test_every_pixel_is_counted_once_for_its_own_subject():
    keras.utils.set_random_seed(3)
    model = build_unet(PRESETS["tiny"])
    slices = np.random.default_rng(3).random((3, 32, 32, 1), np.float32)
    masks = slices > 0.7
    found = histograms(model, [(slices[:2], masks[:2]), (slices[2:], masks[2:])], ["a", "b", "b"])
    assert [int(own.pixels.sum()) for own in found.values()] == [32 * 32, 2 * 32 * 32]
    assert [int(own.inside.sum()) for own in found.values()] == [masks[0].sum(), masks[1:].sum()]
    above = np.asarray(model(slices))[:1] >= 0.5
    assert found["a"].pixels[BINS // 2 :].sum() == above.sum()
    assert found["a"].inside[BINS // 2 :].sum() == (above & masks[:1]).sum()


def test_a_logit_beyond_all_bins_is_counted_in_the_last_one():
    image = keras.Input((4, 4, 1))
    model = keras.Model(image, keras.layers.Rescaling(1, name="logit")(image))
    values = np.repeat(np.array([[-1e6, -LARGEST, LARGEST, 1e6]], np.float32), 4, axis=0)[None, :, :, None]
    found = histograms(model, [(values, values > 0)], ["a"])["a"]
    assert {place: int(found.pixels[place]) for place in np.flatnonzero(found.pixels)} == {0: 8, BINS - 1: 8}
    assert found.inside[BINS - 1] == 8


def test_the_curve_behind_the_line_is_that_of_a_logistic_regression():
    subjects = [subject(0.9, 0.2, seed, bent=1.2) for seed in range(2)]
    found = fit_curve(subjects)
    line = applied(found.model_copy(update={"curve": None}))
    parts, truth = bends(line)[:, :3], np.repeat([1, 0], BINS)
    inside, pixels = (np.sum([getattr(own, name) for own in subjects], 0) for name in ("inside", "pixels"))
    oracle = LogisticRegression(C=np.inf, tol=1e-9, max_iter=5000)
    oracle.fit(np.concatenate([parts, parts]), truth, sample_weight=np.concatenate([inside, pixels - inside]))
    np.testing.assert_allclose(applied(found), oracle.decision_function(parts), atol=0.02)


def test_an_error_in_the_shape_of_an_s_is_bent_straight():
    subjects = [subject(0.9, 0.2, seed, bent=1.2) for seed in range(4)]
    found, words = judge(subjects, 0.5, "curve")
    logit = np.linspace(-LARGEST, LARGEST, BINS + 1)[:-1] + LARGEST / BINS
    wanted = sigmoid(0.9 * logit + 0.2 - 1.2 * np.tanh(logit / 2))
    assert np.abs(sigmoid(applied(found)) - wanted).max() < 0.02
    assert np.abs(sigmoid(applied(fit_line(subjects))) - wanted).max() > 0.05
    assert "with a curve" in words


def test_who_asks_for_a_line_gets_no_curve():
    found, words = judge([subject(0.9, 0.2, seed, bent=1.2) for seed in range(4)], 0.5, "platt")
    assert found.kind == "platt"
    assert "curve" not in words


def test_a_curve_that_would_change_the_order_of_the_pixels_is_not_taken():
    subjects = [subject(0.5, 0, seed, bent=4) for seed in range(2)]
    assert fit_curve(subjects) == fit_line(subjects)


def test_a_folded_curve_gives_the_probabilities_that_it_asks_for():
    keras.utils.set_random_seed(1)
    plain, curved = build_unet(PRESETS["tiny"]), build_unet(PRESETS["tiny"], curve=True)
    for layer in plain.layers:
        curved.get_layer(layer.name).set_weights(layer.get_weights())
    slices = np.random.default_rng(1).random((2, 32, 32, 1), np.float32)
    before = np.asarray(plain(slices))
    fold(curved, Calibration(scale=0.5, offset=-0.8, curve=(1.7, 0.6, -3, 1.1)))
    x = 0.5 * np.log(before / (1 - before)) - 0.8
    expected = sigmoid(1.7 * x + 0.6 * np.log1p(np.exp(x)) - 3 * sigmoid(x) + 1.1)
    np.testing.assert_allclose(np.asarray(curved(slices)), expected, atol=1e-5)
