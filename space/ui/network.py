"""Whoever runs the network waits here for his turn: at most two at a time, and no endless queue."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from space.errors import UserError

AT_A_TIME = 2  # measured: two callers on one thread each beat one on two
WAITING = 64

Result = TypeVar("Result")


class Turnstile:
    """Lets a few callers of one event loop through at a time."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_A_TIME)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do some work in a thread, when it is its turn.

        Raises
        ------
        UserError
            if too many are waiting already.
        """
        if self._limiter.statistics().tasks_waiting >= WAITING:
            raise UserError("Too many people are asking at this moment: please try again in a few seconds.")
        return await to_thread.run_sync(work, limiter=self._limiter)
