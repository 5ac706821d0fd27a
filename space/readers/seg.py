"""A DICOM segmentation -> labels on a CT's own grid.

References
----------
DICOM PS3.3: A.51 and C.8.20 (segmentation), A.86 (label map).
"""

import io
from collections.abc import Iterator

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.pixels import iter_pixels

from space.case import Labels
from space.errors import UserError
from space.readers.archive import inflates_too_far
from space.readers.overlay import BEYOND, EMPTY, MANY, Grid, laid_over
from space.readers.seg_frames import Frame, frames_of
from space.readers.seg_places import BEYOND_ALL, check_patient, in_series, series_of, stacked
from space.readers.segments import names_of
from space.readers.volume import MAX_SIDE, MAX_VOXELS

NEEDED = [
    *("SOPClassUID", "FrameOfReferenceUID", "NumberOfFrames", "Rows", "Columns", "SamplesPerPixel"),
    *("PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("PixelPaddingValue", "SegmentationType", "MaximumFractionalValue", "SegmentSequence"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "ReferencedSeriesSequence"),
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths", "PixelData"),
]
MAX_FRAMES = 30_000
KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")
NONSENSE = (AttributeError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError)
DAMAGED = "The segmentation is damaged or cut off, or packed in a way that cannot be read here: please export it again."
CONTRADICTS = "The segmentation is damaged: what its header says does not fit together. Please export it again."
TOO_LARGE = (
    f"The segmentation is too large: at most {MAX_FRAMES:,} frames of at most {MAX_SIDE} x {MAX_SIDE} pixels, and "
    f"{MAX_VOXELS >> 20} million voxels, can be read."
)
HALF = "The segmentation holds fractions: a half and more counts as inside."


def read_seg(data: bytes, grid: Grid | None, target: str) -> Labels:
    """Read a segmentation.

    Parameters
    ----------
    data : a file's bytes.
    grid : of the CT that it is laid over; without it the labels stay on their own.
    target : the name of the organ.

    Raises
    ------
    UserError
        if it cannot be read, or lies elsewhere.
    """
    try:
        return _read(data, grid, target)
    except (UserError, MemoryError):
        raise
    except (
        Exception
    ) as error:  # whatever a damaged header provokes in the parser, which reads an element when it is asked
        raise UserError(DAMAGED) from error


def _read(data: bytes, grid: Grid | None, target: str) -> Labels:
    dataset = _opened(data)
    try:
        frames = frames_of(dataset)
        names = names_of(dataset.SegmentSequence, target)
    except NONSENSE as error:
        raise UserError(CONTRADICTS) from error
    names.pop("0", None)  # in a label map, the background may have a description
    if len(names) > MANY:
        raise UserError(f"The segmentation has {len(names)} structures: at most {MANY} can be read.")
    notes = [HALF] if dataset.SegmentationType == "FRACTIONAL" else []
    pixels = (int(dataset.Rows), int(dataset.Columns))
    if grid:
        notes += check_patient(_drawn_on(dataset, frames), str(dataset.get("FrameOfReferenceUID") or ""), grid)
        series = series_of(grid)
        if series and (places := in_series(frames, pixels, series)):
            found, beyond = _filled(dataset, frames, names, places, len(series.instances))
            values = grid.layout.to_screen(found.values.transpose(2, 1, 0))
            return found._replace(values=values, notes=(*notes, *([BEYOND] if beyond else [])))
    places, affine = stacked(frames)
    if (max(places) + 1) * pixels[0] * pixels[1] > MAX_VOXELS:
        raise UserError(TOO_LARGE)
    found, _ = _filled(dataset, frames, names, places, max(places) + 1)
    return laid_over(found._replace(values=found.values.transpose(2, 1, 0), notes=tuple(notes)), affine, grid)


def _opened(data: bytes) -> Dataset:
    """Return what is needed of the file; a header that cannot be true is refused."""
    if inflates_too_far(data):
        raise UserError(TOO_LARGE)
    try:
        marked = data[128:132] == b"DICM"
        dataset = pydicom.dcmread(io.BytesIO(data), force=not marked, specific_tags=list(NEEDED))
        count, sides = int(dataset.get("NumberOfFrames") or 1), (int(dataset.Rows), int(dataset.Columns))
        groups, kind = dataset.PerFrameFunctionalGroupsSequence, str(dataset.SegmentationType)
        sound = len(groups) == count and kind in KINDS and len(dataset.SegmentSequence) and len(dataset.PixelData)
    except NONSENSE as error:
        raise UserError(DAMAGED) from error
    if not 1 <= count <= MAX_FRAMES or not 1 <= min(sides) <= max(sides) <= MAX_SIDE:
        raise UserError(TOO_LARGE)
    if not sound:
        raise UserError(CONTRADICTS)
    return dataset


def _drawn_on(dataset: Dataset, frames: list[Frame]) -> set[str]:
    """Return the identifiers of the images that the segmentation names."""
    named = {uid for frame in frames for uid, _ in frame.sources}
    for series in dataset.get("ReferencedSeriesSequence") or []:
        for instance in series.get("ReferencedInstanceSequence") or []:
            named.add(str(instance.get("ReferencedSOPInstanceUID") or ""))
    return named - {""}


def _filled(
    dataset: Dataset, frames: list[Frame], names: dict[str, str], places: list[int], depth: int
) -> tuple[Labels, bool]:
    """Put the frames into a stack [depth, rows, columns]; return whether any mark lies beyond it, too.

    Structures may overlap: a value stands for a set of them.
    """
    values = np.zeros((depth, dataset.Rows, dataset.Columns), np.uint16)
    sets: dict[tuple[str, ...], int] = {(): 0}
    beyond = False
    for pixels, frame, place in zip(_pixels(dataset), frames, places, strict=True):
        for label, where in _marked(pixels, frame, dataset, names):
            if place == BEYOND_ALL:
                beyond = True
                continue
            plane, before = values[place], list(sets)
            for old in np.unique(plane[where]):
                both = tuple(sorted({*before[old], label}, key=int))
                plane[where & (plane == old)] = sets.setdefault(both, len(sets))
                if len(sets) > np.iinfo(np.uint16).max:
                    raise UserError(TOO_LARGE)
    if len(sets) == 1 and not beyond:
        raise UserError(EMPTY)
    counts = np.bincount(values.ravel(), minlength=len(sets))
    present = {label: int(sum(counts[value] for both, value in sets.items() if label in both)) for label in names}
    members = {value: labels for labels, value in sets.items()}
    return Labels(values, members, present, {label: name for label, name in names.items() if name}, ()), beyond


def _marked(
    pixels: np.ndarray, frame: Frame, dataset: Dataset, names: dict[str, str]
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the structures that a frame marks, and where."""
    if dataset.SegmentationType == "LABELMAP":
        marks = {str(value): value for value in np.unique(pixels) if value not in (0, dataset.get("PixelPaddingValue"))}
        found = ((label, pixels == value) for label, value in marks.items())
    else:
        binary = dataset.SegmentationType == "BINARY"
        where = pixels >= (1 if binary else int(dataset.get("MaximumFractionalValue") or 255) / 2)
        found = ((label, where) for label in ([frame.segment] if where.any() else []))
    for label, where in found:
        if label not in names:
            raise UserError(CONTRADICTS)
        yield label, where


def _pixels(dataset: Dataset) -> Iterator[np.ndarray]:
    """Yield the frames [rows, columns]."""
    syntax = dataset.file_meta.TransferSyntaxUID
    if dataset.BitsAllocated == 1 and not syntax.is_compressed and syntax.is_little_endian:
        yield from _bits(dataset)
        return
    try:
        for pixels in iter_pixels(dataset, raw=True):
            if pixels.shape != (dataset.Rows, dataset.Columns):
                raise UserError(CONTRADICTS)
            yield pixels
    except (MemoryError, UserError):
        raise
    except Exception as error:  # whatever damaged bytes provoke in a decoder
        raise UserError(DAMAGED) from error


def _bits(dataset: Dataset) -> Iterator[np.ndarray]:
    """Yield frames of single bits (PS3.5, 8.1.1), which may end within a byte: pydicom 3.0 stumbles over these."""
    size = dataset.Rows * dataset.Columns
    count = int(dataset.get("NumberOfFrames") or 1)
    packed = np.frombuffer(dataset.PixelData, np.uint8)
    if len(packed) * 8 < count * size:
        raise UserError(DAMAGED)
    for start in range(0, count * size, size):
        first, last = start // 8, (start + size + 7) // 8
        bits = np.unpackbits(packed[first:last], bitorder="little")[start % 8 :][:size]
        yield bits.reshape(dataset.Rows, dataset.Columns)
