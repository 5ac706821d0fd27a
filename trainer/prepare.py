"""``python -m trainer prepare SOURCE OUT``: slices and masks from anywhere -> arrays, a table and a summary.

What OUT holds is described in `trainer/dataset.py`. Splits are by subject, always.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from space.errors import Question, UserError
from space.modality import SCALES, Modality
from space.model.contract import SPLITS, Split, Splits
from space.model.settings import Settings
from space.preprocessing import ABDOMEN, Window
from space.readers.values import AUTO
from trainer.dataset import REFINED_MM, DataSet, load_split, splits_in
from trainer.placing import PICTURE, Misplaced, draw, misplaced, warnings
from trainer.selection import Selection
from trainer.sources.opening import open_source
from trainer.sources.source import Asked, Source
from trainer.sources.subjects import splits_of
from trainer.survey import Row, Survey, Watch, oddities

COLUMNS = ("subject", "slice", "split", "mask_pixels", "image", "mask")
ARRAYS = ("hu.npy", "masks.npy", "spacing.npy")
APART = 100_000  # from the number of a volume's slice to that of the same subject's next volume

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
    modality: Modality = "CT",
    window: tuple[float, float] | None = None,
    pixel_size: float = REFINED_MM,
    subject: str | None = None,
    split: str | None = None,
    every: int = 1,
    empty: float = 1.0,
) -> DataSet:
    """Write a data set; print what the source holds, how it was understood, and what suggests a mistake.

    Parameters
    ----------
    source : as `trainer.sources.opening.open_source` takes it.
    out : the folder to write.
    subjects : how many phantoms to draw; of no effect on a folder.
    seed : decides which subjects go to which split where the source does not say, and which phantoms.
    target : the organ that the masks outline, for the page and the model card.
    citation : where the data come from; known for Pancreas-CT and for phantoms.
    values : how all slices are read, a key of `space.readers.values.READINGS`.
    label : which label of the masks is the organ, if they have several.
    modality : what the images were taken with.
    window : the values that the network sees, from black to white; None for that of the article, which CT alone has.
    pixel_size : in mm; coarser pixels are refined to it before the network sees them.
    subject : a regular expression whose one group is the subject in a path.
    split : the one that all subjects belong to.
    every : of how many slices one is taken.
    empty : the share of the slices without the organ that is taken.

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
    if window is None and modality != "CT":
        raise UserError(
            f"{modality} has no usual window: say with --window LOW HIGH which grey values the network is to see from "
            f"black to white.{usual_values(source, Asked(target, ABDOMEN, modality, values, label, subject))}"
        )
    low, high = window or ABDOMEN
    if not low < high:
        raise UserError(f"--window {low:g} {high:g}: the first number is black, the second white, and larger.")
    if not 0 < pixel_size <= 10:
        raise UserError(f"--pixel-size is in mm, more than 0 and at most 10, not {pixel_size:g}.")
    asked = Asked(target, Window(low, high), modality, values, label, subject, seed, subjects, out.parent / "downloads")
    selection = Selection(every, empty)
    try:
        found = open_source(source, asked)
        split_of = splits_of(found.items, seed, split)
        print(f"{found.kind}: {len(split_of)} subjects, {len(found.items)} {found.unit}.")
        for sentence in found.settle():
            print(sentence)
        survey = surveyed(found, label) if not found.one_size else None
        return _write(found, out, split_of, selection, asked, survey, citation=citation, pixel_size=pixel_size)
    except Question as question:
        choices = ", ".join(f"'{choice.value}' ({choice.words})" for choice in question.choices)
        raise UserError(f"{question} Say so with --{question.argument}: {choices}.") from None


