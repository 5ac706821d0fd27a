"""``python -m tests.fuzz.browser --inputs 100000 --seed 0``: hostile files for the page's own readers, in Node.

Of the first so many of each kind (``--compare 500``) the app's readers are asked, too: values, masks, places, notes,
questions and sentences must be the same. ``--keep FOLDER`` keeps what was found. Ends with status 1 if anything was.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest import mock

from space.readers import label_volume, reading
from space.readers.sorting import read_mask_files, read_scan
from tests.fuzz import pool, seeds
from tests.fuzz.mutate import mutant
from tests.site.reader import Reader
from tests.site.reading_volumes import differences, pythons, told

BAD = ("failed", "died", "hung")
OFTEN = 20
"""Inputs after which a good file must still be read as it was."""
ELSEWHERE = "python app.py"
"""In the sentence about pictures that only the app can unpack."""


class Target(NamedTuple):
    """Good files of a kind, and what they are masks of."""

    name: str
    seeds: list[bytes]
    of: bytes | None = None

    def input(self, number: int, seed: int) -> bytes:
        return mutant(Random(f"{self.name} {seed} {number}"), self.seeds)

    def job(self, file: Path) -> dict[str, Any]:
        """Return what is asked about a file; what it is a mask of lies beside it."""
        if self.of is None:
            return {"what": "scan", "paths": [str(file)]}
        scan = file.with_name("scan")
        scan.write_bytes(self.of)
        return {"what": "labels", "paths": [str(file)], "scan": [str(scan)], "label": None}


def targets() -> list[Target]:
    pictures = [*seeds.pngs(), *seeds.jpegs(), *seeds.tiffs()]
    series, volume = seeds.archive(seeds.files()), seeds.niftis()[0]
    return [
        Target("DICOM", seeds.dicom()),
        Target("DICOM, compressed", seeds.compressed()),
        Target("NIfTI", seeds.niftis()),
        Target("zip", seeds.archives()),
        Target("PNG", seeds.pngs()),
        Target("JPEG", seeds.jpegs()),
        Target("TIFF", seeds.tiffs()),
        Target("DICOM SEG", seeds.segmentations(), series),
        Target("label volume", seeds.label_maps(), volume),
        Target("mask, a picture", [*seeds.png_masks(), *seeds.tiffs()[-2:]], seeds.pngs()[0]),
        Target("anything", [*pictures, *seeds.dicom(), *seeds.compressed(), *seeds.niftis(), *seeds.archives()]),
    ]


class Tally:
    """What became of the inputs of one kind."""

    def __init__(self, target: Target, keep: Path | None) -> None:
        self.target = target
        self.kinds: Counter[str] = Counter()
        self.sentences: set[str] = set()
        self.longest = self.most = 0.0
        self.found = self.compared = self.worded = 0
        self._keep = keep

    def add(self, answer: dict[str, Any]) -> None:
        self.kinds[answer["kind"]] += 1
        if answer["kind"] == "refused":
            self.sentences.add(answer["said"])
        self.longest, self.most = max(self.longest, answer["seconds"]), max(self.most, answer["megabytes"])

    def find(self, data: bytes, text: str) -> None:
        """Print what was found, and keep its input."""
        self.found += 1
        name = hashlib.sha256(data).hexdigest()[:12]
        print(f"  {self.target.name}, {name}: {text}", flush=True)
        if self._keep:
            self._keep.mkdir(parents=True, exist_ok=True)
            (self._keep / name).write_bytes(data)

    def __str__(self) -> str:
        kinds = self.kinds
        return (
            f"{self.target.name}: {kinds.total()} inputs, {kinds['read']} read, {kinds['asked']} asked about, "
            f"{kinds['refused']} refused ({len(self.sentences)} sentences), {kinds['failed'] + kinds['died']} crashes, "
            f"{kinds['hung']} hangs, longest {self.longest:.1f} s, most memory {self.most:.0f} MB; "
            f"{self.compared} compared, {self.worded} refused in other words; {self.found} found"
        )


def tried(target: Target, inputs: int, seed: int, compare: int, keep: Path | None) -> Tally:
    """Have the page, and for some of them the app, read hostile files of a kind."""
    tally, reader = Tally(target, keep), Reader(told())
    with tempfile.TemporaryDirectory() as folder:
        file, good = Path(folder, "file"), Path(folder, "good")
        good.write_bytes(target.seeds[0])
        right = _said(reader.ask(target.job(good)))
        answers = []
        for number in range(inputs):
            data = target.input(number, seed)
            file.write_bytes(data)
            answer = reader.ask(target.job(file))
            tally.add(answer)
            answers += [_said(answer)] if number < compare else []
            if answer["kind"] in BAD:
                tally.find(data, f"{answer['kind']}: {answer['said']}")
            elif number % OFTEN == 0 and _said(reader.ask(target.job(good))) != right:
                tally.find(data, "a good file is read otherwise after it")
    reader.close()
    _compare(tally, answers, seed)
    return tally


def _said(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what each run measures anew."""
    return {name: value for name, value in answer.items() if name not in ("seconds", "megabytes")}


def _compare(tally: Tally, answers: list[dict[str, Any]], seed: int) -> None:
    """Find what the app reads, asks or says otherwise."""
    target = tally.target

    def work(data: bytes, folder: Path) -> tuple[str, str]:
        file = folder / "file"
        file.write_bytes(data)
        try:
            with _in_this_process():
                return "answer", json.dumps(pythons(target.job(file)))
        finally:
            for one in folder.iterdir():
                one.unlink()

    numbers = list(range(len(answers)))
    for result in pool.tried(numbers, lambda number: target.input(number, seed), work):
        mine, (word, text) = answers[result.number], result.outcome
        if mine["kind"] in BAD or ELSEWHERE in mine.get("said", ""):
            continue
        tally.compared += 1
        if word == "answer":
            wrong = differences(mine, json.loads(text))
        else:  # the app's process for strangers' bytes ends, and the app says that it did
            wrong = [] if mine["kind"] == "refused" else [f"{word} ({text}), not {mine}"]
        if mine["kind"] == "refused" and len(wrong) == 1 and wrong[0].startswith("said"):
            tally.worded += 1  # what is damaged in several ways is damaged in the way that is met first
        elif wrong:
            tally.find(target.input(result.number, seed), "; ".join(wrong))


@contextmanager
def _in_this_process() -> Iterator[None]:
    """Have volumes and masks read without a process of their own: this one is one already."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def volume(paths: Any, window: Any, values: Any, order: Any, modality: Any) -> Any:
            return read_scan(paths, window, values, order, folder, modality)

        def labels(paths: Any, grid: Any, target: Any, order: Any = None) -> Any:
            return read_mask_files(paths, grid, target, order, folder)

        with mock.patch.object(reading, "read_volume", volume), mock.patch.object(label_volume, "read_labels", labels):
            yield


def main() -> int:
    """Try what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="of all kinds together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compare", type=int, default=0, help="of each kind")
    parser.add_argument("--only", help="one kind")
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    every = [target for target in targets() if asked.only in (None, target.name)]
    found = 0
    for target in every:
        tally = tried(target, asked.inputs // len(every), asked.seed, asked.compare, asked.keep)
        print(tally, flush=True)
        found += tally.found
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
