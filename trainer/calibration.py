"""After training: a scale and an offset for the logit, which bring the probabilities nearer to what they say.

Dice rewards a network for being sure, right or wrong: of the pixels to which it gives 0.8, far fewer than 80%
may lie inside the mask. Two numbers, fitted on the validation split, put that right as far as two numbers can. They
keep the order of the pixels, so that every mask of before is still there, at another threshold.

References
----------
Platt J. Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers 1999:61-74.
Guo C et al. On calibration of modern neural networks. ICML 2017, arXiv:1706.04599.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import keras
import numpy as np
from scipy.optimize import minimize

from space.metrics import Counts, mean_defined, score, score_text
from trainer.run import Calibration

LARGEST = 20.0  # logits beyond differ from 0 and 1 by less than float32 can say
BINS = 8000  # narrow, so that the Dice at a threshold that moves is right to the last digit shown
WORSE = 0.005  # a Dice that falls by more is worse; another seed changes it by as much


class Histogram(NamedTuple):
    """What a network gave to the pixels of one subject."""

    pixels: np.ndarray
    """int [BINS], how many pixels got each logit."""
    inside: np.ndarray
    """int [BINS], how many of them lie inside the mask."""


class Calibrated(NamedTuple):
    """What was decided, and in words why."""

    calibration: Calibration
    words: str


def calibrate(
    model: keras.Model,
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    subjects: Sequence[str],
    threshold: float,
) -> Calibrated:
    """Fit the scale and the offset of a network on slices that it did not learn from, and judge them.

    Parameters
    ----------
    batches : (slice, mask), float32 and bool [n, h, w, 1].
    subjects : whose slice each is, in the order of the batches.
    threshold : the probability at which the Dice must not fall.
    """
    return judge(list(histograms(model, batches, subjects).values()), threshold)


def histograms(
    model: keras.Model, batches: Iterable[tuple[np.ndarray, np.ndarray]], subjects: Sequence[str]
) -> dict[str, Histogram]:
    """Return for each subject how its pixels' logits are spread."""
    logit = keras.Model(model.input, model.get_layer("logit").output)
    found = {subject: Histogram(*np.zeros((2, BINS), np.int64)) for subject in dict.fromkeys(subjects)}
    whose = iter(subjects)
    for images, masks in batches:
        for value, mask in zip(np.asarray(logit(images, training=False)), masks, strict=True):
            # just below, for a value at the last edge would be counted one bin too far up
            bins = ((np.clip(value, -LARGEST, LARGEST) + LARGEST) * (BINS / (2 * LARGEST) * (1 - 1e-9))).astype(int)
            counts = found[next(whose)]
            counts.pixels[:] += np.bincount(bins.ravel(), minlength=BINS)
            counts.inside[:] += np.bincount(bins[mask], minlength=BINS)
    return found


def judge(subjects: Sequence[Histogram], threshold: float) -> Calibrated:
    """Return the scale and the offset for all subjects, if they hold for subjects that they were not fitted on.

    Each subject in turn is left out of the fit, and its cross-entropy is taken with the numbers of the others. The
    numbers are refused where that does not fall, or where the mean volume Dice at the threshold falls.
    """
    unchanged = Calibration()
    found = _fitted(subjects)
    if found == unchanged:
        return Calibrated(unchanged, "Not calibrated: validation shows no order in the network's answers.")
    before, after = (mean_volume_dice(subjects, calibration, threshold) for calibration in (unchanged, found))
    dice = f"Mean volume Dice on validation at {threshold:g}: {score_text(before)} before, {score_text(after)} after."
    if after < before - WORSE:
        return Calibrated(unchanged, f"Not calibrated: it would make the masks worse. {dice}")
    words = f"Calibrated on validation: {found.scale:.3f} x logit {found.offset:+.3f}. {dice}"
    if len(subjects) < 2:
        return Calibrated(found, f"{words} There is no second subject to try it on.")
    plain = sum(cross_entropy(subject, unchanged) for subject in subjects)
    others = [[*subjects[:number], *subjects[number + 1 :]] for number in range(len(subjects))]
    held_out = sum(cross_entropy(own, _fitted(rest)) for own, rest in zip(subjects, others, strict=True))
    pixels = sum(int(subject.pixels.sum()) for subject in subjects)
    entropy = (
        f"Cross-entropy on subjects left out of the fit: {plain / pixels:.5f} before, {held_out / pixels:.5f} after."
    )
    if held_out >= plain:
        return Calibrated(unchanged, f"Not calibrated: it does not hold for subjects it was not fitted on. {entropy}")
    return Calibrated(found, f"{words} {entropy}")


