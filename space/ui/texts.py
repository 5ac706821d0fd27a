"""Pieces of the page's text. Whatever comes from a file or a bundle is escaped here."""

from collections.abc import Sequence
from html import escape

from space.metrics import score_text
from space.modality import SCALES, in_words
from space.model.bundle import Bundle, Sample
from space.model.contract import Contract

DISCLAIMER = "For teaching only. Not a medical device; never use it for diagnosis."


def header(bundle: Bundle, problem: str) -> str:
    """Return title, purpose, the model that is served, and why it is not the one that was asked for."""
    contract, dice = bundle.contract, bundle.metrics.test.mean_volume_dice
    target = escape(contract.target)
    measured = "" if dice is None else f", mean volume Dice {score_text(dice)} on its test subjects"
    return (
        f"<h1>Find the {target}</h1>"
        f"<p>A U-Net, a kind of neural network, looks at one {escape(contract.plane)} {contract.modality} slice and "
        f"marks where it finds the {target}. "
        "Move its threshold, compare with the mask (the outline taken as correct), try a slice of your own.</p>"
        f"<p class='small'>Model: {escape(contract.title)}, {escape(bundle.source)}{measured}. {DISCLAIMER}</p>"
        + (notice(problem) if problem else "")
    )


def notice(sentence: str) -> str:
    """Return a sentence that something is wrong, where the reader looks."""
    return f"<p class='notice' role='alert'>{escape(sentence)}</p>"


SENT = (
    "A file is sent to the computer that runs this app, is deleted there after ten to twenty minutes, and is shown to "
    "nobody else. With 'Compute on this computer' it is not sent at all."
)
EXPLANATION = """
<details>
<summary>What am I looking at?</summary>
<p><strong>The picture.</strong> The {modality} slice is grey. The network gives every pixel a probability of belonging
to the {target}; pixels at or above the <strong>threshold</strong> are marked in blue. A low threshold marks more of
them. The <strong>mask</strong>, outlined in orange, is where the {target} is taken to be: drawn by an expert, or known
exactly on a synthetic slice.</p>
<p><strong>The numbers.</strong> <em>Dice</em> is twice the overlap of prediction and mask, divided by the sum of their
areas: 1 is exact, 0 no overlap. <em>IoU</em> is the overlap divided by the area that the two cover together.
<em>Precision</em> is the share of the prediction that is right, <em>recall</em> the share of the mask that was found.
Where there is nothing to divide by, they are n/a.</p>
<p><strong>Your own {modality}.</strong> DICOM (one file, all files of a series, or a zip of them) and NIfTI are read in
{values} and turned the usual way round; the wheel goes through the slices, and their mask is a NIfTI file of labels or
a DICOM SEG. Pictures are PNG, JPEG or TIFF, 8- or 16-bit: a whole {plane} slice or a crop of it at full resolution, the
back at the bottom, the patient's right at the image's left, {pictures}. The network sees {window}. {sent} Please
give nothing that identifies a person.</p>
</details>
"""
PICTURES = {
    "CT": "in the window that the network sees or in Hounsfield units",
    "MR": "in the window that the network sees or in the grey values that the scanner stored",
}


def explanation(contract: Contract) -> str:
    """Return what can be seen, counted and given."""
    return EXPLANATION.format(
        modality=contract.modality,
        target=escape(contract.target),
        plane=escape(contract.plane),
        values=SCALES[contract.modality].values,
        pictures=PICTURES[contract.modality],
        window=in_words(*contract.window, contract.modality),
        sent=SENT,
    )


def examples_origin(samples: Sequence[Sample]) -> str:
    """Return whose slices the examples are."""
    if not samples:
        return "none come with this model: open a slice of your own"
    origin = "synthetic slices, drawn by this project" if samples[0].synthetic else "slices of real people"
    return f"{origin}: click one"
