"""Windows, boxes and levels, in NumPy; the network's input, for training.

At any other time the model file does this itself (`trainer/graph.py`), and the tests hold the two together.
"""

from typing import NamedTuple

import numpy as np


class Window(NamedTuple):
    """A CT display window: the HU range that the grey levels 0 to 255 stand for.

    References
    ----------
    DICOM PS3.3 C.11.2.1.2 (window centre, here called level, and window width).
    """

    low: float
    high: float

    @property
    def level(self) -> float:
        """The middle of the window, in HU."""
        return (self.low + self.high) / 2

    @property
    def width(self) -> float:
        """The extent of the window, in HU."""
        return self.high - self.low


ABDOMEN = Window(-40, 310)
"""The window of the article's slices: level 135 HU, width 350 HU."""


def hu_to_grey(hu: np.ndarray, window: Window = ABDOMEN) -> np.ndarray:
    """Apply a window.

    Parameters
    ----------
    hu : array of any shape, in HU.
    window : the range to show; what lies outside becomes black or white.

    Returns
    -------
    uint8 array of the same shape.
    """
    grey = (np.asarray(hu, np.float32) - window.low) * (255 / window.width)
    return np.asarray(np.rint(np.clip(grey, 0, 255)).astype(np.uint8))


def grey_to_hu(grey: np.ndarray, window: Window) -> np.ndarray:
    """Lay the grey levels of a windowed picture out over its window; `hu_to_grey` gives the same levels back.

    Parameters
    ----------
    grey : uint8 array of any shape.

    Returns
    -------
    int16 array of the same shape; float32 where the window is so narrow that whole HU could not tell levels apart.
    """
    hu = np.asarray(grey, np.float32) * np.float32(window.width / 255) + np.float32(window.low)
    return np.rint(hu).astype(np.int16) if window.width > 255 else np.asarray(hu, np.float32)


LARGER = 1.25
"""Slices whose longer side is this many times the usual matrix are shrunk to it before the network sees them."""

LARGEST_ZOOM = 4
"""Pixels are not refined to less than a quarter of their size: there is nothing in them to be found."""


def refinement(pixel_mm: tuple[float, float], coarsest_mm: float, refined_mm: float) -> tuple[float, float]:
    """Return how many times as many rows and columns a slice gets before the network sees it, in float32.

    Parameters
    ----------
    pixel_mm : height and width of its pixels; 0 where not known.
    coarsest_mm : pixels up to this size stay as they are.
    refined_mm : the size that coarser ones get.
    """
    sides, coarsest, refined = (np.asarray(value, np.float32) for value in (pixel_mm, coarsest_mm, refined_mm))
    height, width = np.where(sides > coarsest, np.minimum(sides / refined, np.float32(LARGEST_ZOOM)), np.float32(1))
    return float(height), float(width)


class Box(NamedTuple):
    """A rectangle of a slice, in pixels."""

    top: int
    left: int
    height: int
    width: int

    @property
    def region(self) -> tuple[slice, slice]:
        """Rows and columns, to index an array with."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )


def centre_box(shape: tuple[int, int], size: int) -> Box:
    """Return the central `size` x `size` pixels of a slice, or all of an axis that is shorter."""
    height, width = min(shape[0], size), min(shape[1], size)
    return Box((shape[0] - height) // 2, (shape[1] - width) // 2, height, width)


def network_input(pixels: np.ndarray, box: Box, divisor: int) -> np.ndarray:
    """Cut a box and scale it for the network.

    Parameters
    ----------
    pixels : uint8 [h, w]
    box : the part to cut.
    divisor : the network's total stride. Both sides are padded with black, at the bottom and at the
        right, to a multiple of it: its skip connections need even sizes at every level.

    Returns
    -------
    float32 [1, h', w', 1] in 0..1.
    """
    cut = pixels[box.region]
    padded = np.pad(cut, [(0, -side % divisor) for side in cut.shape])
    return (padded.astype(np.float32) / 255)[None, :, :, None]


def threshold_level(threshold: float) -> int:
    """Return the smallest grey level of a probability map that reaches `threshold`.

    Raises
    ------
    ValueError
        if the threshold is not within 0..1.
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"the threshold must lie within 0 and 1, not {threshold}")
    # a level counts when level / 255 >= threshold; the rounding keeps 0.2 * 255 at 51
    return int(np.ceil(round(threshold * 255, 6)))
