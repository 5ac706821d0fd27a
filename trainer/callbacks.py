"""What happens around the training steps: seeds, progress on the terminal, history, checkpoints."""

import math
import sys
import time
from typing import Any

import keras
import numpy as np

from space.errors import UserError
from space.model.history import Epoch
from trainer.devices import on_one_device
from trainer.run import RunFolder
from trainer.stopping import stop_if_asked, uninterrupted

SETTLED = 10  # steps: over fewer, a mean loss says little


class Progress(keras.callbacks.Callback):
    """One live line: epoch, step, loss, Dice, images per second and the time left."""

    def __init__(self, steps: int, batch: int, epochs: int) -> None:
        super().__init__()
        self._steps, self._batch, self._epochs = steps, batch, epochs

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Remember that the first step of all compiles the network and does not count as speed."""
        self._compiled = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the epoch's clock."""
        self._epoch = epoch
        self._start = self._shown = time.monotonic()
        self._counted_from = 0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any]) -> None:
        """Show the line: at every step on a terminal, every half minute in a log."""
        now, done = time.monotonic(), batch + 1
        if not self._compiled:
            self._compiled, self._start, self._counted_from = True, now, done
            return
        step_seconds = (now - self._start) / (done - self._counted_from)
        if not sys.stderr.isatty() and now - self._shown < 30:
            return
        self._shown = now
        left = (self._steps - done + (self._epochs - self._epoch - 1) * self._steps) * step_seconds
        line = (
            f"epoch {self._epoch + 1}/{self._epochs}  step {done}/{self._steps}  "
            f"loss {logs['loss']:.3f}  Dice {logs['dice']:.3f}  "
            f"{self._batch / step_seconds:.1f} images/s  {clock(left)} left"
        )
        print(
            f"\r{line}   " if sys.stderr.isatty() else line,
            end="" if sys.stderr.isatty() else "\n",
            file=sys.stderr,
            flush=True,
        )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Add the speed of the steps to the epoch's record."""
        seconds = time.monotonic() - self._start
        logs["images_per_second"] = (self._steps - self._counted_from) * self._batch / max(seconds, 1e-9)


class Seeds(keras.callbacks.Callback):
    """Gives dropout its random numbers by seed and epoch alone: a resumed run draws what the unstopped one draws.

    Keras keeps them in variables that a file of weights leaves out.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the state of every layer that draws."""
        set_random_states(self.model, self._seed, epoch)


def set_random_states(model: keras.Model, seed: int, epoch: int) -> None:
    """Let every layer of a model that draws begin where seed and epoch say."""
    for number, state in enumerate(random_states(model)):
        drawn = np.random.SeedSequence((seed, epoch, number)).generate_state(1)[0] >> 1  # int32 on some
        state.assign(np.array([drawn, 0], state.dtype))


def random_states(model: keras.Model) -> list[keras.Variable]:
    """Return the states of a model's random numbers: in Keras the variables of a layer that are no weights."""
    weights = {id(variable) for layer in model.layers for variable in layer.weights}
    return [variable for layer in model.layers for variable in layer.variables if id(variable) not in weights]


class Rate(keras.callbacks.Callback):
    """Adds the learning rate to the epoch's record.

    In every process: it follows from a number that lies on all devices, with which none may compute alone.
    """

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Ask the optimiser."""
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class Sound(keras.callbacks.Callback):
    """Ends a training whose loss is no number any more, or explodes: from there on nothing is learned.

    Parameters
    ----------
    learning_rate : for the advice.
    limit : the largest mean loss, see `trainer.losses.exploded`.
    steps : of an epoch.
    """

    def __init__(self, learning_rate: float, limit: float, steps: int) -> None:
        super().__init__()
        self._learning_rate, self._limit, self._settled = learning_rate, limit, min(SETTLED, steps)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Remember the epoch, to name it."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any]) -> None:
        """Look at the loss, a mean over the steps so far: one that is no number makes it none."""
        self._refuse_unless_finite(logs["loss"], f"the loss of step {batch + 1}")
        if batch + 1 >= self._settled and logs["loss"] > self._limit:
            self._refuse(
                f"the loss explodes: it is {logs['loss']:.3g}, and calling every pixel a toss-up would cost less than "
                "a fifth"
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Look at the loss of validation, which weights that are no numbers make none; then nothing is written."""
        if "val_loss" in logs:  # of several machines the first one validates
            self._refuse_unless_finite(logs["val_loss"], "the loss on validation")

    def _refuse_unless_finite(self, loss: float, what: str) -> None:
        if not math.isfinite(loss):
            self._refuse(f"{what} is no number ({loss})")

    def _refuse(self, what: str) -> None:
        kept = f"What the {self._epoch} before it left is kept" if self._epoch else "Nothing was kept"
        raise UserError(
            f"The training broke down: in epoch {self._epoch + 1} {what}. {kept}. "
            f"Give a smaller --learning-rate (it is {self._learning_rate:g}) and another --out."
        )


class Record(keras.callbacks.Callback):
    """After each epoch: a row in `history.csv`, then the checkpoint that a resumed run starts from."""

    def __init__(self, run: RunFolder) -> None:
        super().__init__()
        self._run = run

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock of the whole epoch: compiling, steps and validation."""
        self._start = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Write the row first: a row too many is cut off at the resume, a row lost cannot be had again."""
        logs["seconds"] = time.monotonic() - self._start
        row = Epoch(epoch=epoch + 1, **logs)
        with uninterrupted(), on_one_device():  # Keras makes variables where it saves an optimiser
            self._run.add_epoch(row)
            self._run.save_checkpoint(self.model, epoch + 1)
        clear = "\r\033[K" if sys.stderr.isatty() else ""
        print(
            f"{clear}epoch {row.epoch}: loss {row.loss:.3f}, Dice {row.dice:.3f}; validation: "
            f"loss {row.val_loss:.3f}, volume Dice {row.val_volume_dice:.3f}; "
            f"{row.images_per_second:.1f} images/s, {clock(row.seconds)}",
            file=sys.stderr,
            flush=True,
        )


class Stop(keras.callbacks.Callback):
    """Ends the training where a signal asked for it: after a step, whose results Keras has put away by then."""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Ask before the first step, which is compiled for long."""
        stop_if_asked()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Ask after every step."""
        stop_if_asked()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Ask after the epoch is written."""
        stop_if_asked()


def clock(seconds: float) -> str:
    """Return a time as h:mm:ss, or m:ss below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
