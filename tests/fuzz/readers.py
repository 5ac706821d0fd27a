"""``python -m tests.fuzz.readers --inputs 100000 --seed 0 [--only TARGET]``: hostile files, by the app's own doors.

Each input is a good file that was changed (`tests.fuzz.mutate`); it is read as the app reads it. A volume's reader runs
guarded in the app (`space/readers/guard.py`), so its end is a sentence there; a picture's runs in the app itself.
What is read although it was changed is held against an independent reader, where there is one.

``--only TARGET --number N`` does one input in this process, and shows whatever it raises.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar
from unittest import mock

import numpy as np
from rich.console import Console
from rich.table import Table

from space.case import Case, Labels
from space.errors import Question, UserError
from space.preprocessing import ABDOMEN
from space.readers import label_volume, reading, seg, worker  # noqa: F401  (`seg` is slow to load: once, for all)
from space.readers.kept import Kept
from space.readers.label_volume import read_case_mask
from space.readers.mask import Mask
from space.readers.reading import read_case
from space.readers.sorting import read_mask_files, read_scan
from space.readers.stack import FEET_FIRST
from space.writers.nifti import nifti_mask
from space.writers.seg import encoded
from tests.corpus.independent import compared
from tests.fuzz import seeds
from tests.fuzz.mutate import mutant
from tests.fuzz.pictures import picture_differs
from tests.fuzz.pool import GUARDED, Result, guarded, tried

TARGET = "liver"
READ, REFUSED = "read", "refused"
FINE = (READ, REFUSED, GUARDED)
HEADS = (
    *("read as", "inputs", READ, REFUSED, "sentences", GUARDED, "crashes", "hangs", "files left", "other finds"),
    *("longest", "most memory"),
)
T = TypeVar("T")


Read = Callable[[Path, bytes, list[bytes]], str]


class Target(NamedTuple):
    """A door, and what is brought to it.

    Attributes
    ----------
    name : what is read.
    seeds : good files, one of which is changed.
    read : takes the folder of the input, its bytes, and the good files; returns what is wrong with what was read.
    """

    name: str
    seeds: list[bytes]
    read: Read


class Hidden(UserError):  # noqa: N818
    """What the worker would answer, and why."""


def guarded_work(work: Callable[[], T]) -> T:
    """Do what the worker does, in this process."""
    try:
        with guarded(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return work()
    except UserError:
        raise
    except MemoryError:
        raise UserError(worker.TOO_MUCH) from None
    except Exception as error:
        ours = [step for step in traceback.extract_tb(error.__traceback__) if "/space/" in step.filename]
        where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
        raise Hidden(f"{worker.DAMAGED} [{type(error).__name__} {where}]") from error


def _volume(paths: Any, window: Any, values: str, order: Any, modality: Any) -> Case:
    with tempfile.TemporaryDirectory() as folder:
        return guarded_work(lambda: read_scan(paths, window, values, order, Path(folder), modality))


def _labels(paths: Any, grid: Any, target: str, order: Any = None) -> Labels:
    with tempfile.TemporaryDirectory() as folder:
        return guarded_work(lambda: read_mask_files(paths, grid, target, order, Path(folder)))


def answered(read: Callable[[dict[str, Any]], T]) -> T:
    """Read, and give the first answer to each question."""
    given: dict[str, Any] = {}
    while True:
        try:
            return read(given)
        except Question as question:
            if question.argument in given or not sentence(str(question)):
                raise
            given[question.argument] = question.choices[0].value


def scan(folder: Path, data: bytes, good: list[bytes]) -> str:
    """Read one file as a scan."""
    path = _put(folder, data)
    case = answered(lambda given: read_case(path, ABDOMEN, **given))
    wrong = sound(case)
    return wrong or (compared(case, [path]) if case.layout else picture_differs(path, good))


def among(others: list[bytes]) -> Read:
    """Return what reads a file among others, in its place."""

    def read(folder: Path, data: bytes, _: list[bytes]) -> str:
        paths = [_put(folder, one, f"{number:02}.png") for number, one in enumerate([data, *others[1:]])]
        case = answered(lambda given: read_case(paths, ABDOMEN, **given))
        return sound(case) or compared(case, paths)

    return read


def mask_of(case: Callable[[Path], Case]) -> Read:
    """Return what reads a mask of a case."""
    known: list[Case] = []

    def read(folder: Path, data: bytes, _: list[bytes]) -> str:
        if not known:
            known.append(case(folder))
        path = _put(folder, data)
        mask = answered(lambda given: read_case_mask(path, known[0], TARGET, **given))
        return sound_mask(mask, known[0])

    return read


def written(folder: Path, data: bytes, _: list[bytes]) -> str:
    """Write masks of a series among whose files is this one, and read them again."""
    paths = [_put(folder, one, f"{number:02}") for number, one in enumerate([data, *seeds.files()[1:]])]
    case = answered(lambda given: read_case(paths, ABDOMEN, **given))
    assert case.layout
    layout, mask = case.layout, np.zeros(case.hu.shape, bool)
    mask[:, 5:20, 3:9] = mask[0, :20] = True
    made = [guarded_work(lambda: encoded(mask, layout, paths, TARGET, "model", "1"))]
    if case.affine is not None:
        made.append(nifti_mask(mask, case))
    for one in made:
        back = read_case_mask(_put(folder, one, "made"), case, TARGET)
        if not np.array_equal(back.labels.mask(TARGET), mask):
            return "the mask came back otherwise"
    return ""


def sound(case: Case) -> str:
    """Return what no case may be, whatever its file says."""
    hu = np.asarray(case.hu)
    if hu.ndim != 3 or min(hu.shape) < 1 or min(hu.shape[1:]) < 32 or hu.dtype not in (np.int16, np.float32):
        return f"its values are {hu.dtype} {hu.shape}"
    if not np.isfinite(hu).all() or hu.min() == hu.max():
        return "its values are not finite, or all the same"
    if case.spacing and not (np.isfinite(case.spacing).all() and 0.02 < min(case.spacing) <= max(case.spacing) < 1000):
        return f"its spacing is {case.spacing}"
    if case.affine is not None and not (np.isfinite(case.affine).all() and abs(np.linalg.det(case.affine)) > 1e-6):
        return "its affine makes no sense"
    if any(not sentence(note) for note in case.notes):
        return f"a note is no sentence: {case.notes}"
    return ""


def sound_mask(mask: Mask, case: Case) -> str:
    """Return what no mask may be."""
    values = mask.labels.values
    if values.shape != case.hu.shape or values.max() > 1:
        return f"the mask is {values.dtype} {values.shape}"
    return "" if all(map(sentence, mask.notes)) else f"a note is no sentence: {mask.notes}"


def sentence(text: str) -> bool:
    """Tell whether a text can be shown: it has an end, no stack trace, and nothing that cannot be printed."""
    whole = text.rstrip("]").partition(" [")[0]
    return whole.endswith((".", "?")) and len(whole) < 600 and whole.isprintable() and "Traceback" not in whole


def _put(folder: Path, data: bytes, name: str = "a.png") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _ct(data: bytes) -> Callable[[Path], Case]:
    return lambda folder: read_case(_put(folder, data), ABDOMEN)


def _series(folder: Path) -> Case:
    return read_case([_put(folder, one, str(number)) for number, one in enumerate(seeds.files())], ABDOMEN)


def _picture(folder: Path) -> Case:
    return read_case(_put(folder, seeds.pngs()[0]), ABDOMEN)


def _pictures(folder: Path) -> Case:
    paths = [_put(folder, one, str(number)) for number, one in enumerate(seeds.stack())]
    return read_case(paths, ABDOMEN, order=FEET_FIRST)


def targets() -> list[Target]:
    """Return all doors."""
    pictures = [*seeds.pngs(), *seeds.jpegs(), *seeds.tiffs()]
    every = [*pictures, *seeds.dicom(), *seeds.compressed(), *seeds.segmentations(), *seeds.niftis(), *seeds.archives()]
    masks = [*seeds.png_masks(), seeds.jpegs()[-1], *seeds.tiffs()[-2:]]
    volumes = [*seeds.segmentations(), seeds.archive(seeds.segmentations()[:1])]
    return [
        Target("DICOM", seeds.dicom(), scan),
        Target("DICOM, compressed", seeds.compressed(), scan),
        Target("DICOM, one of a series", seeds.files()[:1], among(seeds.files())),
        Target("DICOM SEG", volumes, mask_of(_series)),
        Target("NIfTI", seeds.niftis(), scan),
        Target("label volume", seeds.label_maps(), mask_of(_ct(seeds.niftis()[0]))),
        Target("zip", seeds.archives(), scan),
        Target("picture of a stack", [*seeds.stack()[:1], *seeds.jpegs()[:1]], among(seeds.stack())),
        Target("zip of masks", [seeds.archive(seeds.mask_stack(), "{}.png")], mask_of(_pictures)),
        Target("files of a written mask", seeds.files()[:1], written),
        Target("PNG", seeds.pngs(), scan),
        Target("JPEG", seeds.jpegs(), scan),
        Target("TIFF", seeds.tiffs(), scan),
        Target("mask, a picture", masks, mask_of(_picture)),
        Target("anything", every, scan),
    ]


def attempt(target: Target, data: bytes, folder: Path) -> tuple[str, str]:
    """Return what becomes of an input; whatever else is raised is a find."""
    try:
        wrong = target.read(folder, data, target.seeds)
    except UserError as error:
        return (REFUSED if sentence(str(error)) else "no sentence"), str(error)
    finally:
        for path in folder.iterdir():
            path.unlink()
    return ("wrong", wrong) if wrong else (READ, "")


def input_of(target: Target, seed: int, number: int) -> bytes:
    """Return one input."""
    return mutant(Random(f"{seed} {target.name} {number}"), target.seeds)


def finds(target: Target, results: list[Result]) -> Iterator[str]:
    """Yield a line for each kind of find, with the first input that shows it."""
    seen: set[tuple[str, str]] = set()
    for result in results:
        word, said = result.outcome
        kind = (word, re.sub(r"[\d.]+|'.*'", "#", said)[:80])
        if word not in FINE and kind not in seen:
            seen.add(kind)
            yield f"  {word}: {said} (--only '{target.name}' --number {result.number})"


def row(target: Target, results: list[Result]) -> list[str]:
    """Return the figures of a target."""
    words = Counter(result.outcome[0] for result in results)
    said = {re.sub(r"\d[\d,.]*|'.*'|\(.*\)|\[.*\]", "#", r.outcome[1]) for r in results if r.outcome[0] == REFUSED}
    others = len(results) - sum(words[word] for word in (*FINE, "crash", "hang"))
    figures = (len(results), *(words[word] for word in (READ, REFUSED)), len(said))
    figures += (*(words[word] for word in (GUARDED, "crash", "hang", "stray file")), others)
    slowest, largest = max(r.seconds for r in results), max(r.bytes for r in results)
    return [target.name, *(f"{figure:,}" for figure in figures), f"{slowest:.2f} s", f"{largest / 2**20:.0f} MB"]


def hidden(results: list[Result]) -> Counter[str]:
    """Count what hides behind the worker's sentence for whatever it did not expect."""
    return Counter(match[1] for r in results if (match := re.search(r"\[(.*)\]$", r.outcome[1])))


