"""``python -m tests.benchmarks.load``: the app with one, twenty and a hundred users, against the bare network.

The users are on the same machine, and take their part of it. Each asks again as soon as the last answer is there. Files
that are new to the app have the network run for each; those of a class are the same for all.
"""

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx2
import numpy as np
from PIL import Image

from space.model.bundle import BUNDLED, open_bundle
from space.model.segmenter import Segmenter
from space.readers.image import read_slice
from tests.benchmarks.gallery import gallery
from tests.benchmarks.serving import engine_of, memory_mb
from tests.benchmarks.visitors import Heard, Visitor, anew, at_once
from tests.serving import ROOT, free_port, running_process

BARE_SECONDS = 5.0
LEVELS = ("encoder_0", "bottleneck", "decoder_0")


class Load:
    """What users do with an app."""

    def __init__(self, url: str) -> None:
        self._url = url
        with httpx2.Client(base_url=url) as http:
            self.engine = engine_of(http)
        self._fresh = anew(np.asarray(Image.open(open_bundle(BUNDLED, "").samples[0].image)))
        self._lock = threading.Lock()
        self._gallery = gallery()

    def page(self, number: int, heard: Heard) -> Iterator[None]:
        """Open slices that are new to the app, on the page."""
        visitor = self.visitor(number)
        while True:
            piece = partial(visitor.upload, "slice.png", self._picture())
            heard.hear(lambda: visitor.open({"uploads": [piece()]}))  # noqa: B023  (it is called at once)
            yield

    def api(self, number: int, heard: Heard) -> Iterator[None]:
        """Segment slices that are new to the app, through the API, and fetch the pictures."""
        visitor = self.visitor(number)
        while True:
            path = partial(visitor.upload, "slice.png", self._picture())
            heard.hear(lambda: visitor.segment(path()))  # noqa: B023
            yield

    def a_class(self, number: int, heard: Heard) -> Iterator[None]:
        """Open the page, and files that all have: pictures, DICOM, volumes; look inside; open an example."""
        visitor = self.visitor(number)
        heard.hear(visitor.enter)
        files = list(self._gallery.items())
        for turn in range(sys.maxsize):
            name, data = files[(number + turn) % len(files)]
            yield from self._lesson(visitor, heard, name, data)

    def _lesson(self, visitor: Visitor, heard: Heard, name: str, data: bytes) -> Iterator[None]:
        piece: dict[str, list[str]] = {}
        heard.hear(lambda: piece.update(uploads=[visitor.upload(name, data)]))
        yield
        if not piece:
            return
        heard.hear(lambda: visitor.open(piece))
        yield
        for level in LEVELS:
            heard.hear(lambda: visitor.look(piece, level))  # noqa: B023
            yield
        heard.hear(lambda: visitor.open({"example": "phantom-2"}, {"example": "phantom-2"}))
        yield

    def visitor(self, number: int) -> Visitor:
        """Return somebody with the page open."""
        return Visitor(self._url, self.engine, f"visitor{number}")

    def _picture(self) -> bytes:
        with self._lock:
            return next(self._fresh)


def bare_rate() -> float:
    """Return the slices per second of the model file alone, on two threads."""
    bundle = open_bundle(BUNDLED, "")
    hu = read_slice(bundle.samples[0].image, bundle.contract.window).hu[0]
    segmenter = Segmenter(BUNDLED / "model.onnx")
    start = time.monotonic()

    def run(_: int) -> int:
        done = 0
        while time.monotonic() - start < BARE_SECONDS:
            segmenter.predict(hu)
            done += 1
        return done

    with ThreadPoolExecutor(2) as threads:
        done = sum(threads.map(run, range(2)))
    return done / (time.monotonic() - start)


def told(what: str, users: int, heard: Heard, bare: float) -> str:
    """Return a line on what users heard."""
    rate, late = len(heard.seconds) / heard.lasted, heard.within(0.95)
    failed = heard.failed + heard.refused
    asked = len(heard.seconds) + len(failed)
    times = f"half within {heard.within(0.5):.2f} s, 95% within {late:.2f} s"
    line = f"{what}, {users} at once: {rate:.1f} answers per second; {times}; {len(failed)} of {asked} failed"
    if bare:
        line += (
            f"; {rate / bare:.0%} of the bare network's {bare:.1f}; 95% within {late * bare / users:.1f} ideal queues"
        )
    return "\n  ".join([line, *sorted(set(failed))[:5]])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, nargs="+", default=[1, 20, 100])
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    parser.add_argument(
        "--requests", type=int, default=10_000, help="after which the memory is read again; 0: not at all"
    )
    given = parser.parse_args()
    port = free_port()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port)}
    with running_process([sys.executable, "app.py"], port, environment, ROOT) as (url, app):
        load = Load(url)
        kinds: dict[str, Callable[[int, Heard], Iterator[None]]] = {
            "new slices on the page": load.page,
            "new slices through the API": load.api,
        }
        for what, visit in kinds.items():
            for users in given.users:
                before = bare_rate()
                heard = at_once(users, given.seconds, visit)
                print(told(what, users, heard, (before + bare_rate()) / 2), flush=True)
        for users in given.users:
            print(
                told("a class with the same files", users, at_once(users, given.seconds, load.a_class), 0), flush=True
            )
        print(f"memory of the app then: {memory_mb(app.pid):.0f} MB", flush=True)
        done = 0
        while done < given.requests:
            done += len(at_once(20, 10, load.a_class).seconds)
            done += len(at_once(20, 5, load.page).seconds)
            print(f"memory of the app after {done} more requests: {memory_mb(app.pid):.0f} MB", flush=True)


if __name__ == "__main__":
    main()
