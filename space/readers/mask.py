"""A mask file -> where the organ is, a question (which of several?), or a sentence that says why not."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from space.case import LabelMap
from space.errors import Choice, Question, UserError
from space.metrics import count, score
from space.readers.classes import TRANSPARENT, Classes, classes_of, shape_text, without_blur
from space.readers.raster import open_raster

EMPTY = "The mask is empty: the organ is not on this slice."
INVERTED = "The mask is inverted (black organ, white all around); it was read so."
COVERS_MOST = "The mask covers most of the slice."
BLURRED = "The mask's edges are blurred, as JPEG or smoothing leaves them; they were cut halfway."
OUTLINE = "The mask is hollow, as if only the organ's outline were drawn."
MOST = 0.5
MANY = 64  # labels that a person can choose among


class Mask(NamedTuple):
    """A mask of a slice, or of all slices of a volume.

    Attributes
    ----------
    labels : uint8 [n, h, w], 1 is the organ.
    notes : how the file was read, a sentence each.
    """

    labels: LabelMap
    notes: tuple[str, ...]


def read_mask(path: str | Path, target: str, *, shape: tuple[int, int] | None = None, label: str | None = None) -> Mask:
    """Read where an organ is.

    Parameters
    ----------
    path : a PNG, JPEG or TIFF file. Black (or transparent) is background, one other value or colour is the organ.
    target : the organ's name.
    shape : height and width of the slice, if that is known.
    label : which value ('2'), colour ('#ff0000') or number of a palette is the organ, in a mask that has several.

    Raises
    ------
    Question
        whose argument is 'label', if it is not clear which part is the organ.
    UserError
        if the file is no mask, or is not of `shape`.
    """
    name = Path(path).name
    raster = open_raster(path)
    if shape is not None and raster.shape != shape:
        raise UserError(
            f"The mask {name} is {shape_text(raster.shape)} pixels, but its slice is {shape_text(shape)}: "
            "both must show the same pixels."
        )
    classes = classes_of(raster, name)
    notes = raster.notes
    if cut := without_blur(classes):
        classes, notes = cut, (*notes, BLURRED)
    count = len(classes.values)
    if count > MANY or (count > 5 and classes.plateaus() < count / 2):
        raise UserError(
            f"The mask {name} has {count} values, as a picture or blurred labels have: a mask has black for the "
            "background and one other value for each organ. Save it as PNG, without smoothing."
        )
    organ, seen = _organ(classes, target, name) if label is None else _chosen(classes, label)
    if organ.all():
        raise UserError(f"The mask {name} marks every pixel of the slice: please give one with a background.")
    labels = LabelMap(organ.astype(np.uint8)[None], {1: target})
    return Mask(labels, (*notes, *classes.notes, *seen, *_remarks(organ)))


def _organ(classes: Classes, target: str, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the one thing that can be the organ, bool [h, w]; asks if there is none, or several."""
    background = TRANSPARENT if TRANSPARENT in classes.values else classes.black
    others = [value for value in classes.values if value != background]
    if len(others) > 1:
        words = f"has {len(others)} values beside the background" if background in classes.values else "has no black"
        raise _which(classes, others, f"The mask {name} {words}: which one is the {target}?")
    organ = ~classes.mask(background)
    around = np.concatenate([organ[0], organ[-1], organ[:, 0], organ[:, -1]]).all()
    if not around and organ.mean() <= MOST:
        return organ, ()
    if around and organ.mean() > MOST and not organ.all():
        return ~organ, (INVERTED,)
    text = f"The mask {name} would cover {100 * organ.mean():.3g}% of the slice. Which part is the {target}?"
    raise _which(classes, [*others, background], text)


def _which(classes: Classes, values: list[str], text: str) -> Question:
    return Question(text, "label", tuple(Choice(value, classes.words(value)) for value in values))


def _chosen(classes: Classes, label: str) -> tuple[np.ndarray, tuple[str, ...]]:
    value = classes.find(label)
    if value is None:
        return np.zeros(classes.numbers.shape, bool), (f"The mask has no pixel of the label '{label}'.",)
    return classes.mask(value), ()


def _remarks(organ: np.ndarray) -> tuple[str, ...]:
    """Return what is odd about a mask, and may well be right."""
    if not organ.any():
        return (EMPTY,)
    if organ.mean() > MOST:
        return (COVERS_MOST,)
    return (OUTLINE,) if _enclosed(organ) > organ.sum() else ()


def _enclosed(organ: np.ndarray) -> int:
    """Return how many pixels beside the organ have some of it above, below, on the left and on the right."""
    rows, columns = np.flatnonzero(organ.any(1)), np.flatnonzero(organ.any(0))
    organ = organ[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    reach = np.maximum.accumulate
    sides = (reach(organ, 0), reach(organ[::-1], 0)[::-1], reach(organ, 1), reach(organ[:, ::-1], 1)[:, ::-1])
    return int((np.logical_and.reduce(sides) & ~organ).sum())


WAYS = {
    "turned upside down": lambda mask: mask[::-1],
    "mirrored left to right": lambda mask: mask[:, ::-1],
    "turned by 180 degrees": lambda mask: mask[::-1, ::-1],
    "mirrored along its diagonal": lambda mask: mask.T,
    "turned by 90 degrees": lambda mask: np.rot90(mask),
    "turned by 270 degrees": lambda mask: np.rot90(mask, 3),
}
HARDLY, SAME_PLACE = 0.1, 0.5


def misplaced(prediction: np.ndarray, reference: np.ndarray) -> str:
    """Return a sentence if a mask and a prediction, bool [h, w], hardly touch; nothing otherwise.

    A mask that would fit if it were mirrored or turned was saved with other axes; else it belongs elsewhere, or the
    network is wrong.
    """
    overlap = score(count(prediction, reference)).dice
    if not prediction.any() or not reference.any() or overlap > HARDLY:
        return ""
    overlaps = {
        way: score(count(prediction, moved)).dice
        for way, turn in WAYS.items()
        if (moved := turn(reference)).shape == prediction.shape
    }
    best = max(overlaps, key=lambda way: overlaps[way])
    if overlaps[best] >= SAME_PLACE:
        return f"Mask and prediction hardly touch, but would if the mask were {best}: check how it was saved."
    return "" if overlap else "Mask and prediction do not touch: check that the mask is of this slice and person."
