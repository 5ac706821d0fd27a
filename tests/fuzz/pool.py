"""Tries inputs in processes that are forked for some hundreds each, so that a crash or a hang costs one input.

A child is limited as the one that decodes (`space/readers/worker.py`). It tells what it does by one line an input, so
that its end, however it comes, is known to be of one input.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

Make = Callable[[int], bytes]
Work = Callable[[bytes, Path], tuple[str, str]]

MEMORY = 2 << 30
SECONDS = 10  # of computing: more for one small input is a hang
BATCH = 300
GUARDED = "ended by the guard"


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Mark what runs in a process of its own in the app, which may end it: such an end is no crash."""
    mark = Path(tempfile.gettempdir(), GUARDED)
    mark.touch()
    try:
        yield
    finally:
        mark.unlink()


class Result(NamedTuple):
    """What became of an input.

    Attributes
    ----------
    number : which one.
    outcome : a word and what explains it, such as 'refused' and the sentence.
    seconds, bytes : how long it took, and how much its process grew meanwhile, at most.
    """

    number: int
    outcome: tuple[str, str]
    seconds: float = 0.0
    bytes: int = 0


def tried(numbers: list[int], make: Make, work: Work) -> list[Result]:
    """Do work for each number, in a folder that is empty before and must be empty afterwards.

    Parameters
    ----------
    make : returns the input of a number.
    work : returns the outcome; must catch what is no fault.

    Returns
    -------
    a result for each number; of a child that ended, 'crash' or 'hang' and the signal.
    """
    found: list[Result] = []
    left = list(numbers)
    while left:
        some = _batch(left[:BATCH], make, work)
        found += some
        left = left[len(some) :]
    return found


def _batch(numbers: list[int], make: Make, work: Work) -> list[Result]:
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        child = os.fork()
        if not child:
            os.close(reading)
            _child(numbers, make, work, Path(folder), writing)
        os.close(writing)
        lines = _lines(reading, child)
        _, status = os.waitpid(child, 0)
        guarded = Path(folder, "temp", GUARDED).exists()
    found = [_result(line) for line in lines]
    if len(found) < len(numbers) and status:
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        word = (
            GUARDED
            if guarded
            else "hang"
            if ended in (signal.SIGPROF, signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL)
            else "crash"
        )
        found.append(Result(numbers[len(found)], (word, signal.Signals(ended).name if ended else f"exit {status}")))
    return found


def _lines(reading: int, child: int) -> list[str]:
    """Read what the child says; end it when it has said nothing for long."""
    said = b""
    while select.select([reading], [], [], 20 * SECONDS)[0]:
        more = os.read(reading, 1 << 16)
        if not more:
            break
        said += more
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    return said.decode().split("\n")[:-1]


def _result(line: str) -> Result:
    number, word, said, seconds, size = line.split("\t")
    return Result(int(number), (word, said), float(seconds), int(size))


def _child(numbers: list[int], make: Make, work: Work, folder: Path, writing: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    tempfile.tempdir = str(folder / "temp")
    for number in numbers:
        inside = folder / "in"
        for one in (inside, folder / "temp"):
            one.mkdir(exist_ok=True)
        data = make(number)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        before, start = _peak(reset=True), time.process_time()
        try:
            word, said = work(data, inside)
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            word, said = "error", f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"
        seconds, grown = time.process_time() - start, _peak() - before
        stray = [str(path.relative_to(folder)) for path in folder.rglob("*") if path not in (inside, folder / "temp")]
        if stray:
            word, said = "stray file", stray[0]
        line = "\t".join([str(number), word, " ".join(said.split()), f"{seconds:.4f}", str(grown)])
        os.write(writing, f"{line}\n".encode(errors="replace"))
        if stray:
            break
    os._exit(0)


def _peak(*, reset: bool = False) -> int:
    """Return the most memory that this process has had since it was last asked to forget that."""
    if reset and sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) << 10
