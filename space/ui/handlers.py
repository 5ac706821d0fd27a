"""What the page asks the server: a case to open, what the network finds on its slices, what is taken home.

What goes wrong comes back as a sentence.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import cache, partial
from typing import Any, TypeVar

from pydantic import ValidationError

from space.answer import Responder
from space.cuts import cut
from space.errors import Question, UserError
from space.opened import Opened
from space.ui.asked import Asked, Counting, Cutting, Looking, Measuring, Nothing, Opening, Piece, Source
from space.ui.inside import look
from space.ui.network import Turnstile
from space.ui.payload import case_data, cut_data, packed
from space.ui.pieces import UNKNOWN, Gone, Pieces
from space.ui.results import ranked_pictures
from space.whole import distances

WITHOUT_THE_MASK = "The prediction is shown without it; nothing was resized or guessed."
FAILED = "Something went wrong in the app: please try again, and tell whoever runs it if it happens again."
AT_A_TIME = 4  # slices of a whole case between which others get their turn
LOG = logging.getLogger(__name__)

Words = TypeVar("Words", bound=Asked)
Case = TypeVar("Case", bound=Source)


class Handlers:
    """Answers the page's questions; keeps nothing between two of them but the answers to examples."""

    def __init__(self, responder: Responder, turnstile: Turnstile) -> None:
        self._responder = responder
        self._turnstile = turnstile
        self._pieces = Pieces(responder.bundle)
        self.example = cache(self._example)
        self._ranked = cache(lambda: ranked_pictures(responder))

    def questions(self) -> list[Callable[[Any], Awaitable[dict[str, Any]]]]:
        """Return the server functions of the page, which Gradio calls by their names."""

        async def open_case(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Opening, self._in_turn(self.open))

        async def look_inside(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Looking, self._in_turn(self.look))

        async def ranked(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Nothing, self._in_turn(lambda _: self._ranked()))

        async def tables(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Counting, self._in_turn(self.tables))

        async def plane(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Cutting, self._in_turn(self.plane))

        async def values(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Source, self._in_turn(self.values))

        async def measure(asked: Any) -> dict[str, Any]:
            return await self._answer(asked, Measuring, self._whole(self.distances))

        return [open_case, look_inside, ranked, tables, plane, values, measure]

    def open(self, asked: Opening) -> dict[str, Any]:
        """Return a segmented case, or the question that its files leave open."""
        if asked.slice and asked.slice.example and asked.mask == asked.slice and not asked.files and not asked.turn:
            return self.example(asked.slice.example)
        candidates = self._pieces.candidates(asked)
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
        return look(self._responder, self._opened(asked), asked.place, asked.level, asked.cut)

    def tables(self, asked: Counting) -> dict[str, Any]:
        """Return the counts of some slices."""
        return {"tables": self._opened(asked).tables(asked.places).tolist()}

    def plane(self, asked: Cutting) -> dict[str, Any]:
        """Return a picture along the body."""
        return cut_data(cut(self._opened(asked), asked.plane, asked.at, self._responder.segmenter.window))

    def values(self, asked: Source) -> dict[str, Any]:
        """Return the HU of a slice."""
        return {"hu": packed(self._opened(asked).hu(asked.place))}

    def distances(self, asked: Measuring) -> dict[str, Any]:
        """Return how far the surfaces of prediction and mask are apart."""
        return distances(self._opened(asked), asked.level)._asdict()

    def _opened(self, asked: Source) -> Opened:
        mask = self._pieces.mask(asked.mask) if asked.mask else None
        image = self._pieces.image(asked.slice)
        return self._responder.open(image, mask, values=asked.values, label=asked.label, turned=asked.turn)

    def _respond(self, asked: Opening, problem: str = "") -> dict[str, Any]:
        if asked.slice is None:
            raise UserError("There is no slice yet: please choose an example, or a slice of your own.")
        image = self._pieces.image(asked.slice)
        mask = self._pieces.mask(asked.mask) if asked.mask else None
        contract = self._responder.bundle.contract
        answer = self._responder.answer(
            image,
            mask,
            contract.threshold,
            values=asked.values,
            label=asked.label,
            place=asked.place,
            turned=asked.turn,
        )
        return {
            **case_data(answer, contract.window, asked.slice.example),
            "reading": answer.reading,
            "problem": problem,
            "source": _source(asked) | {"place": answer.place},
        }

    def _example(self, name: str) -> dict[str, Any]:
        piece = Piece(example=name)
        return self._respond(Opening(slice=piece, mask=piece, files=[], values="auto", label=None, place=None, turn=0))

    def _in_turn(self, work: Callable[[Words], dict[str, Any]]) -> Callable[[Words], Awaitable[dict[str, Any]]]:
        """Return how to do some work in its turn."""
        return lambda asked: self._turnstile.run(lambda: work(asked))

    def _whole(self, work: Callable[[Case], dict[str, Any]]) -> Callable[[Case], Awaitable[dict[str, Any]]]:
        """Return how to do some work once the network has seen all slices; others get their turn between them."""

        async def in_turns(asked: Case) -> dict[str, Any]:
            opened = await self._turnstile.run(lambda: self._opened(asked))
            while missing := opened.missing[:AT_A_TIME]:
                await self._turnstile.run(partial(opened.tables, missing))
            return await self._turnstile.run(lambda: work(asked))

        return in_turns

    async def _answer(
        self, asked: Any, schema: type[Words], work: Callable[[Words], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Answer a question; with a sentence if that does not succeed."""
        try:
            return await work(schema.model_validate(asked))
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
