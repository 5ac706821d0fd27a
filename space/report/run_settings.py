"""The settings of a training run in plain words, from a contract's or an overfitting run's entries."""

from collections.abc import Mapping
from typing import Any

from space.model.history import AUGMENTATION

About = Mapping[str, Any]
LOSSES = {
    "dice": "1 minus Dice",
    "bce": "cross-entropy",
    "dice_bce": "1 minus Dice, plus cross-entropy",
    "dice_focal": "1 minus Dice, plus focal loss",
}
OPTIMISERS = {"adam": "Adam", "adamw": "AdamW", "muon": "Muon"}
CALIBRATIONS = {
    "none": "as training left them",
    "platt": "a scale and an offset of the logit, fitted on validation after training",
}
SCHEDULES = {"constant": "kept constant", "cosine": "rising for an epoch, then falling to 0 along a cosine"}


def is_augmented(settings: About) -> bool:
    """Tell whether training slices were changed at random."""
    return any(settings.get(name) for name in AUGMENTATION)


def in_words(about: About) -> dict[str, str]:
    """Return what a reader wants to know of a run, a line each."""
    settings, training = about["settings"], about["training"]
    rate, schedule = settings["learning_rate"], settings["schedule"]
    return {
        "Preset of the trainer": str(about["preset"]),
        "Begun with": f"the weights of {about['start']}" if about.get("start") else "random weights",
        "Filters a level": ", ".join(map(str, settings["filters"])),
        "Made small by training": LOSSES.get(settings["loss"], str(settings["loss"])),
        "Optimiser": OPTIMISERS.get(settings["optimizer"], str(settings["optimizer"])),
        "Learning rate": f"{rate:g}, {SCHEDULES.get(schedule, schedule)}",
        "Epochs": f"{settings['epochs']}, {settings['batch']} slices a step",
        "Subjects to learn from": str(training_subjects(about)),
        "Training windows": f"{settings['train_crop']} x {settings['train_crop']} pixels",
        "Masks to learn from": _masks(settings),
        "Changed at random": _augmentation(settings),
        "Synthetic abdomens mixed in": str(settings["phantoms"]),
        "Probabilities": CALIBRATIONS.get(settings.get("calibration", "none"), str(settings.get("calibration"))),
        "Time": f"{training['minutes']:.0f} minutes on {training['device']}",
    }


def training_subjects(about: About) -> int:
    """Return how many subjects a run learned from: the setting, where it is not 0 for all of the split."""
    return int(about["settings"].get("subjects") or about["data"]["splits"]["train"]["subjects"])


def _augmentation(settings: About) -> str:
    if not is_augmented(settings):
        return "nothing"
    return (
        f"turned by up to {settings['rotate']:g} degrees, size by {settings['scale']:.0%}, moved by "
        f"{settings['shift']:g} pixels, contrast by {settings['intensity']:.0%}, bent, blurred and with noise"
    )


def _masks(settings: About) -> str:
    distance = settings.get("neighbours")
    return f"the slice's own, and those {distance} slices below and above" if distance else "the slice's own"


def every_setting(abouts: list[About]) -> list[tuple[str, ...]]:
    """Return every setting by the trainer's name for it, and its value in each run."""
    names = dict.fromkeys(name for about in abouts for name in about["settings"])
    return [(name, *(_shown(about["settings"].get(name, "")) for about in abouts)) for name in names]


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
