"""Loss functions: what training lowers. Written with `keras.ops`, so that they run on every Keras backend.

All take truth and prediction [n, h, w, c] in 0..1 and return one number. Dice is taken over the whole
batch, so that slices without pancreas have a gradient too.
"""

from collections.abc import Callable
from typing import Any

from keras import ops

Tensor = Any
Loss = Callable[[Any, Any], Any]
SMOOTH = 1.0
NEIGHBOURS = 0.3  # the weight of the neighbouring slices' masks beside the slice's own
EPSILON = 1e-6
EXPLODED = 5
"""A mean loss this many times that of a toss-up is no learning: a third of all pixels or more is wrong with certainty.
Networks that start, learn, or answer 'nothing' everywhere stay below."""


def dice(truth: Tensor, prediction: Tensor) -> Tensor:
    """1 - soft Dice (Milletari, Navab, Ahmadi. V-Net. 3DV 2016, arXiv:1606.04797; without its squares)."""
    overlap = ops.sum(truth * prediction)
    return 1 - (2 * overlap + SMOOTH) / (ops.sum(truth) + ops.sum(prediction) + SMOOTH)


def binary_cross_entropy(truth: Tensor, prediction: Tensor) -> Tensor:
    """Mean negative logarithm of the probability given to the right answer (as in Ronneberger 2015)."""
    return ops.mean(-ops.log(_given_to_truth(truth, prediction)))


def focal(truth: Tensor, prediction: Tensor) -> Tensor:
    """Cross-entropy with easy pixels weighed down, gamma 2 (Lin et al. ICCV 2017, arXiv:1708.02002)."""
    p = _given_to_truth(truth, prediction)
    return ops.mean(-((1 - p) ** 2) * ops.log(p))


def dice_bce(truth: Tensor, prediction: Tensor) -> Tensor:
    """Dice + cross-entropy (Isensee et al. nnU-Net. Nat Methods 2021;18:203-211)."""
    return dice(truth, prediction) + binary_cross_entropy(truth, prediction)


def dice_focal(truth: Tensor, prediction: Tensor) -> Tensor:
    """Dice + focal (Zhu et al. AnatomyNet. Med Phys 2019;46:576-589)."""
    return dice(truth, prediction) + focal(truth, prediction)


def with_neighbours(loss: Loss) -> Loss:
    """Return the loss of the first channel, the slice's own mask, plus a share of the loss of the others.

    Where the truth has one channel, as in validation, the others of the prediction are not looked at.
    """

    def both(truth: Tensor, prediction: Tensor) -> Tensor:
        own = loss(truth[..., :1], prediction[..., :1])
        return own if truth.shape[-1] == 1 else own + NEIGHBOURS * loss(truth[..., 1:], prediction[..., 1:])

    return both


def exploded(loss: Loss, masks: int) -> float:
    """Return from which value on a loss has exploded, as a multiple of that of 0.5 for every pixel.

    Parameters
    ----------
    loss : as it is trained with, see `with_neighbours`.
    masks : channels of truth and prediction.

    Returns
    -------
    never reached by Dice alone, which is 1 at most.
    """
    truth = ops.zeros((1, 64, 64, masks))
    return EXPLODED * float(loss(truth, truth + 0.5))


def _given_to_truth(truth: Tensor, prediction: Tensor) -> Tensor:
    p = truth * prediction + (1 - truth) * (1 - prediction)
    return ops.clip(p, EPSILON, 1.0)


LOSSES: dict[str, Loss] = {
    "dice": dice,
    "bce": binary_cross_entropy,
    "dice_bce": dice_bce,
    "dice_focal": dice_focal,
}
