"""Volumes that were just read, for the next slices of them: a few, for a while."""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

MOST_BYTES = 1 << 30
MINUTES = 10  # uploads are deleted after ten to twenty


class Sized(Protocol):
    """What tells how much there is of it."""

    @property
    def nbytes(self) -> int:
        """Return its bytes."""


Volume = TypeVar("Volume", bound=Sized)


def file_key(path: Path) -> tuple[Any, ...]:
    """Return what tells a file from others, and from itself after a change."""
    facts = path.stat()
    return str(path.resolve()), facts.st_size, facts.st_mtime_ns


class Kept(Generic[Volume]):
    """Volumes by what they were read from. Two who ask for the same one at the same time wait for one reading."""

    def __init__(self, most_bytes: int = MOST_BYTES, seconds: float = 60 * MINUTES) -> None:
        self._most = most_bytes
        self._seconds = seconds
        self._lock = threading.Lock()
        self._cases: dict[Hashable, tuple[float, Future[Volume]]] = {}
        self._timer: threading.Timer | None = None

    def get(self, key: Hashable, read: Callable[[], Volume]) -> Volume:
        """Return a volume that is kept, or read it; what cannot be read is not kept."""
        with self._lock:
            known = self._cases.pop(key, None)
            future: Future[Volume] = known[1] if known else Future()
            self._cases[key] = (time.monotonic(), future)  # the last is the newest
        if known is None:
            try:
                future.set_result(read())
            except BaseException as error:
                with self._lock:
                    self._cases.pop(key, None)
                future.set_exception(error)
        volume = future.result()
        self._forget()
        return volume

    def _forget(self) -> None:
        """Drop what is old, and the oldest of what is too much; look again later."""
        now = time.monotonic()
        with self._lock:
            total = 0
            for key, (used, future) in reversed(list(self._cases.items())):
                if not future.done():
                    continue
                total += 0 if future.exception() else future.result().nbytes
                if now - used > self._seconds or total > self._most:
                    del self._cases[key]
            if self._timer is not None and (not self._timer.is_alive() or self._timer is threading.current_thread()):
                self._timer = None
            if self._cases and self._timer is None:
                self._timer = threading.Timer(self._seconds, self._forget)
                self._timer.daemon = True
                self._timer.start()
