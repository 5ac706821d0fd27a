"""Where slices come from: a folder with a table, a folder of images and masks, or phantoms.

Each source lists its rows first (what there is, and in which split) and then yields their pixels.
"""

import csv
import random
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from space.errors import UserError
from space.preprocessing import hu_to_grey
from space.readers.image import read_mask, read_slice
from trainer.phantom.drawing import make_phantom

SPLITS = ("train", "validation", "test")
IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
PHANTOM_SLICES = 24


@dataclass(frozen=True)
class Row:
    """One slice of the source: where it belongs and which files it is made of."""

    subject: str
    number: int
    split: str
    image: str
    mask: str


def source_rows(source: Path, seed: int) -> list[Row]:
    """List the slices of a folder, sorted by subject and number; see `prepare` for what is refused."""
    if not source.is_dir():
        raise UserError(f"There is no folder {source}: give a folder of slices, or the word 'phantom'.")
    rows = _rows_of_table(source / "slices.csv") if (source / "slices.csv").exists() else _rows_of_folders(source, seed)
    if not rows:
        raise UserError(f"{source} holds no slices: it needs a slices.csv, or images/ and masks/.")
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


def _rows_of_table(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8-sig") as file:  # Excel puts a mark in front
        reader = csv.DictReader(file)
        missing = {"subject", "slice", "image", "mask", "split"} - set(reader.fieldnames or ())
        if missing:
            raise UserError(f"{path} lacks the column {', '.join(sorted(missing))}.")
        rows = []
        for line, cells in enumerate(reader, 2):
            if None in cells.values():
                raise UserError(f"{path}, line {line}: cells are missing, it needs one for each column.")
            if cells["split"] not in SPLITS:
                raise UserError(
                    f"{path}, line {line}: the split is '{cells['split']}', not one of {', '.join(SPLITS)}."
                )
            if not str(cells["slice"]).isdecimal():
                raise UserError(f"{path}, line {line}: the slice is '{cells['slice']}', not a number.")
            rows.append(Row(cells["subject"], int(cells["slice"]), cells["split"], cells["image"], cells["mask"]))
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
    for stem in sorted(images):
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
    files = [path for path in sorted(folder.glob("*")) if path.suffix.lower() in IMAGE_ENDINGS]
    found: dict[str, Path] = {}
    for path in files:
        if path.stem in found:
            raise UserError(f"{path} and {found[path.stem].name} have the same stem: keep one of them.")
        found[path.stem] = path
    return found


def split_subjects(subjects: list[str], seed: int) -> dict[str, str]:
    """Assign each subject a split: 80% train, 10% validation, 10% test, at least one each."""
    if len(subjects) < len(SPLITS):
        raise UserError(
            f"There are {len(subjects)} subjects ({', '.join(subjects)}), but train, validation and test "
            "need at least one each. The subject is the part of a file's name before the first - or _."
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


Pair = tuple[np.ndarray, np.ndarray]


def draw_phantoms(rows: list[Row], seed: int) -> Iterator[Pair]:
    """Yield the windowed slice and the mask of each row."""
    for number in range(len(rows) // PHANTOM_SLICES):
        phantom = make_phantom(seed + number, slices=PHANTOM_SLICES)
        yield from zip(hu_to_grey(phantom.hu), phantom.mask("pancreas"), strict=True)


def read_pairs(source: Path, rows: list[Row]) -> Iterator[Pair]:
    """Yield the slice and the mask of each row; two threads, as decoding releases the lock."""

    def read(row: Row) -> Pair:
        image = read_slice(source / row.image).pixels
        return image, read_mask(source / row.mask, image.shape)

    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(rows), 64):  # never more than 64 slices in memory
            yield from pool.map(read, rows[start : start + 64])
