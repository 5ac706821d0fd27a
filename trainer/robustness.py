"""``python -m trainer robustness TARGET DATA``: Dice when slices are not as they were in training.

Each change goes from what training knew to well beyond it, one at a time, on validation slices: the test split is
not for curiosity.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from space.modality import SCALES, Modality
from space.model import figures
from space.model.segmenter import Segmenter
from space.preprocessing import Window, grey_to_hu, hu_to_grey
from trainer.augmentation import sampling_points
from trainer.dataset import Slices, every
from trainer.evaluate import evaluate

MOST_SLICES = 150  # neighbours are about 1 mm apart: every sixth slice of eight subjects says the same
Changed = tuple[np.ndarray, np.ndarray]


class Change(NamedTuple):
    """One way in which a slice can differ."""

    name: str
    unit: str
    trained: float
    """The strength that leaves a slice as it is."""
    strengths: tuple[float, ...]
    apply: Callable[[np.ndarray, np.ndarray, float], Changed]
    """Image and mask, uint8 [h, w], and a strength -> both changed."""


def with_window(image: np.ndarray, mask: np.ndarray, trained: Window, level: float, width: float) -> Changed:
    """Show a slice in another window; what the trained window cut off stays lost."""
    hu = image.astype(np.float32) * (trained.width / 255) + trained.low
    return hu_to_grey(hu, Window(level - width / 2, level + width / 2)), mask


def with_noise(image: np.ndarray, mask: np.ndarray, strength: float) -> Changed:
    """Add Gaussian noise; the same for a slice each time."""
    noise = np.random.default_rng(0).normal(0, strength, image.shape)
    return np.rint(np.clip(image + noise, 0, 255)).astype(np.uint8), mask


def blurred(image: np.ndarray, mask: np.ndarray, sigma: float) -> Changed:
    """Blur with a Gaussian."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8), mask


def coarser(image: np.ndarray, mask: np.ndarray, factor: float) -> Changed:
    """Average over larger pixels, and show them at the old size; the mask stays sharp."""
    height, width = image.shape
    small = cv2.resize(image, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8), mask


def moved(image: np.ndarray, mask: np.ndarray, *, angle: float = 0, scale: float = 1, right: float = 0) -> Changed:
    """Turn (degrees), enlarge and move (pixels) the slice and its mask about the middle."""
    shift, shape = np.array([-right, 0]), image.shape
    points = sampling_points(angle=np.radians(angle), scale=scale, shear=0, shift=shift, size=shape, shape=shape)
    x, y = (np.asarray(cv2.remap(pixels, *points, cv2.INTER_LINEAR), np.uint8) for pixels in (image, mask))
    return x, y


def changes_from(window: Window, modality: Modality) -> tuple[Change, ...]:
    """Return what is changed, and how much of it, for a network that was trained in a window."""
    level, width, unit = window.level, window.width, SCALES[modality].unit or SCALES[modality].values
    # rounded, as they stand under a chart; what was trained stays as it is
    levels = tuple(round(level + part * width / 7, 1) if part else level for part in (-2, -1, 0, 1, 2))
    widths = tuple(round(width * part / 7, 1) if part != 7 else width for part in (3.5, 5, 7, 10, 14))
    return (
        Change("window level", unit, level, levels, lambda x, y, to: with_window(x, y, window, to, width)),
        Change("window width", unit, width, widths, lambda x, y, to: with_window(x, y, window, level, to)),
        Change("noise", "SD, grey levels", 0, (0, 5, 10, 20, 40), with_noise),
        Change("blur", "SD, pixels", 0, (0, 1, 2, 3, 4), blurred),
        Change("pixel size", "times", 1, (1, 1.5, 2, 3, 4), coarser),
        Change("rotation", "degrees", 0, (-40, -20, 0, 20, 40), lambda x, y, angle: moved(x, y, angle=angle)),
        Change("size", "times", 1, (0.6, 0.8, 1, 1.25, 1.6), lambda x, y, scale: moved(x, y, scale=scale)),
        Change("shift", "pixels", 0, (-80, -40, 0, 40, 80), lambda x, y, right: moved(x, y, right=right)),
    )


def robustness(segmenter: Segmenter, slices: Slices, threshold: float) -> figures.Robustness:
    """Measure the mean volume Dice under every change, on some slices of a split."""
    some = every(slices, -(-len(slices.indices) // MOST_SLICES))
    pairs = [(some.grey(i), np.asarray(some.masks[i])) for i in some.indices]

    def dice(pairs: list[Changed]) -> float | None:
        x, y = (np.stack(pixels) for pixels in zip(*pairs, strict=True))
        hu, spacing = grey_to_hu(x, some.window), some.spacing[some.indices]
        changed = replace(some, voxels=hu, masks=y, spacing=spacing, indices=np.arange(len(x)))
        return evaluate(segmenter, changed, threshold).mean_volume_dice

    unchanged = dice(pairs)
    changes = []
    for change in changes_from(some.window, some.modality):
        values = [
            unchanged if strength == change.trained else dice([change.apply(x, y, strength) for x, y in pairs])
            for strength in change.strengths
        ]
        about = {name: getattr(change, name) for name in ("name", "unit", "trained", "strengths")}
        changes.append(figures.Change(**about, dice=tuple(values)))
    return figures.Robustness(subjects=len(set(some.subjects)), slices=len(pairs), changes=tuple(changes))
