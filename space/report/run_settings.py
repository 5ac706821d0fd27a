"""The settings of a training run in plain words, and each by its name."""

from collections.abc import Sequence

from space.model.contract import Run
from space.model.settings import AUGMENTATION, Settings

LOSSES = {
    "dice": "1 minus Dice",
    "bce": "cross-entropy",
    "dice_bce": "1 minus Dice, plus cross-entropy",
    "dice_focal": "1 minus Dice, plus focal loss",
}
OPTIMISERS = {
    "adam": "Adam",
    "adamw": "AdamW (Adam with weight decay)",
    "muon": "Muon (equally large steps in all directions of a kernel)",
}
CALIBRATIONS = {
    "none": "as the network gives them",
    "platt": "scaled after training: two numbers, fitted on validation (Platt scaling)",
    "curve": "scaled and bent after training: a curve of six numbers, fitted on validation",
}
SCHEDULES = {"constant": "kept constant", "cosine": "rising for one epoch, then falling to 0"}
PRECISIONS = {
    "bfloat16": "in 16-bit numbers (bfloat16)",
    "float16": "in 16-bit numbers (float16)",
    "float32": "in 32-bit numbers",
}


def is_augmented(settings: Settings) -> bool:
    """Tell whether training slices were changed at random."""
    return any(getattr(settings, name) for name in AUGMENTATION)


def in_words(about: Run) -> dict[str, str]:
    """Return what a reader wants to know of a run, a line each."""
    settings = about.settings
    return {
        "Preset of the trainer": about.preset,
        "Started from": f"the weights of {about.start}" if about.start else "random weights",
        "Filters per level": _shown(settings.filters),
        "Loss function": LOSSES[settings.loss],
        "Optimiser": OPTIMISERS[settings.optimizer],
        "Learning rate": f"{settings.learning_rate:g}, {SCHEDULES[settings.schedule]}",
        "Epochs": f"{settings.epochs}, {settings.batch} slices per step",
        "Subjects to learn from": str(training_subjects(about)),
        "Part of a slice per example": f"{settings.train_crop} x {settings.train_crop} pixels",
        "Masks to learn from": _masks(settings),
        "Changed at random": _augmentation(settings),
        "Synthetic abdomens mixed in": str(settings.phantoms),
        "Probabilities": CALIBRATIONS[settings.calibration],
        "Time": f"{about.training.minutes:.0f} minutes on {device(about)}",
    }


def training_subjects(about: Run) -> int:
    """Return how many subjects a run learned from: the setting, where it is not 0 for all of the split."""
    every = about.data.splits.train.subjects
    return min(about.settings.subjects or every, every)


def device(about: Run) -> str:
    """Return on what a run was trained and in which precision."""
    processor, _, precision = about.training.device.partition(", ")
    return f"{processor}, {PRECISIONS.get(precision, precision)}" if precision else processor


def every_setting(abouts: Sequence[Run]) -> list[tuple[str, str, list[str]]]:
    """Return every setting: the trainer's name for it, its meaning, and its value in each run."""
    return [
        (name, field.description or "", [_shown(getattr(about.settings, name)) for about in abouts])
        for name, field in Settings.model_fields.items()
    ]


def _augmentation(settings: Settings) -> str:
    changes = {
        "rotate": f"turned by up to {settings.rotate:g} degrees",
        "scale": f"size changed by up to {settings.scale:.0%}",
        "shear": "sheared",
        "shift": f"moved by up to {settings.shift:g} pixels",
        "elastic": "bent",
        "intensity": f"contrast and brightness changed by up to {settings.intensity:.0%}",
        "blur": "blurred",
        "noise": "with noise",
    }
    return ", ".join(words for name, words in changes.items() if getattr(settings, name)) or "nothing"


def _masks(settings: Settings) -> str:
    distance = settings.neighbours
    return f"the slice's own, and those {distance} slices below and above it" if distance else "the slice's own"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
