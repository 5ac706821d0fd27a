"""The record of a training run: a row per epoch, which epoch's weights were kept, how its settings differ."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from space.errors import UserError
from space.model.contract import Positive
from space.model.schema import Record, checked, complaint, read_rows
from space.model.settings import Settings


class Epoch(Record, allow_inf_nan=True):
    """One epoch. A Dice is NaN where nothing is traced in the whole split."""

    epoch: Positive
    loss: float
    dice: float
    """Of training, batch by batch."""
    val_loss: float
    val_dice: float
    """All pixels of validation together."""
    val_volume_dice: float
    """The mean over subjects, by which the epoch is chosen."""
    learning_rate: float
    images_per_second: float
    seconds: float

    @property
    def rank(self) -> float:
        """What decides which epoch is kept; undefined is the worst."""
        return rank(self.val_volume_dice)


def rank(dice: float) -> float:
    """Return what an epoch's validation Dice counts for; undefined is the worst."""
    return -1.0 if math.isnan(dice) else dice


MOST_EPOCHS = 10_000
COLUMNS = tuple(Epoch.model_fields)


class Recipe(Protocol):
    """Whatever has a preset and settings: a run, a contract, a row of a table."""

    @property
    def preset(self) -> str:
        """The name of the preset."""

    @property
    def settings(self) -> Settings:
        """Every setting."""


def read_history(path: Path, name: str = "") -> list[Epoch]:
    """Return the rows of a `history.csv`.

    Parameters
    ----------
    name : what the file is called in a sentence; without it, its path.

    Raises
    ------
    UserError
        if the file is missing, or is no table of numbers with these columns.
    """
    about = name or str(path)
    try:
        return [checked(Epoch.model_validate(row), about) for row in read_rows(path, about, MOST_EPOCHS)]
    except ValidationError as error:
        raise UserError(f"{about} is no record of a training run: it {complaint(error)}") from None


def kept(history: Sequence[Epoch]) -> Epoch:
    """Return the epoch whose weights were kept: the first of the best."""
    return max(history, key=lambda row: row.rank)


def differences(recipe: Recipe, other: Recipe) -> list[str]:
    """Return in which settings a recipe differs from another one, 'name value' each.

    Another preset stands for all of its settings.
    """
    if recipe.preset != other.preset:
        return [f"preset {recipe.preset}"]
    theirs = other.settings.model_dump()
    return [f"{name} {value}" for name, value in recipe.settings.model_dump().items() if value != theirs[name]]
