"""How a question of the page becomes an answer: checked at the door, in its turn, once for all; or a sentence."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any, NamedTuple, TypeVar

from anyio import to_thread
from pydantic import ValidationError

from space.disk import lacking
from space.errors import UserError
from space.readers.kept import Kept
from space.ui.asked import Asked
from space.ui.network import FullError, Turnstile
from space.ui.pieces import UNKNOWN, Gone

FAILED = "Something went wrong in the app: please try again, and tell whoever runs it if it happens again."
MOST_BYTES, MOST_ANSWERS = 1 << 26, 2000
"""Of answers that are kept, and how many: a class opens the same lesson, and the network runs for it once."""
LOG = logging.getLogger(__name__)

Answer = dict[str, Any]
Question = Callable[[Any], Awaitable[Answer]]
Words = TypeVar("Words", bound=Asked)


class Said(NamedTuple):
    """An answer that is kept, and how long it is."""

    answer: Answer
    nbytes: int


class Counter:
    """Where questions wait for their turn.

    Parameters
    ----------
    key_of : tells a question from others.
    """

    def __init__(self, turnstile: Turnstile, key_of: Callable[[Any], Hashable]) -> None:
        self._turnstile = turnstile
        self._key_of = key_of
        self._said: Kept[Said] = Kept(MOST_BYTES, most_things=MOST_ANSWERS)
        self._waiting: dict[Hashable, tuple[asyncio.Future[Said], str]] = {}

    def in_turn(self, work: Callable[[Words], Answer]) -> Callable[[Words], Awaitable[Answer]]:
        """Return how to do some work in its turn."""
        return lambda asked: self._turnstile.run(partial(work, asked), asked.ticket)

    def once(self, work: Callable[[Words], Answer]) -> Callable[[Words], Awaitable[Answer]]:
        """Return how to do some work in its turn, once for all who ask the same."""

        def do(asked: Words) -> Said:
            answer = work(asked)
            return Said(answer, len(json.dumps(answer)))

        async def answer(asked: Words) -> Answer:
            key = (work.__name__, await to_thread.run_sync(self._key_of, asked))
            said = self._said.known(key)
            if said is None:
                get = partial(self._said.get, key, partial(do, asked))
                said = await self._shared(key, get, asked.ticket)
            return said.answer

        return answer

    async def _shared(self, key: Hashable, get: Callable[[], Said], ticket: str) -> Said:
        """Wait in line for an answer; with those who wait for the same one already, if there are any."""
        if key in self._waiting:
            running, first = self._waiting[key]
            self._turnstile.follow(ticket, first)
        else:
            running = asyncio.ensure_future(self._turnstile.run(get, ticket))
            self._waiting[key] = (running, ticket)
            running.add_done_callback(lambda _: self._waiting.pop(key))
        return await asyncio.shield(running)  # who goes away does not take it from the others


def at_once(work: Callable[[Words], Answer]) -> Callable[[Words], Awaitable[Answer]]:
    """Return how to do some work that the network has no part in."""
    return lambda asked: to_thread.run_sync(work, asked)


def question(name: str, schema: type[Words], work: Callable[[Words], Awaitable[Answer]]) -> Question:
    """Return a server function: it answers a question, with a sentence if that does not succeed."""

    async def answered(asked: Any) -> Answer:
        try:
            return await work(schema.model_validate(asked))
        except ValidationError:
            return {"refused": UNKNOWN}
        except Gone:
            return {"gone": True, "refused": "The file is not there any more: please give it again."}
        except FullError as full:
            return {"full": full.wait._asdict()}
        except UserError as error:
            return {"refused": str(error)}
        except Exception as error:  # whatever it is, a person waits for a sentence
            LOG.exception("A question of the page could not be answered.")
            return {"refused": lacking(error) or FAILED}

    answered.__name__ = name
    return answered
