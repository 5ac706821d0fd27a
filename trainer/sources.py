"""Where slices come from: a folder with a table, a folder of images and masks, or phantoms.

Each source lists its rows first (what there is, and in which split) and then yields their pixels.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from space.errors import UserError
from space.model.contract import SPLITS
from space.preprocessing import ABDOMEN, hu_to_grey
from space.readers.image import read_slice
from space.readers.kinds import HEAD, kind_of
from space.readers.mask import read_mask
from trainer.phantom.drawing import make_phantom
from trainer.table import read_table

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff")
DROPPINGS = ("thumbs.db", "desktop.ini")  # what systems leave in folders, beside names that begin with a point
PHANTOM_SLICES = 24


@dataclass(frozen=True)
class Row:
    """One slice of the source: where it belongs and which files it is made of."""

    subject: str
    number: int
    split: str
    image: str
    mask: str


def natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts a-2 before a-10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def source_rows(source: Path, seed: int) -> list[Row]:
    """List the slices of a folder, sorted by subject and number; see `prepare` for what is refused."""
    if not source.is_dir():
        raise UserError(f"There is no folder {source}: give a folder of slices, or the word 'phantom'.")
    rows = _rows_of_table(source / "slices.csv") if (source / "slices.csv").exists() else _rows_of_folders(source, seed)
    if not rows:
        raise UserError(f"{source} holds no slices: it needs a slices.csv, or images/ and masks/.{_instead(source)}")
    splits = defaultdict(set)
    for row in rows:
        splits[row.subject].add(row.split)
    for subject, found in splits.items():
        if len(found) > 1:
            raise UserError(
                f"Subject {subject} is in the splits {' and '.join(sorted(found))} of {source / 'slices.csv'}: "
                "all slices of a subject must be in one, or the score means nothing."
            )
    for row in rows:
        for path in (row.image, row.mask):
            if not (source / path).is_file():
                raise UserError(f"{source / path} is missing: slice {row.number} of subject {row.subject} needs it.")
    return sorted(rows, key=lambda row: (row.subject, row.number))


def _instead(source: Path) -> str:
    """Return a sentence on what images/ holds instead."""
    others = left_out(source / "images")
    if not others:
        return ""
    path = source / "images" / others[0]
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(HEAD)
    found = kind_of(head)
    kind = f" is {found.kind} and" if found and found.kind.startswith("a") else ""
    return f" images/ holds {len(others)} other files: {others[0]}{kind} cannot be read, export it as PNG or TIFF."


def _rows_of_table(path: Path) -> list[Row]:
    rows = []
    lines: dict[tuple[str, int], int] = {}
    for line, cells in read_table(path):
        if cells["split"] not in SPLITS:
            raise UserError(f"{path}, line {line}: the split is '{cells['split']}', not one of {', '.join(SPLITS)}.")
        row = Row(cells["subject"], int(cells["slice"]), cells["split"], cells["image"], cells["mask"])
        earlier = lines.setdefault((row.subject, row.number), line)
        if earlier != line:
            raise UserError(
                f"{path}, lines {earlier} and {line}: both are slice {row.number} of subject {row.subject}."
            )
        rows.append(row)
    return rows


def _rows_of_folders(source: Path, seed: int) -> list[Row]:
    images, masks = (_by_stem(source / folder) for folder in ("images", "masks"))
    if not images and not masks:
        return []
    for stem, path in images.items():
        if stem not in masks:
            raise UserError(f"{path} has no mask: {source / 'masks'} needs a file named {stem}.png.")
    for stem, path in masks.items():
        if stem not in images:
            raise UserError(f"{path} has no slice: {source / 'images'} needs a file of the same name.")
    subject_of = {stem: stem.replace("_", "-").split("-")[0] for stem in images}
    split_of = split_subjects(sorted(set(subject_of.values())), seed)
    counter: dict[str, int] = defaultdict(int)
    rows = []
    for stem in sorted(images, key=natural):
        subject = subject_of[stem]
        counter[subject] += 1
        rows.append(
            Row(
                subject,
                counter[subject],
                split_of[subject],
                f"images/{images[stem].name}",
                f"masks/{masks[stem].name}",
            )
        )
    return rows


def _by_stem(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() not in IMAGE_ENDINGS or path.name.startswith("."):
            continue
        if path.stem in found:
            raise UserError(f"{path} and {found[path.stem].name} have the same stem: keep one of them.")
        found[path.stem] = path
    return found


def left_out(folder: Path) -> list[str]:
    """Return what a folder of slices or masks holds beside pictures, by name."""
    return [
        path.name
        for path in sorted(folder.glob("*"))
        if path.suffix.lower() not in IMAGE_ENDINGS
        and not path.name.startswith(".")
        and path.name.lower() not in DROPPINGS
    ]


def split_subjects(subjects: list[str], seed: int) -> dict[str, str]:
    """Assign each subject a split: 80% train, 10% validation, 10% test, at least one each."""
    if len(subjects) < len(SPLITS):
        raise UserError(
            f"There are {len(subjects)} subjects ({', '.join(subjects)}), but train, validation and test "
            "need at least one each. In a folder of slices, the subject is the part of a file's name "
            "before the first - or _."
        )
    shuffled = random.Random(seed).sample(subjects, len(subjects))
    held_out = max(1, round(0.1 * len(subjects)))
    return {
        subject: "test" if place < held_out else "validation" if place < 2 * held_out else "train"
        for place, subject in enumerate(shuffled)
    }


def phantom_rows(subjects: int, seed: int) -> list[Row]:
    """List the slices of `subjects` phantoms; the subject's name holds the phantom's own seed."""
    names = [f"phantom{seed + number:04d}" for number in range(subjects)]
    split_of = split_subjects(names, seed)
    return [Row(name, number, split_of[name], "", "") for name in names for number in range(PHANTOM_SLICES)]


class Pair(NamedTuple):
    """One slice of a data set.

    Attributes
    ----------
    image : uint8 [h, w], windowed.
    mask : bool [h, w]
    image_notes, mask_notes : how the files were understood, a sentence each.
    """

    image: np.ndarray
    mask: np.ndarray
    image_notes: tuple[str, ...] = ()
    mask_notes: tuple[str, ...] = ()


def draw_phantoms(rows: list[Row], seed: int, target: str) -> Iterator[Pair]:
    """Yield the windowed slice and the target's mask of each row."""
    for number in range(len(rows) // PHANTOM_SLICES):
        phantom = make_phantom(seed + number, slices=PHANTOM_SLICES)
        yield from map(Pair, hu_to_grey(phantom.hu, ABDOMEN), phantom.mask(target))


def read_pairs(source: Path, rows: list[Row], target: str, values: str, label: str | None) -> Iterator[Pair]:
    """Yield the slice and the mask of each row; two threads, as decoding releases the lock.

    Parameters
    ----------
    values : how all slices are read, a key of `space.readers.values.READINGS`.
    label : what the organ is called in the masks, if they have several.
    """

    def read(row: Row) -> Pair:
        case = read_slice(source / row.image, ABDOMEN, values)
        height, width = case.hu.shape[1:]
        labels, notes = read_mask(source / row.mask, target, shape=(height, width), label=label)
        return Pair(hu_to_grey(case.hu[0], ABDOMEN), labels.mask(target)[0], case.notes, notes)

    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(rows), 64):  # never more than 64 slices in memory
            yield from pool.map(read, rows[start : start + 64])
