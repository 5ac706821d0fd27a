"""``python -m tests.failures [NAME ...]``: what a training loses when something goes wrong. Prints a table.

Each case is a real process: killed, without room on its disk, without the right to write, and so on; then the same
command goes on, and every weight is compared with those of a run that nothing disturbed. Needs Linux, for the small
disks its root. Takes minutes.
"""

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from rich.console import Console
from rich.table import Table

from tests.conftest import ROOT, fresh_env
from trainer.run import RunFolder

EPOCHS = 5
SMALL = ("--preset", "tiny", "--batch", "4", "--crop", "64", "--train-crop", "64", "--dropout", "0.3")
KILLS = 20
Process = subprocess.Popen[str]


class Failures:
    """The cases, on one data set, against one undisturbed run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        command("prepare", "phantom", self.data, "--subjects", 3)
        self.whole = folder / "whole"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert self.fit(self.whole).wait() == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        """Of the processor, not of the clock: other work on the machine does not count."""

    def fit(self, run: Path, *more: object, **popen: object) -> Process:
        """Start a training."""
        arguments = ("fit", self.data, *SMALL, "--epochs", EPOCHS, *more, "--out", run)
        return start(*arguments, **popen)

    def ended(self, run: Path, *more: object, **popen: object) -> tuple[int, str]:
        """Train until it ends by itself; return its exit status and the last line that it said."""
        process = self.fit(run, *more, **popen)
        said = process.communicate()[0].strip().splitlines()
        return process.returncode, said[-1] if said else ""

    def resumed(self, run: Path) -> str:
        """Give the same command again; say whether it became the undisturbed run."""
        status, said = self.ended(run)
        if status:
            return f"NOT resumed: {said}"
        names = (f"checkpoints/epoch-{EPOCHS:04d}.weights.h5", "best.weights.h5")
        same = all(same_arrays(self.whole / name, run / name) for name in names)
        return "same weights as undisturbed" if same else "OTHER WEIGHTS"

    # the cases: each returns what was lost, what was said, and what the same command made of it

    def kill(self) -> tuple[str, str, str]:
        """SIGKILL at random moments of one training, again and again, each time resumed."""
        run, rng, lost, after = self.folder / "killed", random.Random(0), 0, Counter[int]()
        while after.total() < KILLS:
            process = self.fit(run)
            said = bytearray()
            moment = self.seconds * rng.uniform(0.2, 1.0)
            listen(process, lambda: processor_seconds(process) > moment, said)  # noqa: B023
            killed = process.poll() is None
            process.kill()
            listen(process, lambda: False, said)
            process.wait()
            done = RunFolder(run).epochs_done() if run.exists() else 0
            after[done] += killed
            finished = [int(number) for number in re.findall(r"epoch (\d+): loss", said.decode())]
            lost = max(lost, max([0, *finished]) - done)
            if done == EPOCHS:  # begin anew
                assert "same" in self.resumed(run), run
                run = self.folder / f"killed-{after.total()}"
        when = ", ".join(f"{count} after epoch {done}" for done, count in sorted(after.items()) if count)
        return f"{lost} finished epochs", f"killed {after.total()} times: {when}", self.resumed(run)

    def terminate(self) -> tuple[str, str, str]:
        """SIGTERM, as from a queue, in the second epoch."""
        run = self.folder / "terminated"
        process = self.fit(run)
        wait_for(run, 1)
        process.send_signal(signal.SIGTERM)
        said = process.communicate()[0].strip().splitlines()[-1]
        return "the running epoch", f"{said} (status {process.returncode})", self.resumed(run)

    def full(self) -> tuple[str, str, str]:
        """A disk with room for one checkpoint and a half."""
        size = (self.whole / f"checkpoints/epoch-{EPOCHS:04d}.weights.h5").stat().st_size
        with Disk(self.folder / "disk", int(size * 1.5) + (self.whole / "best.weights.h5").stat().st_size) as disk:
            run = disk.path / "run"
            status, said = self.ended(run)
            done = RunFolder(run).epochs_done()
            disk.enlarge()
            return f"epochs after {done}", f"{said} (status {status})", self.resumed(run)

    def read_only(self) -> tuple[str, str, str]:
        """A disk that becomes read-only after two epochs."""
        with Disk(self.folder / "disk", 2**28) as disk:
            run = disk.path / "run"
            process = self.fit(run)
            wait_for(run, 1)
            process.kill()
            process.wait()
            disk.remount("ro")
            status, said = self.ended(run)
            disk.remount("rw")
            return "nothing", f"{said} (status {status})", self.resumed(run)

    def nan(self) -> tuple[str, str, str]:
        """A learning rate that no training survives."""
        run = self.folder / "nan"
        status, said = self.ended(run, "--learning-rate", "1e12", "--clip", "0")
        done = RunFolder(run).epochs_done()
        return "the running epoch", f"{said} (status {status})", f"{done} good epochs kept, not calibrated"

    def two(self) -> tuple[str, str, str]:
        """A second training in the folder of one that runs."""
        run = self.folder / "two"
        first = self.fit(run)
        wait_for(run, 1)
        first.send_signal(signal.SIGSTOP)  # else it may end before the second one has started
        status, said = self.ended(run)
        first.send_signal(signal.SIGCONT)
        first.communicate()
        return "nothing", f"{said} (status {status})", self.resumed(run)

    def truncated(self) -> tuple[str, str, str]:
        """The newest checkpoint cut in half after three epochs."""
        run = self.folder / "truncated"
        process = self.fit(run)
        wait_for(run, 3)
        process.kill()
        process.wait()
        newest = RunFolder(run).checkpoints()[0][1]
        newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])
        lines = self.fit(run).communicate()[0].splitlines()
        warned = next(line for line in lines if newest.name in line)
        return "the epoch of that file", warned, self.resumed(run)

    def other_data(self) -> tuple[str, str, str]:
        """Other data under the same command."""
        run, other = self.folder / "other", self.folder / "other-data"
        assert self.fit(run).wait() == 0
        command("prepare", "phantom", other, "--subjects", 3, "--seed", 5)
        mine, self.data = self.data, other
        status, said = self.ended(run)
        self.data = mine
        return "nothing", f"{said} (status {status})", self.resumed(run)


class Disk:
    """A small disk in memory, of its own."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        path.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], check=True)

    def __enter__(self) -> "Disk":
        return self

    def __exit__(self, *problem: object) -> None:
        subprocess.run(["umount", str(self.path)], check=True)

    def enlarge(self) -> None:
        """Make room."""
        self.remount(f"size={2**28}")

    def remount(self, options: str) -> None:
        """Change how it is mounted."""
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.path)], check=True)


