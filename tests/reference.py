"""The last steps of the model file in NumPy: what it is held to, bit for bit."""

import numpy as np

from space.metrics import LEVELS
from space.preprocessing import Box


def paste(probability: np.ndarray, box: Box, shape: tuple[int, int]) -> np.ndarray:
    """Put the network's output, float32 [1, h, w, 1], back where its input came from: uint8, 255 stands for 1."""
    whole = np.zeros(shape, np.uint8)
    inside = probability[0, : box.height, : box.width, 0]
    whole[box.region] = np.rint(np.clip(inside, 0, 1) * 255).astype(np.uint8)
    return whole


def count_table(probability: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Count tp, fp and fn of ``probability >= t`` for every t: int64 [256, 3]."""
    inside = np.bincount(probability[reference], minlength=LEVELS)
    outside = np.bincount(probability[~reference], minlength=LEVELS)
    tp = inside[::-1].cumsum()[::-1]
    fp = outside[::-1].cumsum()[::-1]
    return np.stack([tp, fp, tp[0] - tp], axis=1)
