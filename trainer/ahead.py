"""Results in their order, computed ahead by threads."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

SPARE = 2  # results that wait, beside one for each thread
Result = TypeVar("Result")


def ahead(function: Callable[[Any], Result], arguments: Iterable[Any], threads: int) -> Iterator[Result]:
    """Yield the function's result for each argument; `threads` of them are being computed while one is used."""
    pool = ThreadPoolExecutor(threads)
    waiting: deque[Future[Result]] = deque()
    try:
        for argument in arguments:
            waiting.append(pool.submit(function, argument))
            if len(waiting) >= threads + SPARE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
