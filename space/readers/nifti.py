"""A NIfTI volume -> a Case: NIfTI-1 and NIfTI-2 in one file, with any axes.

References
----------
https://nifti.nimh.nih.gov/nifti-1, https://nifti.nimh.nih.gov/nifti-2. The axes of NIfTI run to the patient's right,
front and head, those of DICOM to left, back and head (PS3.3, C.7.6.2.1.1).
"""

from typing import Any

import nibabel
import numpy as np

from space.case import Case
from space.errors import UserError
from space.readers.volume import MAX_VOXELS, NO_HU, as_case, to_hu

AIR_BELOW = -150
NO_PLACE = "The NIfTI file does not say how its voxels lie in space: please convert it again, from DICOM."
NO_WAY_UP = "The file does not say how the patient lies: please check that the spine is at the bottom."
TWO_WAYS = "The file says in two ways how it lies in space (sform and qform), and they differ: the sform was taken."
NO_NUMBERS = "Voxels without a number (NaN) were taken as air."
MILLIMETRES = {"meter": 1000.0, "micron": 0.001}


def is_nifti(data: bytes) -> bool:
    """Tell a NIfTI file, header and voxels in one, by its magic."""
    return data[344:348] == b"n+1\0" or data[4:8] == b"n+2\0"


def read_nifti(data: bytes) -> Case:
    """Read a CT volume.

    Raises
    ------
    UserError
        if it is no volume of HU.
    """
    image, affine, notes = opened(data)
    low = np.inf
    unknown = False
    hu = np.empty(shape_of(image), np.int16)
    for k in range(hu.shape[2]):
        values = slab(image, k)
        finite = values[np.isfinite(values)]
        unknown |= finite.size < values.size
        if finite.size:
            low = min(low, float(finite.min()))
        hu[..., k] = to_hu(values)
    if image.get_data_dtype() == np.uint8 or not -32768 <= low <= AIR_BELOW:
        raise UserError(NO_HU)
    if unknown:
        notes.append(NO_NUMBERS)
    codes = (int(image.header["sform_code"]), int(image.header["qform_code"]))
    return as_case("CT volume" if hu.shape[2] > 1 else "CT slice", hu, affine, notes, codes=codes)


def opened(data: bytes) -> tuple[Any, np.ndarray, list[str]]:
    """Return nibabel's image, its affine to mm on DICOM's axes, and notes; no voxel is read yet.

    Raises
    ------
    UserError
        if it is not one volume of numbers, or does not say where it lies.
    """
    kind = nibabel.Nifti2Image if data[4:8] == b"n+2\0" else nibabel.Nifti1Image
    image = kind.from_bytes(data)
    shape = image.shape
    if len(shape) < 2 or any(n > 1 for n in shape[3:]) or image.get_data_dtype().kind not in "iuf":
        raise UserError(
            f"The NIfTI file must hold one volume of numbers, and holds {' x '.join(map(str, shape))} of type "
            f"{image.get_data_dtype()}: please save one volume alone."
        )
    if np.prod(shape, dtype=float) > MAX_VOXELS or min(shape) < 1:
        raise UserError(f"The volume is too large: at most {MAX_VOXELS >> 20} million voxels can be read.")
    unit = MILLIMETRES.get(image.header.get_xyzt_units()[0], 1.0)
    affine = np.diag([-1, -1, 1, 1]) @ image.affine
    affine[:3] *= unit
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    flat = abs(np.linalg.det(affine[:3, :3])) < 0.1 * np.prod(sizes) if np.isfinite(affine).all() else True
    if flat or not 0.02 < sizes.min() <= sizes.max() < 50:
        raise UserError(NO_PLACE)
    return image, affine, _remarks(image.header)


def shape_of(image: Any) -> tuple[int, int, int]:
    """Return the sides of the volume; a picture is a volume of one slice."""
    i, j, k = (*image.shape, 1)[:3]
    return int(i), int(j), int(k)


def slab(image: Any, k: int) -> np.ndarray:
    """Return [i, j] at one place of the third axis, scaled as the header says."""
    where = (slice(None), slice(None), k, *(0,) * (len(image.shape) - 3))
    return np.asarray(image.dataobj[where[: len(image.shape)]])


def _remarks(header: Any) -> list[str]:
    sform, qform = int(header["sform_code"]) > 0, int(header["qform_code"]) > 0
    if not sform and not qform:
        return [NO_WAY_UP]
    if sform and qform and not np.allclose(header.get_sform(), header.get_qform(), atol=1):
        return [TWO_WAYS]
    return []
