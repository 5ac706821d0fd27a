"""How far apart two surfaces are, in mm.

References
----------
Taha AA, Hanbury A. Metrics for evaluating 3D medical image segmentation. BMC Med Imaging 2015;15:29 (Hausdorff
distance, its 95th percentile, average surface distance).
"""

from typing import NamedTuple

import numpy as np


class Distances(NamedTuple):
    """Distances from each surface to the other in mm; None where one of them is empty."""

    hausdorff: float | None
    hausdorff95: float | None
    mean: float | None


def surface_distances(prediction: np.ndarray, reference: np.ndarray, spacing: tuple[float, float, float]) -> Distances:
    """Measure how far a prediction's surface is from the reference's, and the other way.

    Parameters
    ----------
    prediction, reference : bool [n, h, w]
    spacing : mm between slices, rows and columns.

    Returns
    -------
    the largest distance, the 95th percentile and the mean over all voxels of both surfaces. A voxel is on the surface
    if one of its six neighbours is outside.
    """
    from scipy.spatial import KDTree  # here, as SciPy would make every start of the app wait for it

    one, other = (_surface(mask) * spacing for mask in (prediction, reference))
    if not len(one) or not len(other):
        return Distances(None, None, None)
    # a tree of the surfaces' voxels needs a few megabytes where a distance map of the volume needs gigabytes
    apart = np.concatenate([KDTree(other).query(one)[0], KDTree(one).query(other)[0]])
    return Distances(float(apart.max()), float(np.percentile(apart, 95)), float(apart.mean()))


def _surface(mask: np.ndarray) -> np.ndarray:
    """Return where the voxels on the surface lie, int [k, 3]."""
    from scipy.ndimage import binary_erosion

    where = [np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    if not len(where[0]):
        return np.empty((0, 3), int)
    box = tuple(slice(along[0], along[-1] + 1) for along in where)
    inside = mask[box]
    return np.asarray(np.argwhere(inside & ~binary_erosion(inside)) + [along[0] for along in where])
