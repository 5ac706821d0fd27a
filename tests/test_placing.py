"""Masks that were saved another way round than their images are noticed; those that are right are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from space.preprocessing import ABDOMEN
from trainer.dataset import Slices
from trainer.phantom.drawing import make_phantom
from trainer.placing import draw, misplaced, warnings

COUNT, SIZE = 24, 256


@cache
def subjects() -> Slices:
    """Return the pancreas of three phantoms."""
    drawn = [make_phantom(seed, slices=COUNT, size=SIZE) for seed in (70, 71, 72)]
    masks = np.concatenate([phantom.mask("pancreas") for phantom in drawn]).astype(np.uint8)
    return Slices(
        voxels=np.concatenate([phantom.hu for phantom in drawn]),
        masks=masks,
        spacing=np.zeros((3 * COUNT, 3), np.float32),
        indices=np.arange(3 * COUNT),
        subjects=np.repeat(["a", "b", "c"], COUNT),
        numbers=np.tile(np.arange(COUNT), 3),
        has_organ=np.any(masks, axis=(1, 2)),
        window=ABDOMEN,
        target="pancreas",
    )


def spoilt(change: Callable[[np.ndarray], np.ndarray]) -> Slices:
    """Return the phantoms with the masks of b and c changed, each subject's [n, h, w]."""
    parts = subjects().masks.reshape(3, COUNT, SIZE, SIZE)
    return replace(subjects(), masks=np.concatenate([parts[0], change(parts[1]), change(parts[2])]))


FAULTS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "rows": (lambda masks: masks[:, ::-1], "turned upside down"),
    "columns": (lambda masks: masks[:, :, ::-1], "mirrored left to right"),
    "both": (lambda masks: masks[:, ::-1, ::-1], "turned by 180 degrees"),
    "axes": (lambda masks: masks.transpose(0, 2, 1), "mirrored along their diagonal"),
    "slices": (lambda masks: masks[::-1], "paired in reverse order"),
    "slices and rows": (lambda masks: masks[::-1, ::-1], "paired in reverse order and turned upside down"),
    "shift": (lambda masks: np.roll(masks, 16, 2), "moved about 16 pixels to the left"),
    "shift in z": (lambda masks: np.roll(masks, -4, 0), "moved 4 slices up"),
}


def test_masks_that_lie_on_their_organ_are_not_doubted() -> None:
    assert misplaced(subjects()) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_misplaced_masks_are_found_with_the_way_that_mends_them(fault: str) -> None:
    change, way = FAULTS[fault]
    found = misplaced(spoilt(change))
    assert [(each.subject, each.way) for each in found] == [("b", way), ("c", way)]


def test_the_picture_shows_the_mask_as_it_is_and_as_it_would_fit(tmp_path: Path) -> None:
    slices = spoilt(lambda masks: masks[:, ::-1])
    found = misplaced(slices)
    draw(slices, found, tmp_path / "masks.png")
    picture = np.asarray(Image.open(tmp_path / "masks.png"))
    assert picture.shape == (2 * SIZE, 2 * SIZE, 3)
    red, green = ((picture == colour).all(-1) for colour in ((255, 80, 80), (80, 255, 80)))
    assert red[:SIZE, :SIZE].any()
    np.testing.assert_array_equal(red[:SIZE, :SIZE][::-1], green[:SIZE, SIZE:])


def test_the_warning_counts_subjects_and_names_one() -> None:
    [said] = warnings(misplaced(spoilt(lambda masks: masks[::-1])), 3)
    assert "2 of 3 subjects" in said
    assert "paired in reverse order (such as subject b): look at masks.png" in said
