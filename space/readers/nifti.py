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
from space.modality import Modality, rounded
from space.readers.values import looks_like_ct
from space.readers.volume import MAX_VOXELS, NO_HU, as_case

AIR_BELOW = -150
LOWEST_OF_CT = -900
IS_CT = (
    "This volume looks like CT (its values go down to {:g}, and its middle slice fits Hounsfield units), and the "
    "network knows MR only: please give axial MR."
)
TOO_HIGH = "This volume holds the value {:g}: values up to 32767 can be read, so please divide all of them."
NO_PLACE = "The NIfTI file does not say how its voxels lie in space: please convert it again, from DICOM."
NO_WAY_UP = "The file does not say how the patient lies: please check that the spine is at the bottom."
TWO_WAYS = "The file says in two ways how it lies in space (sform and qform), and they differ: the sform was taken."
TWO_SIZES = "The file says in two ways how large its voxels are, and they differ: the size in its sform was taken."
NO_NUMBERS = "Voxels without a number (NaN) were taken as background."
MILLIMETRES = {"meter": 1000.0, "micron": 0.001}


def is_nifti(data: bytes) -> bool:
    """Tell a NIfTI file, header and voxels in one, by its magic."""
    return data[344:348] == b"n+1\0" or data[4:8] == b"n+2\0"


def read_nifti(data: bytes, modality: Modality = "CT") -> Case:
    """Read a volume.

    Raises
    ------
    UserError
        if its values are not those of the modality.
    """
    image, affine, notes = opened(data)
    low, high = np.inf, -np.inf
    unknown = False
    hu = np.empty(shape_of(image), np.int16)
    for k in range(hu.shape[2]):
        values = slab(image, k)
        finite = values[np.isfinite(values)]
        unknown |= finite.size < values.size
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
        hu[..., k] = rounded(values, modality)
    if modality == "CT" and (image.get_data_dtype() == np.uint8 or not -32768 <= low <= AIR_BELOW):
        raise UserError(NO_HU)
    if modality != "CT":
        _check_grey(hu, low, high)
    if unknown:
        notes.append(NO_NUMBERS)
    codes = (int(image.header["sform_code"]), int(image.header["qform_code"]))
    name = f"{modality} {'volume' if hu.shape[2] > 1 else 'slice'}"
    return as_case(name, hu, affine, notes, modality, codes=codes)


def _check_grey(values: np.ndarray, low: float, high: float) -> None:
    """Refuse what is CT, or would be cut off."""
    if low <= LOWEST_OF_CT and looks_like_ct(values[..., values.shape[2] // 2].astype(np.float32)):
        raise UserError(IS_CT.format(low))
    if high > 32767:
        raise UserError(TOO_HIGH.format(high))


def opened(data: bytes) -> tuple[Any, np.ndarray, list[str]]:
    """Return nibabel's image, its affine to mm on DICOM's axes, and notes; no voxel is read yet.

    Raises
    ------
    UserError
        if it is not one volume of numbers, or does not say where it lies.
    """
    kind = nibabel.Nifti2Image if data[4:8] == b"n+2\0" else nibabel.Nifti1Image
    image: Any = kind.from_bytes(data)
    if image.dataobj.offset < image.header.sizeof_hdr:
        raise ValueError("the header says that the voxels begin within itself")
    shape = image.shape
    dtype = image.get_data_dtype()
    if len(shape) < 2 or any(n > 1 for n in shape[3:]) or dtype.kind not in "iuf":
        raise UserError(
            f"The NIfTI file must hold one volume of numbers, and holds {' x '.join(map(str, shape))} of type "
            f"{'colours' if dtype.names else dtype}: please save one volume alone."
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
    sizes = np.array(header.get_zooms()[:3], float)
    own = np.linalg.norm(header.get_sform()[:3, : len(sizes)], axis=0)
    return [TWO_SIZES] if sform and not np.allclose(sizes, own, rtol=0.01) else []
