"""From HU to the network and back, checked with exact fractions and by round trips."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from space.preprocessing import (
    ABDOMEN,
    Box,
    Window,
    centre_box,
    grey_to_hu,
    hu_to_grey,
    network_input,
    threshold_level,
)


def test_the_abdominal_window_is_the_articles() -> None:
    assert (ABDOMEN.level, ABDOMEN.width) == (135, 350)


def test_a_window_shows_its_ends_as_black_and_white() -> None:
    hu = np.array([-1024, -41, -40, 310, 311, 3071], np.int16)
    np.testing.assert_array_equal(hu_to_grey(hu), [0, 0, 0, 255, 255, 255])


@pytest.mark.parametrize("window", [ABDOMEN, Window(-160, 240), Window(-1000, 400)])
def test_every_hu_gets_the_nearest_grey_level(window: Window) -> None:
    hu = np.arange(-1100, 3100, dtype=np.int16)
    for value, grey in zip(hu.tolist(), hu_to_grey(hu, window).tolist(), strict=True):
        exact = Fraction(value - int(window.low)) * 255 / int(window.width)
        assert abs(min(max(exact, 0), 255) - grey) <= Fraction(1, 2)


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.float32, np.float64])
def test_grey_levels_are_bytes_of_the_same_shape_whatever_the_type_of_the_hu(kind: type) -> None:
    hu = np.arange(-60, 340).reshape(4, 10, 10)
    grey = hu_to_grey(hu.astype(kind))
    assert grey.dtype == np.uint8
    np.testing.assert_array_equal(grey, hu_to_grey(hu.astype(np.int16)))


@pytest.mark.parametrize(
    ("window", "kind"),
    [
        (ABDOMEN, np.int16),
        (Window(-1000, 400), np.int16),
        (Window(0, 256), np.int16),
        (Window(0, 255), np.float32),
        (Window(40, 90), np.float32),
        (Window(0.5, 1.5), np.float32),
    ],
)
def test_grey_levels_survive_the_way_over_hu(window: Window, kind: type) -> None:
    grey = np.arange(256, dtype=np.uint8)
    hu = grey_to_hu(grey, window)
    assert hu.dtype == kind
    np.testing.assert_array_equal(hu_to_grey(hu, window), grey)
    assert hu[0] == pytest.approx(window.low, abs=0.5)
    assert hu[-1] == pytest.approx(window.high, abs=0.5)


@pytest.mark.parametrize(
    ("shape", "size", "box"),
    [
        ((512, 512), 320, Box(96, 96, 320, 320)),
        ((511, 512), 320, Box(95, 96, 320, 320)),
        ((200, 512), 320, Box(0, 96, 200, 320)),
        ((512, 200), 320, Box(96, 0, 320, 200)),
        ((100, 90), 320, Box(0, 0, 100, 90)),
    ],
)
def test_the_centre_is_cut_and_a_short_axis_is_kept_whole(shape: tuple[int, int], size: int, box: Box) -> None:
    assert centre_box(shape, size) == box


def test_a_box_indexes_its_rows_and_columns() -> None:
    pixels = np.arange(6 * 7).reshape(6, 7)
    np.testing.assert_array_equal(pixels[Box(2, 1, 3, 4).region], pixels[2:5, 1:5])


def test_the_network_gets_the_box_scaled_and_padded_at_the_bottom_and_the_right() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (50, 60), np.uint8)
    given = network_input(pixels, Box(3, 5, 30, 41), 16)
    assert given.shape == (1, 32, 48, 1)
    assert given.dtype == np.float32
    np.testing.assert_allclose(given[0, :30, :41, 0], pixels[3:33, 5:46] / 255, rtol=1e-6)
    assert not given[0, 30:].any()
    assert not given[0, :, 41:].any()


def test_a_box_that_fits_the_divisor_is_not_padded() -> None:
    assert network_input(np.zeros((64, 64), np.uint8), Box(0, 0, 64, 32), 32).shape == (1, 64, 32, 1)


def smallest_level(threshold: Fraction) -> int:
    return next(level for level in range(256) if Fraction(level, 255) >= threshold)


def test_the_threshold_level_is_the_smallest_that_reaches_the_threshold() -> None:
    for thousandth in range(1001):  # the multiples of 0.2 are levels exactly
        assert threshold_level(thousandth / 1000) == smallest_level(Fraction(thousandth, 1000))
    for threshold in np.random.default_rng(0).uniform(0, 1, 1000).tolist():
        assert threshold_level(threshold) == smallest_level(Fraction(threshold))


def test_the_threshold_of_a_level_is_that_level() -> None:
    assert [threshold_level(level / 255) for level in range(256)] == list(range(256))


def test_the_noise_of_a_sliders_arithmetic_does_not_cost_a_level() -> None:
    assert 3 * 0.2 > 0.6
    assert threshold_level(3 * 0.2) == threshold_level(0.6) == 153


@pytest.mark.parametrize("threshold", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_threshold_outside_0_to_1_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="within 0 and 1"):
        threshold_level(threshold)
