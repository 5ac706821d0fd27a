"""What was just read or found, for whoever asks for the same next: a part of it, for a while."""

import hashlib
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

MOST_BYTES = 1 << 30
MOST_THINGS = 100
"""A volume that is kept holds a file open, and a process may have 1,024 of them, or fewer."""
MINUTES = 10  # uploads are deleted after ten to twenty


class Sized(Protocol):
    """What tells how much there is of it."""

    @property
    def nbytes(self) -> int:
        """Return its bytes."""


Thing = TypeVar("Thing", bound=Sized)


def content_key(files: Sequence[Path]) -> tuple[Any, ...]:
    """Return what tells files from others by what they hold, whoever sent them; of several by their names, too."""
    digests = [_digest(str(path.resolve()), told.st_size, told.st_mtime_ns) for path in files for told in [path.stat()]]
    return (
        tuple(digests)
        if len(files) == 1
        else tuple((path.name, each) for path, each in zip(files, digests, strict=True))
    )


@lru_cache(4096)
def _digest(path: str, size: int, changed: int) -> bytes:
    """Return the hash of a file; size and change tell it from itself after a change."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


class Kept(Generic[Thing]):
    """A cache. Threads that ask for the same key at the same time wait while its thing is made once."""

    def __init__(
        self, most_bytes: int = MOST_BYTES, seconds: float = 60 * MINUTES, most_things: int = MOST_THINGS
    ) -> None:
        self._most = most_bytes
        self._most_things = most_things
        self._seconds = seconds
        self._lock = threading.Lock()
        self._made: dict[Hashable, tuple[float, Thing]] = {}  # when each was used last, the newest at the end
        self._making: dict[Hashable, Future[Thing]] = {}
        self._timer: threading.Timer | None = None

    def get(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """Return what is kept, or make it; what cannot be made is not kept."""
        with self._lock:
            known = self._use(key)
            if known is not None:
                return known
            future = self._making.get(key)
            if future is None:
                mine = self._making[key] = Future[Thing]()
        if future is not None:
            return future.result()
        try:
            thing = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._making[key]
            self._made[key] = (time.monotonic(), thing)
        mine.set_result(thing)
        self._forget()
        return thing

    def known(self, key: Hashable) -> Thing | None:
        """Return what is kept already; None where it is not, or not yet."""
        with self._lock:
            return self._use(key)

    def _use(self, key: Hashable) -> Thing | None:
        if key not in self._made:
            return None
        _, thing = self._made.pop(key)
        self._made[key] = (time.monotonic(), thing)
        return thing

    def _forget(self) -> None:
        """Drop what is old, and the oldest of what is too much; look again later."""
        now = time.monotonic()
        with self._lock:
            total = 0
            for place, (key, (used, thing)) in enumerate(reversed(list(self._made.items()))):
                total += thing.nbytes
                if now - used > self._seconds or total > self._most or place >= self._most_things:
                    del self._made[key]
            if self._timer is not None and (not self._timer.is_alive() or self._timer is threading.current_thread()):
                self._timer = None
            if self._made and self._timer is None:
                self._timer = threading.Timer(self._seconds, self._forget)
                self._timer.daemon = True
                self._timer.start()
