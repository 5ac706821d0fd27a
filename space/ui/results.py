"""The tab 'Results': what the network does on people whom it has never seen, and where it fails.

The article's figure 4, from the bundle's `metrics.json`. Only the pictures are computed here, when they are
first looked at.
"""

from typing import Any

from space.answer import Responder
from space.drawing import overlay
from space.metrics import score_text
from space.preprocessing import centre_box
from space.report.changes_text import broken_heading
from space.report.ranking import FIELD
from space.report.results_charts import over_probability, over_threshold
from space.report.results_pictures import ranked_answers
from space.report.results_text import (
    PROBABILITY,
    THRESHOLD,
    examples_heading,
    figures,
    limits,
    lowest_html,
    probability_details,
    subjects,
    without_organ,
)
from space.ui.broken import build_broken
from space.ui.component import part
from space.ui.payload import data_url
from space.ui.report import report


def build_results(responder: Responder) -> None:
    """Build the tab."""
    bundle = responder.bundle
    report(
        figures(bundle),
        "<h3>Subject by subject</h3>",
        subjects(bundle.metrics),
        elem_id="results-figures",
        control="figures",
    )
    report(examples_heading(bundle), elem_id="results-pictures-heading", control="pictures")
    part("pictures", control="pictures", elem_id="results-pictures")
    part("accuracy", data={"target": bundle.contract.target}, control="accuracy", elem_id="results-accuracy")
    report(THRESHOLD, elem_id="results-threshold-heading", control="threshold")
    part("charts", data=over_threshold(bundle), control="threshold", elem_id="results-threshold")
    report(PROBABILITY, elem_id="results-reliability-heading", control="reliability")
    part("charts", data=over_probability(bundle), control="reliability", elem_id="results-reliability")
    report(probability_details(bundle), elem_id="results-reliability-details", control="reliability")
    measured = bool(bundle.metrics.robustness.changes)
    report(broken_heading(bundle.contract, measured=measured), elem_id="results-robustness-heading", control="changes")
    build_broken(bundle)
    report(
        without_organ(bundle),
        "<h3>The lowest slices</h3>",
        lowest_html(bundle),
        "<h3>Limits</h3>",
        limits(bundle.contract),
        elem_id="results-limits",
        control="limits",
    )


def ranked_pictures(responder: Responder) -> dict[str, Any]:
    """Return best, median and worst of the bundle's samples for `space/page/pictures.js`."""
    pictures = []
    for title, answer in ranked_answers(responder).items():
        middle = centre_box(answer.pixels.shape, min(FIELD, *answer.pixels.shape)).region
        pictures.append(
            {
                "title": title.capitalize(),
                "caption": f"{answer.name}, Dice {score_text(answer.scores.dice if answer.scores else None)}",
                "url": data_url(overlay(answer.pixels, answer.prediction, answer.reference)[middle]),
                "alt": f"{answer.name} with the prediction in blue and the mask's outline in orange",
            }
        )
    return {"problem": "" if pictures else "None of the model's examples can be scored.", "pictures": pictures}
