"""A NIfTI label volume -> labels on a CT's own grid."""

from typing import Any

import numpy as np

from space.case import Labels
from space.errors import UserError
from space.readers.geometry import onto, same_grid, turned
from space.readers.nifti import is_nifti, opened, shape_of, slab

MANY = 255
NO_LABELS = "The mask holds no labels: its values are not whole numbers from 0 up."
NO_NIFTI = (
    "The mask is no label volume that can be read: please give it as NIfTI. DICOM SEG and contours (RTSTRUCT) cannot "
    "be read yet."
)
EMPTY = "The label volume is empty: it marks nothing anywhere."
ELSEWHERE = "The mask lies elsewhere in space than this CT: does it belong to another patient or series?"
RESAMPLED = "The mask has another grid than the CT: each pixel took the label at its place, and nothing in between."
BEYOND = "Part of the mask lies outside this CT."
LOST = 0.8  # of the mask's volume that must arrive


def read_labels(data: bytes, shape: tuple[int, int, int] | None, affine: np.ndarray | None) -> Labels:
    """Read a label volume, and lay it over a CT by where both lie in space.

    Parameters
    ----------
    data : a file's bytes.
    shape, affine : the CT's grid, as `space.case.Case` has it; without them the labels stay on their own.

    Raises
    ------
    UserError
        if it is no label volume, or lies elsewhere.
    """
    if not is_nifti(data):
        raise UserError(NO_NIFTI)
    image, own, notes = opened(data)
    values = _whole_numbers(image)
    found, counts = np.unique(values, return_counts=True)
    present = {int(value): int(count) for value, count in zip(found, counts, strict=True) if value}
    if not present:
        raise UserError(EMPTY)
    if len(present) > MANY:
        raise UserError(f"The mask has {len(present)} values, as a picture has: it is no label volume.")
    values, own = turned(values, own)
    if shape is None or affine is None:
        return Labels(values, present, tuple(notes))
    if same_grid(shape, affine, values.shape, own):
        return Labels(values, present, tuple(notes))
    placed = onto(shape, affine, values, own)
    if placed is None:
        raise UserError(ELSEWHERE)
    notes.append(RESAMPLED)
    if np.count_nonzero(placed) * _voxel(affine) < LOST * np.count_nonzero(values) * _voxel(own):
        notes.append(BEYOND)
    return Labels(placed, present, tuple(notes))


def _whole_numbers(image: Any) -> np.ndarray:
    values = np.empty(shape_of(image), np.uint16)
    for k in range(values.shape[2]):
        stored = slab(image, k)
        if not (np.isfinite(stored).all() and stored.min() >= 0 and stored.max() <= 65535):
            raise UserError(NO_LABELS)
        values[..., k] = stored
        if not np.array_equal(values[..., k], stored):
            raise UserError(NO_LABELS)
    return values


def _voxel(affine: np.ndarray) -> float:
    """Return its volume in cubic millimetres."""
    return abs(float(np.linalg.det(affine[:3, :3])))
