"""Whoever runs the network comes in turn, a few at a time, and keeps a place."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from space.ui.network import FullError, Turnstile


def in_a_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread: Playwright's loop, where a browser test came before, is this one's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class Work:
    """What callers do: it waits until it is let go, and notes who did it in which order, and how many at once."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.done: list[str] = []
        self.most = self._now = 0
        self._lock = threading.Lock()

    def of(self, name: str) -> Callable[[], str]:
        """Return the work of one caller."""

        def work() -> str:
            with self._lock:
                self._now += 1
                self.most = max(self.most, self._now)
                self.done.append(name)
            self.gate.wait()
            with self._lock:
                self._now -= 1
            return name

        return work


async def settled() -> None:
    """Let the others of the loop go as far as they can."""
    await asyncio.sleep(0.05)


def test_two_work_at_a_time_and_the_others_wait_in_the_order_in_which_they_came() -> None:
    async def crowd() -> tuple[list[str], list[int], Work]:
        work, turnstile = Work(), Turnstile(at_a_time=2)
        names = [str(number) for number in range(12)]
        asked = []
        for name in names:
            asked.append(asyncio.create_task(turnstile.run(work.of(name), name)))
            await asyncio.sleep(0)
        await settled()
        ahead = [turnstile.wait(name).ahead for name in names]
        work.gate.set()
        return await asyncio.gather(*asked), ahead, work

    answers, ahead, work = in_a_loop(crowd())
    assert answers == [str(number) for number in range(12)]
    assert ahead == [0, 0, *range(10)]
    assert work.most == 2


def test_who_was_sent_away_keeps_the_place_before_those_who_came_later() -> None:
    async def crowd() -> Work:
        work, turnstile = Work(), Turnstile(waiting=2, at_a_time=2)
        inside = [asyncio.create_task(turnstile.run(work.of(name))) for name in ("a", "b")]
        await settled()
        early = [asyncio.create_task(turnstile.run(work.of(name))) for name in ("c", "d")]
        await settled()
        with pytest.raises(FullError, match=r"2 questions are ahead of yours.*try again in 1 second"):
            await turnstile.run(work.of("mine"), "ticket")
        early[1].cancel()  # there is room for one, and somebody else takes it
        await settled()
        late = [asyncio.create_task(turnstile.run(work.of("late")))]
        await settled()
        early[0].cancel()
        await settled()
        mine = asyncio.create_task(turnstile.run(work.of("mine"), "ticket"))
        await settled()
        assert turnstile.wait("ticket").ahead == 0  # the late one is not before
        work.gate.set()
        await asyncio.gather(*inside, *late, mine)
        return work

    assert in_a_loop(crowd()).done[2:] in (["mine", "late"], ["late", "mine"])


def test_who_goes_away_holds_nobody_up() -> None:
    async def crowd() -> str:
        work, turnstile = Work(), Turnstile(at_a_time=2)
        inside = [asyncio.create_task(turnstile.run(work.of(name))) for name in ("a", "b")]
        await settled()
        gone = [asyncio.create_task(turnstile.run(work.of("gone"))) for _ in range(3)]
        await settled()
        last = asyncio.create_task(turnstile.run(work.of("last"), "last"))
        await settled()
        assert turnstile.wait("last").ahead == 3
        for one in gone:
            one.cancel()
        await settled()
        assert turnstile.wait("last").ahead == 0
        work.gate.set()
        await asyncio.gather(*inside)
        return await asyncio.wait_for(last, 5)

    assert in_a_loop(crowd()) == "last"


def test_work_that_fails_makes_room_for_the_next() -> None:
    async def crowd() -> list[Any]:
        turnstile = Turnstile(at_a_time=2)
        asked = [turnstile.run(lambda: 1 // 0) for _ in range(5)] + [turnstile.run(lambda: 7)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = in_a_loop(crowd())
    assert [type(answer) for answer in answers[:5]] == [ZeroDivisionError] * 5
    assert answers[5] == 7


def test_one_ticket_asked_for_twice_waits_at_one_place() -> None:
    async def crowd() -> Work:
        work, turnstile = Work(), Turnstile(at_a_time=2)
        inside = [asyncio.create_task(turnstile.run(work.of(name))) for name in ("a", "b")]
        await settled()
        twice = [asyncio.create_task(turnstile.run(work.of("mine"), "ticket")) for _ in range(2)]
        after = asyncio.create_task(turnstile.run(work.of("after")))
        await settled()
        work.gate.set()
        await asyncio.gather(*inside, *twice, after)
        return work

    assert set(in_a_loop(crowd()).done[2:4]) == {"mine"}


def test_who_comes_back_to_an_earlier_place_takes_it_from_the_last_of_a_full_line() -> None:
    async def crowd() -> tuple[tuple[Any, ...], Work]:
        work, turnstile = Work(), Turnstile(waiting=1, at_a_time=1)
        inside = asyncio.create_task(turnstile.run(work.of("inside")))
        await settled()
        first = asyncio.create_task(turnstile.run(work.of("first")))
        await settled()
        with pytest.raises(FullError):
            await turnstile.run(work.of("mine"), "ticket")
        first.cancel()
        await settled()
        late = asyncio.create_task(turnstile.run(work.of("late"), "late"))
        await settled()
        mine = asyncio.create_task(turnstile.run(work.of("mine"), "ticket"))
        await settled()
        work.gate.set()
        await inside
        return await asyncio.gather(late, mine, return_exceptions=True), work

    (late, mine), work = in_a_loop(crowd())
    assert isinstance(late, FullError)
    assert mine == "mine"
    assert work.done == ["inside", "mine"]


def test_a_turn_that_comes_to_somebody_who_goes_at_that_moment_goes_on_to_the_next() -> None:
    async def crowd() -> tuple[tuple[Any, ...], Work]:
        work, turnstile = Work(), Turnstile(at_a_time=1)
        inside = asyncio.create_task(turnstile.run(work.of("inside")))
        await settled()
        going, staying = (asyncio.create_task(turnstile.run(work.of(name))) for name in ("going", "staying"))
        await settled()
        going.cancel()
        turnstile._next()  # before the one who goes has heard of it
        work.gate.set()
        return await asyncio.gather(inside, going, staying, return_exceptions=True), work

    (inside, going, staying), work = in_a_loop(crowd())
    assert (inside, staying) == ("inside", "staying")
    assert isinstance(going, asyncio.CancelledError)
    assert sorted(work.done) == ["inside", "staying"]


def test_a_turn_lasts_until_its_work_has_ended_whoever_goes_away() -> None:
    async def crowd() -> Work:
        work, turnstile = Work(), Turnstile(at_a_time=1)
        asked = [asyncio.create_task(turnstile.run(work.of(name))) for name in ("gone", "next")]
        await settled()
        asked[0].cancel()
        await settled()
        assert work.done == ["gone"]
        work.gate.set()
        assert await asyncio.wait_for(asked[1], 5) == "next"
        return work

    assert in_a_loop(crowd()).most == 1


def test_who_waits_for_anothers_answer_waits_at_its_place() -> None:
    async def crowd() -> list[int]:
        work, turnstile = Work(), Turnstile(at_a_time=1)
        asked = [asyncio.create_task(turnstile.run(work.of(name), name)) for name in ("inside", "before", "first")]
        await settled()
        turnstile.follow("second", "first")
        ahead = [turnstile.wait("second").ahead]
        work.gate.set()
        await asyncio.gather(*asked)
        return [*ahead, turnstile.wait("second").ahead]

    assert in_a_loop(crowd()) == [1, 0]
