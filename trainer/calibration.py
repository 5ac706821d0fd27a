"""After training: a scale and an offset for the logit, which bring the probabilities nearer to what they say.

Dice rewards a network for being sure, right or wrong: of the pixels to which it gives 0.8, far fewer than 80%
may lie inside the mask. Two numbers, fitted on the validation split, put that right as far as two numbers can. They
keep the order of the pixels, so that every mask of before is still there, at another threshold.

References
----------
Platt J. Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers 1999:61-74.
Guo C et al. On calibration of modern neural networks. ICML 2017, arXiv:1706.04599.
"""

from collections.abc import Iterable

import keras
import numpy as np
from scipy.optimize import minimize

from trainer.run import Calibration

LARGEST = 20.0  # logits beyond differ from 0 and 1 by less than float32 can say
BINS = 800


def calibrate(model: keras.Model, batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> Calibration:
    """Fit the scale and the offset of a network on slices that it did not learn from.

    Parameters
    ----------
    batches : (slice, mask), float32 and bool [n, h, w, 1].
    """
    logit = keras.Model(model.input, model.get_layer("logit").output)
    pixels, inside = np.zeros((2, BINS), np.int64)
    for images, masks in batches:
        value = np.clip(np.asarray(logit(images, training=False)), -LARGEST, LARGEST)
        for counts, chosen in ((pixels, value), (inside, value[masks])):
            counts += np.histogram(chosen, BINS, (-LARGEST, LARGEST))[0]
    edges = np.linspace(-LARGEST, LARGEST, BINS + 1)
    return fit_calibration((edges[1:] + edges[:-1]) / 2, pixels, inside)


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

    def cross_entropy(numbers: np.ndarray) -> tuple[float, np.ndarray]:
        scaled = numbers[0] * logit + numbers[1]
        loss = truth @ np.logaddexp(0, -scaled) + (pixels - truth) @ np.logaddexp(0, scaled)
        slope = pixels / (1 + np.exp(-scaled)) - truth
        return loss / within, np.array([slope @ logit, slope.sum()]) / within

    scale, offset = minimize(cross_entropy, (1.0, 0.0), jac=True, method="BFGS").x
    return Calibration(scale=float(scale), offset=float(offset)) if scale > 0 else Calibration()


def fold(model: keras.Model, calibration: Calibration) -> None:
    """Write the two numbers into the weights of the layer `logit`: the network needs nothing more to be calibrated."""
    layer = model.get_layer("logit")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel * calibration.scale, bias * calibration.scale + calibration.offset])
