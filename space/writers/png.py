"""A mask -> PNG: one picture, or a zip of one for each slice, 255 where the organ is and 0 elsewhere.

Masks of DICOM have the rows and columns of its images as they are stored; all others are as they are shown.
"""

import io
import zipfile

import numpy as np

from space.case import Case
from space.drawing import png


def png_mask(mask: np.ndarray, case: Case) -> bytes:
    """Return the mask of a single slice as a PNG file, that of a volume as a zip of them.

    The pictures in a zip are named by numbers: those of DICOM's images, or in the order in which the file, or the
    pictures, have the slices.

    Parameters
    ----------
    mask : bool [n, h, w], on the case's grid.
    """
    planes, numbers = _as_stored(mask, case)
    pictures = [png(plane.astype(np.uint8) * 255) for plane in planes]
    if len(pictures) == 1:
        return pictures[0]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for number, picture in sorted(zip(numbers, pictures, strict=True)):
            archive.writestr(f"mask-{number:04d}.png", picture)
    return packed.getvalue()


def _as_stored(mask: np.ndarray, case: Case) -> tuple[np.ndarray, list[int]]:
    """Return the masks [n, rows, columns] as they are stored, and their numbers."""
    layout = case.layout
    if layout is None:
        return mask, [1]
    if not layout.instances:
        backwards = 0 in layout.flips
        return (mask[::-1] if backwards else mask), list(range(1, len(mask) + 1))
    stored = layout.to_source(mask).transpose(2, 1, 0)
    numbers = [instance.number for instance in (layout.instances[::-1] if 0 in layout.flips else layout.instances)]
    if len({*numbers}) < len(numbers) or min(numbers) < 1:
        numbers = list(range(1, len(numbers) + 1))
    return stored, numbers
