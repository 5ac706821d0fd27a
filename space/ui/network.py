"""Whoever runs the network waits here for a turn: a few at a time, the others in the order in which they came."""

import asyncio
import heapq
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from functools import partial
from itertools import count
from typing import Any, NamedTuple, TypeVar

from anyio import CapacityLimiter, to_thread

from space.errors import UserError
from space.opened import Opened

AT_A_TIME = 3
"""Measured on two cores: callers on one thread each beat one on two; a third fills the gaps between answers."""
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
            f"The server is busy: {wait.ahead} questions are ahead of yours. "
            f"Please try again in {max(1, round(wait.seconds))} seconds."
        )
        self.wait = wait


class Turnstile:
    """Lets a few callers of one event loop through at a time, first come, first served."""

    def __init__(self, waiting: int = WAITING, at_a_time: int = AT_A_TIME) -> None:
        self._most = waiting
        self._at_a_time = self._free = at_a_time
        self._threads = CapacityLimiter(at_a_time)
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
            if too many are waiting already, or come back to a place before this one.
        """
        place = self._places.get(ticket) if ticket else None
        if place is None:
            place = next(self._numbers)
        self._keep(ticket, place)
        if len(self._line) >= self._most:
            self._send_away(place)
        await self._turn(place)
        self._places.pop(ticket, None)
        working = asyncio.ensure_future(to_thread.run_sync(work, limiter=self._threads))
        working.add_done_callback(partial(self._ended, time.monotonic()))
        return await asyncio.shield(working)  # a thread works on, whoever goes away: its turn lasts as long

    def follow(self, ticket: str, other: str) -> None:
        """Have a ticket stand for the place of another one: both wait for the same answer."""
        if other in self._places:
            self._keep(ticket, self._places[other])

    def wait(self, ticket: str) -> Wait:
        """Return how long whoever has a ticket is going to wait; nobody is ahead of those whose turn it is."""
        place = self._places.get(ticket)
        return Wait(0, 0.0) if place is None else self._wait(place)

    def _wait(self, place: int) -> Wait:
        ahead = sum(other < place for other, *_ in self._line)
        return Wait(ahead, (ahead + self._at_a_time) * self._typical / self._at_a_time)

    def _keep(self, ticket: str, place: int) -> None:
        if ticket:
            self._places[ticket] = place
            if len(self._places) > PLACES:
                self._places.popitem(last=False)

    def _send_away(self, place: int) -> None:
        """Send the last of a full line away: who came later than a place, or whoever asks for it."""
        last = max(self._line)
        if last[0] <= place:
            raise FullError(self._wait(place))
        self._leave(last)
        if not last[-1].done():
            last[-1].set_exception(FullError(self._wait(last[0])))

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
            if turn.cancelled():
                self._leave(mine)
            elif turn.exception() is None:  # it had come just then
                self._next()
            raise

    def _leave(self, one: tuple[int, int, asyncio.Future[None]]) -> None:
        if one in self._line:
            self._line.remove(one)
            heapq.heapify(self._line)

    def _ended(self, start: float, _: asyncio.Future[Any]) -> None:
        self._typical += (time.monotonic() - start - self._typical) / RECENT
        self._next()

    def _next(self) -> None:
        while self._line:
            turn = heapq.heappop(self._line)[-1]
            if not turn.done():  # who has just been cancelled has not left the line yet
                turn.set_result(None)
                return
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
