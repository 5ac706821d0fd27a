"""The charts of the tab 'Results', from a bundle's `metrics.json`, as `space/page/charts.js` takes them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from space.metrics import Counts, brier_score, reliability, score
from space.model.bundle import Bundle
from space.report.html import ODD, finite
from space.report.results_text import measured

SHARE = {"from": 0, "to": 1, "label": "", "ticks": [0, 0.25, 0.5, 0.75, 1]}
"""An axis from 0 to 1."""
FITTED_ON = "The calibration was fitted on every other of these slices: the test subjects tell more."


def over_threshold(bundle: Bundle) -> dict[str, Any] | None:
    """Return Dice, precision and recall over the threshold; None without counts."""
    return _by_split(bundle, "split", _threshold_plot)


def over_probability(bundle: Bundle) -> dict[str, Any] | None:
    """Return the share of pixels inside the mask over the probability; None without counts."""
    settings = bundle.contract.get("settings")
    fitted = isinstance(settings, Mapping) and settings.get("calibration") == "platt"
    captions = {"validation": FITTED_ON} if fitted else {}
    return _by_split(bundle, "calibration", lambda split, name: _reliability_plot(split, name, captions.get(name, "")))


def _by_split(bundle: Bundle, name: str, plot: Callable[[Mapping[str, Any], str], Any]) -> dict[str, Any] | None:
    try:
        views = [
            {"name": split.capitalize(), "plots": [plot(entry, split)]}
            for split, entry in measured(bundle.metrics).items()
        ]
    except ODD:
        return None
    return {"name": name, "choice": "Count on", "views": views} if views else None


def over_strength(bundle: Bundle) -> dict[str, Any] | None:
    """Return Dice over the strength of each change; None if it was not measured."""
    try:
        found = bundle.metrics["robustness"]
        title = f"{int(found['subjects'])} validation subjects, {int(found['slices'])} slices"
        views = [{"name": str(change["name"]), "plots": [_change_plot(change, title)]} for change in found["changes"]]
    except ODD:
        return None
    return {"name": "change", "choice": "Change", "views": views} if views else None


def _change_plot(change: Mapping[str, Any], title: str) -> dict[str, Any]:
    strengths = [float(strength) for strength in change["strengths"]]
    points = [[strength, finite(dice)] for strength, dice in zip(strengths, change["dice"], strict=True)]
    trained = float(change["trained"])
    return {
        "title": title,
        "caption": "",
        "label": f"Mean volume Dice over {change['name']}.",
        "x": {
            "from": min(strengths),
            "to": max(strengths),
            "label": f"{change['name']}, {change['unit']}",
            "ticks": strengths,
        },
        "y": SHARE,
        "series": [{"name": "mean volume Dice", "line": 1, "points": points}],
        "mark": {"x": trained, "text": f"training: {trained:g}"},
    }


def _reliability_plot(split: Mapping[str, Any], name: str, caption: str) -> dict[str, Any]:
    table = np.array(split["table"])
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


def _threshold_plot(split: Mapping[str, Any], name: str) -> dict[str, Any]:
    scores = [score(Counts(*map(int, row))) for row in split["table"]]
    levels = len(scores) - 1
    threshold = float(split["threshold"])
    series = [
        {
            "name": label,
            "line": line,
            "points": [[level / levels, finite(getattr(entry, label.lower()))] for level, entry in enumerate(scores)],
        }
        for line, label in ((3, "recall"), (2, "precision"), (1, "Dice"))
    ]
    return {
        "title": f"{len(split['per_subject'])} {name} subjects, {len(split['per_slice']):,} slices",
        "caption": "",
        "label": f"Dice, precision and recall over the threshold, {name} subjects.",
        "x": SHARE | {"label": "threshold"},
        "y": SHARE,
        "series": series,
        "mark": {"x": threshold, "text": f"used: {threshold:.2f}"},
    }
