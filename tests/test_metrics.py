"""Scores against scikit-learn's, and the table of all thresholds against one count each."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics
from sklearn.calibration import calibration_curve

from space.metrics import (
    Counts,
    brier_score,
    count,
    mean_defined,
    reliability,
    score,
    score_text,
    total,
)
from tests.reference import count_table


def random_masks(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(2, 40, 2))
    return rng.random(shape) < rng.uniform(0.05, 0.95), rng.random(shape) < rng.uniform(0.05, 0.95)


def test_counts_of_a_drawn_case_are_those_counted_by_hand() -> None:
    prediction = np.array([[1, 1, 0], [0, 1, 0]], bool)
    reference = np.array([[1, 0, 0], [0, 1, 1]], bool)
    counts = count(prediction, reference)
    assert counts == Counts(tp=2, fp=1, fn=1)
    assert (counts.predicted, counts.reference) == (3, 3)
    assert score(counts) == pytest.approx((4 / 6, 2 / 4, 2 / 3, 2 / 3))


@pytest.mark.parametrize("seed", range(30))
def test_scores_are_those_of_scikit_learn(seed: int) -> None:
    prediction, reference = random_masks(seed)
    ours, truth, answer = score(count(prediction, reference)), reference.ravel(), prediction.ravel()
    assert ours.dice == pytest.approx(sklearn_metrics.f1_score(truth, answer, zero_division=np.nan))
    assert ours.iou == pytest.approx(sklearn_metrics.jaccard_score(truth, answer))
    assert ours.precision == pytest.approx(sklearn_metrics.precision_score(truth, answer))
    assert ours.recall == pytest.approx(sklearn_metrics.recall_score(truth, answer))


@pytest.mark.parametrize(
    ("counts", "undefined"),
    [
        (Counts(0, 0, 0), {"dice", "iou", "precision", "recall"}),
        (Counts(0, 5, 0), {"recall"}),
        (Counts(0, 0, 5), {"precision"}),
        (Counts(1, 0, 0), set()),
    ],
)
def test_a_score_without_a_denominator_is_undefined(counts: Counts, undefined: set[str]) -> None:
    found = score(counts)._asdict()
    assert {name for name, value in found.items() if math.isnan(value)} == undefined
    expected = float(counts.tp > 0)
    assert all(value == expected for value in found.values() if not math.isnan(value))


def test_masks_of_two_shapes_are_not_counted() -> None:
    with pytest.raises(ValueError, match=r"shapes differ: \(4, 4\) and \(4, 1\)"):
        count(np.ones((4, 4), bool), np.ones((4, 1), bool))


def test_the_total_of_slices_is_the_count_of_the_volume() -> None:
    rng = np.random.default_rng(0)
    prediction, reference = rng.random((2, 5, 8, 9)) < 0.4
    slices = [count(p, r) for p, r in zip(prediction, reference, strict=True)]
    assert total(slices) == count(prediction, reference)
    assert isinstance(total(slices), Counts)


def test_the_total_of_nothing_is_nothing() -> None:
    assert total([]) == Counts(0, 0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_each_row_of_the_table_is_the_count_at_that_threshold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probability = rng.integers(0, 256, (23, 31), np.uint8)
    reference = rng.random((23, 31)) < rng.uniform(0, 1)
    table = count_table(probability, reference)
    assert table.shape == (256, 3)
    for threshold, row in enumerate(table.tolist()):
        assert Counts(*row) == count(probability >= threshold, reference)


@pytest.mark.parametrize("value", [False, True])
def test_the_table_of_an_empty_or_full_reference_has_256_rows(value: bool) -> None:
    table = count_table(np.full((3, 4), 7, np.uint8), np.full((3, 4), value))
    assert table.shape == (256, 3)
    assert table[7].tolist() == ([12, 0, 0] if value else [0, 12, 0])
    assert table[8].tolist() == ([0, 0, 12] if value else [0, 0, 0])


def test_the_mean_leaves_out_what_is_undefined() -> None:
    assert mean_defined([0.2, math.nan, 0.6]) == pytest.approx(0.4)
    assert mean_defined([0.0, 0.0]) == 0
    assert math.isnan(mean_defined([math.nan]))
    assert math.isnan(mean_defined([]))


@pytest.mark.parametrize("seed", range(5))
def test_reliability_and_brier_score_are_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probability = rng.integers(0, 256, (32, 32), np.uint8)
    truth = rng.random((32, 32)) < (probability / 255) ** 2
    table = count_table(probability, truth)
    shares, said = calibration_curve(truth.ravel(), probability.ravel() / 255, n_bins=10)
    np.testing.assert_allclose(reliability(table), np.stack([said, shares], 1))
    assert brier_score(table) == pytest.approx(
        sklearn_metrics.brier_score_loss(truth.ravel(), probability.ravel() / 255)
    )


def test_parts_without_a_pixel_are_left_out_of_the_reliability() -> None:
    probability, truth = np.array([[0, 0, 255, 255]], np.uint8), np.array([[False, False, True, False]])
    assert reliability(count_table(probability, truth)) == [(0, 0), (1, 0.5)]


def test_the_brier_score_of_no_pixels_is_undefined() -> None:
    assert np.isnan(brier_score(np.zeros((256, 3), int)))
    assert reliability(np.zeros((256, 3), int)) == []


@pytest.mark.parametrize(
    ("value", "text"), [(0.81098, "0.811"), (1, "1.000"), (0, "0.000"), (None, "n/a"), (math.nan, "n/a")]
)
def test_a_score_is_shown_with_three_decimals_or_as_undefined(value: float | None, text: str) -> None:
    assert score_text(value) == text
