"""The page's pieces as files; and which of some files is the slice, and which the mask."""

from collections.abc import Callable, Hashable
from functools import partial
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from space.errors import Lacking, Question, UserError
from space.model.bundle import Bundle, Sample
from space.readers.kept import content_key
from space.readers.kinds import DICOM, READ, SEGMENTATION, VOLUMES
from space.readers.label_volume import is_label_volume
from space.readers.mask import read_mask
from space.readers.reading import LEFT_OUT, kind_at, read_case
from space.real.table import traces
from space.real.waiting import RealCases
from space.ui.asked import Opening, Piece, Reading

UNKNOWN = "The page asked for something that this app does not know: please reload the page."
FRESH: dict[str, Any] = {"files": [], "values": "auto", "label": None, "order": None, "place": None, "turn": 0}


class Gone(Exception):  # noqa: N818  (it is no error of the app's)
    """An upload is not there: it never was, or it was deleted meanwhile."""


class Pieces:
    """Finds the files that belong to a bundle's examples and to real cases, and those that were uploaded."""

    def __init__(self, bundle: Bundle, real: RealCases) -> None:
        self._real = real
        self._contract = bundle.contract
        self._samples = {sample.name: sample for sample in bundle.samples}

    def image(self, piece: Piece) -> list[Path]:
        """Return the files of a slice or a series."""
        if piece.example is not None:
            return [self._sample(piece.example).image]
        return _uploads(piece) if piece.real is None else self._fetched(piece)[0]

    def mask(self, piece: Piece) -> list[Path]:
        """Return the files of a mask; none for an example without one, or a real case that has another organ's."""
        if piece.example is not None:
            mask = self._sample(piece.example).mask
            return [] if mask is None else [mask]
        if piece.real is None:
            return _uploads(piece)
        return [self._fetched(piece)[1]] if traces(self._contract) else []

    def key(self, asked: Reading) -> Hashable:
        """Return what tells a question from others: what it says, and what its uploads hold."""
        files = asked.files if isinstance(asked, Opening) else []
        uploads = [_uploads(piece) for piece in (asked.slice, asked.mask, *files) if piece and piece.uploads]
        return asked.model_dump_json(exclude={"ticket"}), *map(content_key, uploads)

    def candidates(self, asked: Opening) -> list[Opening]:
        """Return what the files can be: told apart by what the readers say of them."""
        if not asked.files:
            return [asked]
        pieces = self._together(asked.files)
        if len(pieces) > 2:
            raise UserError(f"Please give one slice or one series, and its mask: these are {len(pieces)} files.")
        if len(pieces) == 1:
            [piece] = pieces
            if asked.slice is not None and self._is_mask(piece):
                return [asked.model_copy(update={"mask": piece, "files": [], "label": None})]
            both = piece if self._holds_both(piece) else asked.mask
            return [asked.model_copy(update={"slice": piece, "mask": both, **FRESH, "label": asked.label})]
        first, second = reversed(pieces) if self._is_mask(pieces[0]) else pieces
        return [
            asked.model_copy(update={"slice": one, "mask": other, **FRESH})
            for one, other in ((first, second), (second, first))
        ]

    def _together(self, files: list[Piece]) -> list[Piece]:
        """Return files by what belongs together: a series of DICOM, pictures that are slices, and single files."""
        if len(files) == 1:
            return files
        kinds = [kind_at(self.image(file)[0]) for file in files]
        pictures = sum(kind in READ for kind in kinds)
        stacks: list[tuple[str | None, ...]] = []
        if DICOM in kinds:
            stacks.append((DICOM, None))  # of a DICOM file without a preamble the kind cannot be told
        if pictures > 2 or 1 < pictures < len(files):  # two pictures alone are a slice and its mask
            stacks.append(READ)
        pieces = []
        for stack in stacks:
            members = [file for file, kind in zip(files, kinds, strict=True) if kind in stack]
            pieces.append(Piece(uploads=[upload for file in members for upload in file.uploads or []]))
        alone = [file for file, kind in zip(files, kinds, strict=True) if not any(kind in stack for stack in stacks)]
        return [*pieces, *alone]

    def _is_mask(self, piece: Piece) -> bool:
        paths = self.image(piece)
        if len(paths) == 1 and kind_at(paths[0]) not in VOLUMES:
            return not self._is_case(paths) and _reads(read_mask, paths[0], self._contract.target)
        if kind_at(paths[0]) == SEGMENTATION:
            return True
        return not self._is_case(paths) and is_label_volume(paths)

    def _holds_both(self, piece: Piece) -> bool:
        """Tell whether a scan came with its mask, as in a zip of both."""
        try:
            return (
                LEFT_OUT in read_case(self.image(piece), self._contract.window, modality=self._contract.modality).notes
            )
        except Lacking:
            raise
        except UserError:  # whatever it is, opening it says so
            return False

    def _is_case(self, paths: list[Path]) -> bool:
        return _reads(partial(read_case, modality=self._contract.modality), paths, self._contract.window)

    def _fetched(self, piece: Piece) -> tuple[list[Path], Path]:
        files = self._real.files(piece.real or "", whole=bool(piece.whole))
        if files is None:
            raise UserError("This case is not kept here any more: please load it again.")
        return files

    def _sample(self, name: str) -> Sample:
        sample = self._samples.get(name)
        if sample is None:
            raise UserError(UNKNOWN)
        return sample


def is_upload(path: str) -> bool:
    """Tell whether a path is that of a file that somebody uploaded, or that was made for a visitor."""
    try:
        file = Path(path).resolve()
        return file.is_relative_to(Path(get_upload_folder()).resolve()) and file.is_file()
    except (OSError, ValueError):  # too long, or with a character that no path has
        return False


def _uploads(piece: Piece) -> list[Path]:
    paths = piece.uploads or [""]
    if not all(map(is_upload, paths)):
        raise Gone
    return [Path(path).resolve() for path in paths]


def _reads(read: Callable[..., Any], file: Any, meant: Any) -> bool:
    """Tell whether a reader takes a file, or would if one more thing were said."""
    try:
        read(file, meant)
    except Question:
        return True
    except Lacking:
        raise
    except UserError:
        return False
    return True
