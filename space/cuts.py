"""A volume cut along the body: coronal and sagittal pictures, rows from the head down to the feet."""

from typing import Literal, NamedTuple

import numpy as np

from space.errors import UserError
from space.opened import Opened
from space.preprocessing import Window, hu_to_grey

Plane = Literal["coronal", "sagittal"]


class Cut(NamedTuple):
    """What is seen in a cut, uint8 [slices, w] for a coronal one and [slices, h] for a sagittal one.

    Attributes
    ----------
    pixels : the slices in the model's window.
    probability : 0 on slices that the network has not seen yet.
    reference : bool, None without a mask.
    """

    pixels: np.ndarray
    probability: np.ndarray
    reference: np.ndarray | None


def cut(opened: Opened, plane: Plane, at: int, window: Window) -> Cut:
    """Cut a case at a row of its slices (coronal) or at a column (sagittal)."""
    _, height, width = opened.case.hu.shape
    if not 0 <= at < (height if plane == "coronal" else width):
        raise UserError(f"There is no {plane} plane {at} in slices of {width} x {height} pixels.")
    everything, here = slice(None), slice(at, at + 1)
    rows, columns = (here, everything) if plane == "coronal" else (everything, here)

    def seen(stack: np.ndarray) -> np.ndarray:
        return stack.reshape(len(stack), -1)[::-1]

    return Cut(
        seen(hu_to_grey(opened.case.hu[:, rows, columns], window)),
        seen(opened.across(rows, columns)),
        None if opened.reference is None else seen(opened.reference[:, rows, columns]),
    )
