"""``python -m trainer prepare SOURCE OUT``: slices and masks from anywhere -> two arrays and a table.

OUT holds `images.npy` and `masks.npy` (uint8 [n, h, w], to be memory-mapped), `slices.csv` (a row per slice)
and `dataset.json` (window, counts, source, hashes). Splits are by subject, always.
"""

import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np

from space.errors import Question, UserError
from space.model.contract import SPLITS, Split, Splits
from space.preprocessing import ABDOMEN
from space.readers.values import AUTO
from trainer.dataset import DataSet
from trainer.sources import Pair, Row, draw_phantoms, phantom_rows, read_pairs, source_rows
from trainer.survey import Watch, agreed_reading, oddities

COLUMNS = ("subject", "slice", "split", "mask_pixels", "image", "mask")

CITATIONS = {
    "phantom": "Synthetic abdomens drawn by trainer/phantom; no patients, no licence to heed.",
    "pancreas-ct": (
        "Roth HR, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data From Pancreas-CT. The Cancer Imaging "
        "Archive, 2016. doi:10.7937/K9/TCIA.2016.tNB1kqBU. CC BY 3.0."
    ),
}


def prepare(
    source: str,
    out: Path,
    *,
    subjects: int = 12,
    seed: int = 0,
    target: str = "pancreas",
    citation: str = "",
    values: str = AUTO,
    label: str | None = None,
) -> DataSet:
    """Write a data set; print how its files were understood, and what about them suggests a mistake.

    Parameters
    ----------
    source : a folder with `slices.csv`, or with `images/` and `masks/` of equal stems; or 'phantom'.
    out : the folder to write.
    subjects : how many phantoms to draw; of no effect on a folder.
    seed : decides which subjects go to which split where the source does not say, and which phantoms.
    target : the organ that the masks outline, for the page and the model card.
    citation : where the data come from; known for Pancreas-CT and for phantoms.
    values : how all slices are read, a key of `space.readers.values.READINGS`.
    label : which value, colour or palette number is the organ, in masks that have several.

    Returns
    -------
    what was written to `dataset.json`.

    Raises
    ------
    UserError
        that names the file: a missing or unreadable image, a mask of another size or with several organs, a subject
        in two splits, slices that are stored in different ways, no organ at all, an empty source.
    """
    if Path(source).resolve() == out.resolve():
        raise UserError(f"{out} is the source itself: give another folder to write to.")
    try:
        if source == "phantom":
            rows = phantom_rows(subjects, seed)
            pairs = draw_phantoms(rows, seed, target)
        else:
            rows = source_rows(Path(source), seed)
            reading = agreed_reading(Path(source), rows) if values == AUTO else values
            pairs = read_pairs(Path(source), rows, target, reading, label)
        return _write(source, out, rows, pairs, seed=seed, target=target, citation=citation)
    except Question as question:
        choices = ", ".join(f"'{choice.value}' ({choice.words})" for choice in question.choices)
        raise UserError(f"{question} Say so with --{question.argument}: {choices}.") from None


def _write(
    source: str, out: Path, rows: list[Row], pairs: Iterable[Pair], *, seed: int, target: str, citation: str
) -> DataSet:
    out.mkdir(parents=True, exist_ok=True)
    for leftover in ("dataset.json", "slices.csv"):  # a data set is whole when these are there
        (out / leftover).unlink(missing_ok=True)
    watch = Watch(rows)
    shape, mask_pixels, hashes = write_arrays(out, rows, watch.over(pairs))
    watch.check()
    for note, count in sorted(watch.notes.items()):
        print(f"{count} {note}")
    for warning in (*watch.warnings(), *oddities(Path(source), rows, mask_pixels)):
        print(f"Warning: {warning}")
    with (out / "slices.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row, pixels in zip(rows, mask_pixels, strict=True):
            writer.writerow([row.subject, row.number, row.split, pixels, row.image, row.mask])
    hashes["slices.csv"] = hashlib.sha256((out / "slices.csv").read_bytes()).hexdigest()
    name = Path(source).resolve().name if source != "phantom" else "phantom"
    data = DataSet(
        format=1,
        source=name,
        target=target,
        citation=citation or CITATIONS.get(name, "not stated"),
        window_hu=(ABDOMEN.low, ABDOMEN.high),
        shape=shape,
        seed=seed,
        splits=split_counts(rows, mask_pixels),
        sha256=hashes,
    )
    data.write(out / "dataset.json")
    return data


def write_arrays(
    out: Path, rows: list[Row], pairs: Iterable[Pair]
) -> tuple[tuple[int, int, int], list[int], dict[str, str]]:
    """Stream the pairs to `images.npy` and `masks.npy`.

    Returns
    -------
    the arrays' shape, the mask's pixels of each slice, and the files' sha256.
    """
    shape = (0, 0, 0)
    mask_pixels = []
    with (out / "images.npy").open("wb") as images, (out / "masks.npy").open("wb") as masks:
        writers = (_HashedFile(images), _HashedFile(masks))
        for row, pair in zip(rows, pairs, strict=True):
            image, mask = pair.image, pair.mask
            if not shape[0]:
                shape = (len(rows), image.shape[0], image.shape[1])
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


def split_counts(rows: list[Row], mask_pixels: list[int]) -> Splits:
    """Return subjects, slices with and slices without the organ, for each split."""

    def counted(split: str) -> Split:
        pixels = [p for row, p in zip(rows, mask_pixels, strict=True) if row.split == split]
        return Split(
            subjects=len({row.subject for row in rows if row.split == split}),
            with_organ=sum(p > 0 for p in pixels),
            without_organ=sum(p == 0 for p in pixels),
        )

    return Splits(**{split: counted(split) for split in SPLITS})
