"""Whoever runs the network waits here for a turn: at most two at a time, the others in the order in which they came."""

import asyncio
import heapq
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from functools import partial
from itertools import count
from typing import NamedTuple, TypeVar

from anyio import CapacityLimiter, to_thread

from space.errors import UserError
from space.opened import Opened

AT_A_TIME = 2  # measured: two callers on one thread each beat one on two
WAITING = 500
"""Questions that wait in the server; whoever comes then keeps a place, and comes again."""
PLACES = 10_000
SLICES = 4  # of a whole case in one turn
RECENT = 30  # turns that the estimate of the next ones looks at

Result = TypeVar("Result")


class Wait(NamedTuple):
    """How long somebody is going to wait.

    Attributes
    ----------
    ahead : questions that come before.
    seconds : what they will take, as the last ones did.
    """

    ahead: int
    seconds: float


class FullError(UserError):
    """Too many wait already. Whoever has a ticket keeps the place, and may come again with it."""

    def __init__(self, wait: Wait) -> None:
        super().__init__(
            f"Many people are asking at this moment: {wait.ahead} questions come before this one. "
            f"Please try again in {max(1, round(wait.seconds))} seconds."
        )
        self.wait = wait


class Turnstile:
    """Lets a few callers of one event loop through at a time, first come, first served."""

    def __init__(self, waiting: int = WAITING) -> None:
        self._most = waiting
        self._threads = CapacityLimiter(AT_A_TIME)
        self._free = AT_A_TIME
        self._numbers = count()
        self._line: list[tuple[int, int, asyncio.Future[None]]] = []  # a heap
        self._places: OrderedDict[str, int] = OrderedDict()
        self._typical = 0.1

    async def run(self, work: Callable[[], Result], ticket: str = "") -> Result:
        """Do some work in a thread, in its turn.

        Parameters
        ----------
        ticket : a random word of one question's own. Who was sent away, or cut off, keeps the place with it.

        Raises
        ------
        FullError
            if too many are waiting already.
        """
        place = self._places.get(ticket) if ticket else None
        if place is None:
            place = next(self._numbers)
        if ticket:
            self._places[ticket] = place
            if len(self._places) > PLACES:
                self._places.popitem(last=False)
        if len(self._line) >= self._most:
            raise FullError(self._wait(place))
        await self._turn(place)
        self._places.pop(ticket, None)
        start = time.monotonic()
        try:
            return await to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._typical += (time.monotonic() - start - self._typical) / RECENT
            self._next()

    def wait(self, ticket: str) -> Wait:
        """Return how long whoever has a ticket is going to wait; nobody is ahead of those whose turn it is."""
        place = self._places.get(ticket)
        return Wait(0, 0.0) if place is None else self._wait(place)

    def _wait(self, place: int) -> Wait:
        ahead = sum(other < place for other, *_ in self._line)
        return Wait(ahead, (ahead + AT_A_TIME) * self._typical / AT_A_TIME)

    async def _turn(self, place: int) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        mine = (place, next(self._numbers), turn)  # one place can be asked for twice
        heapq.heappush(self._line, mine)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it had come just then
                self._next()
            else:
                self._line.remove(mine)
                heapq.heapify(self._line)
            raise

    def _next(self) -> None:
        if self._line:
            heapq.heappop(self._line)[-1].set_result(None)
        else:
            self._free += 1


async def segment_all(opened: Opened, turnstile: Turnstile, ticket: str = "") -> AsyncIterator[tuple[int, int]]:
    """Have the network see all slices of a case, a few at a time, so that others get their turn between them.

    Yields
    ------
    how many slices it has seen, of how many.
    """
    while missing := opened.missing:
        await turnstile.run(partial(opened.tables, missing[:SLICES]), ticket)
        yield len(opened.case.hu) - len(opened.missing), len(opened.case.hu)
