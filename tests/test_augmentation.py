"""The augmentation: its map against SciPy's, its bounds, and that image and mask stay together."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from scipy import ndimage, stats

from space.changes import sampling_points
from space.model.settings import Settings
from space.preprocessing import Box, centre_box
from tests.test_batches import STILL, disc
from trainer.augmentation import augment, grey_curve, mapped, noise


def warp(image: np.ndarray, mask: np.ndarray, seed: int = 0, **knobs: Any) -> tuple[np.ndarray, np.ndarray]:
    """Augment one slice with these knobs alone."""
    settings = Settings(**{"train_crop": len(image)} | STILL | knobs)
    x, y = augment(image, [mask], np.random.default_rng(seed), settings)
    assert y.shape == (*x.shape, 1)
    return x, y[..., 0]


def window(image: np.ndarray, side: int = 40, **given: Any) -> np.ndarray:
    """Cut one window of a slice under a given map."""
    still: dict[str, Any] = {"angle": 0.0, "scale": 1.0, "shear": 0.0, "shift": np.zeros(2)}
    points = sampling_points(**still | given, size=(side, side), shape=image.shape)
    found: np.ndarray = cv2.remap(image, *points, cv2.INTER_LINEAR)
    return found


@pytest.mark.parametrize(("shape", "side"), [((64, 64), 32), ((64, 48), 32), ((63, 65), 33), ((32, 32), 32)])
def test_without_augmentation_the_window_is_the_central_crop(shape: tuple[int, int], side: int) -> None:
    rng = np.random.default_rng(0)
    image, mask = rng.integers(0, 256, shape, np.uint8), rng.integers(0, 2, shape, np.uint8)
    x, y = warp(image, mask, train_crop=side)
    assert (x.dtype, y.dtype) == (np.float32, np.uint8)
    cut = centre_box(shape, side).region
    np.testing.assert_allclose(x, image[cut] / 255, atol=1e-6)
    np.testing.assert_array_equal(y, mask[cut])


def test_the_masks_of_neighbours_are_moved_with_the_slices_own() -> None:
    rng = np.random.default_rng(0)
    image, masks = rng.integers(0, 256, (64, 64), np.uint8), rng.integers(0, 2, (3, 64, 64), np.uint8)
    moved: dict[str, Any] = {"rotate": 20.0, "shift": 5.0, "elastic": 3.0}
    settings = Settings(**{"train_crop": 64} | STILL | moved)
    x, y = augment(image, list(masks), np.random.default_rng(0), settings)
    for channel in range(3):
        alone = warp(image, masks[channel], **moved)
        np.testing.assert_array_equal(x, alone[0])
        np.testing.assert_array_equal(y[..., channel], alone[1])


def test_a_window_larger_than_the_slice_is_black_around_it() -> None:
    image = np.full((32, 32), 255, np.uint8)
    x, y = warp(image, image // 255, train_crop=48)
    expected = np.pad(np.ones((32, 32)), 8)
    np.testing.assert_array_equal(x, expected)
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("seed", range(8))
def test_the_window_is_scipys_affine_map_of_the_slice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angle, scale, shear = rng.uniform(-1, 1), rng.uniform(0.7, 1.4), rng.uniform(-0.3, 0.3)
    shift = rng.uniform(-9, 9, 2)
    image = ndimage.gaussian_filter(rng.random((60, 50)), 2).astype(np.float32)
    found = window(image, angle=angle, scale=scale, shear=shear, shift=shift)

    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])  # of x, y
    matrix = (turn @ [[1, shear], [0, 1]] / scale)[::-1, ::-1]  # of row, column
    centre = np.array([59, 49]) / 2 + shift[::-1]
    expected = ndimage.affine_transform(
        image, matrix, centre - matrix @ [19.5, 19.5], (40, 40), order=1, mode="grid-constant"
    )
    # OpenCV interpolates at 1/32 of a pixel
    np.testing.assert_allclose(found, expected, atol=np.abs(np.diff(expected)).max() / 16)


def test_a_quarter_turn_is_numpys() -> None:
    image = np.random.default_rng(0).random((60, 50)).astype(np.float32)
    cut = image[Box(10, 5, 40, 40).region]
    np.testing.assert_allclose(window(image, angle=np.pi / 2), np.rot90(cut), atol=1e-4)


def test_no_map_mirrors_the_abdomen() -> None:
    rng = np.random.default_rng(0)
    for angle, scale, shear in rng.uniform((-3, 0.5, -1), (3, 2, 1), (200, 3)):
        columns, rows = sampling_points(
            angle=angle, scale=scale, shear=shear, shift=np.zeros(2), size=(8, 8), shape=(64, 64)
        )
        right, down = (np.array([p[0, 1] - p[0, 0], p[1, 0] - p[0, 0]]) for p in (columns, rows))
        assert right[0] * down[1] - right[1] * down[0] > 0


def test_a_scale_above_one_shows_the_organ_larger() -> None:
    organ = disc(96, 10)
    areas = [warp(organ, organ, seed, scale=0.5)[1].sum() / organ.sum() for seed in range(30)]
    assert 1 / 1.5**2 * 0.9 < min(areas) < 0.7
    assert 1.4 < max(areas) < 1.5**2 * 1.1


def test_a_shift_moves_the_organ_and_stays_within_its_bounds() -> None:
    organ = disc(96, 10)
    places = []
    for seed in range(30):
        _, y = warp(organ, organ, seed, shift=20)
        assert y.sum() == pytest.approx(organ.sum(), rel=0.1)
        places.append(np.array(ndimage.center_of_mass(y)) - 47.5)
    assert np.abs(places).max() <= 20.2
    assert np.min(places, axis=0).max() < -5
    assert np.max(places, axis=0).min() > 5


def test_a_rotation_turns_about_the_centre_within_its_bounds() -> None:
    organ = disc(96, 6, x=30)
    angles = []
    for seed in range(30):
        _, y = warp(organ, organ, seed, rotate=40)
        row, column = np.array(ndimage.center_of_mass(y)) - 47.5
        assert np.hypot(row, column) == pytest.approx(30, abs=0.5)
        angles.append(np.degrees(np.arctan2(row, column)))
    assert np.abs(angles).max() < 41
    assert min(angles) < -15 < 15 < max(angles)


def test_bending_moves_parts_of_a_slice_by_different_distances() -> None:
    dots = np.zeros((96, 96), np.uint8)
    rows, columns = (axis.ravel() for axis in np.mgrid[20:96:28, 20:96:28])
    for row, column in zip(rows, columns, strict=True):
        dots[row - 2 : row + 3, column - 2 : column + 3] = 1
    _, y = warp(dots, dots, elastic=3)
    labels, count = ndimage.label(y)
    assert count == 9
    found = np.array(ndimage.center_of_mass(y, labels, range(1, 10)))
    moved = np.array([found[np.abs(found - at).sum(1).argmin()] - at for at in zip(rows, columns, strict=True)])
    assert np.hypot(*moved.T).max() < 4 * 3
    assert moved.std(0).min() > 0.5


@pytest.mark.parametrize("seed", range(20))
def test_image_and_mask_get_the_same_map(seed: int) -> None:
    organ = disc(64, 14, 6, -4)
    knobs = {name: getattr(Settings(), name) for name in ("rotate", "scale", "shear")}
    x, y = warp(organ * np.uint8(255), organ, seed, shift=12, elastic=2, **knobs)
    sure = np.abs(x - 0.5) > 2 / 255
    np.testing.assert_array_equal(y[sure], x[sure] >= 0.5)
    assert y.sum() > 200


def test_grey_levels_change_within_their_range_and_the_mask_does_not() -> None:
    ramp = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (64, 1))
    organ = disc(64, 14)
    brighter = []
    for seed in range(20):
        x, y = warp(ramp, organ, seed, intensity=0.3)
        np.testing.assert_array_equal(y, organ)
        assert 0 <= x.min() < x.max() <= 1
        assert (np.diff(x[0]) >= 0).all()  # dark stays darker than light
        brighter.append(x.mean() - ramp.mean() / 255)
    assert min(brighter) < -0.03 < 0.03 < max(brighter)


def test_a_grey_curve_of_no_strength_is_the_slices_own_scale() -> None:
    np.testing.assert_allclose(grey_curve(np.random.default_rng(0), 0.0), np.arange(256) / 255, atol=1e-7)


def test_half_the_slices_are_blurred_within_the_range_and_the_mask_is_not() -> None:
    point, organ = np.zeros((65, 65), np.uint8), disc(65, 14)
    point[32, 32] = 255
    peaks = []
    for seed in range(40):
        x, y = warp(point, organ, seed, blur=1.5)
        np.testing.assert_array_equal(y, organ)
        assert x.sum() == pytest.approx(1, abs=0.01)
        peaks.append(x.max())
    assert 10 <= sum(peak == 1 for peak in peaks) <= 30
    assert min(peaks) > 0.9 / (2 * np.pi * 1.5**2)
    assert min(peaks) < 0.2


def test_noise_has_a_strength_within_its_range_and_spares_the_mask() -> None:
    grey, organ = np.full((64, 64), 128, np.uint8), disc(64, 14)
    deviations = []
    for seed in range(20):
        x, y = warp(grey, organ, seed, noise=0.1)
        np.testing.assert_array_equal(y, organ)
        assert x.mean() == pytest.approx(128 / 255, abs=0.01)
        deviations.append(x.std())
    assert max(deviations) < 0.11
    assert min(deviations) < 0.05 < max(deviations)


def test_noise_is_normal_and_another_in_every_slice() -> None:
    rng = np.random.default_rng(0)
    drawn = np.stack([noise(rng, 128) for _ in range(12)])
    assert stats.kstest(drawn[0].ravel(), "norm").pvalue > 0.01
    between = np.corrcoef(drawn.reshape(12, -1))
    assert np.abs(between - np.eye(12)).max() < 0.05
    assert noise(rng, 700).shape == (700, 700)


def test_shares_of_a_mask_are_rounded_at_one_half() -> None:
    edge = np.tile(np.arange(64, dtype=np.uint8) >= 32, (64, 1)).astype(np.uint8)
    for shift, first in ((0.25, 32), (0.45, 32), (0.55, 31), (0.75, 31)):
        points = sampling_points(
            angle=0.0, scale=1.0, shear=0.0, shift=np.array([shift, 0]), size=(64, 64), shape=(64, 64)
        )
        _, truth = mapped(edge * np.uint8(200), [edge], *points)
        assert truth[32, :63, 0].argmax() == first


def test_equal_random_numbers_give_equal_windows() -> None:
    image, mask = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8), disc(64, 14)
    settings = Settings().but(train_crop=32)
    once, again, other = (augment(image, [mask], np.random.default_rng(seed), settings)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)
