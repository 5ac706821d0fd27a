"""The optimisers and their learning rate, from a run's settings."""

from typing import Any

import keras
from keras import ops

from space.model.settings import Settings


class Muon(keras.optimizers.Muon):
    """Muon for convolutions: a step as large in a kernel's rare directions as in its common ones.

    The gradient of a kernel, averaged over some steps, is taken as a matrix (a row for each place and input, a
    column for each filter) and replaced by the nearest one whose columns stand at right angles and are equally
    long. Keras's own Muon leaves kernels of four dimensions to AdamW (keras-team/keras#21885); norms, biases and
    the last layer, a single filter, stay with AdamW here too.

    References
    ----------
    Jordan K et al. Muon: an optimizer for hidden layers in neural networks. 2024, kellerjordan.github.io/posts/muon.
    Liu J et al. Muon is scalable for LLM training. 2025, arXiv:2502.16982 (the size of the step, as for AdamW).
    """

    def _should_use_adamw(self, variable: Any) -> bool:
        return len(variable.shape) != 4 or variable.shape[-1] == 1

    def _muon_update_step(self, gradient: Any, variable: Any, lr: Any, m: Any) -> None:
        self.assign_add(m, gradient + (self.momentum - 1) * m)
        ahead = ops.reshape(gradient + self.momentum * m, (-1, variable.shape[-1]))
        step = self.lr_adjust(lr * self.zeropower_via_newtonschulz5(ahead, self.ns_steps))
        self.assign_sub(variable, ops.reshape(step, variable.shape))


def build_optimizer(settings: Settings, steps_an_epoch: int) -> keras.optimizers.Optimizer:
    """Return Adam (Kingma, Ba 2015), AdamW (Loshchilov, Hutter 2019) or Muon with the settings' schedule."""
    rate: Any = settings.learning_rate
    if settings.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=0.0,
            decay_steps=max(1, (settings.epochs - 1) * steps_an_epoch),
            warmup_target=settings.learning_rate,
            warmup_steps=steps_an_epoch,
        )
    common: dict[str, Any] = {"learning_rate": rate, "global_clipnorm": settings.clip or None}
    if settings.average:
        common |= {"use_ema": True, "ema_momentum": settings.average}
    if settings.optimizer == "adam":
        return keras.optimizers.Adam(**common)
    if settings.optimizer == "adamw":
        return keras.optimizers.AdamW(weight_decay=settings.weight_decay, **common)
    return Muon(weight_decay=settings.weight_decay, adam_weight_decay=settings.weight_decay, **common)
