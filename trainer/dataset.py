"""Prepared slices -> tf.data batches, with augmentation.

The arrays stay memory-mapped. Augmentation (trainer/augmentation.py) runs in threads beside the training step.
Its random numbers follow from the seed, the epoch and the step alone, so that a resumed run sees what the
uninterrupted one would have seen.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from space.errors import UserError
from space.preprocessing import Box, centre_box, hu_to_grey
from trainer.augmentation import augment
from trainer.neighbours import masks_asked_for, neighbours
from trainer.phantom.drawing import make_phantom
from trainer.presets import Settings

WHOLE_SLICE = 512  # the usual matrix of CT
PHANTOM_SEED = 1_000_000  # far from the seeds of bundled samples and of `prepare phantom`
PHANTOM_SLICES = 24
PHANTOM_GAP = 5  # phantoms' slices are about 5 mm apart, those of most scans of the abdomen 1 mm
Tensor = Any


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
    """

    images: np.ndarray
    masks: np.ndarray
    indices: np.ndarray
    subjects: np.ndarray
    numbers: np.ndarray
    has_organ: np.ndarray


def load_summary(data: Path) -> dict[str, Any]:
    """Return `dataset.json`, or say that `data` is no prepared data set."""
    try:
        return dict(json.loads((data / "dataset.json").read_text()))
    except (OSError, ValueError):
        raise UserError(
            f"{data} is no prepared data set: run 'python -m trainer prepare SOURCE {data}' first."
        ) from None


