"""Pictures of a slice: overlay with outlines, probability map. NumPy arrays in and out.

Prediction and reference differ in lightness as well as hue: sky blue and vermilion of the palette by
Okabe and Ito (2008), which people with any form of colour blindness can tell apart.
"""

import io

import numpy as np
from PIL import Image

PREDICTION = (86, 180, 233)
REFERENCE = (213, 94, 0)
FILL = 0.35


def overlay(pixels: np.ndarray, prediction: np.ndarray, reference: np.ndarray | None = None) -> np.ndarray:
    """Draw the prediction as a tint with an outline and the reference as an outline.

    Parameters
    ----------
    pixels : uint8 [h, w]
    prediction, reference : bool [h, w]

    Returns
    -------
    uint8 [h, w, 3]
    """
    colours = np.repeat(pixels[..., None], 3, axis=2)
    tint = FILL * np.array(PREDICTION) + (1 - FILL) * colours[prediction]
    colours[prediction] = np.rint(tint).astype(np.uint8)
    colours[outline(prediction)] = PREDICTION
    if reference is not None:
        colours[outline(reference)] = REFERENCE
    return colours


def outline(mask: np.ndarray) -> np.ndarray:
    """Return the pixels of a mask with one of their four neighbours, or the slice's edge, outside it."""
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.asarray(mask & ~inner)


def heat(pixels: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Draw the probability over the darkened slice: black, through violet and orange, to yellow.

    Parameters
    ----------
    pixels, probability : uint8 [h, w]

    Returns
    -------
    uint8 [h, w, 3]
    """
    return np.asarray(np.maximum(_HEAT[probability], (pixels // 3)[..., None]))


def tiles(maps: np.ndarray, columns: int) -> np.ndarray:
    """Draw feature maps or kernels side by side, each from its smallest value (black) to its largest (white).

    Parameters
    ----------
    maps : float [n, h, w]
    columns : how many stand in a row.

    Returns
    -------
    uint8 [rows * h, columns * w]; what is left of the last row is black.
    """
    count, height, width = maps.shape
    low = maps.min((1, 2), keepdims=True)
    extent = maps.max((1, 2), keepdims=True) - low
    grey = np.where(extent > 0, (maps - low) / np.where(extent > 0, extent, 1), 0) * 255
    rows = -(-count // columns)
    padded = np.zeros((rows * columns, height, width), np.uint8)
    padded[:count] = np.rint(grey)
    return padded.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)


def png(pixels: np.ndarray) -> bytes:
    """Return pixels as a lossless PNG; little compression, because a person waits for it."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _ramp() -> np.ndarray:
    """Return 256 colours of even steps in lightness, uint8 [256, 3] (anchors of Matplotlib's inferno)."""
    anchors = [(0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164)]
    at = np.linspace(0, 255, len(anchors))
    channels = [np.interp(np.arange(256), at, [colour[c] for colour in anchors]) for c in range(3)]
    return np.rint(np.stack(channels, 1)).astype(np.uint8)


_HEAT = _ramp()
