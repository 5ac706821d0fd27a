"""Where Gradio keeps uploads and results: a folder of this process's own, gone when it ends, however it ends.

Gradio deletes old files while it runs (`delete_cache`), but not those that it does not know of: what came of an upload
that broke off, what MCP was given as text, empty files and folders. A process that is killed leaves all of it.
"""

import atexit
import contextlib
import os
import secrets
import shutil
import signal
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from space.memory import give_memory_back

PREFIX = "find-the-pancreas-"
SCRATCH = "scratch-"
OLDEST = 1200.0
"""Seconds after which nothing that changed last is there any more; Gradio deletes what it knows of before."""
EVERY = 60.0


def keep_uploads_to_this_process() -> None:
    """Give Gradio a folder of our own; must be called before Gradio is imported."""
    try:
        there = Path(tempfile.gettempdir())
        delete_what_was_left(there)
        home = _Home(there)
    except OSError as error:
        sys.exit(
            f"There is no folder for temporary files ({error}): free some space on the disk, or set TMPDIR to a folder "
            "that can be written to."
        )
    _homes.append(home)
    os.environ["GRADIO_TEMP_DIR"] = str(home.path)
    threading.Thread(target=_keep_deleting, args=(home.path,), daemon=True, name="old uploads").start()


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for a moment, among the uploads: what a killed process leaves goes with them."""
    for home in _homes:
        home.path.mkdir(0o700, exist_ok=True)  # somebody may have emptied the folder of temporary files
    return tempfile.TemporaryDirectory(
        prefix=SCRATCH, dir=_homes[-1].path if _homes else None, ignore_cleanup_errors=True
    )


def delete_uploads() -> None:
    """Delete the folder: for a server that ends without the interpreter coming to its end."""
    for home in _homes:
        home.delete()


def end_in_order_when_told_to_stop() -> None:
    """Let SIGTERM end the interpreter; by default it stops the process, and leaves the folder."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def delete_what_was_left(there: Path) -> None:
    """Delete the folders of processes that are no more: nobody holds their locks."""
    for path in there.glob(f"{PREFIX}*"):
        lock = _lock_of(path)
        if not (_is_ours(path, stat.S_ISDIR) and _is_ours(lock, stat.S_ISREG)):
            continue
        try:
            with FileLock(lock, blocking=False):
                shutil.rmtree(path, ignore_errors=True)
        except (Timeout, OSError):  # its process lives
            continue
        lock.unlink(missing_ok=True)


def delete_old(home: Path, now: float) -> None:
    """Delete what nobody has changed for `OLDEST` seconds, except what `scratch` gave.

    Parameters
    ----------
    now : as `time.time` tells it.
    """
    for entry in home.iterdir():
        if entry.name.startswith(SCRATCH) or now - _changed(entry) < OLDEST:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def touch_scratch(home: Path) -> None:
    """Keep what `scratch` gave: programs that clean a folder of temporary files delete what is old."""
    for folder in home.glob(f"{SCRATCH}*"):
        for entry in (folder, *folder.rglob("*")):
            os.utime(entry)


class _Home:
    """A folder for this process, which no other user of the computer can read.

    Its lock is held before it is there, and as long as the process lives, however that ends.
    """

    def __init__(self, there: Path) -> None:
        self.path = there / f"{PREFIX}{secrets.token_hex(8)}"
        self._lock = FileLock(_lock_of(self.path), thread_local=False)
        with contextlib.suppress(OSError, NotImplementedError):  # a disk without locks: nobody else deletes the folder
            self._lock.acquire(blocking=False)
        self.path.mkdir(0o700)
        atexit.register(self.delete)

    def delete(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()
        _lock_of(self.path).unlink(missing_ok=True)


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _is_ours(path: Path, kind: Callable[[int], bool]) -> bool:
    """Tell whether something is there, of a kind and this user's own: anybody can write links into `/tmp`."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return kind(found.st_mode) and found.st_uid == getattr(os, "getuid", lambda: found.st_uid)()


def _changed(entry: Path) -> float:
    """Return when a file, or the newest part of a folder, was changed; now, if it vanishes meanwhile."""
    try:
        return max(each.lstat().st_ctime for each in (entry, *entry.rglob("*")))
    except OSError:
        return time.time()


def _keep_deleting(home: Path) -> None:
    while True:
        time.sleep(EVERY)
        with contextlib.suppress(OSError):
            delete_old(home, time.time())
            touch_scratch(home)
        give_memory_back()  # what was made of them is forgotten after as long


_homes: list[_Home] = []
