"""Prepared slices -> tf.data batches, with augmentation.

The arrays stay memory-mapped. Augmentation runs on whole batches in TensorFlow's own threads, beside the
training step. Its random numbers follow from the seed, the epoch and the step alone, so that a resumed run
sees what the uninterrupted one would have seen. No flips: the abdomen is not symmetric.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from space.errors import UserError
from space.preprocessing import Box, centre_box, hu_to_grey
from trainer.phantom import make_phantom
from trainer.presets import Settings

WHOLE_SLICE = 512  # the usual matrix of CT
PHANTOM_SEED = 1_000_000  # far from the seeds of bundled samples and of `prepare phantom`
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
    with (data / "slices.csv").open(newline="") as file:
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
    phantoms = [make_phantom(PHANTOM_SEED + number, size=size) for number in range(count)]
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
        self._negatives = round(settings.negatives * (len(slices.indices) - positives))
        self.slices_an_epoch = positives + self._negatives + len(self._phantoms[0])
        if self.slices_an_epoch < settings.batch:
            raise UserError(
                f"The training split has {self.slices_an_epoch} slices, fewer than a batch of {settings.batch}: "
                "give a smaller --batch."
            )
        self.steps_an_epoch = self.slices_an_epoch // settings.batch

    def order(self, epoch: int) -> np.ndarray:
        """Return the slices of an epoch, int [steps, batch]; values from len(images) on are phantoms."""
        rng = np.random.default_rng((self._settings.seed, epoch))
        indices, has_organ = self._slices.indices, self._slices.has_organ
        negatives = rng.choice(indices[~has_organ], self._negatives, replace=False)
        phantoms = len(self._slices.images) + np.arange(len(self._phantoms[0]))
        order = rng.permutation(np.concatenate([indices[has_organ], negatives, phantoms]))
        return order[: self.steps_an_epoch * self._settings.batch].reshape(-1, self._settings.batch)

    def dataset(self, first_epoch: int) -> tf.data.Dataset:
        """Return the batches of `first_epoch` and all later epochs: (slice, mask), float32 [batch, side, side, 1]."""

        def steps() -> Iterator[tuple[np.ndarray, np.ndarray]]:
            for epoch in range(first_epoch, self._settings.epochs):
                for step, indices in enumerate(self.order(epoch)):
                    yield indices, np.array([self._settings.seed, epoch * self.steps_an_epoch + step])

        batch, side = self._settings.batch, self._settings.train_crop
        signature = (tf.TensorSpec((batch,), tf.int64), tf.TensorSpec((2,), tf.int64))
        dataset = tf.data.Dataset.from_generator(steps, output_signature=signature)
        dataset = dataset.map(partial(_fetched, self._read), num_parallel_calls=2)
        dataset = dataset.map(partial(augment, settings=self._settings), num_parallel_calls=2)
        dataset = dataset.map(
            lambda x, y: (
                tf.ensure_shape(x, (batch, side, side, 1)),
                tf.ensure_shape(y, (batch, side, side, 1)),
            )
        )
        options = tf.data.Options()  # a generator has no files to share out among several devices
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
        return dataset.prefetch(4).with_options(options)

    def _read(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        count = len(self._slices.images)
        pairs = [
            (self._slices.images[i], self._slices.masks[i])
            if i < count
            else (self._phantoms[0][i - count], self._phantoms[1][i - count])
            for i in indices
        ]
        images, masks = zip(*pairs, strict=True)
        return np.stack(images), np.stack(masks)


def _fetched(read: Any, indices: Tensor, seed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    images, masks = tf.numpy_function(read, [indices], (tf.uint8, tf.uint8))
    for pixels in (images, masks):
        pixels.set_shape((indices.shape[0], None, None))
    return images, masks, seed


def augment(images: Tensor, masks: Tensor, seed: Tensor, *, settings: Settings) -> tuple[Tensor, Tensor]:
    """Cut a window from each slice under a random affine map, and change its grey levels.

    Parameters
    ----------
    images, masks : uint8 [n, h, w]
    seed : int64 [2]; equal seeds give equal windows.

    Returns
    -------
    slices and masks, float32 [n, side, side, 1] in 0..1; the masks are 0 or 1.
    """
    count = images.shape[0]
    uniform = partial(_uniform, seed=seed, count=count)
    transform = affine(
        angle=uniform(0) * (settings.rotate * np.pi / 180),
        scale=tf.exp(uniform(1) * np.log1p(settings.scale)),
        shear=uniform(2) * settings.shear,
        shift=tf.stack([uniform(3), uniform(4)], 1) * settings.shift,
        side=settings.train_crop,
        height=tf.shape(images)[1],
        width=tf.shape(images)[2],
    )
    x = _warp(images, transform, settings.train_crop) / 255
    y = _warp(masks, transform, settings.train_crop)
    if settings.intensity:
        gamma, contrast, brightness = (uniform(k)[:, None, None, None] * settings.intensity for k in (5, 6, 7))
        x = tf.clip_by_value(x, 0, 1) ** tf.exp(gamma)
        x = (x - 0.5) * (1 + contrast) + 0.5 + brightness / 2
    if settings.noise:
        strength = tf.abs(uniform(8))[:, None, None, None] * settings.noise
        x += tf.random.stateless_normal(tf.shape(x), _seed(seed, 9)) * strength
    return tf.clip_by_value(x, 0, 1), tf.cast(y >= 0.5, tf.float32)


def affine(
    *, angle: Tensor, scale: Tensor, shear: Tensor, shift: Tensor, side: int, height: Tensor, width: Tensor
) -> Tensor:
    """Return the maps from a window's pixels to the slice's, float32 [n, 8].

    The order of the eight numbers is that of `tf.raw_ops.ImageProjectiveTransformV3`:
    x' = a0 x + a1 y + a2, y' = a3 x + a4 y + a5, and the last two are 0. The window's centre lands on the
    slice's centre plus `shift`; a `scale` above 1 shows the organ larger.
    """
    cos, sin = tf.cos(angle) / scale, tf.sin(angle) / scale
    a0, a1 = cos, shear * cos - sin
    a3, a4 = sin, shear * sin + cos
    middle = (side - 1) / 2
    x = (tf.cast(width, tf.float32) - 1) / 2 + shift[:, 0]
    y = (tf.cast(height, tf.float32) - 1) / 2 + shift[:, 1]
    zero = tf.zeros_like(angle)
    rows = [a0, a1, x - (a0 + a1) * middle, a3, a4, y - (a3 + a4) * middle, zero, zero]
    return tf.stack(rows, 1)


def _warp(pixels: Tensor, transform: Tensor, side: int) -> Tensor:
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(pixels[..., None], tf.float32),
        transforms=transform,
        output_shape=[side, side],
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )


def _uniform(purpose: int, *, seed: Tensor, count: int) -> Tensor:
    """Return `count` numbers from -1 to 1; each purpose has its own."""
    return tf.random.stateless_uniform((count,), _seed(seed, purpose), -1.0, 1.0)


def _seed(seed: Tensor, purpose: int) -> Tensor:
    return tf.stack([seed[0] * 16 + purpose, seed[1]])


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