def usual_values(source: str, asked: Asked) -> str:
    """Return between which values most of the first image lies, in a sentence; nothing where that is not known."""
    try:
        case = next(iter(open_source(source, asked).cases())).case
    except (UserError, Question, StopIteration):  # once there is a window, it says what is wrong
        return ""
    if not case.in_hu:
        return ""
    low, high = np.percentile(case.hu[len(case.hu) // 2], (1, 99))
    return f" In the first image 98% of the values of the middle slice lie between {low:.0f} and {high:.0f}."


def surveyed(source: Source, label: str | None) -> Survey:
    """Look through all of a source, and say what it holds."""
    survey = Survey(guessed=label is None)
    for traced in source.cases():
        survey.add(traced)
    for sentence in survey.sentences(source):
        print(sentence)
    survey.check()
    return survey


def _write(
    source: Source,
    out: Path,
    split_of: dict[str, str],
    selection: Selection,
    asked: Asked,
    survey: Survey | None,
    *,
    citation: str,
    pixel_size: float,
) -> DataSet:
    out.mkdir(parents=True, exist_ok=True)
    for leftover in ("dataset.json", "slices.csv"):  # a data set is whole when these are there
        (out / leftover).unlink(missing_ok=True)
    watch = Watch(asked.window)
    rows, mask_pixels, spacing = [], [], []
    with Stack(out / "hu.npy", SCALES[asked.modality].background) as images, Stack(out / "masks.npy", 0) as masks:
        for stack in (images, masks):
            stack.frame = survey.shape if survey else None
        for row, hu, mask, mm in _slices(source, split_of, selection, asked.target, watch):
            images.add(hu, row.image)
            masks.add(mask.astype(np.uint8), row.mask)
            watch.look(row, hu, mask)
            rows.append(row)
            mask_pixels.append(int(mask.sum()))
            spacing.append(mm)
        shape = images.shape
    watch.check()
    np.save(out / "spacing.npy", np.array(spacing, np.float32))
    for note, count in sorted(watch.notes.items()):
        print(f"{count} {note}")
    if not survey:  # else each label's was said before
        for sentence in watch.volumes(asked.target):
            print(sentence)
    for warning in (*watch.warnings(), *oddities(source, rows, mask_pixels)):
        print(f"Warning: {warning}")
    with (out / "slices.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row, pixels in zip(rows, mask_pixels, strict=True):
            writer.writerow([row.subject, row.number, row.split, pixels, row.image, row.mask])
    data = DataSet(
        format=2,
        source=source.name,
        label=asked.label or "",
        target=asked.target,
        modality=asked.modality,
        citation=citation or source.citation or CITATIONS.get(source.name, "not stated"),
        licence=source.licence,
        window_hu=asked.window,
        shape=shape,
        refined_mm=pixel_size,
        seed=asked.seed,
        splits=split_counts(rows, mask_pixels),
        sha256={name: _sha256(out / name) for name in (*ARRAYS, "slices.csv")},
    )
    data.write(out / "dataset.json")
    look_at_places(out, data)
    if hint := crop_hint(out, data):
        print(f"Warning: {hint}")
    return data


def crop_hint(out: Path, data: DataSet) -> str:
    """Return that the organ lies partly outside the field that networks see by default; nothing if it does not."""
    sides: list[float] = []
    for split in splits_in(data):
        slices = load_split(out, split)
        sides += [_side(slices.mask(index), slices.zoom(index)) for index in slices.indices[slices.has_organ]]
    usual = Settings().crop
    outside = sum(side > usual for side in sides)
    if not outside:
        return ""
    enough = 32 * int(np.ceil(max(sides) / 32))
    return (
        f"On {outside} of {len(sides)} slices a part of the organ lies outside the central {usual} x {usual} pixels, "
        f"which is all that a network sees by default: train with 'fit --crop {enough}'."
    )


def _side(mask: np.ndarray, zoom: tuple[float, float]) -> float:
    """Return the side of the smallest square about a slice's middle that holds its mask, in the network's pixels."""
    sides = []
    for axis, length in enumerate(mask.shape):
        places = np.flatnonzero(mask.any(1 - axis))
        sides.append(zoom[axis] * max(length - 2 * int(places[0]), 2 * int(places[-1]) + 2 - length))
    return float(max(sides))


def look_at_places(out: Path, data: DataSet) -> None:
    """Warn of masks that lie beside their organs, and draw some."""
    found: list[Misplaced] = []
    (out / PICTURE).unlink(missing_ok=True)
    for split in splits_in(data):
        slices = load_split(out, split)
        of_split = misplaced(slices)
        if of_split and not found:
            draw(slices, of_split, out / PICTURE)
        found += of_split
    for warning in warnings(found, sum(counts.subjects for _, counts in data.splits)):
        print(f"Warning: {warning}")


def _slices(
    source: Source, split_of: dict[str, str], selection: Selection, target: str, watch: Watch
) -> Iterator[tuple[Row, np.ndarray, np.ndarray, tuple[float, float, float]]]:
    """Yield each slice that is taken: its row, HU and mask [h, w], and the spacing in mm; 0 where not known."""
    earlier: Counter[str] = Counter()
    for item, traced in zip(source.items, source.cases(), strict=True):
        mask = traced.case.mask(target)
        watch.read(source, item, traced, mask)
        start = APART * earlier[item.subject] + 1
        earlier[item.subject] += 1
        for place in selection.of(item.subject, np.any(mask, axis=(1, 2))):
            number = item.number if item.number is not None else start + place
            row = Row(item.subject, number, split_of[item.subject], item.image, item.mask)
            yield row, traced.case.hu[place], mask[place], traced.case.spacing or (0.0, 0.0, 0.0)


class Stack:
    """Slices on their way to a NumPy file whose number of slices shows at the end.

    Attributes
    ----------
    frame : rows and columns that smaller slices are put in the middle of; None: all slices must have one size.
    """

    def __init__(self, path: Path, around: int) -> None:
        self._path = path
        self._around = around
        self._dtype = np.dtype(np.uint8)
        self._count = 0
        self.frame: tuple[int, int] | None = None
        self._shape: tuple[int, int] | None = None

    def __enter__(self) -> "Stack":
        self._file: IO[bytes] = self._path.open("wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._shape:
            self._file.seek(0)
            self._header()
        self._file.close()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of all that came."""
        height, width = self._shape or (0, 0)
        return self._count, height, width

    def add(self, pixels: np.ndarray, name: str) -> None:
        """Write a slice.

        Raises
        ------
        UserError
            that names the file, if it has another size.
        """
        if self._shape is None:
            self._shape, self._dtype = self.frame or (pixels.shape[0], pixels.shape[1]), pixels.dtype
            self._header()
        height, width = pixels.shape
        if self.frame is None and pixels.shape != self._shape:
            raise UserError(
                f"{name} is {width} x {height} pixels, but the slices before it are "
                f"{self._shape[1]} x {self._shape[0]}: all slices of a data set must have one size."
            )
        down, across = self._shape[0] - height, self._shape[1] - width
        if down or across:
            margins = ((down // 2, down - down // 2), (across // 2, across - across // 2))
            pixels = np.pad(pixels, margins, constant_values=self._around)
        self._file.write(np.ascontiguousarray(pixels, self._dtype).tobytes())
        self._count += 1

    def _header(self) -> None:
        """Write the header; NumPy leaves room in it for a larger number of slices."""
        header = {"descr": np.lib.format.dtype_to_descr(self._dtype), "fortran_order": False, "shape": self.shape}
        np.lib.format.write_array_header_1_0(self._file, header)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
