"""The ways in which a slice can differ from those of training, from what training knew to well beyond it.

`python -m trainer robustness` measures validation slices under them, and the page changes the open slice: the same
code in the same units, so that a slice can be read beside the curve.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from space.modality import SCALES, Modality
from space.preprocessing import Window, hu_to_grey

STOPS = 40  # at least as many steps to a slider

Changed = tuple[np.ndarray, np.ndarray]


class Change(NamedTuple):
    """One way in which a slice can differ."""

    name: str
    unit: str
    trained: float
    """The strength that leaves a slice as it is."""
    strengths: tuple[float, ...]
    """Those that are measured, from the lowest to the highest."""
    apply: Callable[[np.ndarray, np.ndarray, float], Changed]
    """Image and mask, uint8 [h, w], and a strength -> both changed."""

    @property
    def stops(self) -> list[float]:
        """The strengths of a slider: those that are measured, and round numbers between them."""
        low, high = self.strengths[0], self.strengths[-1]
        step = _round_step((high - low) / STOPS)
        numbers = [round(n * step, 6) for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
        between = [n for n in numbers if min(abs(n - strength) for strength in self.strengths) > step / 2]
        return sorted({*self.strengths, *between})


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
    """Turn (degrees), enlarge and move (pixels) the slice and its mask about the middle.

    What comes into view is black. A pixel belongs to the mask if more than half of what comes to lie on
    it did.
    """
    shift, shape = np.array([-right, 0]), image.shape
    points = sampling_points(angle=np.radians(angle), scale=scale, shear=0, shift=shift, size=shape, shape=shape)
    x, y = (np.asarray(cv2.remap(pixels, *points, cv2.INTER_LINEAR), np.uint8) for pixels in (image, mask))
    return x, y


def sampling_points(
    *,
    angle: float,
    scale: float,
    shear: float,
    shift: np.ndarray,
    size: tuple[int, ...],
    shape: tuple[int, ...],
    zoom: tuple[float, float] = (1.0, 1.0),
) -> tuple[np.ndarray, np.ndarray]:
    """Return where in the slice each pixel of the window lies: columns and rows, float32 of `size`.

    The window's centre lands on the slice's centre plus `shift` (along x, y); a `scale` above 1 shows the organ
    larger. `size` and `shape` are the heights and widths of window and slice; `zoom` is how many pixels of the window
    a row and a column of the slice are.
    """
    cos, sin = math.cos(angle) / scale, math.sin(angle) / scale
    y, x = (np.arange(count, dtype=np.float32) - np.float32((count - 1) / 2) for count in size)
    y = y[:, None]
    columns = (cos * x + (shear * cos - sin) * y) / zoom[1] + ((shape[1] - 1) / 2 + float(shift[0]) / zoom[1])
    rows = (sin * x + (shear * sin + cos) * y) / zoom[0] + ((shape[0] - 1) / 2 + float(shift[1]) / zoom[0])
    return columns, rows


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


def _round_step(most: float) -> float:
    """Return the largest of 1, 2, 5, 10, 20 ... and 0.5, 0.2, 0.1 ... that is not above a number."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(part * power for part in (1, 2, 5) if part * power <= most * (1 + 1e-9))