def _read_in_this_process() -> None:
    nothing: Any = Kept(most_bytes=0)
    for module, name, value in (
        (reading, "read_volume", _volume), (reading, "_kept", nothing),
        (label_volume, "read_labels", _labels), (label_volume, "_kept", nothing),
    ):  # fmt: skip
        setattr(module, name, value)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--number", type=int)
    asked = parser.parse_args()
    console = Console(width=160)
    with mock.patch("secrets.randbelow", Random(0).randrange):  # identifiers
        every = targets()
    chosen = [target for target in every if asked.only in ("", target.name)]
    _read_in_this_process()
    table = Table(*HEADS)
    for target in chosen:
        for good in target.seeds:  # imports what is imported late, once for all children
            with tempfile.TemporaryDirectory() as folder:
                assert attempt(target, good, Path(folder))[0] in (READ, REFUSED)
        if asked.number is not None:
            _show(target, asked.seed, asked.number)
            continue
        count, start = asked.inputs // len(chosen), time.monotonic()
        results = tried(list(range(count)), partial(input_of, target, asked.seed), partial(attempt, target))
        table.add_row(*row(target, results))
        console.print(
            f"{target.name}: {time.monotonic() - start:.0f} s", *finds(target, results), sep="\n", markup=False
        )
        for what, times in hidden(results).most_common():
            console.print(f"  behind 'damaged or of an unusual kind': {what}, {times} times", markup=False)
    console.print(table)


def _show(target: Target, seed: int, number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(attempt(target, input_of(target, seed, number), Path(folder)))


if __name__ == "__main__":
    main()
