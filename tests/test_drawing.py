"""Pictures of a square of known geometry, compared pixel by pixel."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from space.drawing import FILL, PREDICTION, REFERENCE, heat, outline, overlay, png, tiles

GREY = np.arange(20 * 30, dtype=np.uint16).reshape(20, 30).astype(np.uint8)
NOTHING = np.zeros((20, 30), bool)


def square(top: int, left: int, side: int) -> np.ndarray:
    mask = NOTHING.copy()
    mask[top : top + side, left : left + side] = True
    return mask


def test_the_outline_of_a_square_is_its_border() -> None:
    expected = square(4, 6, 8) & ~square(5, 7, 6)
    assert expected.sum() == 4 * 7
    np.testing.assert_array_equal(outline(square(4, 6, 8)), expected)


def test_a_mask_that_fills_the_slice_is_outlined_at_the_edge() -> None:
    border = np.ones((20, 30), bool)
    border[1:-1, 1:-1] = False
    np.testing.assert_array_equal(outline(~NOTHING), border)


@pytest.mark.parametrize("seed", range(5))
def test_the_outline_is_what_an_erosion_removes(seed: int) -> None:
    mask = np.random.default_rng(seed).random((20, 30)) < 0.8
    np.testing.assert_array_equal(outline(mask), mask & ~ndimage.binary_erosion(mask))


def test_a_slice_without_prediction_stays_grey() -> None:
    np.testing.assert_array_equal(overlay(GREY, NOTHING), np.stack([GREY] * 3, -1))


def test_the_prediction_is_a_tint_with_an_outline() -> None:
    mask, picture = square(4, 6, 8), overlay(GREY, square(4, 6, 8))
    border = outline(mask)
    assert (picture[border] == PREDICTION).all()
    inside = mask & ~border
    expected = FILL * np.array(PREDICTION) + (1 - FILL) * GREY[inside][:, None]
    np.testing.assert_allclose(picture[inside], expected, atol=0.5)
    np.testing.assert_array_equal(picture[~mask], np.repeat(GREY[~mask][:, None], 3, 1))


def test_the_reference_is_an_outline_on_top_and_is_not_filled() -> None:
    prediction, reference = square(4, 6, 8), square(4, 10, 8)
    with_reference, without = overlay(GREY, prediction, reference), overlay(GREY, prediction)
    border = outline(reference)
    assert (with_reference[border] == REFERENCE).all()
    np.testing.assert_array_equal(with_reference[~border], without[~border])


def test_the_slice_that_is_drawn_on_is_left_as_it_was() -> None:
    pixels = GREY.copy()
    overlay(pixels, square(4, 6, 8), square(5, 5, 5))
    heat(pixels, pixels)
    np.testing.assert_array_equal(pixels, GREY)


def test_the_heat_map_gets_lighter_with_the_probability() -> None:
    ramp = heat(np.zeros((1, 256), np.uint8), np.arange(256, dtype=np.uint8)[None])[0]
    luminance = ramp @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) > -0.5).all()  # a channel that falls may cost half a grey level by rounding
    assert luminance[0] < 5
    assert luminance[-1] > 230
    assert len(np.unique(ramp, axis=0)) == 256


def test_the_heat_map_shows_the_darkened_slice_where_nothing_is_predicted() -> None:
    picture = heat(GREY, np.zeros_like(GREY))
    np.testing.assert_array_equal(picture[..., 0], GREY // 3)
    np.testing.assert_array_equal(picture[..., 1], GREY // 3)


@pytest.mark.parametrize("pixels", [GREY, np.stack([GREY, GREY.T.reshape(20, 30), 255 - GREY], -1)])
def test_a_png_holds_the_very_pixels(pixels: np.ndarray) -> None:
    with Image.open(io.BytesIO(png(pixels))) as image:
        assert image.format == "PNG"
        np.testing.assert_array_equal(np.asarray(image), pixels)


def test_each_tile_goes_from_its_own_smallest_to_its_own_largest_value() -> None:
    maps = np.array([[[0, 1], [2, 4]], [[-10, 0], [10, 30]], [[5, 5], [5, 5]]], np.float32)
    expected = np.array([[0, 64, 0, 64], [128, 255, 128, 255], [0, 0, 0, 0], [0, 0, 0, 0]], np.uint8)
    np.testing.assert_array_equal(tiles(maps, 2), expected)
