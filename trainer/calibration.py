"""After training: the logits are rescaled, which brings the probabilities nearer to what they say.

Dice rewards a network for being sure, right or wrong: of the pixels to which it gives 0.8, far fewer than 80%
may lie inside the mask. Two numbers, a scale and an offset (Platt), move and stretch all logits alike. What is left has
the shape of an S: too little is said of doubtful pixels below one half, too much above. A curve of four numbers through
the logit, its softplus and its sigmoid bends that straight; beta calibration is the curve without the sigmoid. All
numbers are fitted on the validation split, and taken only where they hold for subjects left out of the fit. They keep
the order of the pixels, so that every mask of before is still there, at another threshold.

References
----------
Platt J. Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers 1999:61-74.
Guo C et al. On calibration of modern neural networks. ICML 2017, arXiv:1706.04599.
Kull M et al. Beta calibration. AISTATS 2017 (PMLR 54:623-631).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import keras
import numpy as np
from scipy.optimize import minimize

from space.metrics import Counts, mean_defined, score, score_text
from trainer.devices import uses_xla
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


Fit = Callable[[Sequence[Histogram]], Calibration]


class Calibrated(NamedTuple):
    """What was decided, and in words why."""

    calibration: Calibration
    words: str


def calibrate(
    model: keras.Model,
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    subjects: Sequence[str],
    threshold: float,
    kind: str,
) -> Calibrated:
    """Fit the numbers of a network on slices that it did not learn from, and judge them.

    Parameters
    ----------
    batches : (slice, mask), float32 and bool [n, h, w, 1].
    subjects : whose slice each is, in the order of the batches.
    threshold : the probability at which the Dice must not fall.
    kind : the setting `calibration`; 'curve' falls back on 'platt'.
    """
    return judge(list(histograms(model, batches, subjects).values()), threshold, kind)


def histograms(
    model: keras.Model, batches: Iterable[tuple[np.ndarray, np.ndarray]], subjects: Sequence[str]
) -> dict[str, Histogram]:
    """Return for each subject how its pixels' logits are spread."""
    logit = keras.Model(model.input, model.get_layer("logit").output)
    logit.jit_compile = uses_xla("auto")  # called plainly, a GPU on JAX would compile each operation by itself
    found = {subject: Histogram(*np.zeros((2, BINS), np.int64)) for subject in dict.fromkeys(subjects)}
    whose = iter(subjects)
    for images, masks in batches:
        for value, mask in zip(logit.predict_on_batch(images), masks, strict=True):
            bins = ((np.clip(value, -LARGEST, LARGEST) + LARGEST) * (BINS / (2 * LARGEST))).astype(int)
            bins = np.minimum(bins, BINS - 1)  # a value at the last edge belongs to the bin below it
            counts = found[next(whose)]
            counts.pixels[:] += np.bincount(bins.ravel(), minlength=BINS)
            counts.inside[:] += np.bincount(bins[mask], minlength=BINS)
    return found


def judge(subjects: Sequence[Histogram], threshold: float, kind: str) -> Calibrated:
    """Return the numbers for all subjects, if they hold for subjects that they were not fitted on.

    Each subject in turn is left out of the fit, and its cross-entropy is taken with the numbers of the others; of line
    and curve the better one is taken. Both are refused where that does not fall, or where the mean volume Dice at the
    threshold falls.
    """
    unchanged = Calibration()
    if fit_line(subjects) == unchanged:
        return Calibrated(unchanged, "Not calibrated: validation shows no order in the network's answers.")
    fits = {"a line (Platt)": fit_line} | ({"a curve": fit_curve} if kind == "curve" and len(subjects) > 1 else {})
    before = mean_volume_dice(subjects, unchanged, threshold)
    after = {name: mean_volume_dice(subjects, fit(subjects), threshold) for name, fit in fits.items()}
    kept = [name for name, dice in after.items() if not dice < before - WORSE]
    pixels = sum(int(subject.pixels.sum()) for subject in subjects)
    entropy = {name: left_out(subjects, fits[name]) / pixels for name in fits} if len(subjects) > 1 else {}
    best = min(kept, key=lambda name: entropy.get(name, 0), default="a line (Platt)")
    found = fits[best](subjects)
    both = f"{score_text(before)} before, {score_text(after[best])} after"
    dice = f"Mean volume Dice on validation at {threshold:g}: {both}."
    if not kept:
        return Calibrated(unchanged, f"Not calibrated: it would make the masks worse. {dice}")
    words = f"Calibrated on validation: {in_words(found)}. {dice}"
    if not entropy:
        return Calibrated(found, f"{words} There is no second subject to try it on.")
    plain = sum(cross_entropy(subject, unchanged) for subject in subjects) / pixels
    compared = ", ".join(f"{value:.5f} with {name}" for name, value in entropy.items())
    judged = f"Cross-entropy on subjects left out of the fit: {plain:.5f} before, {compared}."
    if entropy[best] >= plain:
        return Calibrated(unchanged, f"Not calibrated: it does not hold for subjects it was not fitted on. {judged}")
    return Calibrated(found, f"{words} {judged}")


