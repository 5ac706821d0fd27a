"""The tab 'Results': what the network does on people whom it has never seen, and where it fails.

The article's figure 4, from the bundle's `metrics.json`. Only the pictures are computed here, when they are
first looked at.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import gradio as gr
import numpy as np

from space.answer import Answer, Responder
from space.bundle import Bundle
from space.drawing import overlay
from space.errors import UserError
from space.metrics import Counts, brier_score, reliability, score
from space.preprocessing import centre_box
from space.ui.component import part
from space.ui.payload import data_url
from space.ui.report import ODD, finite, report, score_text, tolerant
from space.ui.results_text import examples_heading, figures, limits, lowest, measured, subjects, without_organ

FIELD = 320  # pixels of the slice's middle that a picture shows
MISSING = "<p class='quiet'>The model's metrics.json does not hold the counts at every threshold.</p>"


def build_results(responder: Responder, quiet: dict[str, Any]) -> gr.HTML:
    """Build the tab; return its pictures.

    Parameters
    ----------
    quiet : how the page's events run.
    """
    bundle = responder.bundle
    report(
        tolerant(figures, "metrics.json", bundle),
        "<h3>Subject by subject</h3>",
        tolerant(subjects, "metrics.json", bundle.metrics),
        examples_heading(bundle),
        elem_id="results-figures",
    )
    pictures = part("pictures", "Pictures", elem_id="results-pictures")

    @cache
    def show() -> dict[str, Any]:
        return ranked_pictures(responder)

    pictures.shown(lambda: gr.HTML(data=show()), outputs=pictures, **quiet)
    data = over_threshold(bundle)
    report(
        "<h3>Over the threshold</h3><p>All pixels of a split counted together, at each of 256 thresholds.</p>",
        "" if data else MISSING,
        elem_id="results-threshold-heading",
    )
    if data:
        part("charts", "Charts", uses=("chart",), data=data, elem_id="results-threshold")
    if data:
        report(
            "<h3>Does a probability of 0.8 mean 80%?</h3><p>Pixels by the probability that the network gave them, and "
            "how many of them lie inside the mask. On the dashed line the network would be as sure as it is right; "
            "below it, it is too sure. The Brier score is the mean "
            "squared difference of probability and mask: 0 is perfect.</p>",
            elem_id="results-reliability-heading",
        )
        part("charts", "Charts", uses=("chart",), data=over_probability(bundle), elem_id="results-reliability")
    changed = over_strength(bundle)
    if changed:
        report(
            "<h3>When a slice is not as in training</h3><p>Validation slices, changed in one way at a time. Slices "
            "from elsewhere are seldom in the very window, pixel size and place that training knew.</p>",
            elem_id="results-robustness-heading",
        )
        part("charts", "Charts", uses=("chart",), data=changed, elem_id="results-robustness")
    report(
        tolerant(without_organ, "metrics.json", bundle),
        "<h3>The lowest slices</h3>",
        tolerant(lowest, "metrics.json", bundle.metrics),
        "<h3>Limits</h3>",
        tolerant(limits, "contract.json", bundle.contract),
        elem_id="results-limits",
    )
    return pictures


def ranked_pictures(responder: Responder) -> dict[str, Any]:
    """Segment the bundle's samples; return best, median and worst for `space/viewer/pictures.js`."""
    threshold = float(responder.bundle.contract["threshold"])
    scored: list[tuple[float, Answer]] = []
    for sample in responder.bundle.samples:
        try:
            answer = responder.answer(sample.image, sample.mask, threshold)
        except UserError:  # a picture less
            continue
        if answer.scores and finite(answer.scores.dice) is not None:
            scored.append((answer.scores.dice, answer))
    if not scored:
        return {"problem": "None of the model's examples can be scored.", "pictures": []}
    scored.sort(key=lambda entry: -entry[0])
    last = len(scored) - 1
    places = {0: "Best", last: "Worst", last // 2: "Median"} if last > 1 else {last: "Worst", 0: "Best"}
    return {"problem": "", "pictures": [_picture(places[place], *scored[place]) for place in sorted(places)]}


def _picture(title: str, dice: float, answer: Answer) -> dict[str, str]:
    middle = centre_box(answer.pixels.shape, min(FIELD, *answer.pixels.shape)).region
    mask = answer.reference
    return {
        "title": title,
        "caption": f"{answer.name}, Dice {score_text(dice)}",
        "url": data_url(overlay(answer.pixels, answer.prediction, mask)[middle]),
        "alt": f"{answer.name} with the prediction in blue and the mask's outline in orange",
    }


def over_threshold(bundle: Bundle) -> dict[str, Any] | None:
    """Return Dice, precision and recall over the threshold for `space/viewer/charts.js`; None without counts."""
    try:
        views = [
            {"name": name.capitalize(), "plots": [_plot(split, name)]}
            for name, split in measured(bundle.metrics).items()
        ]
    except ODD:
        return None
    return {"name": "split", "choice": "Count on", "views": views} if views else None


def over_strength(bundle: Bundle) -> dict[str, Any] | None:
    """Return Dice over the strength of each change for `space/viewer/charts.js`; None if it was not measured."""
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
        "y": {"from": 0, "to": 1, "label": "", "ticks": [0, 0.25, 0.5, 0.75, 1]},
        "series": [{"name": "mean volume Dice", "line": 1, "points": points}],
        "mark": {"x": trained, "text": f"training: {trained:g}"},
    }


def over_probability(bundle: Bundle) -> dict[str, Any]:
    """Return the share of pixels inside the mask over the probability for `space/viewer/charts.js`."""
    views = [
        {"name": name.capitalize(), "plots": [_reliability_plot(split, name)]}
        for name, split in measured(bundle.metrics).items()
    ]
    return {"name": "calibration", "choice": "Count on", "views": views}


def _reliability_plot(split: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = np.array(split["table"])
    curve = reliability(table)
    axis = {"from": 0, "to": 1, "ticks": [0, 0.25, 0.5, 0.75, 1]}
    return {
        "title": f"{name.capitalize()} subjects, Brier score {brier_score(table):.4f}",
        "caption": "",
        "label": f"Share of pixels inside the mask over their probability, {name} subjects.",
        "x": axis | {"label": "probability"},
        "y": axis | {"label": ""},
        "series": [
            {"name": "if calibrated", "line": 2, "dashed": True, "points": [[said, said] for said, _ in curve]},
            {"name": "inside the mask", "line": 1, "points": [list(point) for point in curve]},
        ],
        "mark": {"x": None, "text": ""},
    }


def _plot(split: Mapping[str, Any], name: str) -> dict[str, Any]:
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
        "x": {"from": 0, "to": 1, "label": "threshold", "ticks": [0, 0.25, 0.5, 0.75, 1]},
        "y": {"from": 0, "to": 1, "label": "", "ticks": [0, 0.25, 0.5, 0.75, 1]},
        "series": series,
        "mark": {"x": threshold, "text": f"used: {threshold:.2f}"},
    }