def load_split(data: Path, split: str) -> Slices:
    """Open the slices of one split of a prepared data set."""
    load_summary(data)
    with (data / "slices.csv").open(newline="", encoding="utf-8") as file:
        rows = [(i, row) for i, row in enumerate(csv.DictReader(file)) if row["split"] == split]
    if not rows:
        raise UserError(f"{data} has no slices in the split '{split}': it has train, validation and test.")
    return Slices(
        images=np.load(data / "images.npy", mmap_mode="r"),
        masks=np.load(data / "masks.npy", mmap_mode="r"),
        indices=np.array([i for i, _ in rows]),
        subjects=np.array([row["subject"] for _, row in rows]),
        numbers=np.array([int(row["slice"]) for _, row in rows]),
        has_organ=np.array([int(row["mask_pixels"]) > 0 for _, row in rows]),
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


def draw_training_phantoms(count: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return windowed slices and masks, uint8 [n, *shape], of `count` synthetic abdomens.

    They are drawn as whole slices and cut to their middle where the data are crops.
    """
    size = max(WHOLE_SLICE, *shape)
    middle = Box((size - shape[0]) // 2, (size - shape[1]) // 2, *shape)
    if count:
        print(f"Drawing {count} phantoms ...")
    phantoms = [make_phantom(PHANTOM_SEED + number, slices=PHANTOM_SLICES, size=size) for number in range(count)]
    images = [hu_to_grey(phantom.hu[:, *middle.region]) for phantom in phantoms]
    masks = [phantom.mask[:, *middle.region].astype(np.uint8) for phantom in phantoms]
    empty = np.zeros((0, *shape), np.uint8)
    return np.concatenate([empty, *images]), np.concatenate([empty, *masks])


class TrainingSlices:
    """Batches for `fit`, an epoch at a time; real slices and phantoms in one shuffled order."""

    def __init__(self, slices: Slices, settings: Settings) -> None:
        self._slices = slices
        self._settings = settings
        self._phantoms = draw_training_phantoms(settings.phantoms, slices.images.shape[1:])
        positives = int(slices.has_organ.sum())
        self._masks_of = self._find_masks()
        self._negatives = round(settings.negatives * (len(slices.indices) - positives))
        self.slices_an_epoch = positives + self._negatives + len(self._phantoms[0])
        if self.slices_an_epoch < settings.batch:
            raise UserError(
                f"The training split has {self.slices_an_epoch} slices, fewer than a batch of {settings.batch}: "
                "give a smaller --batch."
            )
        self.steps_an_epoch = self.slices_an_epoch // settings.batch

    def _find_masks(self) -> dict[int, list[int]]:
        """Return for each slice, as `order` counts them, whose masks training asks for: its own first."""
        drawn = np.arange(len(self._phantoms[0]))
        own = np.concatenate([self._slices.indices, len(self._slices.images) + drawn])
        subjects = np.concatenate([self._slices.subjects, [f"phantom {number // PHANTOM_SLICES}" for number in drawn]])
        numbers = np.concatenate([self._slices.numbers, drawn * PHANTOM_GAP])
        beside = own[neighbours(subjects, numbers, self._settings.neighbours)]
        masks = np.column_stack([own, beside])[:, : masks_asked_for(self._settings)]
        return dict(zip(own.tolist(), masks.tolist(), strict=True))

    def order(self, epoch: int) -> np.ndarray:
        """Return the slices of an epoch, int [steps, batch]; values from len(images) on are phantoms."""
        rng = np.random.default_rng((self._settings.seed, epoch))
        indices, has_organ = self._slices.indices, self._slices.has_organ
        negatives = rng.choice(indices[~has_organ], self._negatives, replace=False)
        phantoms = len(self._slices.images) + np.arange(len(self._phantoms[0]))
        order = rng.permutation(np.concatenate([indices[has_organ], negatives, phantoms]))
        return order[: self.steps_an_epoch * self._settings.batch].reshape(-1, self._settings.batch)

    def dataset(self, first_epoch: int) -> tf.data.Dataset:
        """Return the batches of `first_epoch` and all later epochs.

        They are (slice, masks), float32 [batch, side, side, 1] and [batch, side, side, masks]; the first mask is the
        slice's own, then come those of its neighbours if the settings ask for them.
        """
        shape = (self._settings.batch, self._settings.train_crop, self._settings.train_crop)
        masks = masks_asked_for(self._settings)

        def fetched(step: Tensor) -> tuple[Tensor, Tensor]:
            x, y = tf.numpy_function(self.batch, [step], (tf.float32, tf.float32), stateful=False)
            return tf.ensure_shape(x, (*shape, 1)), tf.ensure_shape(y, (*shape, masks))

        steps = tf.data.Dataset.range(first_epoch * self.steps_an_epoch, self._settings.epochs * self.steps_an_epoch)
        options = tf.data.Options()  # numbers have no files to share out among several devices
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
        return steps.map(fetched, num_parallel_calls=tf.data.AUTOTUNE).prefetch(4).with_options(options)

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the batch of a step, counted over all epochs."""
        epoch, number = divmod(int(step), self.steps_an_epoch)
        rng = np.random.default_rng((self._settings.seed, epoch, number))
        pairs = [augment(*self._read(index), rng, self._settings) for index in self.order(epoch)[number]]
        images, masks = zip(*pairs, strict=True)
        x, y = np.stack(images)[..., None], np.stack(masks)
        return x, y.reshape(*x.shape[:3], -1)  # OpenCV drops the axis of a single mask

    def _read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        masks = [self._pixels(at)[1] for at in self._masks_of[int(index)]]
        return self._pixels(index)[0], np.stack(masks, -1)

    def _pixels(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        phantom = index - len(self._slices.images)
        images, masks = self._phantoms if phantom >= 0 else (self._slices.images, self._slices.masks)
        at = phantom if phantom >= 0 else index
        return images[at], masks[at]


def centre_batches(slices: Slices, size: int, divisor: int, batch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (slice, mask) of the central field, float32 and bool [n, size', size', 1], in order.

    Both are padded with black to a multiple of `divisor`, as the app does.
    """
    box = centre_box(slices.images.shape[1:], size)
    pad = [(0, 0), *((0, -side % divisor) for side in (box.height, box.width))]
    for start in range(0, len(slices.indices), batch):
        some = slices.indices[start : start + batch]
        images = np.stack([slices.images[i][box.region] for i in some])
        masks = np.stack([slices.masks[i][box.region] for i in some])
        yield (np.pad(images, pad) / np.float32(255))[..., None], np.pad(masks, pad).astype(bool)[..., None]
