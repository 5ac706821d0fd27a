"""What the page asks the server: a case to open, a look into the network, the ranked pictures.

Whatever arrives here can come from a stranger's page. It passes a schema, files must lie in the upload folder, and what
goes wrong comes back as a sentence.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from anyio import to_thread
from gradio.utils import get_upload_folder
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from space.answer import Responder
from space.errors import Question, UserError
from space.model.bundle import Sample
from space.readers.archive import MAX_FILES
from space.readers.kinds import DICOM, VOLUMES
from space.readers.label_volume import is_label_volume
from space.readers.mask import read_mask
from space.readers.reading import kind_at, read_case
from space.real.waiting import RealCases
from space.ui.inside import look
from space.ui.network import Turnstile
from space.ui.payload import case_data
from space.ui.results import ranked_pictures

WITHOUT_THE_MASK = "The prediction is shown without it; nothing was resized or guessed."
UNKNOWN = "The page asked for something that this app does not know: please reload the page."
FAILED = "Something went wrong in the app: please try again, and tell whoever runs it if it happens again."
LOG = logging.getLogger(__name__)


class Asked(BaseModel):
    """Of a question from the page: nothing beyond its entries."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Piece(Asked):
    """A slice, a series or a mask: uploads, or what belongs to an example or to a real case."""

    uploads: list[Annotated[str, Field(max_length=4096)]] | None = Field(
        default=None, min_length=1, max_length=MAX_FILES
    )
    example: str | None = Field(default=None, max_length=255)
    real: str | None = Field(default=None, max_length=64)
    whole: bool | None = None


class Opening(Asked):
    """A case to be opened, at one of its slices; `files` are uploads of which the page does not know what they are."""

    slice: Piece | None
    mask: Piece | None
    files: list[Piece] = Field(max_length=MAX_FILES)
    values: str = Field(max_length=64)
    label: str | None = Field(max_length=255)
    place: int | None


class Looking(Asked):
    """A level of the network to be looked at, without some of the skip connections."""

    slice: Piece
    values: str = Field(max_length=64)
    place: int | None
    level: str = Field(max_length=64)
    cut: list[int] = Field(max_length=64)


class Fetching(Asked):
    """A real case to be fetched, or not any more; `who` tells those who wait for it apart."""

    real: str = Field(max_length=64)
    whole: bool
    who: str = Field(min_length=1, max_length=64)


class Nothing(Asked):
    """A question that needs no more words."""


class Gone(Exception):  # noqa: N818  (it is no error of the app's)
    """An upload is not there: it never was, or it was deleted meanwhile."""


Words = TypeVar("Words", bound=Asked)


