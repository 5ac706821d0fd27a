"""A slice that is changed in one way, and what the network then finds: 'Break it yourself'."""

from typing import NamedTuple

import numpy as np

from space.changes import changes_from
from space.errors import UserError
from space.modality import Modality
from space.model.segmenter import Prediction, Segmenter
from space.opened import Opened
from space.preprocessing import grey_to_hu, hu_to_grey


class Broken(NamedTuple):
    """A changed slice.

    Attributes
    ----------
    predicted : what the network finds; its pixels are the changed ones, its table counts against the changed mask.
    reference : bool [h, w], the mask, moved as the slice was; None without one.
    """

    predicted: Prediction
    reference: np.ndarray | None


def broken(
    segmenter: Segmenter, modality: Modality, opened: Opened, place: int | None, name: str, strength: float
) -> Broken:
    """Change a slice as `trainer.robustness` does, and segment it.

    Parameters
    ----------
    place : which of the case's slices, see `Opened.place`.
    name : of one of `changes_from`.
    strength : within the strengths of that change.

    Raises
    ------
    UserError
        if there is no such slice or change, or it is not measured as strongly.
    """
    window = segmenter.window
    changes = {change.name: change for change in changes_from(window, modality)}
    if name not in changes:
        raise UserError(f"There is no change '{name}': choose one of {', '.join(changes)}.")
    change = changes[name]
    weakest, strongest = min(change.strengths), max(change.strengths)
    if not weakest <= strength <= strongest:
        raise UserError(f"The {name} goes from {weakest:g} to {strongest:g} {change.unit}, not to {strength:g}.")
    at = opened.place(place)
    pixels = hu_to_grey(opened.case.hu[at], window)
    mask = np.zeros(pixels.shape, np.uint8) if opened.reference is None else opened.reference[at].astype(np.uint8)
    if strength != change.trained:
        pixels, mask = change.apply(pixels, mask, strength)
    reference = None if opened.reference is None else mask > 0
    hu = grey_to_hu(pixels, window)
    return Broken(segmenter.predict(hu, reference, pixel_mm=opened.case.pixel_mm), reference)
