"""A bundle of contract 1 -> what contract 2 holds. Its network stays the same but for the rounding of its weights.

Contract 1 knew a network whose input was cut and scaled by the app; the figures' names were English labels.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from space.errors import UserError
from space.model.contract import Contract, Slices
from space.model.figures import Metrics
from space.model.schema import complaint

COARSEST_MM, REFINED_MM = 0.85, 0.8
HEADLINE = {
    "mean volume Dice": "mean_volume_dice",
    "pooled Dice": "pooled_dice",
    "mean slice Dice": "mean_slice_dice",
}
MEASURED = "with the weights of {old}, before they were rounded to float16"


def converted_contract(folder: Path) -> Contract:
    """Return the contract of an old bundle as one of contract 2; its hashes are still those of the old files.

    Raises
    ------
    UserError
        if it lacks an entry, or holds one that cannot be.
    """
    old = _json(folder / "contract.json")
    title = f"{old.get('name')} {old.get('version')}"
    slices = old.get("slice", {}) | {"coarsest_mm": COARSEST_MM, "refined_mm": REFINED_MM}
    try:
        return Contract(**old | {"contract": 2, "slice": Slices(**slices), "measured": MEASURED.format(old=title)})
    except ValidationError as error:
        raise UserError(f"{folder / 'contract.json'} {complaint(error)}") from None


def converted_metrics(folder: Path) -> Metrics:
    """Return the figures of an old bundle under their new names.

    Raises
    ------
    UserError
        if one is missing, or cannot be.
    """
    old = _json(folder / "metrics.json")
    tables = {name: [_row(row) for row in old.get(name, [])] for name in ("recipes", "ablation")}
    try:
        return Metrics(**old | tables)
    except ValidationError as error:
        raise UserError(f"{folder / 'metrics.json'} {complaint(error)}") from None


def _row(row: dict[str, Any]) -> dict[str, Any]:
    settings = dict(row.get("settings", {}))
    splits = {
        split: {HEADLINE.get(name, name): value for name, value in row[split].items()}
        for split in ("validation", "test")
        if split in row
    }
    return row | {"preset": settings.pop("preset", ""), "settings": settings} | splits


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        raise UserError(f"{path} is missing or no valid JSON") from None
