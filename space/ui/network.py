"""Whoever runs the network waits here for a turn: at most two at a time, and no endless queue."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from space.errors import UserError
from space.opened import Opened

AT_A_TIME = 2  # measured: two callers on one thread each beat one on two
WAITING = 200  # a lecture hall
SLICES = 4  # of a whole case in one turn

Result = TypeVar("Result")


class Turnstile:
    """Lets a few callers of one event loop through at a time."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_A_TIME)
        self._here = 0

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do some work in a thread, in its turn.

        Raises
        ------
        UserError
            if too many are waiting already.
        """
        if self._here >= AT_A_TIME + WAITING:
            raise UserError("Too many people are asking at this moment: please try again in a few seconds.")
        self._here += 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._here -= 1


async def segment_all(opened: Opened, turnstile: Turnstile) -> AsyncIterator[tuple[int, int]]:
    """Have the network see all slices of a case, a few at a time, so that others get their turn between them.

    Yields
    ------
    how many slices it has seen, of how many.
    """
    while missing := opened.missing:
        await turnstile.run(partial(opened.tables, missing[:SLICES]))
        yield len(opened.case.hu) - len(opened.missing), len(opened.case.hu)
