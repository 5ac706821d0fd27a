"""After each epoch: a copy of the network segments the validation slices, and the best epoch's weights are kept.

The copy lives on one device of one process, whatever the training is spread over, and its calls are compiled once for
each shape. The network that trains is only read: it goes on as if nobody had looked.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np

from space.metrics import Counts, count, mean_defined, score, total
from space.model.history import rank
from trainer.callbacks import set_random_states
from trainer.dataset import Slices
from trainer.devices import on_one_device
from trainer.files import save_weights
from trainer.run import as_recorded
from trainer.stopping import stop_if_asked


class Validation(keras.callbacks.Callback):
    """Segments the validation slices after each epoch, and keeps the weights of the best one.

    The score is the headline of the evaluation: the mean over subjects of the volume Dice, on the field
    that the app segments. Where weights are averaged, the average is what is validated and kept.
    """

    def __init__(
        self,
        slices: Slices,
        batches: Callable[[], Iterator[tuple[np.ndarray, np.ndarray]]],
        training: Callable[[], Iterable[Any]],
        threshold: float,
        best: Path,
        best_so_far: float,
        seed: int,
    ) -> None:
        super().__init__()
        self._slices, self._batches, self._training = slices, batches, training
        self._threshold, self._seed = threshold, seed
        self._best, self._best_score = best, best_so_far

    @cached_property
    def _copy(self) -> "Copy":
        return Copy(self.model)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Validate; the record gets `val_loss`, `val_dice` (pooled) and `val_volume_dice`."""
        with on_one_device():
            self._copy.take_weights(self._training, self._seed, epoch)
            logs.update(self._scores())
            # as a resumed run reads it, so that both keep the same epoch
            score = rank(as_recorded(logs["val_volume_dice"]))
            if score > self._best_score and math.isfinite(logs["val_loss"]):
                self._best_score = score
                save_weights(self._copy.network, self._best)

    def _scores(self) -> dict[str, float]:
        losses, counts = [], []
        for images, masks in self._batches():
            probability = self._copy.network.predict_on_batch(images)
            losses.append(float(self.model.loss(masks.astype(np.float32), probability)))
            own = probability[..., :1]  # beside it there may be the neighbours' masks
            counts += [count(p >= self._threshold, m) for p, m in zip(own, masks, strict=True)]
        subjects: dict[str, list[Counts]] = {}
        for subject, slice_counts in zip(self._slices.subjects, counts, strict=True):
            subjects.setdefault(subject, []).append(slice_counts)
        return {
            "val_loss": sum(losses) / len(losses),
            "val_dice": score(total(counts)).dice,
            "val_volume_dice": mean_defined([score(total(some)).dice for some in subjects.values()]),
        }


class Copy:
    """The network that is validated, beside the one that trains: the same, or with the average of its weights."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self.network = type(model).from_config(model.get_config())
        self._learning = InTraining(self.network)
        for each in (self.network, self._learning):
            each.jit_compile = model.jit_compile
        self._norms = [layer for layer in self.network.layers if isinstance(layer, keras.layers.BatchNormalization)]
        for layer in self._norms:
            layer.momentum = 0.0  # in training they then hold the statistics of the last batch alone

    def take_weights(self, training: Callable[[], Iterable[Any]], seed: int, epoch: int) -> None:
        """Take the weights as they are now, or their average where the optimiser keeps one.

        Batch norm's statistics belong to the weights of the moment and are far off for the average: they are
        taken anew over some training batches (Izmailov et al. Averaging weights leads to wider optima and better
        generalization. UAI 2018, arXiv:1803.05407, section 3.2).
        """
        self.network.set_weights(self._model.get_weights())
        optimizer = getattr(self._model.optimizer, "inner_optimizer", self._model.optimizer)  # float16 scales the loss
        if not optimizer.use_ema:
            return
        averages = optimizer._model_variables_moving_average
        for mine, average in zip(self.network.trainable_variables, averages, strict=True):
            mine.assign(keras.ops.convert_to_numpy(average))
        if self._norms:
            set_random_states(self.network, seed, epoch)
            self._measure_norms(training())

    def _measure_norms(self, training: Iterable[Any]) -> None:
        """Give batch norm a plain mean over the batches."""
        found = []
        for images, _ in training:
            stop_if_asked()
            self._learning.predict_on_batch(images)
            found.append([layer.get_weights()[2:] for layer in self._norms])
        for layer, *batches in zip(self._norms, *found, strict=True):
            statistics = [np.mean(part, 0, np.float64) for part in zip(*batches, strict=True)]
            layer.set_weights([*layer.get_weights()[:2], *statistics])


class InTraining(keras.Model):
    """A network as it computes in training, dropout and all; its weights do not change."""

    def __init__(self, network: keras.Model) -> None:
        super().__init__()
        self.network = network

    def call(self, images: Any) -> Any:
        """Return what the network does."""
        return self.network(images, training=True)
