"""Where the slices of a series lie and which of them are traced, from the headers alone; and a few that span the organ.

References
----------
DICOM PS3.3: C.7.6.2 (image plane), C.8.20.2 (segmentation image), C.7.6.16.2.6 (derivation image: its sources).
"""

import io
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from space.readers.archive import inflates_too_far

SAME_PLACE = 0.015  # mm
OF_A_SLICE = ["SOPInstanceUID", "SeriesInstanceUID", "Modality", "ImagePositionPatient", "ImageOrientationPatient"]
OF_A_MASK = [
    *("SOPInstanceUID", "SeriesInstanceUID", "Modality"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
]


class Place(NamedTuple):
    """Which instance a slice is, where its first pixel lies in mm, and which way it faces."""

    instance: str
    position: tuple[float, float, float]
    normal: tuple[float, float, float]


class Traced(NamedTuple):
    """The instances that a segmentation was traced on, as far as it names them, and where its frames lie in mm."""

    instances: frozenset[str]
    positions: tuple[tuple[float, float, float], ...]


def place_of(head: bytes, series: str) -> Place | None:
    """Return where a slice of a CT series lies; None if these first bytes do not say it, or are of another series."""
    dataset = _header(head, OF_A_SLICE)
    try:
        if dataset is None or dataset.Modality != "CT" or dataset.SeriesInstanceUID != series:
            return None
        axes = np.array(dataset.ImageOrientationPatient, float).reshape(2, 3)
        return Place(str(dataset.SOPInstanceUID), _three(dataset.ImagePositionPatient), _three(np.cross(*axes)))
    except (AttributeError, TypeError, ValueError):
        return None


def traced_by(data: bytes, series: str) -> Traced | None:
    """Return what a segmentation was traced on; None if the file is not the segmentation that is meant."""
    dataset = _header(data, OF_A_MASK)
    try:
        if dataset is None or dataset.Modality != "SEG" or dataset.SeriesInstanceUID != series:
            return None
        frames = dataset.PerFrameFunctionalGroupsSequence
        sources = [
            str(source.ReferencedSOPInstanceUID)
            for frame in frames
            for derivation in frame.get("DerivationImageSequence") or []
            for source in derivation.get("SourceImageSequence") or []
        ]
        planes = [item for frame in frames for item in frame.get("PlanePositionSequence") or []]
        return Traced(frozenset(sources), tuple(_three(plane.ImagePositionPatient) for plane in planes))
    except (AttributeError, TypeError, ValueError):
        return None


def spanning(places: Sequence[Place], traced: Traced, count: int) -> list[int]:
    """Return which slices to take so that they span the traced organ and lie evenly.

    Returns
    -------
    indices into `places`, from one end of the body to the other; none if nothing is traced on this series.
    """
    normal = np.array(places[0].normal)
    at = np.array([place.position for place in places]) @ normal
    order = np.argsort(at, kind="stable")
    order = order[np.r_[True, np.diff(at[order]) > SAME_PLACE]]
    found = [rank for rank, index in enumerate(order) if places[index].instance in traced.instances]
    if not found and traced.positions:
        step = float(np.median(np.diff(at[order]))) if len(order) > 1 else math.inf
        off = np.abs(at[order][:, None] - (np.array(traced.positions) @ normal)[None])
        found = list(np.flatnonzero(off.min(axis=1) < step / 2))
    if not found:
        return []
    first, last = int(min(found)), int(max(found))
    stride = max(1, math.ceil((last - first) / max(1, count - 1)))
    count = min(count, 1 + (len(order) - 1) // stride)
    start = round((first + last) / 2 - stride * (count - 1) / 2)
    start = min(max(0, start), len(order) - 1 - stride * (count - 1))
    return [int(index) for index in order[start : start + stride * count : stride][:count]]


def _header(data: bytes, wanted: list[str]) -> Dataset | None:
    """Return some elements of a file, of which only the first bytes need be there."""
    if data[128:132] != b"DICM" or inflates_too_far(data):
        return None
    try:
        return pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True, specific_tags=list(wanted))
    except Exception:  # whatever damaged bytes provoke in the parser
        return None


def _three(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    if not np.isfinite([x, y, z]).all():
        raise ValueError
    return x, y, z
