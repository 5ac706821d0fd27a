"""A training that several processes share, on one machine or several: through `keras.distribution`, on JAX.

Every process runs the same command. Who it is, it reads from its environment: in a step of SLURM (`srun`) from SLURM's
variables, elsewhere from KERAS_DISTRIBUTION_JOB_ADDRESSES (host:port of the first process),
KERAS_DISTRIBUTION_NUM_PROCESSES and KERAS_DISTRIBUTION_PROCESS_ID. Each computes its share of every batch; the first
one validates and writes the files. The run folder and the data must be where all of them can read.
"""

import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import keras
import numpy as np

from space.errors import UserError
from trainer.batches import WHOLE, Share
from trainer.stopping import asked, ended_by

LOST = re.compile("(UNKNOWN|INTERNAL|UNAVAILABLE|ABORTED|CANCELLED|DEADLINE_EXCEEDED): ")  # as JAX's runtime says it


@contextmanager
def joined() -> Iterator[Share]:
    """Join the other processes of this training, if there are any; say which share of each batch is this one's.

    If a process ends by an error or is killed, its connections are closed: the others find that at their next step, and
    end at once: the libraries' farewell would wait for the one that is gone.

    Raises
    ------
    UserError
        if there are others and the backend is not JAX, or they are not found.
    """
    share = _join()
    if share == WHOLE:
        yield share
        return
    try:
        with redirect_stdout(sys.stdout if share.number == 0 else Path(os.devnull).open("w", encoding="utf-8")):
            yield share
            wait_for_all("end")
    except BaseException as problem:
        status = _say(problem)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def wait_for_all(place: str) -> None:
    """Wait until every process has come to this place of the program."""
    if _alone():
        return
    from jax.experimental import multihost_utils

    multihost_utils.sync_global_devices(place)


def agreed(epochs: int) -> int:
    """Return how many epochs are done, if every process reads the same of the run folder.

    What a process does next follows from it: two that go on from different numbers would wait for each other for ever.

    Raises
    ------
    UserError
        if this one reads another number than the first.
    """
    if _alone():
        return epochs
    from jax.experimental import multihost_utils

    said = int(multihost_utils.broadcast_one_to_all(np.int32(epochs)))
    if said != epochs:
        raise UserError(
            f"This process finds {epochs} finished epochs in the run folder, the first one {said}: --out must be a "
            "folder that all of them share."
        )
    return epochs


class Together(keras.callbacks.Callback):
    """Lets the other processes wait until the first one has validated and written an epoch."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Wait for all."""
        wait_for_all(f"epoch {epoch}")


def _alone() -> bool:
    if keras.backend.backend() != "jax":
        return True
    import jax

    processes: int = jax.process_count()
    return processes == 1


def _join() -> Share:
    processes = int(os.environ.get("KERAS_DISTRIBUTION_NUM_PROCESSES", os.environ.get("SLURM_STEP_NUM_TASKS", "1")))
    if processes == 1:
        return WHOLE
    if keras.backend.backend() != "jax":
        raise UserError(
            f"{processes} processes are to share this training: set KERAS_BACKEND=jax, for Keras spans processes on "
            "JAX only (docs/scaling.md)."
        )
    import jax

    # on a CPU, two computations that run at once can meet the other process's in another order, and wait for ever
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    jax.config.update("jax_enable_preemption_service", False)  # it would take SIGTERM away from trainer/stopping.py
    try:
        keras.distribution.initialize()
    except (RuntimeError, ValueError) as error:
        raise UserError(
            f"The {processes} processes of this training did not find each other ({_short(error)})."
        ) from None
    return Share(jax.process_index(), jax.process_count())


def _say(problem: BaseException) -> int:
    """Print why the training ends; return the exit status."""
    lost = isinstance(problem, RuntimeError | ValueError) and LOST.match(str(problem))
    if lost and (stop := asked()):  # all were told to stop, and another was the first
        problem = stop
    if isinstance(problem, KeyboardInterrupt):
        return ended_by(problem)
    if isinstance(problem, UserError):
        print(f"Error: {problem}", file=sys.stderr)
    elif lost:
        print(
            "Error: Another process of this training has ended, or the network between them is broken "
            f"({_short(problem)}). The same command, given to all of them, goes on from the last finished epoch.",
            file=sys.stderr,
        )
    else:
        traceback.print_exception(problem)
    return 1


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:150]
