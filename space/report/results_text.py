"""What the tab 'Results' says in words and tables, from a bundle's metrics and contract."""

from collections.abc import Sequence
from html import escape

import numpy as np

from space.metrics import brier_score, reliability, score_text
from space.model.bundle import Bundle
from space.model.contract import Contract
from space.model.figures import Metrics, SplitFigures, Subject, headline
from space.report.html import folded, table
from space.report.labels import DICE, capitalized
from space.report.lowest_slices import lowest

ARTICLE = (
    "<p class='quiet'>The article reports a test Dice of 0.60 to 0.70, with another network, other slices and another "
    "split.</p>"
)
THRESHOLD = "<h3>At every threshold</h3>"
NOTICEABLE = 0.05
"""A smaller difference of probability and share is not worth a sentence."""


def figures(bundle: Bundle) -> str:
    """Return Dice, precision and recall of the test and the validation split, each with what it means."""
    contract, splits = bundle.contract, bundle.metrics.splits
    headlines = [headline(split) for split in splits.values()]
    rows = [
        ((capitalized(label.name), label.meaning), *(score_text(getattr(one, name)) for one in headlines))
        for name, label in DICE.items()
    ]
    for name, meaning in (
        ("precision", "the share of the marked pixels that is right"),
        ("recall", f"the share of the traced {contract.target} that is found"),
    ):
        values = (score_text(getattr(split.pooled, name)) for split in splits.values())
        rows.append(((capitalized(name), meaning), *values))
    return (
        "<p>The network learned nothing from the <b>test</b> subjects. The <b>validation</b> subjects chose the epoch "
        "that was kept, so their figures are a little too good.</p>"
        + table("Scores", ["", *splits], rows)
        + (f"<p class='quiet'>{escape(how_measured(contract))}</p>" if contract.measured else "")
        + (ARTICLE if contract.data.source == "pancreas-ct" else "")
    )


def how_measured(contract: Contract) -> str:
    """Return how a bundle's figures were measured if not with its own model file; else nothing."""
    return f"Measured {contract.measured}." if contract.measured else ""


def subjects(metrics: Metrics) -> str:
    """Return the volume Dice of every subject as bars with numbers, the splits side by side."""
    scores = [row.dice for row in metrics.test.per_subject if row.dice is not None]
    spread = (
        f"<p>The volume Dice of the test subjects goes from <b>{min(scores):.3f}</b> to <b>{max(scores):.3f}</b>.</p>"
        if len(scores) > 1
        else ""
    )
    tables = "".join(_bars(name, split.per_subject) for name, split in metrics.splits.items())
    return f"{spread}<div class='beside'>{tables}</div>"


def examples_heading(bundle: Bundle) -> str:
    """Return what stands above the pictures, and whose slices they show."""
    origin = (
        "The examples are synthetic: their Dice says nothing about patients."
        if any(sample.synthetic for sample in bundle.samples)
        else "Among the examples that come with this model: slices of the test subjects."
    )
    key = "<span class='key predicted'></span>predicted<span class='key traced hollow'></span>the mask"
    return f"<h3>Best, median and worst example</h3><p>{origin}</p><p class='legend'>{key}</p>"


PROBABILITY = (
    "<h3>Does a probability of 0.8 mean 80%?</h3><p>The pixels are grouped by the probability that the network gave "
    "them; the curve is the share of each group that lies inside the mask. Below the dashed line the network is too "
    "sure.</p>"
)


def probability_details(bundle: Bundle) -> str:
    """Return what was done for the probabilities, and the Brier score of each split, for engineers."""
    how = {"platt": "Platt scaling: two numbers", "curve": "Platt scaling and a curve: six numbers"}
    done = how.get(bundle.contract.settings.calibration)
    scaled = (
        f"After training the probabilities were rescaled ({done}, fitted on validation); the chart shows what error is "
        "left. "
        if done
        else ""
    )
    scores = ", ".join(
        f"{brier_score(np.array(split.table)):.4f} on {name}" for name, split in bundle.metrics.splits.items()
    )
    return folded(
        "For engineers: scaling and Brier score",
        f"<p>{scaled}The Brier score is the mean squared difference of probability and mask: {scores}. 0 is perfect, "
        "and as nearly all pixels are background it is always small.</p>",
    )


def leftover(split: SplitFigures) -> str:
    """Return where the probabilities of a split are furthest from the share of pixels inside the mask."""
    gaps = sorted((inside - said, said, inside) for said, inside in reliability(np.array(split.table)))
    too_low = [gap for gap in gaps[-1:] if gap[0] > NOTICEABLE]
    too_high = [gap for gap in gaps[:1] if gap[0] < -NOTICEABLE]
    parts = [f"of the pixels at {said:.2f}, {inside:.0%} lie inside the mask" for _, said, inside in too_low + too_high]
    return f"Furthest off: {'; '.join(parts)}." if parts else f"It is nowhere off by more than {NOTICEABLE}."


def without_organ(bundle: Bundle) -> str:
    """Return what the network does on test slices where there is nothing to find."""
    entry, target = bundle.metrics.test.without_organ, escape(bundle.contract.target)
    heading = f"<h3>Slices without {target}</h3>"
    if not entry.slices:
        return f"{heading}<p>There are none among the test slices.</p>"
    return (
        f"{heading}<p>On <b>{entry.slices_with_false_positives} of {entry.slices}</b> test slices without any {target} "
        f"the network marks some: {entry.mean_false_positive_pixels:.1f} pixels per slice, as a mean over all. Dice "
        "cannot measure this: with nothing traced it is 0 or undefined.</p>"
    )


def lowest_html(bundle: Bundle) -> str:
    """Return the lowest test slices for the page."""
    found = lowest(bundle.metrics.test, "test", bundle.contract.target)
    lines = "".join(f"<li>{escape(line)}</li>" for line in found.lines)
    return f"<p>{escape(found.summary)}</p>" + (folded("Slice by slice", f"<ol>{lines}</ol>") if lines else "")


def limits(contract: Contract) -> str:
    """Return where the network is known to fail and what it is for."""
    items = "".join(f"<li>{escape(limit)}</li>" for limit in contract.limits)
    collection = escape(contract.data.citation or "not stated")
    return f"<ul>{items}</ul><p class='quiet'>The collection: {collection}</p><p>{escape(contract.intended_use)}</p>"


def _bars(name: str, rows: Sequence[Subject]) -> str:
    lines = "".join(
        f"<tr><th scope='row'>{escape(row.subject)}</th>"
        f"<td class='bar'><span style='width:{100 * (row.dice or 0):.1f}%'></span></td>"
        + "".join(f"<td class='number'>{score_text(value)}</td>" for value in (row.dice, row.precision, row.recall))
        + "</tr>"
        for row in rows
    )
    heads = "".join(f"<th scope='col' class='number'>{label}</th>" for label in ("Dice", "precision", "recall"))
    return (
        f"<table class='subjects'><caption>{name.capitalize()} subjects, volume Dice</caption>"
        f"<thead><tr><th scope='col'>subject</th><td></td>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    )
