"""DICOM files in any order -> a Case: the largest axial series among them, sorted by where its slices lie."""

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, pixel_array

from space.case import Case
from space.errors import UserError
from space.modality import SCALES, Modality, rounded
from space.readers.complaints import heard
from space.readers.frames import NO_PLACES, NO_WAY_UP, Frame, frames_of
from space.readers.volume import MAX_VOXELS, as_case

SEVERAL = " series; the largest, with"

SAME_PLACE = 0.015  # mm
EVEN = 0.1  # of a step
TILTED = 1.0002  # 1 / cos(1 degree)
DAMAGED = "A DICOM file is damaged or cut off, or compressed in a way that cannot be read here: please export it again."
MISFIT = "A DICOM file is damaged: its pixels do not fit the size that it says."
UNEVEN = "The slices are not evenly spaced."
TOO_HIGH = "The values of this series go beyond 32767, and cannot be read: please export it in fewer bits."
CUT_OFF = 0.001  # of the pixels: a few bright ones do no harm
TILT = "The gantry was tilted: each slice is right, but the stack leans."


def read_dicom(datasets: Iterable[Dataset], modality: Modality = "CT") -> Case:
    """Read the largest series.

    Raises
    ------
    UserError
        if there is no axial series of the modality among the files, or one of its slices cannot be decoded.
    """
    series: dict[tuple, list[Frame]] = defaultdict(list)
    refusals: Counter[str] = Counter()
    for dataset in datasets:
        try:
            frames = list(frames_of(dataset, modality))
        except UserError as error:
            refusals[str(error)] += 1
        except MemoryError:
            raise
        except Exception:  # whatever a damaged header provokes in the parser, which reads an element when it is asked
            refusals["A DICOM file is damaged: its header makes no sense."] += 1
        else:
            for frame in frames:
                series[frame.series].append(frame)
    if not series:
        raise UserError(refusals.most_common(1)[0][0])
    notes = [_left_out(count, text) for text, count in refusals.most_common()]
    largest = max(series.values(), key=len)
    if len(series) > 1:
        notes.append(f"These are {len(series)}{SEVERAL} {len(largest)} slices, is shown.")
    return _stack(largest, notes, modality)


def _left_out(count: int, text: str) -> str:
    """Return what is said of files beside the series, for which nothing has to be done."""
    reason = text.partition(": please")[0].removesuffix(".")
    return f"{'One file was' if count == 1 else f'{count} files were'} left out ({reason[0].lower()}{reason[1:]})."


def _stack(frames: list[Frame], notes: list[str], modality: Modality) -> Case:
    first = frames[0]
    normal = np.cross(*first.axes)
    frames = sorted(frames, key=lambda frame: (round(float(frame.position @ normal), 2), frame.order))
    at = np.array([frame.position @ normal for frame in frames])
    kept = np.r_[True, np.diff(at) > SAME_PLACE]
    if not kept.all():
        again = int((~kept).sum())
        notes.append(f"{again} images lie where another one lies (copies or phases): the first of each is shown.")
    frames, at = [frame for frame, keep in zip(frames, kept, strict=True) if keep], at[kept]
    if len(frames) * first.shape[0] * first.shape[1] > MAX_VOXELS:
        raise UserError(f"The series is too large: at most {MAX_VOXELS >> 20} million voxels can be read.")
    first, last, steps = frames[0], frames[-1], np.diff(at)
    step = float(np.median(steps)) if len(at) > 1 else 0.0
    along = (last.position - first.position) / (at[-1] - at[0]) if step else normal
    missing = int((np.rint(steps / step) - 1).sum()) if step else 0
    even = not step or bool(np.abs(steps - step).max() <= EVEN * step)
    if missing:
        notes.append(f"About {missing} slices are missing, so the slices are not evenly spaced.")
    elif not even:
        notes.append(UNEVEN)
    if np.linalg.norm(along) > TILTED:
        notes.append(TILT)
    affine = np.eye(4)
    affine[:3, 0] = first.axes[0] * first.mm[1]
    affine[:3, 1] = first.axes[1] * first.mm[0]
    affine[:3, 2] = along * (step or first.thickness or 1)
    affine[:3, 3] = first.position
    hu = np.empty((len(frames), *first.shape), np.int16)
    for place, frame in enumerate(frames):
        hu[place] = _pixels(frame, modality)
    notes += sorted({note for frame in frames for note in frame.notes})
    name = f"{modality} {'series' if len(frames) > 1 else 'slice'}"
    place_known = even and not {NO_WAY_UP, NO_PLACES} & set(notes)
    return as_case(
        name,
        hu.transpose(2, 1, 0),
        affine,
        notes,
        modality,
        size_known=first.size_known,
        place_known=place_known,
        instances=[frame.instance for frame in frames],
        frame_of_reference=str(frames[0].dataset.get("FrameOfReferenceUID") or ""),
    )


def _pixels(frame: Frame, modality: Modality) -> np.ndarray:
    """Return HU, or grey values, int16 [rows, columns]; padding becomes background.

    MONOCHROME1 is a way to display (PS3.3, C.7.6.3.1.2): it never inverts HU.
    """
    dataset = frame.dataset
    try:
        stored, complained = heard(lambda: pixel_array(dataset, index=frame.index, raw=True))
    except MemoryError:
        raise
    except Exception as error:  # whatever damaged bytes provoke in a decoder
        raise UserError(DAMAGED) from error
    if complained:  # GDCM fills up what a damaged frame lacks
        raise UserError(DAMAGED)
    if stored.shape != frame.shape:
        raise UserError(MISFIT)
    if dataset.get("ModalityLUTSequence"):
        hu = apply_modality_lut(stored, dataset)
    else:
        hu = stored * np.float32(frame.slope) + np.float32(frame.intercept)
    padding = _padding(stored, dataset)
    values = rounded(hu if padding is None else np.where(padding, SCALES[modality].background, hu), modality)
    if modality != "CT" and (values == 32767).mean() > CUT_OFF:
        raise UserError(TOO_HIGH)
    return values


def _padding(stored: np.ndarray, dataset: Dataset) -> np.ndarray | None:
    """Return which pixels are none (PS3.3, C.7.5.1.1.2), bool [rows, columns]; None where the file names no padding."""
    value, limit = dataset.get("PixelPaddingValue"), dataset.get("PixelPaddingRangeLimit")
    if value is None:
        return None
    ends = sorted(_signed(int(end), stored.dtype) for end in (value, value if limit is None else limit))
    return np.asarray((stored >= ends[0]) & (stored <= ends[1]))


def _signed(value: int, dtype: np.dtype) -> int:
    """Return a padding value as the pixels have it: some files write that of signed pixels as an unsigned number."""
    return value - 65536 if dtype.kind == "i" and value > 32767 else value
