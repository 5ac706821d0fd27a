"""How a mask is laid over a CT: the CT's grid, and what becomes of labels that have another one."""

from dataclasses import dataclass

import numpy as np

from space.case import Case, Labels, Layout
from space.errors import UserError
from space.readers.geometry import onto, same_grid, turned

MANY = 255
EMPTY = "The mask is empty: it marks nothing anywhere."
ELSEWHERE = "The mask lies elsewhere in space than this scan: does it belong to another patient or series?"
RESAMPLED = "The mask has another grid than the scan: each pixel took the label at its place, and nothing in between."
BEYOND = "Part of the mask lies outside this scan."
PICTURE = (
    "A label volume (NIfTI or DICOM SEG) goes with DICOM or NIfTI, as a picture does not say where it lies: please "
    "give the scan first, or both together."
)
NO_GRID = (
    "The slices do not lie evenly in space, or do not say where they lie: a label volume cannot be laid over them. "
    "Please give the whole series."
)
LOST = 0.8  # of the mask's volume that must arrive


@dataclass(frozen=True)
class Grid:
    """The grid of a case; its attributes are those of `space.case.Case`."""

    shape: tuple[int, int, int]
    affine: np.ndarray | None
    layout: Layout


def grid_of(case: Case) -> Grid:
    """Return where the voxels of a case lie."""
    depth, height, width = case.hu.shape
    return Grid((depth, height, width), case.affine, case.layout or Layout((0, 1, 2)))


def laid_over(labels: Labels, affine: np.ndarray, grid: Grid | None) -> Labels:
    """Carry labels to a CT by where both lie in space.

    Parameters
    ----------
    labels : on their own grid [i, j, k].
    affine : float [4, 4], from (i, j, k, 1) to mm on DICOM's axes.
    grid : without one they are only turned to the screen.

    Raises
    ------
    UserError
        if they lie elsewhere.
    """
    values, own = turned(labels.values, affine)
    labels = labels._replace(values=values)
    if grid is None:
        return labels
    if grid.affine is None:
        raise UserError(NO_GRID if grid.layout.affine is not None else PICTURE)
    if same_grid(grid.shape, grid.affine, values.shape, own):
        return labels
    placed = onto(grid.shape, grid.affine, values, own)
    if placed is None:
        raise UserError(ELSEWHERE)
    lost = np.count_nonzero(placed) * _voxel(grid.affine) < LOST * np.count_nonzero(values) * _voxel(own)
    return labels._replace(values=placed, notes=(*labels.notes, RESAMPLED, *([BEYOND] if lost else [])))


def _voxel(affine: np.ndarray) -> float:
    """Return its volume in cubic millimetres."""
    return abs(float(np.linalg.det(affine[:3, :3])))