class Handlers:
    """Answers the page's questions; keeps nothing between two of them but the answers to examples."""

    def __init__(self, responder: Responder, turnstile: Turnstile, real: RealCases) -> None:
        self._responder = responder
        self._turnstile = turnstile
        self._real = real
        self._samples = {sample.name: sample for sample in responder.bundle.samples}
        self.example = cache(self._example)
        self._ranked = cache(lambda: ranked_pictures(responder))

    def questions(self) -> list[Callable[[Any], Awaitable[dict[str, Any]]]]:
        """Return the server functions of the page, which Gradio calls by their names."""

        async def open_case(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Opening, self.open)

        async def look_inside(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Looking, self.look)

        async def ranked(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Nothing, lambda _: self._ranked())

        async def fetch_real(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Fetching, self.fetch, to_thread.run_sync)  # no work for the network

        async def leave_real(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Fetching, self.leave, to_thread.run_sync)

        return [open_case, look_inside, ranked, fetch_real, leave_real]

    def open(self, asked: Opening) -> dict[str, Any]:
        """Return a segmented case, or the question that its files leave open."""
        if asked.slice and asked.slice.example and asked.mask == asked.slice and not asked.files:
            return self.example(asked.slice.example)
        candidates = self._candidates(asked)
        problems: list[UserError] = []
        for candidate in candidates:
            try:
                return self._respond(candidate)
            except Question as question:
                choices = [choice._asdict() for choice in question.choices]
                about = {"text": str(question), "argument": question.argument, "choices": choices}
                return {"question": about, "source": _source(candidate)}
            except UserError as error:
                problems.append(error)
        # no pair fits: a slice without its mask, and what is wrong with the mask
        if candidates[0].mask:
            alone = candidates[0].model_copy(update={"mask": None, "label": None})
            return self._respond(alone, f"{problems[0]} {WITHOUT_THE_MASK}")
        raise problems[0]

    def look(self, asked: Looking) -> dict[str, Any]:
        """Return a level's maps, and the probability with the skips that are left."""
        paths = self._image(asked.slice)
        return look(self._responder, paths, asked.values, asked.place, asked.level, asked.cut)

    def fetch(self, asked: Fetching) -> dict[str, Any]:
        """Return how far a real case is on its way."""
        return self._real.fetch(asked.real, asked.who, whole=asked.whole)._asdict()

    def leave(self, asked: Fetching) -> dict[str, Any]:
        """Wait no longer for a real case."""
        self._real.leave(asked.real, asked.who, whole=asked.whole)
        return {"left": True}

    def _respond(self, asked: Opening, problem: str = "") -> dict[str, Any]:
        if asked.slice is None:
            raise UserError("There is no slice yet: please choose an example, or a slice of your own.")
        image = self._image(asked.slice)
        mask = self._mask(asked.mask) if asked.mask else None
        contract = self._responder.bundle.contract
        answer = self._responder.answer(
            image, mask, contract.threshold, values=asked.values, label=asked.label, place=asked.place
        )
        return {
            **case_data(answer, contract.window, asked.slice.example),
            "reading": answer.reading,
            "problem": problem,
            "source": _source(asked) | {"place": answer.place},
        }

    def _example(self, name: str) -> dict[str, Any]:
        piece = Piece(example=name)
        return self._respond(Opening(slice=piece, mask=piece, files=[], values="auto", label=None, place=None))

    def _candidates(self, asked: Opening) -> list[Opening]:
        """Return what the files can be: told apart by what the readers say of them."""
        if not asked.files:
            return [asked]
        pieces = self._pieces(asked.files)
        if len(pieces) > 2:
            raise UserError(f"Please give one slice or one series, and its mask: these are {len(pieces)} files.")
        if len(pieces) == 1:
            [piece] = pieces
            if self._is_mask(piece):
                return [asked.model_copy(update={"mask": piece, "files": [], "label": None})]
            return [asked.model_copy(update={"slice": piece, "files": [], "values": "auto", "place": None})]
        first, second = reversed(pieces) if self._is_mask(pieces[0]) else pieces
        fresh: dict[str, Any] = {"files": [], "values": "auto", "label": None, "place": None}
        return [
            asked.model_copy(update={"slice": one, "mask": other, **fresh})
            for one, other in ((first, second), (second, first))
        ]

    def _pieces(self, files: list[Piece]) -> list[Piece]:
        """Return single files, but DICOM files as the one series that they may be, with what cannot be told."""
        if len(files) == 1:
            return files
        kinds = [kind_at(self._image(file)[0]) for file in files]
        if DICOM not in kinds:
            return files
        slices = [file for file, kind in zip(files, kinds, strict=True) if kind in (DICOM, None)]
        series = Piece(uploads=[upload for file in slices for upload in file.uploads or []])
        return [series, *(file for file in files if file not in slices)]

    def _is_mask(self, piece: Piece) -> bool:
        paths, contract = self._image(piece), self._responder.bundle.contract
        if len(paths) > 1:
            return False
        if kind_at(paths[0]) in VOLUMES:
            return not _reads(read_case, paths, contract.window) and is_label_volume(paths)
        return not _reads(read_case, paths, contract.window) and _reads(read_mask, paths[0], contract.target)

    def _image(self, piece: Piece) -> list[Path]:
        if piece.real is not None:
            return self._fetched(piece)[0]
        return _uploads(piece) if piece.example is None else [self._sample(piece.example).image]

    def _mask(self, piece: Piece) -> Path | None:
        if piece.example is not None:
            return self._sample(piece.example).mask
        if piece.real is not None:
            return self._fetched(piece)[1]
        paths = _uploads(piece)
        if len(paths) > 1:
            raise UserError(f"A mask is one file: these are {len(paths)}.")
        return paths[0]

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

    async def _answer(
        self,
        asked: Any,
        schema: type[Words],
        work: Callable[[Words], dict[str, Any]],
        run: Callable[[Callable[[], dict[str, Any]]], Awaitable[dict[str, Any]]] | None = None,
    ) -> dict[str, Any]:
        """Answer a question in its turn, or as `run` does, with a sentence if that does not succeed."""
        try:
            words = schema.model_validate(asked)
            return await (run or self._turnstile.run)(lambda: work(words))
        except ValidationError:
            return {"refused": UNKNOWN}
        except Gone:
            return {"gone": True, "refused": "The file is not there any more: please give it again."}
        except UserError as error:
            return {"refused": str(error)}
        except asyncio.CancelledError:
            raise
        except Exception:  # whatever it is, a person waits for a sentence
            LOG.exception("A question of the page could not be answered.")
            return {"refused": FAILED}


def _source(asked: Opening) -> dict[str, Any]:
    """Return what the page asks for when it wants this case again."""
    return asked.model_dump(exclude={"files"}, exclude_none=True) | {
        "mask": asked.mask.model_dump(exclude_none=True) if asked.mask else None,
        "label": asked.label,
        "place": asked.place,
    }


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
