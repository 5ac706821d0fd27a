"""A bundle of contract 1 -> what contract 2 holds. Its network stays the same but for the rounding of its weights.

Contract 1 knew a network whose input was cut and scaled by the app; the figures' names were English labels.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from space.errors import UserError
from space.model.bundle import contract_version, sha256, verify
from space.model.contract import Contract
from space.model.figures import Metrics
from space.model.schema import complaint
from space.model.settings import RecordedSettings
from trainer.dataset import WHOLE_SLICE
from trainer.export import export_onnx, load_published, rounded, slice_geometry

HEADLINE = {
    "mean volume Dice": "mean_volume_dice",
    "pooled Dice": "pooled_dice",
    "mean slice Dice": "mean_slice_dice",
}
MEASURED = "with the weights of {old}, before they were rounded to float16"


def converted(source: Path, folder: Path) -> Path:
    """Return a bundle of today's contract: `source` itself, or `folder`, filled from one of contract 1."""
    if contract_version(source / "contract.json") != 1:
        return source
    contract = converted_contract(source)
    for name in contract.sha256:
        verify(source, name, contract.sha256)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, folder / name)
    model = rounded(load_published(source))
    model.save(folder, zipped=False)
    export_onnx(model, contract.settings, contract.window, contract.slice, folder / "model.onnx")
    converted_metrics(source).write(folder / "metrics.json", indent=None)
    hashes = {name: sha256(folder / name) for name in contract.sha256}
    contract.model_copy(update={"sha256": hashes}).write(folder / "contract.json")
    return folder


def converted_contract(folder: Path) -> Contract:
    """Return the contract of an old bundle as one of contract 2; its hashes are still those of the old files.

    Raises
    ------
    UserError
        if it lacks an entry, or holds one that cannot be.
    """
    old = _json(folder / "contract.json")
    title = f"{old.get('name')} {old.get('version')}"
    try:
        settings = RecordedSettings(**old.get("settings", {}))
        slices = slice_geometry(settings, old.get("slice", {}).get("matrix", WHOLE_SLICE))
        return Contract(**old | {"contract": 2, "slice": slices, "measured": MEASURED.format(old=title)})
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
