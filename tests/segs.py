"""DICOM segmentations of the abdomen, as highdicom writes them, and changed to what other programs leave out."""

import io
from collections.abc import Sequence
from typing import Any

import highdicom
import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from tests.volumes import PLANES, slices

PATIENT = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
SPACE = "1.2.826.0.1.3680043.8.498.1"
CODES = {"Pancreas": "15776009", "Liver": "10200004", "Spleen": "78961009"}


def series(hu: np.ndarray, plane: tuple = PLANES[0], **elements: Any) -> list[Any]:
    """Return a DICOM series that a segmentation can refer to."""
    return slices(hu, plane, **({"FrameOfReferenceUID": SPACE} | elements))


def stored(mask: np.ndarray, plane: tuple = PLANES[0]) -> np.ndarray:
    """Return a mask of the abdomen as a series has it, feet first, [slice, row, column]."""
    return np.stack([dataset.pixel_array > 1024 for dataset in slices(mask.astype(np.int16), plane)])


def segmentation(
    files: Sequence[Dataset],
    masks: dict[str, np.ndarray],
    kind: str = "BINARY",
    *,
    coded: bool = True,
    **settings: Any,
) -> Any:
    """Return a segmentation of a series.

    Parameters
    ----------
    masks : of each structure, bool (or fractions) [slice, row, column] as the files have it.
    coded : whether each structure has its own code; else all have that of an organ.
    """
    sources = []
    for dataset in files:
        source = Dataset(dataset)
        source.file_meta = dataset.file_meta
        for keyword in PATIENT:
            if keyword not in source:
                setattr(source, keyword, "")
        sources.append(source)
    segments = [
        highdicom.seg.SegmentDescription(
            number,
            name,
            codes.SCT.Organ,
            highdicom.sr.CodedConcept(CODES[name], "SCT", "Zyxwvut") if coded else codes.SCT.Organ,
            highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number, name in enumerate(masks, 1)
    ]
    pixels = np.stack(list(masks.values()), -1)
    if kind == "LABELMAP":
        pixels = (pixels * np.arange(1, len(masks) + 1)).max(-1).astype(np.uint8)
    uids = highdicom.UID(), 1, highdicom.UID(), 1
    return highdicom.seg.Segmentation(
        sources,
        pixels if pixels.dtype.kind == "f" else pixels.astype(np.uint8),
        kind,
        segments,
        *uids,
        "maker",
        "model",
        "1",
        "0",
        **settings,
    )


def as_bytes(dataset: Dataset) -> bytes:
    target = io.BytesIO()
    pydicom.dcmwrite(target, dataset, enforce_file_format=True)
    return target.getvalue()


def without_sources(dataset: Any) -> Any:
    """Take away what images the frames were drawn on."""
    for group in dataset.PerFrameFunctionalGroupsSequence:
        if "DerivationImageSequence" in group:
            del group.DerivationImageSequence
    if "ReferencedSeriesSequence" in dataset:
        del dataset.ReferencedSeriesSequence
    return dataset


def unvouched(dataset: Any) -> Any:
    """Leave it open whether the frames have the pixels of the images, as dcmqi does."""
    for group in dataset.PerFrameFunctionalGroupsSequence:
        for derivation in group.get("DerivationImageSequence") or []:
            for source in derivation.SourceImageSequence:
                del source.SpatialLocationsPreserved
    return dataset
