"""A folder, or a word -> the source that it is, told by what lies in it."""

from pathlib import Path

from space.errors import UserError
from space.readers.kinds import CONTOURS, DICOM, NIFTI, SEGMENTATION
from trainer.sources import idc, names, pictures
from trainer.sources.described import described, is_described
from trainer.sources.patients import by_content
from trainer.sources.phantoms import NAME, Phantoms
from trainer.sources.source import Asked, Source, inside
from trainer.sources.volumes import Volumes


def open_source(place: str, asked: Asked) -> Source:
    """Return the source at a place.

    Parameters
    ----------
    place : a folder; 'phantom'; or 'idc:pancreas_ct'.

    Raises
    ------
    UserError
        that says what is missing.
    """
    if place == NAME:
        return Phantoms(asked)
    if place == idc.NAME:
        return idc.fetched(asked)
    if place.startswith("idc:"):
        raise UserError(f"Of the Imaging Data Commons only {idc.NAME} is known here, not {place}.")
    folder = Path(place)
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}: give a folder of slices, or the word '{NAME}'.")
    source = _in_folder(folder, asked)
    if not source.items:
        raise UserError(f"{folder} holds no slices: it needs volumes or pictures with masks, as docs/training.md says.")
    return source


def _in_folder(folder: Path, asked: Asked) -> Source:
    if (folder / pictures.TABLE).exists():
        return pictures.of_table(folder, asked)
    if is_described(folder):
        return described(folder, asked)
    kinds = {path: names.kind_of_file(path) for path in names.files_in(folder)}
    chosen, source = _by_kind(folder, kinds, asked)
    source.left_out = [inside(folder, path) for path, kind in kinds.items() if kind not in chosen]
    return source


def _by_kind(folder: Path, kinds: dict[Path, str | None], asked: Asked) -> tuple[tuple[str, ...], Source]:
    """Return the kinds of files that are of interest, and the source that they make."""
    present = set(kinds.values())
    if DICOM in present:
        return (DICOM, SEGMENTATION, CONTOURS, NIFTI), by_content(folder, kinds, asked)
    if NIFTI not in present:
        return ("PNG",), pictures.by_name(folder, [path for path, kind in kinds.items() if kind == "PNG"], asked)
    files = [path for path, kind in kinds.items() if kind == NIFTI]
    if not names.has_masks(folder, files):
        return (NIFTI,), by_content(folder, kinds, asked)
    items = names.paired(folder, files, asked.subject, first_part=False)
    pairs = {item.image: ([folder / item.image], [folder / item.mask]) for item in items}
    return (NIFTI,), Volumes("NIfTI volumes with masks", folder.resolve().name, items, pairs, asked, {})
