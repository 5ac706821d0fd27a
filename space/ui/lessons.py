"""The tab 'Lessons': guess first, then see."""

import math
from typing import Any

from space.modality import SCALES
from space.model.bundle import Bundle, TrainingRun
from space.preprocessing import threshold_level
from space.ui.component import part
from space.ui.inside import describe_networks


def build_lessons(bundle: Bundle) -> None:
    """Build the tab; the lessons themselves are `space/page/lessons/`."""
    part("lessons", data=needs(bundle), elem_id="lessons")


def needs(bundle: Bundle) -> dict[str, Any]:
    """Return what the lessons are made of, as `space/page/lessons/lesson.js` describes it."""
    contract = bundle.contract
    runs = [TrainingRun(bundle.history, contract), *([bundle.overfitting] if bundle.overfitting else [])]
    return {
        "target": contract.target,
        "unit": SCALES[contract.modality].unit,
        "slices": [sample.name for sample in bundle.samples if sample.mask],
        "level": threshold_level(contract.threshold),
        "networks": describe_networks(bundle),
        "runs": [_curves(run) for run in runs],
    }


def _curves(run: TrainingRun) -> dict[str, Any]:
    def points(column: str) -> list[list[float | None]]:
        values = ((row.epoch, getattr(row, column)) for row in run.history)
        return [[epoch, value if math.isfinite(value) else None] for epoch, value in values]

    return {"training": points("dice"), "validation": points("val_volume_dice")}
