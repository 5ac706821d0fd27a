"""A prepared data set: what `prepare` wrote, to be opened split by split. The arrays stay memory-mapped."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from space.errors import UserError
from space.model.contract import SPLITS, Data
from space.model.schema import read_record
from space.preprocessing import Window, grey_to_hu

WHOLE_SLICE = 512  # the usual matrix of CT


class DataSet(Data):
    """The file `dataset.json` of a prepared data set."""

    format: Literal[1]
    target: str
    window_hu: tuple[float, float]
    shape: tuple[int, int, int]


@dataclass(frozen=True)
class Slices:
    """The slices of one split.

    Attributes
    ----------
    images, masks : uint8 [all slices of the data set, h, w], memory-mapped.
    indices : int [n], which of them belong to the split.
    subjects : str [n], whose slice each is.
    numbers : int [n], each slice's number within its subject.
    has_organ : bool [n]
    window : the HU that the grey levels of the images stand for.
    target : the organ that the masks outline.
    """

    images: np.ndarray
    masks: np.ndarray
    indices: np.ndarray
    subjects: np.ndarray
    numbers: np.ndarray
    has_organ: np.ndarray
    window: Window
    target: str

    def hu(self, index: int) -> np.ndarray:
        """Return an image as the model file takes it, int16 or float32 [h, w] in HU."""
        return grey_to_hu(np.asarray(self.images[index]), self.window)

    def mask(self, index: int) -> np.ndarray:
        """Return its mask, bool [h, w]."""
        return np.asarray(self.masks[index]) > 0


def load_summary(data: Path) -> DataSet:
    """Return `dataset.json`, or say that `data` is not a prepared data set."""
    try:
        return read_record(DataSet, data / "dataset.json", "its dataset.json")
    except UserError as error:
        raise UserError(
            f"{data} is not a prepared data set ({error}): run 'python -m trainer prepare SOURCE {data}' first."
        ) from None


def load_split(data: Path, split: str) -> Slices:
    """Open the slices of one split of a prepared data set."""
    summary = load_summary(data)
    with (data / "slices.csv").open(newline="", encoding="utf-8") as file:
        rows = [(i, row) for i, row in enumerate(csv.DictReader(file)) if row["split"] == split]
    if not rows:
        raise UserError(f"{data} has no slices in the split '{split}': it has {', '.join(SPLITS)}.")
    return Slices(
        images=np.load(data / "images.npy", mmap_mode="r"),
        masks=np.load(data / "masks.npy", mmap_mode="r"),
        indices=np.array([i for i, _ in rows]),
        subjects=np.array([row["subject"] for _, row in rows]),
        numbers=np.array([int(row["slice"]) for _, row in rows]),
        has_organ=np.array([int(row["mask_pixels"]) > 0 for _, row in rows]),
        window=Window(*summary.window_hu),
        target=summary.target,
    )


def every(slices: Slices, step: int) -> Slices:
    """Return every `step`-th slice."""
    return _some(slices, np.s_[::step])


def first_subjects(slices: Slices, count: int) -> Slices:
    """Return the slices of the first `count` subjects by name, of all for 0."""
    return _some(slices, np.isin(slices.subjects, np.unique(slices.subjects)[:count])) if count else slices


def _some(slices: Slices, chosen: Any) -> Slices:
    parts = {name: getattr(slices, name)[chosen] for name in ("indices", "subjects", "numbers", "has_organ")}
    return replace(slices, **parts)
