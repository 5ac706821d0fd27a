"""Pieces of the page's text. Whatever comes from a file or a bundle is escaped here."""

from html import escape

from space.metrics import score_text
from space.model.bundle import Bundle

DISCLAIMER = "For teaching only. Not a medical device; never use it for diagnosis."


def header(bundle: Bundle, problem: str) -> str:
    """Return title, purpose, the model that is served, and why it is not the one that was asked for."""
    target, dice = escape(bundle.contract.target), bundle.metrics.test.mean_volume_dice
    measured = "" if dice is None else f", mean volume Dice {score_text(dice)} on its test subjects"
    return (
        f"<h1>Find the {target}</h1>"
        f"<p>A U-Net, a kind of neural network, looks at one axial CT slice and marks where it finds the {target}. "
        "Move its threshold, compare with the mask (the outline taken as correct), try a slice of your own.</p>"
        f"<p class='small'>Model: {escape(bundle.contract.title)}, {escape(bundle.source)}{measured}. {DISCLAIMER}</p>"
        + (notice(problem) if problem else "")
    )


def notice(sentence: str) -> str:
    """Return a sentence that something is wrong, where the reader looks."""
    return f"<p class='notice' role='alert'>{escape(sentence)}</p>"


EXPLANATION = """
**The picture.** The CT slice is grey. The network gives every pixel a probability of belonging to the organ; pixels
at or above the **threshold** are marked in blue. A low threshold marks more of them. The **mask**, outlined in orange,
is where the organ is taken to be: drawn by an expert, or known exactly on a synthetic slice.

**The numbers.** *Dice* is twice the overlap of prediction and mask, divided by the sum of their areas: 1
is exact, 0 no overlap. *IoU* is the overlap divided by the area that the two cover together. *Precision* is the share
of the prediction that is right, *recall* the share of the mask that was found. Where there is nothing to divide by,
they are n/a.

**Your own CT.** DICOM (one file, all files of a series, or a zip of them) and NIfTI are read in Hounsfield units and
turned the usual way round; the wheel goes through the slices, and their mask is a NIfTI file of labels or a DICOM SEG.
Pictures are PNG, JPEG or TIFF, 8- or 16-bit: a whole axial slice or a crop of it at full resolution, spine at the
bottom, liver at the image's left, in a soft-tissue window or in Hounsfield units. A file is sent to the computer that
runs this app, is deleted there after ten to twenty minutes, and is shown to nobody else. Please give nothing that
identifies a person.
"""


def examples_origin(synthetic: bool) -> str:
    """Return whose slices the examples are."""
    origin = "synthetic slices, drawn by this project" if synthetic else "slices of the test subjects"
    return f"{origin}: click one"
