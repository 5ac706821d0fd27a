"""Ctrl-C, and SIGTERM from a queue or a spot machine, end a training between two steps, and with a sentence.

A handler that raises an exception raises it wherever Python happens to be. In a function that C calls, such as JAX's at
every garbage collection, it is lost, and the training goes on; in a step's compiling it leaves Keras and JAX in a state
that crashes them. So the first signal is only noted, and the work asks for it where it can end. A second one ends the
process at once. A thread sees it: while a backend computes or compiles in C, Python runs no handler.
"""

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPS = (signal.SIGINT, signal.SIGTERM)
_asked: list[int] = []  # the signals that came; they belong to the whole process
_writing = threading.Lock()


class Terminated(KeyboardInterrupt):
    """SIGTERM: ends what Ctrl-C ends."""


@contextmanager
def resumable() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop what runs here, say that it goes on, and exit as a shell expects (128 + signal).

    For commands that the same command continues, and that call `stop_if_asked` often enough.
    """
    try:
        with _noted():
            yield
    except KeyboardInterrupt as stop:
        sys.exit(ended_by(stop))


def asked() -> KeyboardInterrupt | None:
    """Return what the first signal asks for, if one came."""
    if not _asked:
        return None
    return Terminated() if _asked[0] == signal.SIGTERM else KeyboardInterrupt()


def stop_if_asked() -> None:
    """End here if a signal came. To be called where the libraries can take an exception: not within a step."""
    if stop := asked():
        raise stop


def ended_by(stop: KeyboardInterrupt) -> int:
    """Say that the training goes on another time; return the exit status that a shell expects."""
    print("\nStopped. The same command goes on from the last finished epoch.", file=sys.stderr)
    return 128 + (signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold also a second signal back until what happens here is done: an epoch that is finished shall not be lost."""
    with _writing:
        yield


@contextmanager
def _noted() -> Iterator[None]:
    """Note the signals instead of what they did before; a second one ends the process."""
    if threading.current_thread() is not threading.main_thread():  # Python lets no other set handlers
        yield
        return
    # a shell starts what it runs in the background with Ctrl-C ignored
    heeded = [number for number in STOPS if signal.getsignal(number) != signal.SIG_IGN]
    ours, python = socket.socketpair()
    python.setblocking(False)
    before = {number: signal.signal(number, _note) for number in heeded}
    wakeup = signal.set_wakeup_fd(python.fileno())  # each signal's number is written there as it comes
    watching = threading.Thread(target=_watch, args=[ours], daemon=True)
    watching.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        python.close()
        watching.join()
        ours.close()
        _asked.clear()


def _note(number: int, frame: FrameType | None) -> None:
    _asked.append(number)


def _watch(numbers: socket.socket) -> None:
    if not numbers.recv(1):  # closed
        return
    with contextlib.suppress(OSError):  # who reads along may have been ended by the same Ctrl-C
        print("\nStopping after this step. A second signal stops at once.", file=sys.stderr)
    if second := numbers.recv(1):
        with _writing:
            try:
                ended_by(Terminated() if second[0] == signal.SIGTERM else KeyboardInterrupt())
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(128 + second[0])