def in_words(calibration: Calibration) -> str:
    """Return the numbers as a formula."""
    line = f"{calibration.scale:.3f} x logit {calibration.offset:+.3f}"
    if not calibration.curve:
        return line
    logit, softplus, sigmoid, one = calibration.curve
    return f"x = {line}, then {logit:.3f} x {softplus:+.3f} softplus(x) {sigmoid:+.3f} sigmoid(x) {one:+.3f}"


def left_out(subjects: Sequence[Histogram], fit: Fit) -> float:
    """Return the cross-entropy of every subject with numbers fitted on all the others, the sum over their pixels."""
    others = ([*subjects[:number], *subjects[number + 1 :]] for number in range(len(subjects)))
    return sum(cross_entropy(own, fit(rest)) for own, rest in zip(subjects, others, strict=True))


def mean_volume_dice(subjects: Sequence[Histogram], calibration: Calibration, threshold: float) -> float:
    """Return the Dice that masks at a threshold of the calibrated probability reach, the mean over subjects."""
    marked = applied(calibration) >= (math.log(threshold / (1 - threshold)) if 0 < threshold < 1 else math.inf)
    counts = [(int(own.inside[marked].sum()), int(own.pixels[marked].sum()), int(own.inside.sum())) for own in subjects]
    return mean_defined([score(Counts(tp, both - tp, traced - tp)).dice for tp, both, traced in counts])


def cross_entropy(subject: Histogram, calibration: Calibration) -> float:
    """Return the negative logarithm of the probability given to the truth, the sum over a subject's pixels."""
    logit = applied(calibration)
    outside = subject.pixels - subject.inside
    return float(subject.inside @ np.logaddexp(0, -logit) + outside @ np.logaddexp(0, logit))


def applied(calibration: Calibration) -> np.ndarray:
    """Return the calibrated logit of every bin."""
    line = calibration.scale * _centres() + calibration.offset
    return bends(line) @ np.array(calibration.curve) if calibration.curve else line


def bends(logit: np.ndarray) -> np.ndarray:
    """Return what a curve is made of: logit, softplus, sigmoid and 1, float [n, 4]."""
    softplus = np.logaddexp(0, logit)
    return np.stack([logit, softplus, np.exp(logit - softplus), np.ones_like(logit)], -1)


def fit_line(subjects: Sequence[Histogram]) -> Calibration:
    """Return the scale and the offset with the smallest cross-entropy."""
    return fit_calibration(_centres(), *_all(subjects))


def fit_curve(subjects: Sequence[Histogram]) -> Calibration:
    """Return the line, and behind it the curve with the smallest cross-entropy, if that rises everywhere."""
    line = fit_line(subjects)
    if line == Calibration():
        return line
    parts = bends(applied(line))
    curve = smallest_cross_entropy(parts, (1.0, 0.0, 0.0, 0.0), *_all(subjects))
    bent = line.model_copy(update={"curve": tuple(curve.tolist())})
    return bent if np.diff(applied(bent)).min() > 0 else line


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
    if not inside.any() or not (pixels - inside).any():
        return Calibration()
    parts = np.stack([logit, np.ones_like(logit)], -1)
    scale, offset = smallest_cross_entropy(parts, (1.0, 0.0), pixels, inside)
    return Calibration(scale=float(scale), offset=float(offset)) if scale > 0 else Calibration()


def smallest_cross_entropy(
    parts: np.ndarray, start: Sequence[float], pixels: np.ndarray, inside: np.ndarray
) -> np.ndarray:
    """Return the weights of the parts [n, k] of a logit."""
    within, without = int(inside.sum()), int((pixels - inside).sum())
    # Platt's targets instead of 1 and 0: a network without a mistake would want an infinite scale
    truth = inside * (within + 1) / (within + 2) + (pixels - inside) / (without + 2)

    def loss_and_slope(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logit = parts @ weights
        softplus = np.logaddexp(0, logit)
        loss = truth @ (softplus - logit) + (pixels - truth) @ softplus
        return loss / within, (pixels * np.exp(logit - softplus) - truth) @ parts / within

    return np.asarray(minimize(loss_and_slope, start, jac=True, method="BFGS").x)


def _all(subjects: Sequence[Histogram]) -> tuple[np.ndarray, np.ndarray]:
    pixels, inside = (np.sum(counts, 0) for counts in zip(*subjects, strict=True))
    return pixels, inside


def _centres() -> np.ndarray:
    edges = np.linspace(-LARGEST, LARGEST, BINS + 1)
    return np.asarray((edges[1:] + edges[:-1]) / 2)


def fold(model: keras.Model, calibration: Calibration) -> None:
    """Write the numbers into the network's last layers: it needs nothing more to be calibrated.

    The line goes into the weights of `logit`; `curve` is a layer of its own, see `trainer.unet.build_unet`.
    """
    layer = model.get_layer("logit")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel * calibration.scale, bias * calibration.scale + calibration.offset])
    if calibration.curve:
        *weights, one = calibration.curve
        model.get_layer("curve").set_weights([np.reshape(weights, (1, 1, 3, 1)), np.array([one])])