def start(*arguments: object, **popen: object) -> Process:
    """Start a command of the trainer; what it says comes line by line, errors too."""
    line = [sys.executable, "-m", "trainer", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(line, cwd=ROOT, env=fresh_env(), **pipes | popen)  # type: ignore[call-overload, no-any-return]


def command(*arguments: object) -> None:
    """Run a command of the trainer to its end."""
    process = start(*arguments)
    said = process.communicate()[0]
    assert process.returncode == 0, said


def listen(process: Process, enough: Callable[[], bool], said: bytearray) -> None:
    """Add what a process says until it is enough, or until it ends."""
    assert process.stdout
    pipe = process.stdout.fileno()
    os.set_blocking(pipe, False)
    while not enough():
        ended = process.poll() is not None
        try:
            data = os.read(pipe, 65536)
        except BlockingIOError:
            data = b""
        said += data
        if ended and not data:
            return
        time.sleep(0.01)


def processor_seconds(process: Process) -> float:
    """Return how much of the processor a process has had."""
    if process.poll() is not None:
        return 0
    numbers = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(run: Path, epochs: int) -> None:
    """Wait until a run has some epochs behind it."""
    while RunFolder(run).epochs_done() < epochs:
        time.sleep(0.01)


def same_arrays(one: Path, other: Path) -> bool:
    """Tell whether two files of weights hold the same numbers to the last bit."""

    def arrays(path: Path) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        with h5py.File(path) as file:
            file.visititems(lambda name, item: found.update({name: item[()]}) if hasattr(item, "shape") else None)
        return found

    first, second = arrays(one), arrays(other)
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name]) for name in first)


CASES: dict[str, Callable[[Failures], tuple[str, str, str]]] = {
    "kill": Failures.kill,
    "sigterm": Failures.terminate,
    "disk-full": Failures.full,
    "read-only": Failures.read_only,
    "nan": Failures.nan,
    "two": Failures.two,
    "truncated": Failures.truncated,
    "other-data": Failures.other_data,
}


def main() -> None:
    """Try the cases that are named, or all."""
    folder = Path(tempfile.mkdtemp(prefix="failures-"))
    table = Table(
        "case", "lost", "said", "the same command again", title=f"{EPOCHS} epochs of preset tiny", show_lines=True
    )
    try:
        failures = Failures(folder)
        for name in sys.argv[1:] or CASES:
            row = CASES[name](failures)
            row = tuple(text.replace(str(folder), "...") for text in row)  # type: ignore[assignment]
            table.add_row(name, *row)
            print(name, *row, sep=" | ", flush=True)
    finally:
        Console(width=140).print(table)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
