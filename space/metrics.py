"""How well a prediction covers the reference: counts first, every score from the counts.

A score whose denominator is 0 is undefined and comes back as NaN (shown as 'n/a'), never as 0 or 1: on a
slice without pancreas and without prediction there is nothing to overlap.

References
----------
Taha AA, Hanbury A. Metrics for evaluating 3D medical image segmentation. BMC Med Imaging 2015;15:29.
"""

import math
from typing import NamedTuple

import numpy as np

LEVELS = 256


class Counts(NamedTuple):
    """Pixels by outcome; add two with `total`."""

    tp: int
    fp: int
    fn: int

    @property
    def predicted(self) -> int:
        """Pixels in the prediction."""
        return self.tp + self.fp

    @property
    def reference(self) -> int:
        """Pixels in the reference."""
        return self.tp + self.fn


class Scores(NamedTuple):
    """Overlap scores, each within 0..1 or NaN."""

    dice: float
    iou: float
    precision: float
    recall: float


def count(prediction: np.ndarray, reference: np.ndarray) -> Counts:
    """Count the pixels of a prediction against a reference.

    Parameters
    ----------
    prediction, reference : bool arrays of one shape.

    Raises
    ------
    ValueError
        if the shapes differ: broadcasting would count pixels that do not exist.
    """
    if prediction.shape != reference.shape:
        raise ValueError(f"shapes differ: {prediction.shape} and {reference.shape}")
    tp = int(np.count_nonzero(prediction & reference))
    return Counts(tp, int(prediction.sum()) - tp, int(reference.sum()) - tp)


def table_of(probability: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Count at every level, as the model file does: for a mask that came after the prediction.

    Parameters
    ----------
    probability : uint8 [h, w]
    reference : bool [h, w]

    Returns
    -------
    int32 [256, 3]; row t holds tp, fp and fn of ``probability >= t``.
    """
    inside, outside = (np.bincount(probability[part], minlength=LEVELS) for part in (reference, ~reference))
    tp, fp = (np.cumsum(pixels[::-1])[::-1] for pixels in (inside, outside))
    return np.stack([tp, fp, inside.sum() - tp], 1).astype(np.int32)


def total(counts: list[Counts]) -> Counts:
    """Add the counts of several slices, as for a whole subject."""
    return Counts(*(sum(column) for column in zip(*counts, strict=True))) if counts else Counts(0, 0, 0)


def score(counts: Counts) -> Scores:
    """Return Dice, IoU, precision and recall of one set of counts.

    Dice is 2 tp / (2 tp + fp + fn) (Dice 1945), IoU is tp / (tp + fp + fn) (Jaccard 1901).
    """
    tp, fp, fn = counts
    return Scores(
        dice=_ratio(2 * tp, 2 * tp + fp + fn),
        iou=_ratio(tp, tp + fp + fn),
        precision=_ratio(tp, tp + fp),
        recall=_ratio(tp, tp + fn),
    )


def reliability(table: np.ndarray, bins: int = 10) -> list[tuple[float, float]]:
    """Compare what the network said with what was traced (a reliability curve).

    Parameters
    ----------
    table : int [256, 3], of the model file, of one slice or added up over many.
    bins : equal parts of 0..1 that the probabilities are sorted into.

    Returns
    -------
    for every part that holds a pixel the mean probability and the share of its pixels inside the mask: equal for a
    calibrated network.

    References
    ----------
    Niculescu-Mizil A, Caruana R. Predicting good probabilities with supervised learning. ICML 2005.
    """
    probability, pixels, inside = _by_level(table)
    part = np.searchsorted(np.arange(1, bins) / bins, probability)
    curve = []
    for number in range(bins):
        here = part == number
        count = int(pixels[here].sum())
        if count:
            curve.append((float((probability * pixels)[here].sum() / count), float(inside[here].sum() / count)))
    return curve


def brier_score(table: np.ndarray) -> float:
    """Return the mean squared difference of probability and mask over all pixels (Brier 1950); NaN without pixels.

    Parameters
    ----------
    table : int [256, 3], tp, fp and fn at every level.
    """
    probability, pixels, inside = _by_level(table)
    total_pixels = int(pixels.sum())
    squares = probability**2 * (pixels - inside) + (1 - probability) ** 2 * inside
    return float(squares.sum() / total_pixels) if total_pixels else math.nan


def _by_level(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each level's probability, its pixels, and those of them inside the mask."""
    reached = np.asarray(table, np.int64)[:, :2]  # tp and fp at this level or above
    exactly = reached - np.vstack([reached[1:], np.zeros((1, 2), np.int64)])
    return np.arange(len(reached)) / (LEVELS - 1), exactly.sum(1), exactly[:, 0]


def mean_defined(values: list[float]) -> float:
    """Return the mean of the values that are defined, NaN if none is."""
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan


def score_text(value: float | None) -> str:
    """Return a score with three decimals; 'n/a' where it is undefined."""
    return "n/a" if value is None or math.isnan(value) else f"{value:.3f}"


def _ratio(numerator: int, denominator: int) -> float:
    return numerator / denominator if denominator else math.nan
