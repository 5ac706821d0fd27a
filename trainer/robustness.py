"""``python -m trainer robustness TARGET DATA``: Dice when slices are not as they were in training.

Each change goes from what training knew to well beyond it, one at a time, on validation slices: the test split is
not for curiosity.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import cv2
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from space.model.segmenter import Segmenter
from space.preprocessing import ABDOMEN, Window, hu_to_grey
from trainer.augmentation import sampling_points
from trainer.dataset import Slices, every
from trainer.evaluate import evaluate, figure

MOST_SLICES = 150  # neighbours are about 1 mm apart: every sixth slice of eight subjects says the same
Changed = tuple[np.ndarray, np.ndarray]


class Change(NamedTuple):
    """One way in which a slice can differ."""

    name: str
    unit: str
    trained: float
    """The strength that leaves a slice as it is."""
    strengths: tuple[float, ...]
    apply: Callable[[np.ndarray, np.ndarray, float], Changed]
    """Image and mask, uint8 [h, w], and a strength -> both changed."""


def with_window(image: np.ndarray, mask: np.ndarray, level: float, width: float) -> Changed:
    """Show a slice in another window; what the trained window cut off stays lost."""
    hu = image.astype(np.float32) * (ABDOMEN.width / 255) + ABDOMEN.low
    return hu_to_grey(hu, Window(level - width / 2, level + width / 2)), mask


def with_noise(image: np.ndarray, mask: np.ndarray, strength: float) -> Changed:
    """Add Gaussian noise; the same for a slice each time."""
    noise = np.random.default_rng(0).normal(0, strength, image.shape)
    return np.rint(np.clip(image + noise, 0, 255)).astype(np.uint8), mask


def blurred(image: np.ndarray, mask: np.ndarray, sigma: float) -> Changed:
    """Blur with a Gaussian."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8), mask


def coarser(image: np.ndarray, mask: np.ndarray, factor: float) -> Changed:
    """Average over larger pixels, and show them at the old size; the mask stays sharp."""
    height, width = image.shape
    small = cv2.resize(image, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8), mask


def moved(image: np.ndarray, mask: np.ndarray, *, angle: float = 0, scale: float = 1, right: float = 0) -> Changed:
    """Turn (degrees), enlarge and move (pixels) the slice and its mask about the middle."""
    shift, shape = np.array([-right, 0]), image.shape
    points = sampling_points(angle=np.radians(angle), scale=scale, shear=0, shift=shift, size=shape, shape=shape)
    x, y = (np.asarray(cv2.remap(pixels, *points, cv2.INTER_LINEAR), np.uint8) for pixels in (image, mask))
    return x, y


CHANGES = (
    Change("window level", "HU", ABDOMEN.level, (35, 85, 135, 185, 235),
           lambda x, y, level: with_window(x, y, level, ABDOMEN.width)),
    Change("window width", "HU", ABDOMEN.width, (175, 250, 350, 500, 700),
           lambda x, y, width: with_window(x, y, ABDOMEN.level, width)),
    Change("noise", "SD, grey levels", 0, (0, 5, 10, 20, 40), with_noise),
    Change("blur", "SD, pixels", 0, (0, 1, 2, 3, 4), blurred),
    Change("pixel size", "times", 1, (1, 1.5, 2, 3, 4), coarser),
    Change("rotation", "degrees", 0, (-40, -20, 0, 20, 40), lambda x, y, angle: moved(x, y, angle=angle)),
    Change("size", "times", 1, (0.6, 0.8, 1, 1.25, 1.6), lambda x, y, scale: moved(x, y, scale=scale)),
    Change("shift", "pixels", 0, (-80, -40, 0, 40, 80), lambda x, y, right: moved(x, y, right=right)),
)  # fmt: skip


def robustness(segmenter: Segmenter, slices: Slices, threshold: float) -> dict[str, Any]:
    """Measure the mean volume Dice under every change.

    Returns
    -------
    `slices` and `subjects` counted on, and `changes`: for each its name, unit, the trained strength, the strengths
    and the Dice at each (None where undefined).
    """
    some = every(slices, -(-len(slices.indices) // MOST_SLICES))
    images = [np.asarray(some.images[i]) for i in some.indices]
    masks = [np.asarray(some.masks[i]) for i in some.indices]

    def dice(pairs: list[Changed]) -> float | None:
        x, y = (np.stack(pixels) for pixels in zip(*pairs, strict=True))
        result = evaluate(segmenter, replace(some, images=x, masks=y, indices=np.arange(len(x))), threshold)
        value: float | None = result["mean_volume_dice"]
        return value

    unchanged = dice(list(zip(images, masks, strict=True)))
    changes = []
    for change in CHANGES:
        values = [
            unchanged
            if strength == change.trained
            else dice([change.apply(x, y, strength) for x, y in zip(images, masks, strict=True)])
            for strength in change.strengths
        ]
        changes.append(
            {
                "name": change.name,
                "unit": change.unit,
                "trained": change.trained,
                "strengths": list(change.strengths),
                "dice": values,
            }
        )
    return {"subjects": len(set(some.subjects)), "slices": len(images), "changes": changes}


def mean_changed(found: Mapping[str, Any]) -> float | None:
    """Return the mean Dice over all changes, without the slices as they were; None if it is nowhere defined."""
    changed = [
        dice
        for change in found["changes"]
        for strength, dice in zip(change["strengths"], change["dice"], strict=True)
        if strength != change["trained"] and dice is not None
    ]
    return sum(changed) / len(changed) if changed else None


def print_robustness(name: str, found: dict[str, Any]) -> None:
    """Show a table: a row a change, in each cell a strength above its Dice, the trained one marked."""
    table = Table(
        title=f"{name}: mean volume Dice on {found['slices']} slices of {found['subjects']} subjects",
        title_justify="left",
        show_header=False,
        box=box.SIMPLE,
    )
    table.add_column(no_wrap=True)
    for change in found["changes"]:
        pairs = zip(change["strengths"], change["dice"], strict=True)
        cells = (f"{at:g}{'*' * (at == change['trained'])}\n{figure(dice)}" for at, dice in pairs)
        table.add_row(change["name"], *cells, change["unit"])
    Console().print(table)
    print(f"* as in training. Mean over all changes: {figure(mean_changed(found))}")
