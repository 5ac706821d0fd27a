"""A prepared data set: what `prepare` wrote, to be opened split by split. The arrays stay memory-mapped.

`hu.npy` (int16 [n, h, w] in HU, of MR grey values; float32 where a picture's window is so narrow that whole numbers
could not tell its grey levels apart), `masks.npy` (uint8 [n, h, w]), `spacing.npy` (float32 [n, 3], mm between slices,
rows and columns; 0 where not known), `slices.csv` (a row per slice), `dataset.json` (window, counts, source, hashes).
"""

import csv
import hashlib
import io
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from space.errors import UserError
from space.modality import Modality
from space.model.contract import SPLITS, Data
from space.model.schema import read_record
from space.preprocessing import Window, hu_to_grey, refinement

WHOLE_SLICE = 512  # the usual matrix of CT
REFINED_MM = 0.8  # pixels of the collection that we train on: 0.66 to 0.98 mm
GREY_LEVELS = "images.npy"  # what an earlier version kept of slices
SLACK = 1.0625  # pixels up to 0.85 mm stay as they are


class DataSet(Data):
    """The file `dataset.json` of a prepared data set."""

    format: Literal[2]
    target: str
    modality: Modality = "CT"
    window_hu: tuple[float, float]
    shape: tuple[int, int, int]
    refined_mm: float
    """Coarser pixels are refined to this size, in training and in the model file."""


def coarsest_mm(refined_mm: float) -> float:
    """Return the size up to which pixels stay as they are."""
    return round(refined_mm * SLACK, 6)


@dataclass(frozen=True)
class Slices:
    """The slices of one split.

    Attributes
    ----------
    voxels : int16 or float32 [all slices of the data set, h, w] in HU, memory-mapped.
    masks : uint8 [all slices of the data set, h, w], memory-mapped.
    spacing : float32 [all slices of the data set, 3], mm between slices, rows and columns; 0 where not known.
    indices : int [n], which of them belong to the split.
    subjects : str [n], whose slice each is.
    numbers : int [n], each slice's number within its subject.
    has_organ : bool [n]
    window : the HU that the network sees, from black to white.
    target : the organ that the masks outline.
    modality : what the slices were taken with.
    refined_mm : the size that coarser pixels are refined to before the network sees them.
    """

    voxels: np.ndarray
    masks: np.ndarray
    spacing: np.ndarray
    indices: np.ndarray
    subjects: np.ndarray
    numbers: np.ndarray
    has_organ: np.ndarray
    window: Window
    target: str
    modality: Modality = "CT"
    refined_mm: float = REFINED_MM

    def hu(self, index: int) -> np.ndarray:
        """Return a slice as the model file takes it, int16 or float32 [h, w] in HU."""
        return np.asarray(self.voxels[index])

    def grey(self, index: int) -> np.ndarray:
        """Return its grey levels in the window, uint8 [h, w], exactly as `hu_to_grey` gives them."""
        hu = self.hu(index)
        if hu.dtype != np.int16:
            return hu_to_grey(hu, self.window)
        return np.asarray(cv2.LUT(np.asarray(hu).view(np.uint16), self._levels))

    def mask(self, index: int) -> np.ndarray:
        """Return its mask, bool [h, w]."""
        return np.asarray(self.masks[index]) > 0

    def pixel_mm(self, index: int) -> tuple[float, float]:
        """Return the height and width of its pixels; 0 where not known, as the model file takes it."""
        _, height, width = self.spacing[index].tolist()
        return height, width

    def zoom(self, index: int) -> tuple[float, float]:
        """Return how many times as many rows and columns the network sees; 1 where pixels stay as they are."""
        return refinement(self.pixel_mm(index), coarsest_mm(self.refined_mm), self.refined_mm)

    @cached_property
    def _levels(self) -> np.ndarray:
        """The grey level of every int16, by its bits: a look into a table takes a tenth of the time of windowing."""
        return hu_to_grey(np.arange(1 << 16, dtype=np.uint16).view(np.int16), self.window)


def load_summary(data: Path) -> DataSet:
    """Return `dataset.json`, or say that `data` is not a prepared data set."""
    try:
        return read_record(DataSet, data / "dataset.json", "its dataset.json")
    except UserError as error:
        raise UserError(
            f"{data} is not a prepared data set of this version ({error}): run "
            f"'python -m trainer prepare SOURCE {data}' first."
        ) from None


def same_data(one: Data, other: Data) -> bool:
    """Tell whether two runs learned from the same slices and masks, as far as their records say.

    An earlier version kept grey levels instead of HU: then masks, and the table of slices and splits, must be the same.
    """
    both = one.sha256.keys() & other.sha256.keys()
    return bool(both) and all(one.sha256[name] == other.sha256[name] for name in both)


def same_slices(data: Path, trained_on: Data) -> bool:
    """Tell whether a prepared data set holds the slices, masks and splits that a network was trained on.

    An earlier version kept grey levels instead of HU: they are made again, and must be the same to the last bit.
    """
    wanted, ours = trained_on.sha256, dict(load_summary(data).sha256)
    if GREY_LEVELS in wanted:
        ours[GREY_LEVELS] = _sha256_of_grey_levels(data)
    return bool(wanted) and all(ours.get(name) == sha256 for name, sha256 in wanted.items())


def _sha256_of_grey_levels(data: Path) -> str:
    """Return the hash of the array uint8 [n, h, w], as a file of NumPy."""
    slices = load_split(data, splits_in(load_summary(data))[0])  # its arrays hold all slices
    header = io.BytesIO()
    about = {"descr": "|u1", "fortran_order": False, "shape": slices.voxels.shape}
    np.lib.format.write_array_header_1_0(header, about)
    found = hashlib.sha256(header.getvalue())
    for index in range(len(slices.voxels)):
        found.update(slices.grey(index).tobytes())
    return found.hexdigest()


def load_split(data: Path, split: str) -> Slices:
    """Open the slices of one split of a prepared data set."""
    summary = load_summary(data)
    with (data / "slices.csv").open(newline="", encoding="utf-8") as file:
        rows = [(i, row) for i, row in enumerate(csv.DictReader(file)) if row["split"] == split]
    if not rows:
        raise UserError(f"{data} has no slices in the split '{split}': it has {', '.join(splits_in(summary))}.")
    return Slices(
        voxels=np.load(data / "hu.npy", mmap_mode="r"),
        masks=np.load(data / "masks.npy", mmap_mode="r"),
        spacing=np.load(data / "spacing.npy"),
        indices=np.array([i for i, _ in rows]),
        subjects=np.array([row["subject"] for _, row in rows]),
        numbers=np.array([int(row["slice"]) for _, row in rows]),
        has_organ=np.array([int(row["mask_pixels"]) > 0 for _, row in rows]),
        window=Window(*summary.window_hu),
        target=summary.target,
        modality=summary.modality,
        refined_mm=summary.refined_mm,
    )


def splits_in(summary: DataSet) -> list[str]:
    """Return the splits that have slices."""
    return [split for split in SPLITS if getattr(summary.splits, split).subjects]


def every(slices: Slices, step: int) -> Slices:
    """Return every `step`-th slice."""
    return _some(slices, np.s_[::step])


def first_subjects(slices: Slices, count: int) -> Slices:
    """Return the slices of the first `count` subjects by name, of all for 0."""
    return _some(slices, np.isin(slices.subjects, np.unique(slices.subjects)[:count])) if count else slices


def _some(slices: Slices, chosen: Any) -> Slices:
    parts = {name: getattr(slices, name)[chosen] for name in ("indices", "subjects", "numbers", "has_organ")}
    return replace(slices, **parts)
