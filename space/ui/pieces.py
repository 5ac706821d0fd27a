"""The page's pieces as files; and which of some files is the slice, and which the mask."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from space.errors import Question, UserError
from space.model.bundle import Bundle, Sample
from space.readers.kinds import DICOM, VOLUMES
from space.readers.label_volume import is_label_volume
from space.readers.mask import read_mask
from space.readers.reading import kind_at, read_case
from space.ui.asked import Opening, Piece

UNKNOWN = "The page asked for something that this app does not know: please reload the page."
FRESH: dict[str, Any] = {"files": [], "values": "auto", "label": None, "place": None, "turn": 0}


class Gone(Exception):  # noqa: N818  (it is no error of the app's)
    """An upload is not there: it never was, or it was deleted meanwhile."""


class Pieces:
    """Finds the files that belong to a bundle's examples, and those that were uploaded."""

    def __init__(self, bundle: Bundle) -> None:
        self._contract = bundle.contract
        self._samples = {sample.name: sample for sample in bundle.samples}

    def image(self, piece: Piece) -> list[Path]:
        """Return the files of a slice or a series."""
        return _uploads(piece) if piece.example is None else [self._sample(piece.example).image]

    def mask(self, piece: Piece) -> Path | None:
        """Return the file of a mask; None for an example without one."""
        if piece.example is not None:
            return self._sample(piece.example).mask
        paths = _uploads(piece)
        if len(paths) > 1:
            raise UserError(f"A mask is one file: these are {len(paths)}.")
        return paths[0]

    def candidates(self, asked: Opening) -> list[Opening]:
        """Return what the files can be: told apart by what the readers say of them."""
        if not asked.files:
            return [asked]
        pieces = self._together(asked.files)
        if len(pieces) > 2:
            raise UserError(f"Please give one slice or one series, and its mask: these are {len(pieces)} files.")
        if len(pieces) == 1:
            [piece] = pieces
            if self._is_mask(piece):
                return [asked.model_copy(update={"mask": piece, "files": [], "label": None})]
            return [asked.model_copy(update={"slice": piece, **FRESH, "label": asked.label})]
        first, second = reversed(pieces) if self._is_mask(pieces[0]) else pieces
        return [
            asked.model_copy(update={"slice": one, "mask": other, **FRESH})
            for one, other in ((first, second), (second, first))
        ]

    def _together(self, files: list[Piece]) -> list[Piece]:
        """Return single files, but DICOM files as the one series that they may be, with what cannot be told."""
        if len(files) == 1:
            return files
        kinds = [kind_at(self.image(file)[0]) for file in files]
        if DICOM not in kinds:
            return files
        slices = [file for file, kind in zip(files, kinds, strict=True) if kind in (DICOM, None)]
        series = Piece(uploads=[upload for file in slices for upload in file.uploads or []])
        return [series, *(file for file in files if file not in slices)]

    def _is_mask(self, piece: Piece) -> bool:
        paths = self.image(piece)
        if len(paths) > 1:
            return False
        if kind_at(paths[0]) in VOLUMES:
            return not _reads(read_case, paths, self._contract.window) and is_label_volume(paths[0])
        return not _reads(read_case, paths, self._contract.window) and _reads(
            read_mask, paths[0], self._contract.target
        )

    def _sample(self, name: str) -> Sample:
        sample = self._samples.get(name)
        if sample is None:
            raise UserError(UNKNOWN)
        return sample


def _uploads(piece: Piece) -> list[Path]:
    home = Path(get_upload_folder()).resolve()
    paths = [Path(upload).resolve() for upload in piece.uploads or [""]]
    if not all(path.is_relative_to(home) and path.is_file() for path in paths):
        raise Gone
    return paths


def _reads(read: Callable[..., Any], file: Any, meant: Any) -> bool:
    """Tell whether a reader takes a file, or would if one more thing were said."""
    try:
        read(file, meant)
    except Question:
        return True
    except UserError:
        return False
    return True
