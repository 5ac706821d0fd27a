"""Prepared slices -> batches, with augmentation. NumPy alone: they feed every backend.

Augmentation (trainer/augmentation.py) runs in threads beside the training step. Its random numbers follow from the
seed, the epoch, the step and the place in the batch alone, so that a resumed run sees what the uninterrupted one would
have seen, and several machines can share a batch out.
"""

from collections.abc import Iterator
from functools import cache, lru_cache, partial
from typing import NamedTuple

import cv2
import numpy as np

from space.errors import UserError
from space.model.settings import Settings
from space.preprocessing import Box, Window, centre_box, hu_to_grey, network_input, refinement
from trainer.ahead import ahead, usable_cores
from trainer.augmentation import augment
from trainer.dataset import WHOLE_SLICE, Slices, coarsest_mm
from trainer.neighbours import masks_asked_for, neighbours
from trainer.phantom.drawing import make_phantom, traced
from trainer.stopping import stop_if_asked

PHANTOM_SEED = 1_000_000  # far from the seeds of bundled samples and of `prepare phantom`
PHANTOM_SLICES = 24
PHANTOM_GAP = 5  # mm between phantoms' slices, about
USUAL_GAP = 1  # mm, where a source does not say it: that of most scans of the abdomen


class Share(NamedTuple):
    """Which part of each batch: the first of two halves is (0, 2)."""

    number: int
    of: int


WHOLE = Share(0, 1)


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
    draw = partial(make_phantom, slices=PHANTOM_SLICES, size=size)
    phantoms = list(ahead(draw, range(PHANTOM_SEED, PHANTOM_SEED + count), usable_cores()))
    images = [hu_to_grey(phantom.hu[:, *middle.region], window) for phantom in phantoms]
    masks = [traced(phantom, target)[:, *middle.region].astype(np.uint8) for phantom in phantoms]
    empty = np.zeros((0, *shape), np.uint8)
    return np.concatenate([empty, *images]), np.concatenate([empty, *masks])


class TrainingSlices:
    """Batches for `fit`; real slices and phantoms in one shuffled order."""

    def __init__(self, slices: Slices, settings: Settings) -> None:
        cv2.setNumThreads(1)  # batches are computed in threads: OpenCV's own would wait for one another
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
        side, masks = settings.train_crop, masks_asked_for(settings)
        self.shapes = (settings.batch, side, side, 1), (settings.batch, side, side, masks)
        self.order = lru_cache(2)(self._order)  # shuffling a million slices at every step would hold it up

    def _find_masks(self) -> np.ndarray:
        """Return whose masks training asks for with each slice, as `order` counts them, its own first: int [n, masks].

        Rows of slices that are not trained on are 0.
        """
        drawn = np.arange(len(self._phantoms[0]))
        own = np.concatenate([self._slices.indices, len(self._slices.voxels) + drawn])
        subjects = np.concatenate([self._slices.subjects, [f"phantom {number // PHANTOM_SLICES}" for number in drawn]])
        gaps = self._slices.spacing[self._slices.indices, 0]
        heights = self._slices.numbers * np.where(gaps > 0, gaps, USUAL_GAP)
        beside = own[neighbours(subjects, np.concatenate([heights, drawn * PHANTOM_GAP]), self._settings.neighbours)]
        masks = np.zeros((len(self._slices.voxels) + len(drawn), masks_asked_for(self._settings)), np.int64)
        masks[own] = np.column_stack([own, beside])[:, : masks.shape[1]]
        return masks

    def _order(self, epoch: int) -> np.ndarray:
        """Return the slices of an epoch, int [steps, batch]; values from len(voxels) on are phantoms."""
        rng = np.random.default_rng((self._settings.seed, epoch))
        indices, has_organ = self._slices.indices, self._slices.has_organ
        negatives = rng.choice(indices[~has_organ], self._negatives, replace=False)
        phantoms = len(self._slices.voxels) + np.arange(len(self._phantoms[0]))
        order = rng.permutation(np.concatenate([indices[has_organ], negatives, phantoms]))
        return order[: self.steps_an_epoch * self._settings.batch].reshape(-1, self._settings.batch)

    def batches(self, first_epoch: int, threads: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the batches of `first_epoch` and all later epochs, as `batch` returns them, computed ahead."""
        first, end = (epoch * self.steps_an_epoch for epoch in (first_epoch, self._settings.epochs))
        return ahead(self.batch, range(first, end), threads)

    def batch(self, step: int, share: Share = WHOLE) -> tuple[np.ndarray, np.ndarray]:
        """Return the batch of a step, counted over all epochs, or a share of it.

        Returns
        -------
        slices, float32 [batch, side, side, 1] in 0..1, and masks, uint8 [batch, side, side, masks] of 0 and 1. The
        first mask is the own, then come those of the neighbours if the settings ask for them. The training step makes
        masks float32 where it computes: a quarter is moved.
        """
        epoch, number = divmod(step, self.steps_an_epoch)
        edges = [self._settings.batch * edge // share.of for edge in (share.number, share.number + 1)]
        places = range(*edges)
        pairs = [self._slice(epoch, number, place) for place in places]
        images, masks = zip(*pairs, strict=True)
        return np.stack(images)[..., None], np.stack(masks)

    def _slice(self, epoch: int, number: int, place: int) -> tuple[np.ndarray, np.ndarray]:
        index = int(self.order(epoch)[number, place])
        masks = [self._mask(at) for at in self._masks_of[index].tolist()]
        rng = np.random.default_rng((self._settings.seed, epoch, number, place))
        return augment(self._grey(index), masks, rng, self._settings, self._zoom(index))

    def _grey(self, index: int) -> np.ndarray:
        phantom = index - len(self._slices.voxels)
        return self._phantoms[0][phantom] if phantom >= 0 else self._slices.grey(index)

    def _mask(self, index: int) -> np.ndarray:
        phantom = index - len(self._slices.masks)
        return np.asarray(self._phantoms[1][phantom] if phantom >= 0 else self._slices.masks[index])

    def _zoom(self, index: int) -> tuple[float, float]:
        """Return how far a slice is refined; phantoms are as fine as the augmentation's scales make them."""
        if index >= len(self._slices.voxels):
            return 1.0, 1.0
        return _refinement(self._slices.pixel_mm(index), self._slices.refined_mm)


@cache
def _refinement(pixel_mm: tuple[float, float], refined_mm: float) -> tuple[float, float]:
    return refinement(pixel_mm, coarsest_mm(refined_mm), refined_mm)


def centre_batches(slices: Slices, size: int, divisor: int, batch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (slice, mask) of the central field, float32 and bool [n, size', size', 1], in order.

    Coarse pixels are refined, and both are padded with black to a multiple of `divisor`, as in the model file. Slices
    that are refined otherwise begin another batch.
    """
    start = 0
    while start < len(slices.indices):
        stop_if_asked()
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
