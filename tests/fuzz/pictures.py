"""Pictures as Pillow reads them by its own rules, next to what our readers made of the same files."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from space.errors import UserError
from space.readers.raster import Raster, open_raster


def picture_differs(path: Path, good: Iterable[bytes]) -> str:
    """Return what differs from Pillow's reading of the stored values, and from all good files.

    What is read as a good file is was changed where it does not matter; Pillow may stumble there.
    """
    raster = open_raster(path)
    if not (wrong := _of_pillow(raster, path.read_bytes())):
        return ""
    other = path.with_name("good")
    for data in good:
        other.write_bytes(data)
        try:
            same = _equal(raster.values, open_raster(other).values)
        except UserError:
            continue
        if same:
            return ""
    return wrong


def _of_pillow(raster: Raster, data: bytes) -> str:
    if raster.notes or raster.palette is not None or raster.white_is_zero:
        return ""  # what is stored was changed, and that is said; or stands for something else
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            theirs = np.asarray(image)
    except Exception as error:
        return f"Pillow does not read it ({type(error).__name__})"
    mine = raster.values if raster.alpha is None else np.concatenate([raster.values, raster.alpha[..., None]], -1)
    theirs = theirs.reshape(*theirs.shape[:2], -1)
    if mine.shape != theirs.shape or mine.dtype.itemsize != theirs.dtype.itemsize:
        return ""  # Pillow has no 16 bits in several channels
    return "" if _equal(mine, theirs.astype(mine.dtype)) else "Pillow reads other values"


def _equal(mine: np.ndarray, theirs: np.ndarray) -> bool:
    return mine.shape == theirs.shape and np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
