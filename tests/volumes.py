"""An abdomen of known geometry and values, written as DICOM and as NIfTI in every way that scanners and programs do."""

import io
import itertools
import tempfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from space.case import Case
from space.preprocessing import ABDOMEN
from space.readers.sorting import read_scan
from space.readers.values import AUTO

SPACING = (5.0, 3.5, 4.0)  # mm between slices, rows, columns
ORIGIN = np.array([-120.0, -90.0, 40.0])
IDENTIFIERS: dict[str, Any] = {
    "PatientName": "Zyxwvut^Qrst",
    "PatientID": "ID-ZYXWVUT",
    "PatientBirthDate": "19470312",
    "PatientAddress": "Zyxwvut Street 7",
    "OtherPatientNames": "Zyxwvut^Born",
    "AccessionNumber": "ACC-ZYXWVUT",
    "InstitutionName": "Zyxwvut Hospital",
    "ReferringPhysicianName": "Zyxwvut^Doctor",
    "StudyDescription": "Zyxwvut abdomen",
    "SeriesDescription": "Zyxwvut portal venous",
    "ProtocolName": "Zyxwvut protocol",
    "ImageComments": "Zyxwvut was here",
    "StudyDate": "20010203",
}
_X, _Y = np.array([1, 0, 0]), np.array([0, 1, 0])
PLANES = [(a * one, b * other) for one, other in ((_X, _Y), (_Y, _X)) for a, b in itertools.product((1, -1), repeat=2)]
"""The 8 directions along a row and along a column that axial slices can have."""


def abdomen(depth: int = 12, height: int = 52, width: int = 60) -> np.ndarray:
    """Return HU, int16 [z, y, x], feet first, spine down, patient's right at the left; no two directions look alike."""
    z, y, x = np.mgrid[:depth, :height, :width].astype(float)
    down, across = y / height - 0.5, x / width - 0.5
    hu = np.full(z.shape, -1000.0)
    hu[(down / 0.4) ** 2 + (across / 0.45) ** 2 < 1] = 40
    hu[((down + 0.05) / 0.2) ** 2 + ((across + 0.2) / 0.15) ** 2 < 1] = 110  # liver
    hu[((down - 0.28) / 0.06) ** 2 + (across / 0.06) ** 2 < 1] = 700  # spine
    body = hu > -1000
    hu[body] += 3 * z[body]
    return hu.astype(np.int16)


def slices(hu: np.ndarray, plane: tuple = PLANES[0], *, tilt: float = 0.0, **elements: Any) -> list[FileDataset]:
    """Return a DICOM series, classic CT, one file for a slice, as it was scanned from the feet up.

    Parameters
    ----------
    plane : directions along a row and along a column.
    tilt : mm that a slice lies further back than the one below it.
    elements : what else the files say; None takes an element away.
    """
    series, study = generate_uid(), generate_uid()
    return [_slice(hu, place, plane, tilt, (series, study), elements) for place in range(len(hu))]


def _slice(hu: np.ndarray, place: int, plane: tuple, tilt: float, uids: tuple, elements: dict) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.2")
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.SeriesInstanceUID, dataset.StudyInstanceUID = uids
    row, column = plane
    pixels, corner = hu[place], ORIGIN + np.array([0, tilt * place, SPACING[0] * place])
    if row[1]:
        pixels = pixels.T
    for direction, axis in ((row, 1), (column, 0)):
        if direction.sum() < 0:
            pixels = np.flip(pixels, axis)
            along = int(np.flatnonzero(direction)[0])
            corner = corner + np.abs(direction) * (hu.shape[2 - along] - 1) * SPACING[2 - along]
    dataset.Modality, dataset.ImageType, dataset.InstanceNumber = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"], place + 1
    dataset.ImageOrientationPatient = [float(v) for v in (*row, *column)]
    dataset.ImagePositionPatient = [float(v) for v in corner]
    mm = {0: SPACING[2], 1: SPACING[1]}
    dataset.PixelSpacing = [mm[int(np.flatnonzero(direction)[0])] for direction in (column, row)]
    dataset.SliceThickness = SPACING[0]
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
    dataset.PixelData = (pixels.astype(np.int32) + 1024).astype("<u2").tobytes()
    for name, value in elements.items():
        if value is None:
            delattr(dataset, name)
        else:
            setattr(dataset, name, value)
    return dataset


def dicom_bytes(dataset: Dataset) -> bytes:
    """Return a file's bytes."""
    target = io.BytesIO()
    pydicom.dcmwrite(target, dataset, enforce_file_format=True)
    return target.getvalue()


def write(folder: Path, files: list[bytes], *, seed: int = 0) -> list[Path]:
    """Write files under names that say nothing of their order, and return them in the order of the names."""
    order = np.random.default_rng(seed).permutation(len(files))
    paths = [folder / f"{number:04d}" for number in order]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return sorted(paths)


def read(paths: list[Path]) -> Case:
    """Read a CT as the guarded process does, but in this one: without limits, and with its errors."""
    with tempfile.TemporaryDirectory() as folder:
        return read_scan(paths, ABDOMEN, AUTO, None, Path(folder), "CT")


def affine_ras() -> np.ndarray:
    """Return the affine of `abdomen` as NIfTI has it: from (x, y, z, 1) to mm towards right, front and head."""
    affine = np.diag([SPACING[2], SPACING[1], SPACING[0], 1.0])
    affine[:3, 3] = ORIGIN
    return np.asarray(np.diag([-1, -1, 1, 1]) @ affine)


def nifti(hu: np.ndarray, code: str = "LPS", kind: Any = nibabel.Nifti1Image) -> Any:
    """Return the abdomen as a NIfTI image whose axes run as a code such as 'RAS' says."""
    image = kind(hu.transpose(2, 1, 0), affine_ras())
    here, there = (nibabel.orientations.axcodes2ornt(axes) for axes in ("LPS", code))
    turned = image.as_reoriented(nibabel.orientations.ornt_transform(here, there))
    assert "".join(nibabel.aff2axcodes(turned.affine)) == code
    return turned
