import numpy as np
import pytest
from scipy.ndimage import binary_erosion, distance_transform_edt

from space.surfaces import surface_distances

SPACING = (5.0, 0.7, 0.8)


def by_distance_maps(one, other, spacing):
    """The same from distance maps of the whole volume, which SciPy makes."""
    surfaces = [mask & ~binary_erosion(mask) for mask in (one, other)]
    maps = [distance_transform_edt(~surface, sampling=spacing) for surface in surfaces]
    apart = np.concatenate([maps[1][surfaces[0]], maps[0][surfaces[1]]])
    return apart.max(), np.percentile(apart, 95), apart.mean()


@pytest.mark.parametrize("seed", range(5))
def test_distances_are_those_of_distance_maps(seed):
    random = np.random.default_rng(seed)
    z, y, x = np.mgrid[:9, :40, :44]
    one, other = (
        ((z - cz) / 3) ** 2 + ((y - cy) / 12) ** 2 + ((x - cx) / 9) ** 2 < 1
        for cz, cy, cx in random.uniform((3, 14, 14), (6, 26, 30), (2, 3))
    )
    assert surface_distances(one, other, SPACING) == pytest.approx(by_distance_maps(one, other, SPACING))


def test_two_boxes_side_by_side_are_as_far_apart_as_the_geometry_says():
    one, other = np.zeros((2, 6, 30, 30), bool)
    one[2:4, 5:10, 5:10] = other[2:4, 5:10, 15:20] = True
    apart = surface_distances(one, other, (5, 1, 2))
    assert apart.hausdorff == 20  # from edge to edge, ten columns of 2 mm
    assert surface_distances(one, one, SPACING) == (0, 0, 0)


def test_a_surface_reaches_to_the_edge_of_the_volume():
    one, other = np.zeros((2, 3, 8, 8), bool)
    one[:], other[:, :, 4:] = True, True
    assert surface_distances(one, other, (1, 1, 1)).hausdorff == 4


def test_without_one_of_the_surfaces_there_is_no_distance():
    one = np.zeros((3, 8, 8), bool)
    other = one.copy()
    other[1, 2, 2] = True
    assert set(surface_distances(one, other, SPACING)) == set(surface_distances(other, one, SPACING)) == {None}
