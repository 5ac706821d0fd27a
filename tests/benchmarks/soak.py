"""``python -m tests.benchmarks.soak``: an hour of people who use the app, while things go wrong (Linux, as root).

People open the page, files of a class, new slices, lessons, the API. Others send hostile files and nonsense, break off,
or come all at once; the processes that read files are killed; the disk is full for a while. What comes back must be an
answer or a sentence; known files must get the answer that they got at the start; memory and files must not grow.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.gallery import gallery
from tests.benchmarks.load import Load
from tests.benchmarks.serving import memory_mb
from tests.benchmarks.visitors import Heard, Visitor, at_once
from tests.fuzz.mutate import mutant
from tests.serving import ROOT, free_port, running_process

PEOPLE = 5
DISK = 1500  # megabytes of the disk that gets full; uploads of twenty minutes need a third of it
CROWD, CROWD_SECONDS = 100, 10.0
QUESTIONS = ("open_case", "look_inside", "operation", "compare", "broken", "tables", "plane", "values", "waiting")
OUTSIDE = {"slice": {"uploads": ["../../etc/passwd"]}}
NONSENSE: tuple[Any, ...] = (None, [], 7, "x", {}, OUTSIDE, {"ticket": "x" * 1000}, {"place": 1e300})


class World:
    """The app, those who use it, and what they heard."""

    def __init__(self, url: str, app: int, disk: Path) -> None:
        self.url, self.app, self.disk = url, app, disk
        self.load = Load(url)
        self.files = gallery()
        self.heard = Heard()
        self.over = threading.Event()
        self.done: Counter[str] = Counter()
        self.known = {name: self.answer(name) for name in self.files}

    def answer(self, name: str) -> str:
        """Return the hash of what the app answers to a file of the gallery."""
        visitor = self.load.visitor(0)
        answer = visitor.open({"uploads": [visitor.upload(name, self.files[name])]})
        told = [answer[entry] for entry in ("pixels", "probability", "notes", "name", "place", "spacing")]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def again(self, act: Callable[[random.Random], None], every: float, name: str) -> threading.Thread:
        """Do something again and again until it is over, with pauses of about a length in seconds."""

        def go_on() -> None:
            rng = random.Random(name)
            while not self.over.wait(rng.uniform(0.5, 1.5) * every):
                act(rng)
                self.done[name] += 1

        thread = threading.Thread(target=go_on, daemon=True)
        thread.start()
        return thread

    def compare(self, rng: random.Random) -> None:
        """Ask for a known file; the answer must be that of the start."""
        name = rng.choice(sorted(self.known))

        def act() -> None:
            assert self.answer(name) == self.known[name], f"another answer than at the start: {name}"

        self.heard.hear(act)

    def hostile(self, rng: random.Random) -> None:
        """Send a file that is damaged or made to harm, to be opened or through the API."""
        name = rng.choice(sorted(self.files))
        data, visitor = (
            mutant(rng, [self.files[name], *rng.sample(sorted(self.files.values()), 2)]),
            self.load.visitor(1),
        )
        ask = rng.choice((lambda path: visitor.open({"uploads": [path]}), visitor.segment))
        self.heard.hear(lambda: ask(visitor.upload(name, data)))

    def nonsense(self, rng: random.Random) -> None:
        """Ask what is no question."""
        visitor = Visitor(self.url, self.load.engine, "nonsense")
        body = {"data": rng.choice(NONSENSE), "component_id": self.load.engine, "fn_name": rng.choice(QUESTIONS)}
        self.heard.hear(lambda: visitor.send_json("/gradio_api/component_server/", body | {"session_hash": "x"}))

    def break_off(self, rng: random.Random) -> None:
        """Begin to send something, and go away."""
        place = urlsplit(self.url)
        with socket.create_connection((place.hostname or "", place.port or 80)) as connection:
            path = rng.choice(("upload", "component_server/", "call/segment"))
            head = f"POST /gradio_api/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n"
            kind = "Content-Type: multipart/form-data; boundary=edge\r\n\r\n--edge\r\n"
            part = 'Content-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
            connection.sendall((head + kind + part).encode() + rng.randbytes(rng.randrange(100_000)))

    def kill_a_reader(self, _: random.Random) -> None:
        """Kill the processes that read files just now: whoever waits for them hears a sentence."""
        found = subprocess.run(["pgrep", "-P", str(self.app)], capture_output=True, text=True, check=False)
        for child in found.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def fill_the_disk(self, rng: random.Random) -> None:
        """Leave no room on the disk for a while."""
        filler = self.disk / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        time.sleep(rng.uniform(5, 15))
        filler.unlink()

    def crowd(self, _: random.Random) -> None:
        """Have a hundred come at once."""
        heard = at_once(CROWD, CROWD_SECONDS, self.load.a_class)
        self.heard.seconds.extend(heard.seconds)
        self.heard.refused.extend(heard.refused)
        self.heard.failed.extend(heard.failed)

    def person(self, rng: random.Random) -> None:
        """Do a few steps of a lesson, or open a new slice, or ask the API."""
        visit = rng.choice((self.load.a_class, self.load.page, self.load.api))
        for number, _ in enumerate(visit(rng.randrange(1000), self.heard)):
            time.sleep(rng.uniform(0, 2))
            if number > 6:
                break

    def state(self) -> dict[str, float]:
        """Return what must not grow."""
        files = sum(path.is_file() for path in self.disk.rglob("*"))
        process = Path(f"/proc/{self.app}")
        return {
            "MB": memory_mb(self.app),
            "files": files,
            "open": len(list((process / "fd").iterdir())),
            "threads": len(list((process / "task").iterdir())),
        }


@contextlib.contextmanager
def small_disk() -> Iterator[Path]:
    """Mount a disk of `DISK` megabytes, and take it away."""
    folder = Path(tempfile.mkdtemp())
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Print a line a minute, and what it comes to; the status is 1 if something failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    minutes = parser.parse_args().minutes
    port = free_port()
    with small_disk() as disk:
        environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "TMPDIR": str(disk)}
        with running_process([sys.executable, "app.py"], port, environment, ROOT) as (url, app):
            world = World(url, app.pid, disk)
            threads = [world.again(world.person, 5, f"person {number}") for number in range(PEOPLE)]
            threads += [
                world.again(world.compare, 5, "known files"),
                world.again(world.hostile, 1, "hostile files"),
                world.again(world.nonsense, 1, "nonsense"),
                world.again(world.break_off, 3, "broken off"),
                world.again(world.kill_a_reader, 20, "readers killed"),
                world.again(world.fill_the_disk, 240, "full disk"),
                world.again(world.crowd, 300, "a hundred at once"),
            ]
            states, failed = [], 0
            for _ in range(minutes):
                time.sleep(60)
                states.append(world.state())
                counts = f"{len(world.heard.seconds)} answers, {len(world.heard.refused)} sentences, "
                print(f"minute {len(states)}: {counts}{len(world.heard.failed)} failed; {states[-1]}", flush=True)
                for failure in set(world.heard.failed[failed:]):
                    print(f"  {failure[:300]}", flush=True)
                failed = len(world.heard.failed)
            world.over.set()
            for thread in threads:
                thread.join()
            return told(world, states)


def told(world: World, states: list[dict[str, float]]) -> int:
    """Print what it comes to."""
    print("done:", dict(sorted(world.done.items())))
    print(f"{len(world.heard.seconds)} answers, 95% within {world.heard.within(0.95):.1f} s")
    kinds = Counter(world.heard.refused)
    print(f"{len(world.heard.refused)} sentences of {len(kinds)} kinds instead, {len(world.heard.failed)} failures")
    for sentence, count in kinds.most_common(40):
        print(f"  {count} times: {sentence}")
    for failure, count in Counter(world.heard.failed).most_common(20):
        print(f"  FAILED {count} times: {failure[:300]}")
    quarter = max(1, len(states) // 4)
    for name in states[0]:
        values = [state[name] for state in states]
        early, late = statistics.median(values[:quarter]), statistics.median(values[-quarter:])
        print(f"{name}: {early:.0f} in the first quarter, {late:.0f} in the last, {max(values):.0f} at the most")
    return int(bool(world.heard.failed))


if __name__ == "__main__":
    sys.exit(main())
