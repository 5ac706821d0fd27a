"""``python -m trainer fit DATA --preset P --out RUN``: train a network, resume it, keep its best epoch.

What RUN holds is described in `trainer/run.py`.
"""

import platform
import shlex
import sys
from contextlib import nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from space.errors import UserError
from space.model.settings import RecordedSettings, Settings
from trainer.ahead import usable_cores
from trainer.batches import Share, TrainingSlices, centre_batches
from trainer.calibration import calibrate
from trainer.callbacks import Progress, Rate, Record, Seeds, Sound, Stop
from trainer.dataset import DataSet, every, first_subjects, load_split, load_summary
from trainer.devices import on_one_device, set_up_devices, shares, uses_xla
from trainer.export import load_best
from trainer.feeding import feed
from trainer.lock import locked
from trainer.losses import LOSSES, exploded, with_neighbours
from trainer.machines import Together, agreed, joined, wait_for_all
from trainer.neighbours import masks_asked_for
from trainer.optimizers import build_optimizer
from trainer.phantom.drawing import TARGETS
from trainer.presets import PRESETS
from trainer.provenance import code, packages
from trainer.run import Config, RunFolder
from trainer.target import open_target
from trainer.unet import build_unet, divisor
from trainer.validation import Validation

NORM_BATCHES = 12  # training batches for the averaged network's batch norm
VALIDATION_STEP = 2  # slices are about 1 mm apart: every other one ranks the epochs as well, in half the time


class Start(NamedTuple):
    """A trained network that a run continues."""

    name: str
    weights: dict[str, list[Any]]
    """Each layer's, by its name."""


def fit(data: Path, out: Path, settings: Settings, preset: str, start: Path | None = None, jit: str = "auto") -> None:
    """Train, from the start or from where the run in `out` stopped.

    Parameters
    ----------
    start : a bundle or another run whose network this one continues; without it the weights are random.
    jit : whether XLA compiles the training step, see `trainer.devices.uses_xla`.

    Raises
    ------
    UserError
        if `data` is not prepared, `out` was started with other settings or data, is being trained by another process,
        cannot be written or read, a setting is not possible, or the training breaks down.
    """
    with joined() as share, locked(out) if share.number == 0 else nullcontext():
        _fit(data, RunFolder(out), settings, preset, start, jit, share)


def _fit(
    data: Path, run: RunFolder, settings: Settings, preset: str, start: Path | None, jit: str, share: Share
) -> None:
    settings = suited_to(load_summary(data), settings)
    initial = load_start(start) if start else None
    scope, device = set_up_devices(settings.precision)
    xla = uses_xla(jit)
    device += ", compiled by XLA" if xla else ""
    first = share.number == 0
    if not first:  # it compares with what the first process has written
        wait_for_all("begun")
    run.begin(described(data, settings, preset, device, initial.name if initial else ""))
    if first:
        wait_for_all("begun")
    validation = every(load_split(data, "validation"), VALIDATION_STEP)
    batches = partial(centre_batches, validation, settings.crop, divisor(settings), settings.batch)
    if agreed(run.epochs_done()) < settings.epochs:
        check_sizes(settings)
        print(f"Training {preset} on {device}.{batch_advice(settings, preset)}")
        keras.utils.set_random_seed(settings.seed)
        training = TrainingSlices(first_subjects(load_split(data, "train"), settings.subjects), settings)
        with scope:
            model = compiled(settings, training.steps_an_epoch, initial, xla)
            done = agreed(run.restore(model))
        if done:
            print(f"Resuming after epoch {done}.")
        print(
            f"{model.count_params():,} parameters; {training.slices_an_epoch} slices per epoch, "
            f"{training.steps_an_epoch} steps of {settings.batch}; validation on {len(validation.indices)} slices."
        )
        sound = Sound(settings.learning_rate, exploded(model.loss, masks_asked_for(settings)), training.steps_an_epoch)
        callbacks = [Seeds(settings.seed), Rate(), sound, Together(), Stop()]
        if first:
            callbacks[2:3] = [
                Progress(training.steps_an_epoch, settings.batch, settings.epochs),
                Validation(
                    validation,
                    batches,
                    lambda: islice(training.batches(0, usable_cores()), NORM_BATCHES),
                    settings.threshold,
                    run.candidate,
                    run.restart(done),
                    settings.seed,
                ),
                sound,
                Record(run),
            ]
        steps = range(done * training.steps_an_epoch, settings.epochs * training.steps_an_epoch)
        with feed(partial(training.batch, share=share), steps, training.shapes) as batches_to_learn:
            model.fit(
                batches_to_learn,
                initial_epoch=done,
                epochs=settings.epochs,
                steps_per_epoch=training.steps_an_epoch,
                callbacks=callbacks,
                shuffle=False,  # the batches have their own order
                verbose=0,
            )
    elif settings.calibration == "none" or run.calibration():
        print(f"{run.path} has its {settings.epochs} epochs already: nothing to do.")
        return
    if settings.calibration != "none" and first:
        subjects = validation.subjects.tolist()
        with on_one_device():
            found = calibrate(load_best(run), batches(), subjects, settings.threshold, settings.calibration)
        run.keep_calibration(found.calibration)
        print(found.words)


