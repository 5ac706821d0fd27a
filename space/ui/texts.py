"""Pieces of the page's text. Whatever comes from a file or a bundle is escaped here."""

import math
from html import escape

from space.answer import Answer
from space.bundle import Bundle
from space.metrics import Scores

DISCLAIMER = "For teaching only. Not a medical device; never use it for diagnosis."


def header(bundle: Bundle, problem: str) -> str:
    """Return title, purpose, the model that is served, and why it is not the one that was asked for."""
    target, dice = escape(bundle.contract["target"]), bundle.test_dice
    measured = "" if math.isnan(dice) else f", mean volume Dice {dice:.3f} on its test subjects"
    return (
        f"<h1>Find the {target}</h1>"
        f"<p>A U-Net looks at one axial CT slice and marks where it believes the {target} is. Move the "
        "threshold, compare with the mask, try a slice of your own.</p>"
        f"<p class='small'>Model: {escape(bundle.title)}, {escape(bundle.source)}{measured}. {DISCLAIMER}</p>"
        + (notice(problem) if problem else "")
    )


def notice(sentence: str) -> str:
    """Return a sentence that something is wrong, where the reader looks."""
    return f"<p class='notice' role='alert'>{escape(sentence)}</p>"


def score_panel(answer: Answer, threshold: float, problem: str = "") -> str:
    """Return the numbers of a segmented slice, and how it was read."""
    return (
        (notice(problem) if problem else "")
        + _dice(answer.scores)
        + _small_figures(answer, threshold)
        + f"<p class='notes'>{' '.join(escape(note) for note in answer.notes)}</p>"
    )


def _dice(scores: Scores | None) -> str:
    if scores is None:
        return "<div class='dice'><b>?</b><span>Dice: add a mask to compare with</span></div>"
    if math.isnan(scores.dice):
        return "<div class='dice'><b>n/a</b><span>no Dice: the mask is empty, nothing is predicted</span></div>"
    return f"<div class='dice'><b>{scores.dice:.3f}</b><span>Dice similarity coefficient</span></div>"


def _small_figures(answer: Answer, threshold: float) -> str:
    cells = []
    if answer.scores is not None:
        named = (("IoU", "iou"), ("Precision", "precision"), ("Recall", "recall"))
        cells += [(label, _number(getattr(answer.scores, name))) for label, name in named]
    cells.append(("Predicted", f"{answer.area:,} px"))
    if answer.reference is not None:
        cells.append(("Mask", f"{int(answer.reference.sum()):,} px"))
    items = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in cells)
    return f"<dl class='figures' data-threshold='{threshold:g}'>{items}</dl>"


def _number(value: float) -> str:
    return "n/a" if math.isnan(value) else f"{value:.3f}"


def legend(answer: Answer) -> str:
    """Return what the colours of the overlay stand for."""
    mask = "" if answer.reference is None else "<span class='key traced'></span>the mask"
    return f"<p class='legend'><span class='key predicted'></span>predicted by the U-Net{mask}</p>"


HEAT_LEGEND = "<p class='legend'><span class='ramp'></span>probability from 0 to 1</p>"

EXPLANATION = """
**The picture.** Grey is the CT slice, windowed to -40 to 310 HU. The network gives every pixel a probability
of belonging to the organ; pixels at or above the **threshold** are marked. A low threshold marks more of them.

**The numbers.** *Dice* is twice the overlap of prediction and mask, divided by the sum of their areas: 1
is exact, 0 no overlap. *IoU* is the overlap divided by the union. *Precision* is how much of the prediction is
right, *recall* how much of the mask was found. Where there is nothing to divide by, they are n/a.

**Your own slice.** PNG, JPEG or TIFF, 8- or 16-bit, a whole axial slice or a crop of it at full resolution,
spine at the bottom, liver at the image's left. It stays in this app's temporary folder for ten to twenty
minutes and is shown to nobody else; please upload nothing that identifies a person.
"""


def examples_heading(synthetic: bool) -> str:
    """Return the line above the examples, which says whose slices they are."""
    origin = "synthetic slices, drawn by this project" if synthetic else "slices of the test subjects"
    return f"<p class='heading'>Examples <span>{origin}: click one</span></p>"


OWN_HEADING = "<p class='heading'>Your own slice <span>PNG, JPEG or TIFF, 8- or 16-bit</span></p>"
