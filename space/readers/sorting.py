"""What is among the files that a person gave: a scan, masks, pictures, or several of them in one archive."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydicom.dataset import Dataset

from space.case import Case, Labels
from space.errors import UserError
from space.modality import Modality
from space.preprocessing import Window
from space.readers.archive import Content, unpacked
from space.readers.dicom import read_dicom
from space.readers.frames import header_of
from space.readers.kinds import CONTOURS, HEAD, READ, SEGMENTATION, kind_of
from space.readers.labels import NO_LABELS, NO_MASK, OUTLINES, is_label_map, read_labels
from space.readers.nifti import is_nifti, read_nifti
from space.readers.overlay import Grid
from space.readers.reading import LEFT_OUT
from space.readers.stack import read_picture_labels, read_picture_volume
from space.readers.values import AUTO

UNKNOWN = "This is no {} that can be read: please give DICOM, NIfTI (or a zip of one series), or PNG, JPEG or TIFF."
SEVERAL = "These are several volumes: please give one, and its mask in its own field."
SEVERAL_MASKS = (
    "These are several masks: please give one label volume (NIfTI or DICOM SEG), or one picture for each slice."
)
MASK_ALONE = "This is a segmentation and not a scan: please give the {} here, and the segmentation in the mask's field."
CONTOURS_ALONE = "This is a set of contours (RTSTRUCT) and not a scan: please give the axial {} series."
CONTOURS_LEFT_OUT = "Contours (RTSTRUCT) lay beside the scan and were left out: they cannot be read here."
SAYS_ITSELF = "DICOM and NIfTI files say themselves what their values are: leave 'values' at 'auto'."


@dataclass
class Found:
    """Files by what they are.

    Attributes
    ----------
    headers : of DICOM files that may be slices.
    volumes : NIfTI files.
    segmentations : DICOM SEG files.
    pictures : PNG, JPEG and TIFF files.
    contours, others : how many RTSTRUCT files, and files of other kinds.
    """

    headers: list[Dataset] = field(default_factory=list)
    volumes: list[bytes] = field(default_factory=list)
    segmentations: list[bytes] = field(default_factory=list)
    pictures: list[Content] = field(default_factory=list)
    contours: int = 0
    others: int = 0


def sort(paths: Iterable[Path], *, slices: bool = True) -> Found:
    """Tell files apart by their content.

    Parameters
    ----------
    slices : whether slices of DICOM are of interest.
    """
    found = Found()
    for content in unpacked(paths):
        data, mark = content.data, kind_of(content.data[:HEAD])
        kind = mark.kind if mark else ""
        if kind == SEGMENTATION:
            found.segmentations.append(data)
        elif kind == CONTOURS:
            found.contours += 1
        elif is_nifti(data) and data[128:132] != b"DICM":
            found.volumes.append(data)
        elif kind in READ:
            found.pictures.append(content)
        elif slices and (header := header_of(data)) is not None:
            found.headers.append(header)
        else:
            found.others += 1
    return found


def read_scan(
    paths: Iterable[Path], window: Window, values: str, order: str | None, folder: Path, modality: Modality
) -> Case:
    """Read DICOM files, a NIfTI file, pictures of slices, or a zip of either.

    Parameters
    ----------
    window, values, order, folder, modality : as `space.readers.stack.read_picture_volume` takes them.

    Raises
    ------
    Question
        about pictures.
    UserError
        that says what is wrong and what to do.
    """
    found = sort(paths)
    segmentations, left_out = len(found.segmentations), found.others
    if found.headers or found.volumes:
        if values != AUTO:
            raise UserError(SAYS_ITSELF)
        scans = found.volumes
        if found.headers or len(scans) > 1 or modality != "CT":  # a label map can pass for MR, never for CT
            scans, labels = _scans_and_labels(scans)
            segmentations += len(labels)
        if not found.headers and not scans:
            raise UserError(MASK_ALONE.format(modality))
        if bool(found.headers) + len(scans) != 1:
            raise UserError(SEVERAL)
        case = read_dicom(found.headers, modality) if found.headers else read_nifti(scans[0], modality)
        left_out += len(found.pictures)
    elif found.pictures:
        case = read_picture_volume(found.pictures, window, values, order, folder, modality)
    else:
        alone = MASK_ALONE if segmentations else CONTOURS_ALONE if found.contours else UNKNOWN
        raise UserError(alone.format(modality))
    notes = [LEFT_OUT] if segmentations else []
    notes += [CONTOURS_LEFT_OUT] if found.contours else []
    if left_out:
        notes.append(f"{'One file is' if left_out == 1 else f'{left_out} files are'} no {modality}, and left out.")
    return replace(case, notes=(*case.notes, *notes))


def read_mask_files(paths: Iterable[Path], grid: Grid | None, target: str, order: str | None, folder: Path) -> Labels:
    """Read the mask of a volume: a label volume, pictures, or a zip of either, which may hold the scan, too.

    Parameters
    ----------
    grid, target : as `space.readers.labels.read_labels` takes them.
    order, folder : as `space.readers.stack.read_picture_labels` takes them.

    Raises
    ------
    Question
        about pictures.
    UserError
        that says what is wrong and what to do.
    """
    found = sort(paths, slices=False)
    volumes = found.volumes
    if len(volumes) > 1:
        _, volumes = _scans_and_labels(volumes)
        if not volumes:
            raise UserError(NO_LABELS)
    masks = found.segmentations or volumes
    if len(masks) > 1:
        raise UserError(SEVERAL_MASKS)
    if masks:
        return read_labels(masks[0], grid, target)
    if found.pictures:
        return read_picture_labels(found.pictures, grid, order, folder)
    raise UserError(OUTLINES if found.contours else NO_MASK)


def _scans_and_labels(volumes: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Tell NIfTI files that are no label volumes from those that are."""
    scans: list[bytes] = []
    labels: list[bytes] = []
    for data in volumes:
        (labels if is_label_map(data) else scans).append(data)
    return scans, labels
