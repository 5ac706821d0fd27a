"""``python -m trainer prepare SOURCE OUT``: slices and masks from anywhere -> two arrays and a table.

OUT holds `images.npy` and `masks.npy` (uint8 [n, h, w], to be memory-mapped), `slices.csv` (a row a slice)
and `dataset.json` (window, counts, source, hashes). Splits are by subject, always.
"""

import csv
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from space.errors import UserError
from space.preprocessing import ABDOMEN, hu_to_grey
from space.reading import read_mask, read_slice
from trainer.phantom import make_phantom

SPLITS = ("train", "validation", "test")
COLUMNS = ("subject", "slice", "split", "mask_pixels", "image", "mask")
IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
PHANTOM_SLICES = 24

CITATIONS = {
    "phantom": "Synthetic abdomens drawn by trainer/phantom.py; no patients, no licence to heed.",
    "pancreas-ct": (
        "Roth HR, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data From Pancreas-CT. The Cancer Imaging "
        "Archive, 2016. doi:10.7937/K9/TCIA.2016.tNB1kqBU. CC BY 3.0."
    ),
}


@dataclass(frozen=True)
class Row:
    """One slice of the source: where it belongs and which files it is made of."""

    subject: str
    number: int
    split: str
    image: str
    mask: str


def prepare(
    source: str, out: Path, *, subjects: int = 12, seed: int = 0, target: str = "pancreas", citation: str = ""
) -> dict:
    """Write a data set.

    Parameters
    ----------
    source : a folder with `slices.csv`, or with `images/` and `masks/` of equal stems; or 'phantom'.
    out : the folder to write.
    subjects : how many phantoms to draw; of no effect on a folder.
    seed : decides which subjects go to which split where the source does not say, and which phantoms.
    target : the organ that the masks outline, for the page and the model card.
    citation : where the data come from; known for Pancreas-CT and for phantoms.

    Returns
    -------
    what was written to `dataset.json`.

    Raises
    ------
    UserError
        that names the file: a missing or unreadable image, a mask of another size or with more than two
        values, a subject in two splits, an empty source.
    """
    if source == "phantom":
        rows = phantom_rows(subjects, seed)
        pairs = draw_phantoms(rows, seed)
    else:
        rows = source_rows(Path(source), seed)
        pairs = read_pairs(Path(source), rows)
    if Path(source).resolve() == out.resolve():
        raise UserError(f"{out} is the source itself: give another folder to write to.")
    out.mkdir(parents=True, exist_ok=True)
    for leftover in ("dataset.json", "slices.csv"):  # a data set is whole when these are there
        (out / leftover).unlink(missing_ok=True)
    shape, mask_pixels, hashes = write_arrays(out, rows, pairs)
    with (out / "slices.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row, pixels in zip(rows, mask_pixels, strict=True):
            writer.writerow([row.subject, row.number, row.split, pixels, row.image, row.mask])
    hashes["slices.csv"] = hashlib.sha256((out / "slices.csv").read_bytes()).hexdigest()
    name = Path(source).resolve().name if source != "phantom" else "phantom"
    summary = {
        "format": 1,
        "source": name,
        "target": target,
        "citation": citation or CITATIONS.get(name, "not stated"),
        "window_hu": list(ABDOMEN),
        "shape": list(shape),
        "seed": seed,
        "splits": split_counts(rows, mask_pixels),
        "sha256": hashes,
    }
    (out / "dataset.json").write_text(json.dumps(summary, indent=1) + "\n")
    return summary


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
        yield from zip(hu_to_grey(phantom.hu), phantom.mask, strict=True)


def read_pairs(source: Path, rows: list[Row]) -> Iterator[Pair]:
    """Yield the slice and the mask of each row; two threads, as decoding releases the lock."""

    def read(row: Row) -> Pair:
        image = read_slice(source / row.image).pixels
        return image, read_mask(source / row.mask, image.shape)

    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(rows), 64):  # never more than 64 slices in memory
            yield from pool.map(read, rows[start : start + 64])


def write_arrays(
    out: Path, rows: list[Row], pairs: Iterable[Pair]
) -> tuple[tuple[int, ...], list[int], dict[str, str]]:
    """Stream the pairs to `images.npy` and `masks.npy`.

    Returns
    -------
    the arrays' shape, the mask's pixels of each slice, and the files' sha256.
    """
    shape: tuple[int, ...] = ()
    mask_pixels = []
    with (out / "images.npy").open("wb") as images, (out / "masks.npy").open("wb") as masks:
        writers = (_HashedFile(images), _HashedFile(masks))
        for row, (image, mask) in zip(rows, pairs, strict=True):
            if not shape:
                shape = (len(rows), *image.shape)
                header = {"descr": "|u1", "fortran_order": False, "shape": shape}
                for writer in writers:
                    np.lib.format.write_array_header_1_0(writer, header)
            if image.shape != shape[1:]:
                raise UserError(
                    f"{row.image} is {image.shape[1]} x {image.shape[0]} pixels, but the slices before it are "
                    f"{shape[2]} x {shape[1]}: all slices of a data set must have one size."
                )
            writers[0].write(np.ascontiguousarray(image).tobytes())
            writers[1].write(mask.astype(np.uint8).tobytes())
            mask_pixels.append(int(mask.sum()))
    hashes = {name: writer.sha256 for name, writer in zip(("images.npy", "masks.npy"), writers, strict=True)}
    return shape, mask_pixels, hashes


class _HashedFile:
    """A file to write to that knows its sha256, so that gigabytes need not be read again."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return self._file.write(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def split_counts(rows: list[Row], mask_pixels: list[int]) -> dict[str, dict[str, int]]:
    """Return subjects, slices with and slices without the organ, for each split."""
    counts = {}
    for split in SPLITS:
        pixels = [p for row, p in zip(rows, mask_pixels, strict=True) if row.split == split]
        counts[split] = {
            "subjects": len({row.subject for row in rows if row.split == split}),
            "with_organ": sum(p > 0 for p in pixels),
            "without_organ": sum(p == 0 for p in pixels),
        }
    return counts
