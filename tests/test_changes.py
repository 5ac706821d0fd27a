"""Changed slices: what each change does to a picture of known geometry."""

import numpy as np
import pytest
from scipy import ndimage

from space.changes import blurred, changes_from, coarser, moved, with_noise, with_window
from space.preprocessing import ABDOMEN, Window, hu_to_grey
from tests.test_batches import disc

ORGAN = disc(128, 10, x=20)  # right of the middle
IMAGE = (60 + 120 * ORGAN).astype(np.uint8)


def test_another_window_is_what_the_hu_would_have_shown():
    hu = np.tile(np.linspace(ABDOMEN.low, ABDOMEN.high, 128, dtype=np.float32), (128, 1))
    x, _ = with_window(hu_to_grey(hu), ORGAN, ABDOMEN, 100, 200)
    expected = hu_to_grey(hu, Window(0, 200))
    assert np.abs(x.astype(int) - expected).max() <= 2  # the 8-bit slice has lost that much


def test_a_blur_is_scipys():
    x, y = blurred(IMAGE, ORGAN, 2)
    expected = ndimage.gaussian_filter(IMAGE.astype(float), 2, mode="mirror")
    assert np.abs(x - expected).max() <= 2
    np.testing.assert_array_equal(y, ORGAN)


def test_coarser_pixels_are_means_of_the_finer_ones():
    x, y = coarser(IMAGE, ORGAN, 4)
    assert x.shape == IMAGE.shape
    assert x.mean() == pytest.approx(IMAGE.mean(), abs=0.5)
    assert np.unique(np.diff(x.astype(int), axis=1)).size > 2  # edges became ramps
    np.testing.assert_array_equal(y, ORGAN)


def test_noise_has_the_strength_that_is_named():
    grey = np.full((128, 128), 128, np.uint8)
    assert (with_noise(grey, ORGAN, 10)[0].astype(float) - 128).std() == pytest.approx(10, rel=0.05)


def test_moves_take_the_mask_along():
    centre = np.array(ndimage.center_of_mass(ORGAN))
    for given, expected in (
        ({"right": 30}, centre + np.array([0, 30])),
        ({"scale": 1.5}, 63.5 + (centre - 63.5) * 1.5),
    ):
        x, y = moved(IMAGE, ORGAN, **given)
        np.testing.assert_allclose(ndimage.center_of_mass(y), expected, atol=0.3)
        np.testing.assert_array_equal(y > 0, x > 120)
    x, y = moved(IMAGE[:, 20:], ORGAN[:, 20:], right=7)  # a slice need not be square
    np.testing.assert_array_equal(y[:, 7:], ORGAN[:, 20:-7])
    _, turned = moved(IMAGE, ORGAN, angle=90)
    np.testing.assert_array_equal(turned, np.rot90(ORGAN))


def test_strengths_of_any_window_are_short_enough_to_stand_under_a_chart():
    for change in changes_from(Window(0, 1200), "MR")[:2]:
        assert change.unit == "grey values"
        assert change.trained in change.strengths
        assert all(len(str(strength)) <= 6 for strength in change.strengths)


def test_the_stops_of_a_slider_are_round_numbers_and_all_that_is_measured():
    changes = {change.name: change for change in changes_from(ABDOMEN, "CT")}
    assert changes["rotation"].stops == list(range(-40, 41, 2))
    assert changes["noise"].stops == list(range(41))
    assert changes["window width"].stops[:4] == [175, 190, 200, 210]
    for change in changes.values():
        assert set(change.strengths) <= set(change.stops)
        assert (change.stops[0], change.stops[-1]) == (change.strengths[0], change.strengths[-1])
        assert change.stops == sorted(set(change.stops))
        assert len(change.stops) > 40


@pytest.mark.parametrize("window", [Window(0, 1200), Window(-0.5, 0.5)])
def test_any_window_has_stops(window):
    for change in changes_from(window, "MR"):
        assert change.trained in change.stops
        assert max(len(str(stop)) for stop in change.stops) <= 8
