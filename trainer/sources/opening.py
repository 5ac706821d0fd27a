"""A folder, or a word -> the source that it is, told by what lies in it."""

from pathlib import Path

from space.errors import UserError
from trainer.sources import names, pictures
from trainer.sources.phantoms import NAME, Phantoms
from trainer.sources.source import Asked, Source, inside


def open_source(place: str, asked: Asked) -> Source:
    """Return the source at a place.

    Parameters
    ----------
    place : a folder; or 'phantom'.

    Raises
    ------
    UserError
        that says what is missing.
    """
    if place == NAME:
        return Phantoms(asked)
    folder = Path(place)
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}: give a folder of slices, or the word '{NAME}'.")
    source = _in_folder(folder, asked)
    if not source.items:
        raise UserError(f"{folder} holds no slices: it needs a slices.csv, or images/ and masks/.")
    return source


def _in_folder(folder: Path, asked: Asked) -> Source:
    if (folder / pictures.TABLE).exists():
        return pictures.of_table(folder, asked)
    files = names.files_in(folder)
    chosen = [path for path in files if names.is_picture(path)]
    source = pictures.by_name(folder, chosen, asked)
    source.left_out = [inside(folder, path) for path in files if path not in set(chosen)]
    return source
