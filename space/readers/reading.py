"""The one door for what people have: pictures are read here, volumes in a guarded process, told apart by content."""

from collections.abc import Sequence
from pathlib import Path

from space.case import Case
from space.modality import Modality
from space.preprocessing import Window
from space.readers.guard import read_volume
from space.readers.image import read_slice
from space.readers.kept import Kept, content_key
from space.readers.kinds import HEAD, VOLUMES, kind_of, picture_kind
from space.readers.values import AUTO

LEFT_OUT = (
    "A segmentation lay beside the scan and was left out: give it, or this archive once more, in the mask's field."
)
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp")

_kept: Kept[Case] = Kept()


def read_case(
    paths: str | Path | Sequence[str | Path],
    window: Window,
    values: str = AUTO,
    order: str | None = None,
    modality: Modality = "CT",
) -> Case:
    """Read a case.

    Parameters
    ----------
    paths : a PNG, JPEG or TIFF file, or several, one for each slice; a NIfTI file; the DICOM files of a series; or a
        zip of either.
    window : what the grey levels of a windowed picture are laid out over.
    values : how to read the stored values of pictures, a key of `space.readers.values.READINGS`.
    order : of several pictures, 'feet-first' or 'head-first'.
    modality : what the images were taken with.

    Returns
    -------
    a stack of slices; its notes say how the files were read.

    Raises
    ------
    Question
        whose argument is 'values', as `read_slice` does; or 'order'.
    UserError
        that says what is wrong and what to do.
    """
    files = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    if len(files) == 1 and kind_at(files[0]) not in VOLUMES:
        check_picture(files[0])
        return read_slice(files[0], window, values, modality)
    key = (content_key(files), window, values, order, modality)
    return _kept.get(key, lambda: read_volume(files, window, values, order, modality))


def check_picture(path: Path) -> None:
    """Refuse what is no picture; without its name unless it is called one, as names of scans often tell the patient's.

    Raises
    ------
    UserError
        that says what the file is and what to do instead.
    """
    called = path.name if path.suffix.lower() in PICTURE_ENDINGS else "The file"
    if path.is_file():  # else the reader of pictures says so
        with path.open("rb") as file:
            picture_kind(file.read(HEAD), called)


def kind_at(path: Path) -> str | None:
    """Return what a file is by its content, as `space.readers.kinds` names it; None if that cannot be told."""
    try:
        with path.open("rb") as file:
            found = kind_of(file.read(HEAD))
    except OSError:
        return None  # the reader of pictures says so
    return found.kind if found else None
