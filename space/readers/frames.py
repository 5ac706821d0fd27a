"""What a DICOM file says of each of its frames: where it lies, how large its pixels are, what its values are.

Only the elements in `NEEDED` are read. Nothing about the patient is among them, and no text of a file is ever shown.

References
----------
DICOM PS3.3: C.7.6.2 (image plane), C.8.2.1 (CT image), C.8.3.1 (MR image), C.8.15 (enhanced CT), C.7.6.16 (functional
groups).
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from space.case import Instance
from space.errors import UserError
from space.modality import SCALES, Modality
from space.readers.archive import inflates_too_far
from space.readers.volume import MAX_SIDE, MAX_VOXELS, MIN_SIDE

NEEDED = [
    *("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "Modality", "ImageType"),
    *("InstanceNumber", "AcquisitionNumber"),
    *("TemporalPositionIdentifier", "ImageOrientationPatient", "ImagePositionPatient", "SliceLocation"),
    *("SliceThickness", "SpacingBetweenSlices", "PixelSpacing", "SamplesPerPixel", "PhotometricInterpretation"),
    *("NumberOfFrames", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("PlanarConfiguration", "PixelPaddingValue", "PixelPaddingRangeLimit", "RescaleSlope", "RescaleIntercept"),
    *("RescaleType", "ModalityLUTSequence", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths", "PixelData", "FloatPixelData", "DoubleFloatPixelData"),
]
KINDS: dict[str, str] = {
    **{modality: scale.image for modality, scale in SCALES.items()},
    "US": "an ultrasound image",
    "CR": "a radiograph",
    "DX": "a radiograph",
    "MG": "a mammogram",
    "RF": "a fluoroscopy",
    "XA": "an angiography",
    "PT": "a PET image",
    "NM": "a nuclear medicine image",
    "SEG": "a segmentation",
    "RTSTRUCT": "a set of contours",
    "RTDOSE": "a dose map",
    "RTPLAN": "a treatment plan",
    "SR": "a report",
    "DOC": "a document",
    "PR": "a presentation state",
    "ECG": "an electrocardiogram",
}
IN_HU = ("", "HU", "HU_MOD", "US")  # US is 'unspecified', and what scanners wrote before HU was a term
LARGEST = 1e6  # millimetres, or what a value is multiplied by
FARTHEST = 1e4  # mm from where coordinates begin
AXIAL = 0.8  # of the normal along the body; at less, another plane is nearer
NO_WAY_UP = "The file does not say how the patient lies: spine down and liver at the left are assumed."
NO_RESCALE = "The file does not say how its values become Hounsfield units: they were taken as they are."
NO_PLACES = "The file does not say where its frames lie: they were stacked in order, feet first."
NO_AXES = "A DICOM file is damaged: its axes, its place or its pixel size make no sense."
HALF_RESCALE = (
    "A DICOM file is damaged: it gives only one of rescale slope and rescale intercept. Please export it again."
)
CUT_OFF = "A DICOM file is damaged or cut off: please export it again."


@dataclass(frozen=True)
class Frame:
    """One slice of a DICOM file.

    Attributes
    ----------
    dataset, index : the file, and which of its frames it is.
    shape : rows and columns.
    axes : float [2, 3], the directions along a row and along a column.
    position : float [3], the middle of the first pixel, in mm.
    mm : between rows and between columns; `size_known` tells whether the file says it.
    thickness : mm from slice to slice or of the slice, 0 if the file does not say.
    slope, intercept : from stored values to HU, or grey values.
    instance : what to call it outside.
    series : equal for what can be one stack.
    order : which of several frames at one place comes first.
    notes : what was assumed.
    """

    dataset: Dataset
    index: int
    shape: tuple[int, int]
    axes: np.ndarray
    position: np.ndarray
    mm: tuple[float, float]
    size_known: bool
    thickness: float
    slope: float
    intercept: float
    instance: Instance
    series: tuple[Any, ...]
    order: tuple[int, ...]
    notes: tuple[str, ...]


def header_of(data: bytes) -> Dataset | None:
    """Return what is needed of a DICOM file, or None if it is none; files without preamble are tried, too."""
    marked = data[128:132] == b"DICM"
    try:
        if inflates_too_far(data):
            return None
        dataset = pydicom.dcmread(io.BytesIO(data), force=not marked, specific_tags=list(NEEDED))
        if "TransferSyntaxUID" not in dataset.file_meta:
            implicit, little = dataset.original_encoding
            explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
            dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
        return dataset if marked or "SOPClassUID" in dataset or "Rows" in dataset else None
    except Exception:  # whatever a damaged file provokes in the parser
        return None


def frames_of(dataset: Dataset, modality: Modality) -> Iterator[Frame]:
    """Yield the frames of a file.

    Raises
    ------
    UserError
        if it is no axial image of the modality.
    """
    _check_kind(dataset, modality)
    shape, count = _size(dataset)
    per = dataset.get("PerFrameFunctionalGroupsSequence") or []
    for index in range(count):
        yield _frame(dataset, index, shape, modality, stacked=count > 1 and not per)


def _check_kind(dataset: Dataset, known: Modality) -> None:
    modality = str(dataset.get("Modality") or "")
    lost = not modality and "SOPClassUID" not in dataset  # what pydicom makes of a file without the end of its pixels
    if lost and dataset.file_meta.get("MediaStorageSOPClassUID") in SCALES[known].classes:
        raise UserError(CUT_OFF)
    if modality != known and dataset.get("SOPClassUID") not in SCALES[known].classes:
        kind = KINDS.get(modality, "of another kind")
        raise UserError(
            f"This DICOM file is {kind}, not {known}, and the network knows {known} only: please give axial {known}."
        )
    if "PixelData" not in dataset or "Rows" not in dataset:
        raise UserError(f"This DICOM file has no image in it: please give the slices of the {known} series.")
    grey = str(dataset.get("PhotometricInterpretation") or "") in ("MONOCHROME1", "MONOCHROME2")
    if int(dataset.get("SamplesPerPixel") or 1) != 1 or not grey:
        raise UserError(
            f"This DICOM file is a colour picture, not {known} as it was taken: please give the {known} series."
        )
    kinds = dataset.get("ImageType") or []
    if "LOCALIZER" in ([kinds] if isinstance(kinds, str) else [str(kind) for kind in kinds]):
        raise UserError(f"This DICOM file is a scout view, not a slice: please give the axial {known} series.")


def _size(dataset: Dataset) -> tuple[tuple[int, int], int]:
    shape, count = (int(dataset.Rows), int(dataset.get("Columns") or 0)), int(dataset.get("NumberOfFrames") or 1)
    if min(shape) < MIN_SIDE or max(shape) > MAX_SIDE or not 1 <= count <= MAX_VOXELS // (shape[0] * shape[1]):
        raise UserError(
            f"This DICOM file says that it holds {count} slices of {shape[1]} x {shape[0]} pixels: {MIN_SIDE} to "
            f"{MAX_SIDE} pixels to a side can be read."
        )
    return shape, count


def _frame(dataset: Dataset, index: int, shape: tuple[int, int], modality: Modality, *, stacked: bool) -> Frame:
    def said(group: str, keyword: str) -> Any:
        """Return an element: enhanced objects keep it in functional groups, classic ones at the top."""
        per = dataset.get("PerFrameFunctionalGroupsSequence") or []
        shared = dataset.get("SharedFunctionalGroupsSequence") or []
        for groups in (*per[index : index + 1], *shared[:1]):
            if items := groups.get(f"{group}Sequence"):
                return items[0].get(keyword)
        return dataset.get(keyword)

    iop, ipp = said("PlaneOrientation", "ImageOrientationPatient"), said("PlanePosition", "ImagePositionPatient")
    spacing, slope = said("PixelMeasures", "PixelSpacing"), said("PixelValueTransformation", "RescaleSlope")
    intercept = said("PixelValueTransformation", "RescaleIntercept")
    between = said("PixelMeasures", "SpacingBetweenSlices") or said("PixelMeasures", "SliceThickness")
    thickness = abs(_number(between, 0))
    rescaled = str(said("PixelValueTransformation", "RescaleType") or "").strip()
    if modality == "CT" and rescaled not in IN_HU:
        raise UserError(
            "The values of this DICOM file are not Hounsfield units, as it says itself: please give the CT."
        )
    if _is_said(slope) != _is_said(intercept) and not dataset.get("ModalityLUTSequence"):
        raise UserError(HALF_RESCALE)
    notes = []
    if not iop or not ipp:
        notes.append(NO_WAY_UP)
    if modality == "CT" and not _is_said(slope) and not dataset.get("ModalityLUTSequence"):
        notes.append(NO_RESCALE)
    number, several = int(dataset.get("InstanceNumber") or 0), int(dataset.get("NumberOfFrames") or 1) > 1
    axes = np.array(iop or (1, 0, 0, 0, 1, 0), float).reshape(2, 3)
    place = float(dataset.get("SliceLocation") or number * (thickness or 1))
    position = np.array(ipp or (0, 0, place), float)
    mm = np.array(spacing or (1, 1), float)
    _check_axes(axes, position, mm, modality)
    if stacked:
        position = position + np.cross(*axes) * index * (thickness or 1)
        notes.append(NO_PLACES)
    x, y, z = map(float, position)
    known = (x, y, z) if iop and ipp else None
    uid = str(dataset.get("SOPInstanceUID") or "")
    instance = Instance(uid, index + 1, index + 1 if several else number, known)
    return Frame(
        dataset,
        index,
        shape,
        axes,
        position,
        (float(mm[0]), float(mm[1])),
        bool(spacing),
        thickness,
        _slope(slope),
        _number(intercept, 0),
        instance,
        (str(dataset.get("SeriesInstanceUID") or ""), shape, *(np.round([*axes.ravel(), *mm], 2) + 0.0)),
        (*(int(dataset.get(key) or 0) for key in ("AcquisitionNumber", "TemporalPositionIdentifier")), number, index),
        tuple(notes),
    )


def _is_said(value: Any) -> bool:
    return value is not None and value != ""


def _number(value: Any, otherwise: float) -> float:
    """Return what an element says, or something else where it says nothing; raises ValueError for what is no number."""
    number = float(value) if _is_said(value) else otherwise
    if not abs(number) < LARGEST:
        raise ValueError("no number")
    return number


def _slope(value: Any) -> float:
    if not (slope := _number(value, 1)):
        raise ValueError("a slope of 0 makes all values one")
    return slope


def _check_axes(axes: np.ndarray, position: np.ndarray, mm: np.ndarray, modality: Modality) -> None:
    straight = np.abs(np.linalg.norm(axes, axis=1) - 1).max() <= 0.01 and abs(axes[0] @ axes[1]) <= 0.01
    sound = mm.shape == (2,) and 0.05 < mm.min() <= mm.max() < 10 and position.shape == (3,)
    if not straight or not sound or not np.abs(position).max() < FARTHEST:
        raise UserError(NO_AXES)
    normal = np.abs(np.cross(*axes))
    if normal[2] < AXIAL:
        plane = ("sagittal", "coronal", "oblique")[int(np.argmax(normal))]
        raise UserError(
            f"These are {plane} slices, and the network knows axial ones: please give the axial {modality} series."
        )
