"""Where voxels lie: a volume turned to the way that radiologists look at it. Axes are swapped, nothing is resampled."""

from itertools import permutations

import numpy as np

from space.case import Layout


def turned(array: np.ndarray, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn a volume to the screen: first slice nearest the feet, spine down, the patient's right at the image's left.

    Parameters
    ----------
    array : [i, j, k]
    affine : float [4, 4], from (i, j, k, 1) to mm on DICOM's axes: towards the patient's left, back and head
        (DICOM PS3.3, C.7.6.2.1.1).

    Returns
    -------
    [z, y, x], a view of the array, and its own affine, from (x, y, z, 1).
    """
    layout = layout_of(affine)
    return layout.to_screen(array), _turned_affine(array.shape, layout)


def layout_of(affine: np.ndarray) -> Layout:
    """Return how a source with this affine is turned to the screen."""
    unit = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    # which of the array's axes runs most along left, back and head
    best = max(permutations(range(3)), key=lambda axes: sum(abs(unit[m, axes[m]]) for m in range(3)))
    flips = tuple(place for place, m in enumerate((2, 1, 0)) if unit[m, best[m]] < 0)
    return Layout((best[2], best[1], best[0]), flips, affine)


def _turned_affine(shape: tuple[int, ...], layout: Layout) -> np.ndarray:
    affine = np.array(layout.affine)
    new = np.eye(4)
    new[:3, 3] = affine[:3, 3]
    for place, axis in enumerate(layout.axes):
        backwards = place in layout.flips
        new[:3, 2 - place] = affine[:3, axis] * (-1 if backwards else 1)
        if backwards:
            new[:3, 3] += affine[:3, axis] * (shape[axis] - 1)
    return new


def spacing_of(affine: np.ndarray) -> tuple[float, float, float]:
    """Return mm between slices, rows and columns."""
    x, y, z = np.linalg.norm(affine[:3, :3], axis=0)
    return float(z), float(y), float(x)


def lean_of(affine: np.ndarray) -> float:
    """Return how many degrees the slices of a turned volume lean from the axial plane."""
    x, y = (affine[:3, m] / np.linalg.norm(affine[:3, m]) for m in (0, 1))
    return float(np.degrees(np.arccos(min(1.0, abs(float(np.cross(x, y)[2]))))))


def same_grid(shape: tuple[int, ...], affine: np.ndarray, other_shape: tuple[int, ...], other: np.ndarray) -> bool:
    """Tell whether two turned volumes have the same voxels, to 1% of one."""
    if tuple(shape) != tuple(other_shape):
        return False
    ends = [(0, side - 1) for side in shape[::-1]]
    corners = np.array([[x, y, z, 1] for x in ends[0] for y in ends[1] for z in ends[2]], float)
    away = corners @ (np.linalg.inv(other) @ affine).T - corners
    return bool(np.abs(away).max() < max(0.01, 1e-5 * max(shape)))


def onto(shape: tuple[int, ...], affine: np.ndarray, labels: np.ndarray, own: np.ndarray) -> np.ndarray | None:
    """Carry labels from one grid to another: each voxel gets the label at its centre, the nearest one.

    Parameters
    ----------
    shape, affine : of the grid that they are wanted on.
    labels, own : [n, h, w], and their own affine.

    Returns
    -------
    labels on the grid; None if they lie elsewhere.
    """
    to_label = np.linalg.inv(own) @ affine
    out = np.zeros(shape, labels.dtype)
    y, x = np.mgrid[: shape[1], : shape[2]]
    inside_all = 0
    for z in range(shape[0]):
        where = [np.rint(row[0] * x + row[1] * y + row[2] * z + row[3]).astype(int) for row in to_label[:3]]
        inside = np.all([(w >= 0) & (w < n) for w, n in zip(where, labels.shape[::-1], strict=True)], axis=0)
        out[z][inside] = labels[where[2][inside], where[1][inside], where[0][inside]]
        inside_all += int(inside.sum())
    return out if out.any() or inside_all > 0.2 * out.size else None
