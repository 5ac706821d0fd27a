"""The charts of the tab 'Results', from a bundle's figures, as `space/page/charts.js` takes them."""

import math
from typing import Any

import numpy as np

from space.changes import changes_from
from space.metrics import Counts, reliability, score
from space.model.bundle import Bundle
from space.model.figures import SplitFigures
from space.report.changes_text import change_in_words, picture_in_words
from space.report.labels import DICE, capitalized
from space.report.results_text import leftover

SHARE = {"from": 0, "to": 1, "label": "", "ticks": [0, 0.25, 0.5, 0.75, 1]}
"""An axis from 0 to 1."""
FITTED_ON = "The scaling was fitted on every other of these slices: the test subjects tell more."


def over_threshold(bundle: Bundle) -> dict[str, Any]:
    """Return Dice, precision and recall over the threshold."""
    views = [_view(name.capitalize(), _threshold_plot(split, name)) for name, split in bundle.metrics.splits.items()]
    return {"name": "split", "choice": "Threshold: count on", "views": views}


def over_probability(bundle: Bundle) -> dict[str, Any]:
    """Return the share of pixels inside the mask over the probability."""
    fitted = bundle.contract.settings.calibration != "none"
    views = []
    for name, split in bundle.metrics.splits.items():
        caption = leftover(split) + (f" {FITTED_ON}" if fitted and name == "validation" else "")
        views.append(_view(name.capitalize(), _reliability_plot(split, name, caption)))
    return {"name": "calibration", "choice": "Probability: count on", "views": views}


def over_strength(bundle: Bundle) -> dict[str, Any]:
    """Return how a slice can be changed, and the Dice that was measured at each strength, for `space/page/broken.js`.

    A bundle whose changes were other ones has no curve for ours.
    """
    contract, found = bundle.contract, bundle.metrics.robustness
    measured = {(change.name, change.unit, change.trained): change for change in found.changes}
    name = DICE["mean_volume_dice"].name
    changes = []
    for change in changes_from(contract.window, contract.modality):
        known = measured.get((change.name, change.unit, change.trained))
        points = zip(known.strengths, known.dice, strict=True) if known else ()
        strengths = sorted({*change.strengths, *(known.strengths if known else ())})
        changes.append(
            {
                "name": change.name,
                "unit": change.unit,
                "trained": change.trained,
                "stops": change.stops,
                "says": change_in_words(change.name, contract),
                "picture": picture_in_words(change.name, contract),
                "label": f"{capitalized(name)} over {change.name}.",
                "x": {
                    "from": strengths[0],
                    "to": strengths[-1],
                    "label": f"{change.name}, {change.unit}",
                    "ticks": strengths,
                },
                "curve": [[strength, dice] for strength, dice in points],
            }
        )
    return {
        "curve": name,
        "measured": f"{found.subjects} validation subjects, {found.slices} slices",
        "threshold": contract.threshold,
        "changes": changes,
    }


def _view(name: str, plot: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "plots": [plot]}


def _reliability_plot(split: SplitFigures, name: str, caption: str) -> dict[str, Any]:
    table = np.array(split.table)
    curve = reliability(table)
    return {
        "title": f"{name.capitalize()} subjects",
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
        "caption": "All pixels are counted together.",
        "label": f"Dice, precision and recall over the threshold, {name} subjects.",
        "x": SHARE | {"label": "threshold"},
        "y": SHARE,
        "series": series,
        "mark": {"x": split.threshold, "text": f"used: {split.threshold:.2f}"},
    }


def _defined(value: float) -> float | None:
    """Return a score for JSON, None where a curve has a hole."""
    return None if math.isnan(value) else value
