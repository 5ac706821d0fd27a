"""A mask -> NIfTI, where its CT lies. Nothing of the CT's own header is taken over but that."""

import gzip

import nibabel
import numpy as np

from space.case import Case
from space.errors import UserError

PICTURE = "A picture does not say where it lies, and NIfTI needs that: please take the mask as PNG."
NO_GRID = (
    "The slices do not lie evenly in space, or do not say where they lie, and NIfTI cannot hold that: please take the "
    "mask as DICOM SEG or PNG."
)
SCANNER = 1  # NIfTI's code for the scanner's own axes


def nifti_mask(mask: np.ndarray, case: Case) -> bytes:
    """Return a mask as a .nii.gz file.

    That of a NIfTI volume has its axes and affine; that of a DICOM series has columns, rows and slices from the feet up
    as its axes.

    Parameters
    ----------
    mask : bool [n, h, w], on the case's grid.

    Raises
    ------
    UserError
        if the case does not lie evenly in space.
    """
    layout = case.layout
    if layout is None or layout.affine is None:
        raise UserError(PICTURE)
    if case.affine is None:
        raise UserError(NO_GRID)
    if layout.codes is None:
        array, affine, codes = mask.transpose(2, 1, 0), case.affine, (SCANNER, SCANNER)
    else:
        array, affine, codes = layout.to_source(mask), layout.affine, layout.codes
    affine = np.diag([-1, -1, 1, 1]) @ affine  # towards right, front and head
    if not any(codes):  # then its size alone says where it lies
        image = nibabel.Nifti1Image(array.astype(np.uint8), None)
        image.header.set_zooms(np.linalg.norm(affine[:3, :3], axis=0))
    else:
        image = nibabel.Nifti1Image(array.astype(np.uint8), affine)
        _say_where(image, affine, codes[0] or codes[1])
    image.header.set_xyzt_units("mm")
    return gzip.compress(image.to_bytes(), mtime=0)


def _say_where(image: nibabel.Nifti1Image, affine: np.ndarray, code: int) -> None:
    """Say it in both ways, or in one where the other cannot: a qform holds no leaning stack."""
    image.set_sform(affine, code=code)
    image.set_qform(affine, code=code)
    if not np.allclose(image.get_qform(), affine, atol=1e-3):
        image.set_qform(None, code=0)
