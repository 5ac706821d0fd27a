"""The charts of the tab 'Training', from the records of runs, as `space/page/charts.js` takes them."""

import math
from collections.abc import Sequence
from typing import Any

from space.model.bundle import TrainingRun
from space.model.history import kept
from space.report.training_text import dice_caption, loss_caption

LINES = {"Dice": ("dice", "val_volume_dice"), "Loss": ("loss", "val_loss")}
"""What a person can choose to see: the columns of training and validation."""


def curves(runs: Sequence[TrainingRun]) -> dict[str, Any]:
    """Return the curves of this model's run, and of one that overfits; all charts of a view have one scale."""
    views = []
    for name in LINES:
        heights = [0, 0.25, 0.5, 0.75, 1] if name == "Dice" else ticks(max(0.1, _highest(runs, name)), 4)
        plots = [_plot(run, runs, name, heights, overfits=bool(place)) for place, run in enumerate(runs)]
        views.append({"name": name, "plots": plots})
    return {"name": "curves", "choice": "Show over the epochs", "views": views}


def ticks(top: float, count: int) -> list[float]:
    """Return at most about `count` round steps from 0 to `top` or just above."""
    power = 10.0 ** math.floor(math.log10(top / count))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * count >= top)
    return [round(step * place, 10) for place in range(math.ceil(top / step - 1e-9) + 1)]


def _plot(
    run: TrainingRun, runs: Sequence[TrainingRun], name: str, heights: list[float], *, overfits: bool
) -> dict[str, Any]:
    last, best = run.history[-1].epoch, kept(run.history).epoch
    title = f"{'A run that overfits' if overfits else 'This model'}: {last} epochs"
    training, validation = LINES[name]
    return {
        "title": title,
        "caption": dice_caption(run, overfits=overfits) if name == "Dice" else loss_caption(run, runs),
        "label": f"{title}. {name} of training and validation over the epochs; epoch {best} was kept.",
        "x": {"from": 0, "to": last, "label": "epoch", "ticks": [x for x in ticks(max(last, 5), 5) if x <= last]},
        "y": {"from": 0, "to": heights[-1], "label": name, "ticks": heights},
        "series": [_curve(run, "training", 1, training), _curve(run, "validation", 2, validation)],
        "mark": {"x": best, "text": f"kept: epoch {best}"},
    }


def _curve(run: TrainingRun, name: str, line: int, column: str) -> dict[str, Any]:
    points = [[row.epoch, _finite(getattr(row, column))] for row in run.history]
    return {"name": name, "line": line, "points": points}


def _highest(runs: Sequence[TrainingRun], name: str) -> float:
    values = (getattr(row, column) for run in runs for row in run.history for column in LINES[name])
    return max((value for value in values if math.isfinite(value)), default=0)


def _finite(value: float) -> float | None:
    """Return a number for JSON, None where a curve has a hole."""
    return value if math.isfinite(value) else None
