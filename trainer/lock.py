"""One training per run folder: a second one is refused with a sentence that names the first."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from space.errors import UserError
from trainer.files import explained

LOCK, HOLDER = ".lock", ".lock-holder"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run folder, made if need be. The system lets go of it when the process ends, however it ends.

    Raises
    ------
    UserError
        if another process holds it, or it cannot be written.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    holder = folder / HOLDER
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            who = holder.read_text("utf-8").strip() if holder.exists() else "another process"
            raise UserError(
                f"{folder} is being trained by {who}: wait until that ends, or give another --out."
            ) from None
    try:
        with explained(holder):
            since = datetime.now().astimezone().isoformat(" ", "seconds")
            holder.write_text(f"process {os.getpid()} on {socket.gethostname()}, since {since}\n", "utf-8")
        yield
    finally:
        lock.release()
