"""What the page asks the server: a case to open, what the network finds on its slices, what is taken home.

What goes wrong comes back as a sentence.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import TypeVar

import numpy as np

from space import errors
from space.answer import Responder
from space.cuts import cut
from space.errors import UserError
from space.opened import Opened
from space.real.waiting import RealCases
from space.take_home import take_home
from space.ui.asked import (
    Breaking,
    Counting,
    Cutting,
    Fetching,
    Looking,
    Measuring,
    Nothing,
    Opening,
    Operating,
    Piece,
    Source,
    Taking,
)
from space.ui.broken import break_slice
from space.ui.inside import compare, look
from space.ui.network import Turnstile, segment_all
from space.ui.operation import operation
from space.ui.payload import case_data, cut_data, packed
from space.ui.pieces import Pieces
from space.ui.questions import Answer, Counter, Question, at_once, question
from space.ui.results import ranked_pictures
from space.whole import distances

WITHOUT_THE_MASK = "The prediction is shown without it; nothing was resized or guessed."

Case = TypeVar("Case", bound=Source)


class Handlers:
    """Answers the page's questions."""

    def __init__(self, responder: Responder, turnstile: Turnstile, real: RealCases) -> None:
        self._responder = responder
        self._turnstile = turnstile
        self._real = real
        self._pieces = Pieces(responder.bundle, real)
        self._counter = Counter(turnstile, self._pieces.key)
        self.example = cache(self._example)
        self._ranked = cache(lambda: ranked_pictures(responder))

    def questions(self) -> list[Question]:
        """Return the server functions of the page, which Gradio calls by their names."""
        in_turn, once = self._counter.in_turn, self._counter.once
        return [
            question("open_case", Opening, once(self.open)),
            question("look_inside", Looking, once(self.look)),
            question("operation", Operating, once(self.operation)),
            question("compare", Source, once(self.compare)),
            question("broken", Breaking, once(self.broken)),
            question("tables", Counting, in_turn(self.tables)),
            question("plane", Cutting, in_turn(self.plane)),
            question("values", Source, in_turn(self.values)),
            question("distances", Measuring, self._whole(self.distances)),
            question("take_home", Taking, self._whole(self.take_home)),
            question("waiting", Nothing, self.waiting),
            question("ranked", Nothing, in_turn(lambda _: self._ranked())),
            question("fetch_real", Fetching, at_once(self.fetch)),
            question("leave_real", Fetching, at_once(self.leave)),
        ]

    def open(self, asked: Opening) -> Answer:
        """Return a segmented case, or the question that its files leave open."""
        if asked.slice and asked.slice.example and asked.mask == asked.slice and not asked.files and not asked.turn:
            return self.example(asked.slice.example)
        candidates = self._pieces.candidates(asked)
        problems: list[UserError] = []
        for candidate in candidates:
            try:
                return self._respond(candidate)
            except errors.Question as question:
                choices = [choice._asdict() for choice in question.choices]
                about = {"text": str(question), "argument": question.argument, "choices": choices}
                return {"question": about, "source": _source(candidate)}
            except errors.Lacking:  # it says nothing about the files
                raise
            except UserError as error:
                problems.append(error)
        # no pair fits: a slice without its mask, and what is wrong with the mask
        if candidates[0].mask:
            alone = candidates[0].model_copy(update={"mask": None, "label": None})
            return self._respond(alone, f"{problems[0]} {WITHOUT_THE_MASK}")
        raise problems[0]

    def look(self, asked: Looking) -> Answer:
        """Return a level's maps, and the probability with the skips that are left."""
        return look(self._responder, self._opened(asked), asked.place, asked.network, asked.level, asked.cut)

    def operation(self, asked: Operating) -> Answer:
        """Return what passes through an operation of a network."""
        return operation(
            self._responder,
            self._opened(asked),
            asked.place,
            network=asked.network,
            cut=asked.cut,
            name=asked.name,
            input_map=asked.input_map,
            output_map=asked.output_map,
        )

    def compare(self, asked: Source) -> Answer:
        """Return what each further network finds on a slice."""
        return compare(self._responder, self._opened(asked), asked.place)

    def broken(self, asked: Breaking) -> Answer:
        """Return what the network finds on a changed slice."""
        return break_slice(self._responder, self._opened(asked), asked.place, asked.change, asked.strength)

    def tables(self, asked: Counting) -> Answer:
        """Return the counts of some slices."""
        return {"tables": self._opened(asked).tables(asked.places).tolist()}

    def plane(self, asked: Cutting) -> Answer:
        """Return a picture along the body."""
        return cut_data(cut(self._opened(asked), asked.plane, asked.at, self._responder.segmenter.window))

    def values(self, asked: Source) -> Answer:
        """Return the HU of a slice."""
        return {"hu": packed(self._opened(asked).hu(asked.place))}

    def distances(self, asked: Measuring) -> Answer:
        """Return how far the surfaces of prediction and mask are apart."""
        return distances(self._opened(asked), asked.level)._asdict()

    def take_home(self, asked: Taking) -> Answer:
        """Return a file with the predicted mask or the figures."""
        contract = self._responder.bundle.contract
        name, data = take_home(
            self._opened(asked), self._pieces.image(asked.slice), asked.level, asked.level / 255, asked.kind, contract
        )
        return {"name": name, "bytes": packed(np.frombuffer(data, np.uint8))}

    def _opened(self, asked: Source) -> Opened:
        mask = self._pieces.mask(asked.mask) if asked.mask else None
        image = self._pieces.image(asked.slice)
        return self._responder.open(
            image, mask, values=asked.values, label=asked.label, order=asked.order, turned=asked.turn
        )

    async def waiting(self, asked: Nothing) -> Answer:
        """Return how long the question with this ticket is going to wait."""
        return self._turnstile.wait(asked.ticket)._asdict()

    def fetch(self, asked: Fetching) -> Answer:
        """Return how far a real case is on its way."""
        return self._real.fetch(asked.real, asked.who, whole=asked.whole)._asdict()

    def leave(self, asked: Fetching) -> Answer:
        """Wait no longer for a real case."""
        self._real.leave(asked.real, asked.who, whole=asked.whole)
        return {"left": True}

    def _respond(self, asked: Opening, problem: str = "") -> Answer:
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
            order=asked.order,
            place=asked.place,
            turned=asked.turn,
        )
        return {
            **case_data(answer, contract.window, asked.slice.example),
            "reading": answer.reading,
            "problem": problem,
            "source": _source(asked) | {"place": answer.place},
        }

    def _example(self, name: str) -> Answer:
        piece = Piece(example=name)
        return self._respond(
            Opening(slice=piece, mask=piece, files=[], values="auto", label=None, order=None, place=None, turn=0)
        )

    def _whole(self, work: Callable[[Case], Answer]) -> Callable[[Case], Awaitable[Answer]]:
        """Return how to do some work once the network has seen all slices; others get their turn between them."""

        async def in_turns(asked: Case) -> Answer:
            opened = await self._turnstile.run(lambda: self._opened(asked), asked.ticket)
            async for _ in segment_all(opened, self._turnstile, asked.ticket):
                pass
            return await self._turnstile.run(lambda: work(asked), asked.ticket)

        return in_turns


def _source(asked: Opening) -> Answer:
    """Return what the page asks for when it wants this case again."""
    return asked.model_dump(exclude={"files", "ticket"}, exclude_none=True) | {
        "mask": asked.mask.model_dump(exclude_none=True) if asked.mask else None,
        "label": asked.label,
        "order": asked.order,
        "place": asked.place,
    }
