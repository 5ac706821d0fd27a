"""Ctrl-C, and SIGTERM from a queue or a spot machine, end a training between two files, and with a sentence."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPS = (signal.SIGINT, signal.SIGTERM)


class Terminated(KeyboardInterrupt):
    """SIGTERM: ends what Ctrl-C ends."""


@contextmanager
def resumable() -> Iterator[None]:
    """Let SIGTERM stop what runs here as Ctrl-C does, say that it goes on, and exit as a shell expects (128 + signal).

    For commands that the same command continues.
    """
    before = signal.signal(signal.SIGTERM, _terminate) if _in_main_thread() else None
    try:
        yield
    except KeyboardInterrupt as stop:
        sys.exit(ended_by(stop))
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def ended_by(stop: KeyboardInterrupt) -> int:
    """Say that the training goes on another time; return the exit status that a shell expects."""
    print("\nStopped. The same command goes on from the last finished epoch.", file=sys.stderr)
    return 128 + (signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold both signals back until what happens here is done: an epoch that is finished shall not be lost."""
    if not _in_main_thread():  # Python hands signals to the main thread alone
        yield
        return
    held: list[int] = []
    before = {number: signal.signal(number, lambda got, _: held.append(got)) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
    if held:
        signal.raise_signal(held[0])


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