def check_sizes(settings: Settings) -> None:
    """Refuse a window that the network's levels, or a batch that the devices, do not divide."""
    if settings.train_crop % divisor(settings):
        raise UserError(
            f"--train-crop must be a multiple of {divisor(settings)} for a network of this depth, "
            f"not {settings.train_crop}."
        )
    if settings.batch % shares():
        raise UserError(
            f"--batch is shared out among all {shares()} devices: it must be a multiple of that, not {settings.batch}."
        )


def batch_advice(settings: Settings, preset: str) -> str:
    """Return what another batch than the preset's may mean for the learning rate; nothing is changed by it."""
    usual = PRESETS[preset]
    if settings.batch == usual.batch:
        return ""
    times = settings.batch / usual.batch
    return (
        f"\nThe batch is {settings.batch}, {times:g} times the preset's. Linear scaling (Goyal et al. 2017, "
        f"arXiv:1706.02677: for SGD, with a warm-up) would make the learning rate {usual.learning_rate * times:g}; "
        f"it is {settings.learning_rate:g} and stays so: --learning-rate sets another."
    )


def compiled(settings: Settings, steps_an_epoch: int, initial: Start | None, xla: bool) -> keras.Model:
    """Return the network ready to train, with random weights or those of `initial`."""
    try:
        model = build_unet(settings, masks=masks_asked_for(settings))
    except ValueError as error:  # Keras's own sentence for an unknown activation or initialiser
        raise UserError(f"These settings make no network: {error}") from None
    if initial:
        take_weights(model, initial)
    compile_model(model, settings, steps_an_epoch, xla)
    model.optimizer.build(model.trainable_variables)
    return model


def suited_to(data: DataSet, settings: Settings) -> Settings:
    """Return the settings without phantoms where they do not show the organ, or are no images of the modality."""
    if not settings.phantoms or (data.target in TARGETS and data.modality == "CT"):
        return settings
    lack = f"show no {data.target}" if data.modality == "CT" else f"are no {data.modality}"
    print(f"The phantoms {lack}: none are mixed in.")
    return settings.but(phantoms=0)


def load_start(folder: Path) -> Start:
    """Open a bundle or a run to go on from."""
    target = open_target(str(folder))
    layers = (
        layer for layer in target.keras().layers if layer.weights and layer.name != "curve"
    )  # it comes afterwards
    return Start(target.name, {layer.name: layer.get_weights() for layer in layers})


def take_weights(model: keras.Model, start: Start) -> None:
    """Give a network the weights of another of the same shape."""
    layers = {layer.name: layer for layer in model.layers if layer.weights}
    masks = layers["logit"].get_weights()[1].size
    # the start answers for its own slice alone: the neighbours begin where it stands
    given = start.weights | {"logit": [np.repeat(part, masks, -1) for part in start.weights["logit"]]}

    def shapes(weights: dict[str, list[Any]]) -> dict[str, list[tuple[int, ...]]]:
        return {name: [part.shape for part in parts] for name, parts in weights.items()}

    if shapes(given) != shapes({name: layer.get_weights() for name, layer in layers.items()}):
        raise UserError(f"{start.name} is another network than these settings describe: give its settings.")
    for name, layer in layers.items():
        layer.set_weights(given[name])
    print(f"Starting from {start.name}.")


def compile_model(model: keras.Model, settings: Settings, steps_an_epoch: int, xla: bool) -> None:
    """Give the network its loss, its optimiser and the batch Dice as a metric."""
    model.compile(
        optimizer=build_optimizer(settings, steps_an_epoch),
        loss=with_neighbours(LOSSES[settings.loss]),
        metrics=[keras.metrics.MeanMetricWrapper(partial(batch_dice, settings.threshold), name="dice")],
        jit_compile=xla,
    )


def batch_dice(threshold: float, truth: Any, prediction: Any) -> Any:
    """Return the Dice of a batch's own masks at the threshold, pooled over its pixels (the article's measure)."""
    truth, predicted = (ops.cast(part, "float32") for part in (truth[..., :1], prediction[..., :1] >= threshold))
    overlap = ops.sum(truth * predicted)
    return (2 * overlap + 1e-6) / (ops.sum(truth) + ops.sum(predicted) + 1e-6)


def described(data: Path, settings: Settings, preset: str, device: str, start: str) -> Config:
    """Return what a run is started with."""
    return Config(
        preset=preset,
        start=start,
        settings=RecordedSettings(**settings.model_dump()),
        data=load_summary(data),
        data_folder=str(data.resolve()),
        device=device,
        backend=keras.backend.backend(),
        python=platform.python_version(),
        packages=packages(),
        code=code(),
        command=shlex.join(["python", "-m", "trainer", *sys.argv[1:]]),
    )
