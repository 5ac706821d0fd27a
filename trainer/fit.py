"""``python -m trainer fit DATA --preset P --out RUN``: train a network, resume it, keep its best epoch.

RUN holds `config.json` (every setting, the data's hashes, versions, the device), `history.csv` (a row an
epoch), `best.weights.h5` (the epoch with the best validation), `checkpoints/` (to resume from) and, at the end,
`calibration.json` (a scale and an offset for the logit).
"""

import dataclasses
import importlib.metadata
import json
import platform
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from space.errors import UserError
from space.model.bundle import is_bundle, open_bundle
from trainer.calibration import CALIBRATION, calibrate
from trainer.callbacks import Progress, Record, Validation, latest_checkpoint, restart_history
from trainer.dataset import TrainingSlices, centre_batches, every, first_subjects, load_split, load_summary
from trainer.devices import set_up_devices
from trainer.export import load_best, load_published
from trainer.losses import LOSSES, with_neighbours
from trainer.neighbours import masks_asked_for
from trainer.optimizers import build_optimizer
from trainer.phantom.drawing import PHANTOM_TARGET
from trainer.presets import Settings
from trainer.unet import build_unet, divisor

PACKAGES = ("tensorflow", "keras", "numpy", "onnx", "onnxruntime")
NORM_BATCHES = 12  # training batches for the averaged network's batch norm
VALIDATION_STEP = 2  # slices are about 1 mm apart: every other one ranks the epochs as well, in half the time


class Start(NamedTuple):
    """A trained network that a run continues."""

    name: str
    weights: dict[str, list[Any]]
    """Each layer's, by its name."""


def fit(data: Path, run: Path, settings: Settings, preset: str, start: Path | None = None) -> None:
    """Train, from the start or from where `run` stopped.

    Parameters
    ----------
    start : a bundle or another run whose network this one continues; without it the weights are random.

    Raises
    ------
    UserError
        if `data` is not prepared, `run` was started with other settings, or a setting is not possible.
    """
    settings = suited_to(load_summary(data)["target"], settings)
    initial = load_start(start) if start else None
    scope, device = set_up_devices(settings.precision)
    write_config(data, run, settings, preset, device, initial.name if initial else "")
    done, checkpoint = latest_checkpoint(run)
    validation = every(load_split(data, "validation"), VALIDATION_STEP)
    batches = partial(centre_batches, validation, settings.crop, divisor(settings), settings.batch)
    if done < settings.epochs:
        if settings.train_crop % divisor(settings):
            raise UserError(
                f"--train-crop must be a multiple of {divisor(settings)} for a network of this depth, "
                f"not {settings.train_crop}."
            )
        print(f"Training {preset} on {device}.")
        keras.utils.set_random_seed(settings.seed)
        training = TrainingSlices(first_subjects(load_split(data, "train"), settings.subjects), settings)
        with scope:
            model = compiled(settings, training.steps_an_epoch, initial, checkpoint)
        if done:
            print(f"Resuming after epoch {done}.")
        print(
            f"{model.count_params():,} parameters; {training.slices_an_epoch} slices an epoch, "
            f"{training.steps_an_epoch} steps of {settings.batch}; validation on {len(validation.indices)} slices."
        )
        callbacks = [
            Progress(training.steps_an_epoch, settings.batch, settings.epochs),
            Validation(
                validation,
                batches,
                lambda: training.dataset(0).take(NORM_BATCHES),
                settings.threshold,
                run / "best.weights.h5",
                restart_history(run, done),
            ),
            Record(run),
        ]
        model.fit(
            training.dataset(done),
            initial_epoch=done,
            epochs=settings.epochs,
            steps_per_epoch=training.steps_an_epoch,
            callbacks=callbacks,
            shuffle=False,  # the data set has its own order
            verbose=0,
        )
    elif settings.calibration == "none" or (run / CALIBRATION).exists():
        print(f"{run} has its {settings.epochs} epochs already: nothing to do.")
        return
    if settings.calibration == "platt":
        calibration = calibrate(load_best(run, settings), batches())
        (run / CALIBRATION).write_text(json.dumps(calibration._asdict(), indent=1) + "\n")
        print(f"Calibrated on validation: {calibration.scale:.3f} x logit {calibration.offset:+.3f}.")


