"""The record of a training run: a row an epoch, which epoch's weights were kept, how its settings differ."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from space.errors import UserError

COLUMNS = (
    "epoch",
    "loss",
    "dice",
    "val_loss",
    "val_dice",
    "val_volume_dice",
    "learning_rate",
    "images_per_second",
    "seconds",
)
AUGMENTATION = ("rotate", "scale", "shear", "shift", "elastic", "intensity", "blur", "noise")
"""The settings of a run that change its training slices at random; all 0: none is changed."""


def read_history(path: Path) -> list[dict[str, float]]:
    """Return the rows of a `history.csv`, a dictionary an epoch.

    Raises
    ------
    UserError
        if the file is missing, or is no table of numbers with these columns.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [{name: float(row[name]) for name in COLUMNS} for row in csv.DictReader(file)]
    except FileNotFoundError:
        raise UserError(f"{path.name} is missing") from None
    except (KeyError, TypeError, ValueError, csv.Error):
        raise UserError(f"{path.name} is no record of a training run") from None


def rank(row: Mapping[str, float]) -> float:
    """Return what decides which epoch is kept; undefined (no organ in the split) is the worst."""
    value = row["val_volume_dice"]
    return -1.0 if math.isnan(value) else value


def kept_epoch(history: Sequence[Mapping[str, float]]) -> int:
    """Return the epoch whose weights were kept: the first of the best."""
    return int(max(history, key=rank)["epoch"])


def settings_of(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's preset and settings by name, from its `config.json` or its bundle's `contract.json`."""
    return {"preset": about["preset"], **about["settings"]}


def differences(settings: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return in which settings a run differs from another one, 'name value' each.

    Parameters
    ----------
    settings, other : as `settings_of` returns them. Another preset stands for all of its settings.
    """
    if settings["preset"] != other["preset"]:
        return [f"preset {settings['preset']}"]
    return [f"{name} {value}" for name, value in settings.items() if value != other.get(name)]
