"""A label volume, NIfTI or DICOM SEG -> labels on a CT's own grid."""

from typing import Any

import numpy as np

from space.case import Labels
from space.errors import UserError
from space.readers.kinds import CONTOURS, HEAD, SEGMENTATION, kind_of
from space.readers.nifti import is_nifti, opened, shape_of, slab
from space.readers.overlay import EMPTY, MANY, Grid, laid_over

NO_LABELS = "The mask holds no labels: its values are not whole numbers from 0 up."
NO_MASK = "The mask is no label volume that can be read: please give it as NIfTI or as DICOM SEG."
ALIKE = 0.5  # of neighbours; in an image with noise few are
OUTLINES = (
    "The mask is a set of contours (RTSTRUCT), which cannot be read here. Convert it first: in 3D Slicer load it with "
    "its scan, and export it from the module Segmentations as a DICOM SEG or as a label map in NIfTI; or use "
    "dcmrtstruct2nii or plastimatch."
)


def read_labels(data: bytes, grid: Grid | None, target: str) -> Labels:
    """Read a label volume, and lay it over a CT by where both lie in space.

    Parameters
    ----------
    data : a file's bytes.
    grid : of the CT; without it the labels stay on their own.
    target : the name of the organ.

    Raises
    ------
    UserError
        if it is no label volume, or lies elsewhere.
    """
    found = kind_of(data[:HEAD])
    if found and found.kind == CONTOURS:
        raise UserError(OUTLINES)
    if found and found.kind == SEGMENTATION:
        # its library is slow to load, and a CT needs none of it
        from space.readers.seg import read_seg

        return read_seg(data, grid, target)
    if not is_nifti(data):
        raise UserError(NO_MASK)
    image, own, notes = opened(data)
    values = _whole_numbers(image)
    numbers, counts = np.unique(values, return_counts=True)
    present = {str(value): int(count) for value, count in zip(numbers, counts, strict=True) if value}
    if not present:
        raise UserError(EMPTY)
    if len(present) > MANY:
        raise UserError(f"The mask has {len(present)} values, as a picture has: it is no label volume.")
    labels = Labels(values, {int(label): (label,) for label in present}, present, {}, tuple(notes))
    return laid_over(labels, own, grid)


def is_label_map(data: bytes) -> bool:
    """Tell a NIfTI label map from an image of whole numbers, as MR is: in a label map, neighbours mostly are alike."""
    try:
        values = read_labels(data, None, "").values
    except UserError:
        return False
    plane = values[int(np.count_nonzero(values, axis=(1, 2)).argmax())]
    marked = (plane[1:] > 0) & (plane[:-1] > 0)
    return not marked.any() or bool((plane[1:] == plane[:-1])[marked].mean() >= ALIKE)


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
