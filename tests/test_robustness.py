"""Dice on changed slices: what is measured at which strength, and that nothing else is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from space.changes import changes_from
from space.model.figures import Robustness
from space.model.segmenter import Field, Prediction
from space.preprocessing import ABDOMEN, hu_to_grey
from tests.figures import make_slices
from tests.reference import count_table
from tests.test_batches import disc
from trainer.dataset import Slices
from trainer.evaluate import evaluate
from trainer.robustness import MOST_SLICES, robustness

ORGAN = disc(128, 10, x=20)  # right of the middle
IMAGE = (60 + 120 * ORGAN).astype(np.uint8)


class Bright:
    """Stands for a network that knows the organ by its grey level."""

    def predict(self, hu: np.ndarray, reference: np.ndarray, *, pixel_mm: tuple[float, float]) -> Prediction:
        pixels = hu_to_grey(hu)
        probability = np.where(pixels > 140, 255, 0).astype(np.uint8)
        return Prediction(pixels, probability, count_table(probability, reference), Field(128, 128, 0, 0, 128, 128))


def organ_slices(count: int) -> Slices:
    """Return slices of two subjects, all with the same organ."""
    return make_slices(np.stack([IMAGE] * count), np.stack([ORGAN] * count), np.array(["a", "b"] * count)[:count])


@pytest.fixture(scope="module")
def found():
    return robustness(Bright(), organ_slices(4), 0.5)  # type: ignore[arg-type]


def curve(found: Robustness, name: str) -> dict[float, Any]:
    (change,) = [change for change in found.changes if change.name == name]
    return dict(zip(change.strengths, change.dice, strict=True))


def test_every_change_leaves_the_slice_alone_at_the_trained_strength(found):
    for change in changes_from(ABDOMEN, "CT"):
        assert curve(found, change.name)[change.trained] == 1
        if change.trained:  # at 0 some have no meaning
            x, y = change.apply(IMAGE, ORGAN, change.trained)
            assert np.abs(x.astype(int) - IMAGE).max() <= 1, change.name
            np.testing.assert_array_equal(y, ORGAN)


def test_every_strength_has_its_dice_and_the_trained_one_is_among_them(found):
    assert [change.name for change in found.changes] == [change.name for change in changes_from(ABDOMEN, "CT")]
    assert (found.subjects, found.slices) == (2, 4)
    for change in changes_from(ABDOMEN, "CT"):
        assert change.trained in change.strengths
        assert list(change.strengths) == sorted(change.strengths)


def test_a_network_that_follows_the_organ_keeps_its_dice_under_moves_and_loses_it_in_another_window(found):
    for name in ("rotation", "size", "shift"):
        known = [dice for dice in curve(found, name).values() if dice is not None]
        assert min(known) > 0.95
    assert curve(found, "shift")[80] is None  # the organ has left the slice
    assert curve(found, "window level")[235] < 0.1
    assert curve(found, "noise")[40] < curve(found, "noise")[10] <= 1


def test_a_large_split_is_thinned_evenly():
    found = robustness(Bright(), organ_slices(2 * MOST_SLICES + 1), 0.5)  # type: ignore[arg-type]
    assert found.slices == 101


def test_the_dice_is_the_evaluations():
    slices = organ_slices(4)
    slices.masks[::2] = disc(128, 12, x=22)  # subject a is traced differently
    found = robustness(Bright(), slices, 0.5)  # type: ignore[arg-type]
    expected = evaluate(Bright(), slices, 0.5).mean_volume_dice  # type: ignore[arg-type]
    assert expected is not None
    assert expected < 1
    assert curve(found, "blur")[0] == expected