def compiled(settings: Settings, steps_an_epoch: int, initial: Start | None, checkpoint: Path | None) -> keras.Model:
    """Return the network ready to train, with random weights, those of `initial`, or as a checkpoint left it."""
    try:
        model = build_unet(settings, masks=masks_asked_for(settings))
    except ValueError as error:  # Keras's own sentence for an unknown activation or initialiser
        raise UserError(f"These settings make no network: {error}") from None
    if initial:
        take_weights(model, initial)
    compile_model(model, settings, steps_an_epoch)
    model.optimizer.build(model.trainable_variables)
    if checkpoint:
        model.load_weights(checkpoint)
    return model


def suited_to(target: str, settings: Settings) -> Settings:
    """Return the settings without phantoms where the data outline another organ than they do."""
    if not settings.phantoms or target == PHANTOM_TARGET:
        return settings
    print(f"The phantoms outline the {PHANTOM_TARGET}, not the {target}: none are mixed in.")
    return dataclasses.replace(settings, phantoms=0)


def load_start(folder: Path) -> Start:
    """Open a bundle or a run to go on from."""
    if is_bundle(folder):
        name, model = open_bundle(folder, str(folder)).title, load_published(folder)
    else:
        name, model = f"the run {folder.name}", load_best(folder, load_run(folder)[0])
    return Start(name, {layer.name: layer.get_weights() for layer in model.layers if layer.weights})


def take_weights(model: keras.Model, start: Start) -> None:
    """Give a network the weights of another of the same shape."""
    try:
        for layer in model.layers:
            if layer.name == "logit":  # the start answers for its own slice alone: neighbours begin where it stands
                masks = layer.get_weights()[1].size
                layer.set_weights([np.repeat(part, masks, -1) for part in start.weights[layer.name]])
            elif layer.weights:
                layer.set_weights(start.weights[layer.name])
    except (KeyError, ValueError):
        raise UserError(f"{start.name} is another network than these settings describe: give its settings.") from None
    print(f"Starting from {start.name}.")


def compile_model(model: keras.Model, settings: Settings, steps_an_epoch: int) -> None:
    """Give the network its loss, its optimiser and the batch Dice as a metric."""
    model.compile(
        optimizer=build_optimizer(settings, steps_an_epoch),
        loss=with_neighbours(LOSSES[settings.loss]),
        metrics=[keras.metrics.MeanMetricWrapper(partial(batch_dice, settings.threshold), name="dice")],
        # measured: on TensorFlow XLA takes twice the time of a CPU step; JAX has nothing else
        jit_compile=keras.backend.backend() == "jax",
    )


def batch_dice(threshold: float, truth: Any, prediction: Any) -> Any:
    """Return the Dice of a batch's own masks at the threshold, pooled over its pixels (the article's measure)."""
    truth, predicted = truth[..., :1], ops.cast(prediction[..., :1] >= threshold, "float32")
    overlap = ops.sum(truth * predicted)
    return (2 * overlap + 1e-6) / (ops.sum(truth) + ops.sum(predicted) + 1e-6)


def write_config(data: Path, run: Path, settings: Settings, preset: str, device: str, start: str) -> None:
    """Write `config.json`, or check that it describes the run that is asked for."""
    config = {
        "preset": preset,
        "start": start,
        "settings": dataclasses.asdict(settings),
        "data": {"path": str(data.resolve()), **load_summary(data)},
        "device": device,
        "backend": keras.backend.backend(),
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }
    config = json.loads(json.dumps(config))  # tuples become lists, as they will be read back
    path = run / "config.json"
    if not path.exists():
        run.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(config, indent=1) + "\n")
        return
    old = json.loads(path.read_text())
    changed = [name for name, value in config["settings"].items() if old["settings"].get(name) != value]
    if old["data"]["sha256"] != config["data"]["sha256"]:
        changed.append("the data")
    if old.get("start", "") != config["start"]:
        changed.append("the network to start from")
    if changed:
        raise UserError(
            f"{run} holds a run with other settings ({', '.join(changed)}): give another --out, "
            "or the same settings to resume it."
        )


def load_run(run: Path) -> tuple[Settings, dict[str, Any]]:
    """Return the settings of a run and its whole `config.json`."""
    try:
        config = json.loads((run / "config.json").read_text())
        settings = config["settings"]
        found = Settings(**settings | {"filters": tuple(settings["filters"])})
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{run} is no run folder: 'python -m trainer fit' makes one.") from None
    if missing := sorted(dataclasses.asdict(found).keys() - settings.keys()):
        # today's default need not be what the run was trained with
        raise UserError(
            f"{run} is from an older version of the trainer, without the settings {', '.join(missing)}: "
            "train it again, or add what it had to its config.json."
        )
    return found, config
