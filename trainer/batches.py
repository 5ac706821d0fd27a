"""Prepared slices -> tf.data batches, with augmentation.

Augmentation (trainer/augmentation.py) runs in threads beside the training step. Its random numbers follow from the
seed, the epoch and the step alone, so that a resumed run sees what the uninterrupted one would have seen.
"""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from space.errors import UserError
from space.model.settings import Settings
from space.preprocessing import Box, Window, centre_box, hu_to_grey, network_input
from trainer.augmentation import augment
from trainer.dataset import WHOLE_SLICE, Slices
from trainer.neighbours import masks_asked_for, neighbours
from trainer.phantom.drawing import make_phantom, traced

PHANTOM_SEED = 1_000_000  # far from the seeds of bundled samples and of `prepare phantom`
PHANTOM_SLICES = 24
PHANTOM_GAP = 5  # mm between phantoms' slices, about
USUAL_GAP = 1  # mm, where a source does not say it: that of most scans of the abdomen
Tensor = Any


def draw_training_phantoms(
    count: int, shape: tuple[int, int], window: Window, target: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return windowed slices and masks, uint8 [n, *shape], of `count` synthetic abdomens.

    They are drawn as whole slices and cut to their middle where the data are crops.
    """
    size = max(WHOLE_SLICE, *shape)
    middle = Box((size - shape[0]) // 2, (size - shape[1]) // 2, *shape)
    if count:
        print(f"Drawing {count} phantoms ...")
    phantoms = [make_phantom(PHANTOM_SEED + number, slices=PHANTOM_SLICES, size=size) for number in range(count)]
    images = [hu_to_grey(phantom.hu[:, *middle.region], window) for phantom in phantoms]
    masks = [traced(phantom, target)[:, *middle.region].astype(np.uint8) for phantom in phantoms]
    empty = np.zeros((0, *shape), np.uint8)
    return np.concatenate([empty, *images]), np.concatenate([empty, *masks])


class TrainingSlices:
    """Batches for `fit`, an epoch at a time; real slices and phantoms in one shuffled order."""

    def __init__(self, slices: Slices, settings: Settings) -> None:
        self._slices = slices
        self._settings = settings
        self._phantoms = draw_training_phantoms(
            settings.phantoms, slices.voxels.shape[1:], slices.window, slices.target
        )
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
        own = np.concatenate([self._slices.indices, len(self._slices.voxels) + drawn])
        subjects = np.concatenate([self._slices.subjects, [f"phantom {number // PHANTOM_SLICES}" for number in drawn]])
        gaps = self._slices.spacing[self._slices.indices, 0]
        heights = self._slices.numbers * np.where(gaps > 0, gaps, USUAL_GAP)
        beside = own[neighbours(subjects, np.concatenate([heights, drawn * PHANTOM_GAP]), self._settings.neighbours)]
        masks = np.column_stack([own, beside])[:, : masks_asked_for(self._settings)]
        return dict(zip(own.tolist(), masks.tolist(), strict=True))

    def order(self, epoch: int) -> np.ndarray:
        """Return the slices of an epoch, int [steps, batch]; values from len(voxels) on are phantoms."""
        rng = np.random.default_rng((self._settings.seed, epoch))
        indices, has_organ = self._slices.indices, self._slices.has_organ
        negatives = rng.choice(indices[~has_organ], self._negatives, replace=False)
        phantoms = len(self._slices.voxels) + np.arange(len(self._phantoms[0]))
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
        pairs = [
            augment(*self._read(index), rng, self._settings, self._zoom(index)) for index in self.order(epoch)[number]
        ]
        images, masks = zip(*pairs, strict=True)
        x, y = np.stack(images)[..., None], np.stack(masks)
        return x, y.reshape(*x.shape[:3], -1)  # OpenCV drops the axis of a single mask

    def _read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        masks = [self._mask(at) for at in self._masks_of[int(index)]]
        return self._grey(int(index)), cv2.merge(masks)  # a tenth of the time of numpy.stack

    def _grey(self, index: int) -> np.ndarray:
        phantom = index - len(self._slices.voxels)
        return self._phantoms[0][phantom] if phantom >= 0 else self._slices.grey(index)

    def _mask(self, index: int) -> np.ndarray:
        phantom = index - len(self._slices.masks)
        return np.asarray(self._phantoms[1][phantom] if phantom >= 0 else self._slices.masks[index])

    def _zoom(self, index: int) -> tuple[float, float]:
        """Return how far a slice is refined; phantoms are as fine as the augmentation's scales make them."""
        return self._slices.zoom(index) if index < len(self._slices.voxels) else (1.0, 1.0)


def centre_batches(slices: Slices, size: int, divisor: int, batch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (slice, mask) of the central field, float32 and bool [n, size', size', 1], in order.

    Coarse pixels are refined, and both are padded with black to a multiple of `divisor`, as in the model file. Slices
    that are refined otherwise begin another batch.
    """
    start = 0
    while start < len(slices.indices):
        some = slices.indices[start : start + batch].tolist()
        zoom = slices.zoom(some[0])
        alike = next((place for place, i in enumerate(some) if slices.zoom(i) != zoom), len(some))
        pairs = [_centre(slices, i, zoom, size, divisor) for i in some[:alike]]
        images, masks = zip(*pairs, strict=True)
        yield np.concatenate(images), np.concatenate(masks)
        start += alike


def _centre(
    slices: Slices, index: int, zoom: tuple[float, float], size: int, divisor: int
) -> tuple[np.ndarray, np.ndarray]:
    image, mask = (zoomed(pixels, zoom) for pixels in (slices.grey(index), slices.mask(index).astype(np.uint8)))
    box = centre_box((image.shape[0], image.shape[1]), size)
    return network_input(image, box, divisor), network_input(mask, box, divisor) * 255 > 0.5


def zoomed(pixels: np.ndarray, zoom: tuple[float, float]) -> np.ndarray:
    """Return a slice with more rows and columns, between which its values are interpolated, as in the model file.

    Parameters
    ----------
    pixels : uint8 [h, w]
    """
    if zoom == (1.0, 1.0):
        return pixels
    height, width = (
        max(1, int(np.rint(np.float32(side) * np.float32(times))))
        for side, times in zip(pixels.shape, zoom, strict=True)
    )
    return np.asarray(cv2.resize(pixels.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR))
