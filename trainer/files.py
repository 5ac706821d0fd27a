"""Files that are written whole or not at all: a kill, a full disk or a power cut leaves the old one or the new one."""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from space.errors import UserError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NOT_ALLOWED = (errno.EROFS, errno.EACCES, errno.EPERM)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under another name, wait until it is on the disk, and give it its name.

    Raises
    ------
    UserError
        if there is no room for it, or it may not be written; what was there stays.
    """
    unfinished = path.with_name(f"unfinished-{path.name}")
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError:
            with suppress(OSError):  # give back the room that half a file takes
                unfinished.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the system says of a file or folder that cannot be written into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            advice = f"There is no room for {path}: make room, then give the same command again."
        elif error.errno in NOT_ALLOWED:
            advice = f"{path} may not be written ({error.strerror}): give a folder that may, or change its rights."
        else:
            advice = f"{path} could not be written: {error.strerror or error}."
        raise UserError(f"{advice} What was written before is as it was.") from None


class InMemory(io.BytesIO):
    """A file in memory, under a name that Keras takes for one of weights.

    HDF5 must not write to the disk itself: where that is full it crashes the process when it closes the file.
    """

    def __str__(self) -> str:
        return "memory.weights.h5"


def save_weights(model: Any, path: Path) -> None:
    """Write weights, and the optimiser's state where the model is compiled, whole or not at all."""
    memory = InMemory()
    model.save_weights(memory)
    write_whole(path, memory.getvalue())


def load_weights(model: Any, path: Path) -> None:
    """Give a model the weights of a file.

    Raises
    ------
    UserError
        if the file cannot be read: it was cut off or altered, or belongs to another network.
    """
    try:
        model.load_weights(InMemory(path.read_bytes()))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:150]
        raise UserError(f"{path} cannot be read, it is damaged or of another network ({reason}).") from None


def _sync_folder(folder: Path) -> None:
    """Wait until the folder's list of names is on the disk too; Windows does that by itself."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
