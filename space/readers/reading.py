"""The one door for what people have: pictures are read here, volumes in a guarded process, told apart by content."""

from collections.abc import Sequence
from pathlib import Path

from space.case import Case
from space.errors import UserError
from space.preprocessing import Window
from space.readers.guard import read_volume
from space.readers.image import read_slice
from space.readers.kept import Kept, file_key
from space.readers.kinds import HEAD, VOLUMES, kind_of
from space.readers.values import AUTO

ONE_PICTURE = "Please give one picture, or the DICOM files of one series: these are {} files."
SAYS_ITSELF = "DICOM and NIfTI files say themselves how their values become HU: leave 'values' at 'auto'."

_kept: Kept[Case] = Kept()


def read_case(paths: str | Path | Sequence[str | Path], window: Window, values: str = AUTO) -> Case:
    """Read a case.

    Parameters
    ----------
    paths : a PNG, JPEG or TIFF file; a NIfTI file; the DICOM files of a series; or a zip of either.
    window : what the grey levels of a windowed picture are laid out over.
    values : how to read the stored values of a picture, a key of `space.readers.values.READINGS`.

    Returns
    -------
    a stack of slices; its notes say how the files were read.

    Raises
    ------
    Question
        whose argument is 'values', as `read_slice` does.
    UserError
        that says what is wrong and what to do.
    """
    files = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    if not any(kind_at(file) in VOLUMES for file in files):
        if len(files) != 1:
            raise UserError(ONE_PICTURE.format(len(files)))
        return read_slice(files[0], window, values)
    if values != AUTO:
        raise UserError(SAYS_ITSELF)
    key = tuple(file_key(file) for file in files)
    return _kept.get(key, lambda: read_volume(files))


def kind_at(path: Path) -> str | None:
    """Return what a file is by its content, as `space.readers.kinds` names it; None if that cannot be told."""
    try:
        with path.open("rb") as file:
            found = kind_of(file.read(HEAD))
    except OSError:
        return None  # the reader of pictures says so
    return found.kind if found else None
