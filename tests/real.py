"""Phantoms in the place of real cases: CT series with masks as DICOM SEG, as the bucket holds them, and their table."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

import highdicom
import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from space.real.table import RealCase, Series, Source, Table
from tests.volumes import abdomen, dicom_bytes, slices

SOURCE = Source(licence="CC BY 4.0", doi="10.0000/phantom", citation="Phantoms of this project.")


class Phantom(NamedTuple):
    """A case, the objects that the bucket has of it, and what they were made from."""

    case: RealCase
    objects: dict[str, bytes]
    hu: np.ndarray
    mask: np.ndarray
    places: dict[str, int]
    """Which slice each object of the CT holds, counted from the feet."""


def phantom(number: int = 1, depth: int = 40, traced: tuple[int, int] = (9, 31), *, sources: bool = True) -> Phantom:
    """Return a phantom with the liver traced from one slice to another.

    Parameters
    ----------
    sources : whether the mask names the instances that it was traced on.
    """
    hu = abdomen(depth)
    mask = hu - 3 * np.arange(depth)[:, None, None] == 110
    mask[: traced[0]] = mask[traced[1] + 1 :] = False
    series = slices(hu, **_told(number))
    folder, other = _folder(number, "ct"), _folder(number, "seg")
    names = [uuid.uuid5(uuid.NAMESPACE_OID, f"{number}/{place}") for place in range(depth)]  # in no order of place
    objects = {f"{folder}/{name}.dcm": dicom_bytes(each) for name, each in zip(names, series, strict=True)}
    places = {f"{name}.dcm": place for place, name in enumerate(names)}
    seg = segmentation(series, mask, sources=sources)
    seg_key, seg_bytes = f"{other}/{_folder(number, 'object')}.dcm", dicom_bytes(seg)
    size = sum(map(len, objects.values()))
    case = RealCase(
        patient=f"PHANTOM_{number:04d}",
        ct=Series(folder=folder, uid=series[0].SeriesInstanceUID, objects=depth, bytes=size),
        seg=Series(folder=other, uid=seg.SeriesInstanceUID, objects=1, bytes=len(seg_bytes)),
    )
    return Phantom(case, objects | {seg_key: seg_bytes}, hu, mask, places)


def table_of(*phantoms: Phantom) -> Table:
    return Table(
        index="phantoms",
        collection="Phantoms",
        ct=SOURCE,
        seg=SOURCE,
        cases=tuple(phantom.case for phantom in phantoms),
        splits=(),
    )


def segmentation(series: list[FileDataset], mask: np.ndarray, *, sources: bool = True) -> Dataset:
    """Return a mask [n, h, w] of a series as DICOM SEG, without empty frames, as dcmqi writes them."""
    kind = highdicom.seg.SegmentDescription(
        segment_number=1,
        segment_label="Pancreas",
        segmented_property_category=codes.SCT.Organ,
        segmented_property_type=codes.SCT.Pancreas,
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
    )
    made = highdicom.seg.Segmentation(
        source_images=series,
        pixel_array=mask.astype(np.uint8),
        segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[kind],
        series_instance_uid=generate_uid(),
        series_number=300,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="phantom",
        manufacturer_model_name="phantom",
        software_versions="1",
        device_serial_number="1",
        transfer_syntax_uid=ExplicitVRLittleEndian,
        omit_empty_frames=True,
    )
    if not sources:
        for frame in made.PerFrameFunctionalGroupsSequence:
            del frame.DerivationImageSequence
    return made


def _told(number: int) -> dict[str, Any]:
    """What a CT says beside its pixels, which a mask repeats."""
    empty = ("PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyTime", "StudyID")
    return dict.fromkeys(empty, "") | {
        "PatientID": f"PHANTOM_{number:04d}",
        "StudyDate": "",
        "ReferringPhysicianName": "",
        "FrameOfReferenceUID": generate_uid(),
        "PositionReferenceIndicator": "",
    }


def _folder(number: int, what: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{what} of {number}"))
