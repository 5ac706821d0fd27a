"""What a DICOM segmentation says of each of its frames.

References
----------
DICOM PS3.3: C.7.6.16 (functional groups), C.7.6.16.2.6 (derivation image), C.8.20.3 (segment identification).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from pydicom.dataset import Dataset


class Frame(NamedTuple):
    """What is said of one frame; None where it is not.

    Attributes
    ----------
    segment : its number; empty in a label map, whose frames hold several.
    axes : float [2, 3], the directions along a row and along a column.
    position : float [3], the middle of the first pixel, in mm.
    mm : between rows and between columns.
    between, thickness : mm from frame to frame, and of one; 0 where not said.
    sources : the images it was drawn on, as SOP instance UID and frame.
    """

    segment: str
    axes: np.ndarray | None
    position: np.ndarray | None
    mm: tuple[float, float] | None
    between: float
    thickness: float
    sources: tuple[tuple[str, int], ...]


def frames_of(dataset: Dataset) -> list[Frame]:
    """Return what is said of the frames.

    Raises
    ------
    ValueError, TypeError, KeyError, IndexError, AttributeError
        if it makes no sense.
    """
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    several = dataset.SegmentationType == "LABELMAP"
    return [_frame(group, shared, several) for group in dataset.PerFrameFunctionalGroupsSequence]


def _frame(group: Dataset, shared: Dataset, several: bool) -> Frame:
    def said(sequence: str, keyword: str) -> Any:
        for place in (group, shared):
            if items := place.get(f"{sequence}Sequence"):
                return items[0].get(keyword)
        return None

    mm = said("PixelMeasures", "PixelSpacing")
    return Frame(
        "" if several else str(int(said("SegmentIdentification", "ReferencedSegmentNumber"))),
        _numbers(said("PlaneOrientation", "ImageOrientationPatient"), 2, 3),
        _numbers(said("PlanePosition", "ImagePositionPatient"), 3),
        (float(mm[0]), float(mm[1])) if mm else None,
        abs(float(said("PixelMeasures", "SpacingBetweenSlices") or 0)),
        abs(float(said("PixelMeasures", "SliceThickness") or 0)),
        tuple(_sources(group.get("DerivationImageSequence") or shared.get("DerivationImageSequence") or [])),
    )


def _numbers(given: Any, *shape: int) -> np.ndarray | None:
    if not given:
        return None
    numbers = np.array(given, float).reshape(shape)
    if not np.isfinite(numbers).all():
        raise ValueError("no numbers")
    return numbers


def _sources(derivations: Any) -> Iterator[tuple[str, int]]:
    for derivation in derivations:
        for source in derivation.get("SourceImageSequence") or []:
            numbers = source.get("ReferencedFrameNumber") or 1
            for number in [numbers] if isinstance(numbers, int | str) else numbers:
                yield str(source.get("ReferencedSOPInstanceUID") or ""), int(number)
