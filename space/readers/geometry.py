"""Where voxels lie: a volume turned to the way that radiologists look at it. Axes are swapped, nothing is resampled."""

from itertools import permutations

import numpy as np


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
    unit = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    # which of the array's axes runs most along left, back and head
    best = max(permutations(range(3)), key=lambda axes: sum(abs(unit[m, axes[m]]) for m in range(3)))
    backwards = [bool(unit[m, best[m]] < 0) for m in range(3)]
    new = np.eye(4)
    new[:3, 3] = affine[:3, 3]
    for m, axis in enumerate(best):
        new[:3, m] = affine[:3, axis] * (-1 if backwards[m] else 1)
        if backwards[m]:
            new[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
    flips = tuple(place for place, m in enumerate((2, 1, 0)) if backwards[m])
    return np.flip(array.transpose(best[::-1]), flips), new


def spacing_of(affine: np.ndarray) -> tuple[float, float, float]:
    """Return mm between slices, rows and columns."""
    x, y, z = np.linalg.norm(affine[:3, :3], axis=0)
    return float(z), float(y), float(x)


def lean_of(affine: np.ndarray) -> float:
    """Return how many degrees the slices of a turned volume lean from the axial plane."""
    x, y = (affine[:3, m] / np.linalg.norm(affine[:3, m]) for m in (0, 1))
    return float(np.degrees(np.arccos(min(1.0, abs(float(np.cross(x, y)[2]))))))
