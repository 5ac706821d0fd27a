"""The tab 'Results': what the network does on people whom it has never seen, and where it fails.

The article's figure 4, from the bundle's `metrics.json`. Only the pictures are computed here, when they are
first looked at.
"""

from typing import Any

from space.answer import Answer, Responder
from space.drawing import overlay
from space.errors import UserError
from space.preprocessing import centre_box
from space.report.html import finite, report, score_text, tolerant
from space.report.results_charts import over_probability, over_strength, over_threshold
from space.report.results_text import examples_heading, figures, limits, lowest, subjects, without_organ
from space.ui.component import part
from space.ui.payload import data_url

FIELD = 320  # pixels of the slice's middle that a picture shows
MISSING = "<p class='quiet'>The model's metrics.json does not hold the counts at every threshold.</p>"


def build_results(responder: Responder) -> None:
    """Build the tab."""
    bundle = responder.bundle
    report(
        tolerant(figures, "metrics.json", bundle),
        "<h3>Subject by subject</h3>",
        tolerant(subjects, "metrics.json", bundle.metrics),
        examples_heading(bundle),
        elem_id="results-figures",
    )
    part("pictures", elem_id="results-pictures")
    data = over_threshold(bundle)
    report(
        "<h3>Over the threshold</h3><p>All pixels of a split counted together, at each of 256 thresholds.</p>",
        "" if data else MISSING,
        elem_id="results-threshold-heading",
    )
    if data:
        part("charts", data=data, elem_id="results-threshold")
    sure = over_probability(bundle)
    if sure:
        report(
            "<h3>Does a probability of 0.8 mean 80%?</h3><p>Pixels by the probability that the network gave them, and "
            "how many of them lie inside the mask. On the dashed line the network would be as sure as it is right; "
            "below it, it is too sure. The Brier score is the mean squared difference of probability and mask: 0 is "
            "perfect.</p>",
            elem_id="results-reliability-heading",
        )
        part("charts", data=sure, elem_id="results-reliability")
    changed = over_strength(bundle)
    if changed:
        report(
            "<h3>When a slice is not as in training</h3><p>Validation slices, changed in one way at a time. Slices "
            "from elsewhere are seldom in the very window, pixel size and place that training knew.</p>",
            elem_id="results-robustness-heading",
        )
        part("charts", data=changed, elem_id="results-robustness")
    report(
        tolerant(without_organ, "metrics.json", bundle),
        "<h3>The lowest slices</h3>",
        tolerant(lowest, "metrics.json", bundle.metrics),
        "<h3>Limits</h3>",
        tolerant(limits, "contract.json", bundle.contract),
        elem_id="results-limits",
    )


def ranked_pictures(responder: Responder) -> dict[str, Any]:
    """Segment the bundle's samples; return best, median and worst for `space/page/pictures.js`."""
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
