"""The charts of the tab 'Results', from a bundle's figures, as `space/page/charts.js` takes them."""

import math
from typing import Any

import numpy as np

from space.metrics import Counts, brier_score, reliability, score
from space.model.bundle import Bundle
from space.model.figures import Change, Robustness, SplitFigures
from space.report.labels import DICE, capitalized
from space.report.results_text import leftover

SHARE = {"from": 0, "to": 1, "label": "", "ticks": [0, 0.25, 0.5, 0.75, 1]}
"""An axis from 0 to 1."""
FITTED_ON = "The scaling was fitted on every other of these slices: the test subjects tell more."


def over_threshold(bundle: Bundle) -> dict[str, Any]:
    """Return Dice, precision and recall over the threshold."""
    views = [_view(name.capitalize(), _threshold_plot(split, name)) for name, split in bundle.metrics.splits.items()]
    return {"name": "split", "choice": "Count on", "views": views}


def over_probability(bundle: Bundle) -> dict[str, Any]:
    """Return the share of pixels inside the mask over the probability."""
    fitted = bundle.contract.settings.calibration != "none"
    views = []
    for name, split in bundle.metrics.splits.items():
        caption = leftover(split) + (f" {FITTED_ON}" if fitted and name == "validation" else "")
        views.append(_view(name.capitalize(), _reliability_plot(split, name, caption)))
    return {"name": "calibration", "choice": "Count on", "views": views}


def over_strength(found: Robustness) -> dict[str, Any]:
    """Return Dice over the strength of each change."""
    title = f"{found.subjects} validation subjects, {found.slices} slices"
    views = [_view(change.name, _change_plot(change, title)) for change in found.changes]
    return {"name": "change", "choice": "Change", "views": views}


def _view(name: str, plot: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "plots": [plot]}


def _change_plot(change: Change, title: str) -> dict[str, Any]:
    name = DICE["mean_volume_dice"].name
    points = [[strength, dice] for strength, dice in zip(change.strengths, change.dice, strict=True)]
    return {
        "title": title,
        "caption": "",
        "label": f"{capitalized(name)} over {change.name}.",
        "x": {
            "from": min(change.strengths),
            "to": max(change.strengths),
            "label": f"{change.name}, {change.unit}",
            "ticks": list(change.strengths),
        },
        "y": SHARE,
        "series": [{"name": name, "line": 1, "points": points}],
        "mark": {"x": change.trained, "text": f"training: {change.trained:g}"},
    }


def _reliability_plot(split: SplitFigures, name: str, caption: str) -> dict[str, Any]:
    table = np.array(split.table)
    curve = reliability(table)
    return {
        "title": f"{name.capitalize()} subjects, Brier score {brier_score(table):.4f}",
        "caption": caption,
        "label": f"Share of pixels inside the mask over their probability, {name} subjects.",
        "x": SHARE | {"label": "probability"},
        "y": SHARE,
        "series": [
            {"name": "if calibrated", "line": 2, "dashed": True, "points": [[said, said] for said, _ in curve]},
            {"name": "inside the mask", "line": 1, "points": [list(point) for point in curve]},
        ],
        "mark": {"x": None, "text": ""},
    }


def _threshold_plot(split: SplitFigures, name: str) -> dict[str, Any]:
    scores = [score(Counts(*row)) for row in split.table]
    levels = len(scores) - 1
    series = [
        {
            "name": label,
            "line": line,
            "points": [[level / levels, _defined(getattr(entry, column))] for level, entry in enumerate(scores)],
        }
        for line, label, column in ((3, "recall", "recall"), (2, "precision", "precision"), (1, "Dice", "dice"))
    ]
    return {
        "title": f"{split.subjects} {name} subjects, {split.slices:,} slices",
        "caption": "",
        "label": f"Dice, precision and recall over the threshold, {name} subjects.",
        "x": SHARE | {"label": "threshold"},
        "y": SHARE,
        "series": series,
        "mark": {"x": split.threshold, "text": f"used: {split.threshold:.2f}"},
    }


def _defined(value: float) -> float | None:
    """Return a score for JSON, None where a curve has a hole."""
    return None if math.isnan(value) else value