def mean_volume_dice(subjects: Sequence[Histogram], calibration: Calibration, threshold: float) -> float:
    """Return the Dice that masks at a threshold of the calibrated probability reach, the mean over subjects."""
    marked = _scaled(calibration) >= (math.log(threshold / (1 - threshold)) if 0 < threshold < 1 else math.inf)
    counts = [(int(own.inside[marked].sum()), int(own.pixels[marked].sum()), int(own.inside.sum())) for own in subjects]
    return mean_defined([score(Counts(tp, both - tp, traced - tp)).dice for tp, both, traced in counts])


def cross_entropy(subject: Histogram, calibration: Calibration) -> float:
    """Return the negative logarithm of the probability given to the truth, the sum over a subject's pixels."""
    scaled = _scaled(calibration)
    outside = subject.pixels - subject.inside
    return float(subject.inside @ np.logaddexp(0, -scaled) + outside @ np.logaddexp(0, scaled))


def _fitted(subjects: Sequence[Histogram]) -> Calibration:
    pixels, inside = (np.sum(counts, 0) for counts in zip(*subjects, strict=True))
    return fit_calibration(_centres(), pixels, inside)


def _scaled(calibration: Calibration) -> np.ndarray:
    return calibration.scale * _centres() + calibration.offset


def _centres() -> np.ndarray:
    edges = np.linspace(-LARGEST, LARGEST, BINS + 1)
    return np.asarray((edges[1:] + edges[:-1]) / 2)


def fit_calibration(logit: np.ndarray, pixels: np.ndarray, inside: np.ndarray) -> Calibration:
    """Return the scale and the offset with the smallest cross-entropy.

    Parameters
    ----------
    logit : float [n], values that the network gave.
    pixels, inside : int [n], how many pixels got each, and how many of them lie inside the mask.

    Returns
    -------
    (1, 0), which changes nothing, where no order could be found: without pixels inside or outside, or for a
    network whose higher values are the worse ones.
    """
    within, without = int(inside.sum()), int((pixels - inside).sum())
    if not within or not without:
        return Calibration()
    # Platt's targets instead of 1 and 0: a network without a mistake would want an infinite scale
    truth = inside * (within + 1) / (within + 2) + (pixels - inside) / (without + 2)

    def loss_and_slope(numbers: np.ndarray) -> tuple[float, np.ndarray]:
        scaled = numbers[0] * logit + numbers[1]
        loss = truth @ np.logaddexp(0, -scaled) + (pixels - truth) @ np.logaddexp(0, scaled)
        slope = pixels / (1 + np.exp(-scaled)) - truth
        return loss / within, np.array([slope @ logit, slope.sum()]) / within

    scale, offset = minimize(loss_and_slope, (1.0, 0.0), jac=True, method="BFGS").x
    return Calibration(scale=float(scale), offset=float(offset)) if scale > 0 else Calibration()


def fold(model: keras.Model, calibration: Calibration) -> None:
    """Write the two numbers into the weights of the layer `logit`: the network needs nothing more to be calibrated."""
    layer = model.get_layer("logit")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel * calibration.scale, bias * calibration.scale + calibration.offset])
