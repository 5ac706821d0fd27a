"""Slices turned or mirrored: for files whose pixels do not lie as their tags say, which only a person can see.

A turn is a number from 0 to 7: quarter turns clockwise; from 4 on, left and right are exchanged first.
"""

from dataclasses import replace

import numpy as np

from space.case import Case

TURNS = range(8)
MIRRORED = 4
WORDS = ("", "turned a quarter clockwise", "turned upside down", "turned a quarter anticlockwise")


def turn(stack: np.ndarray, how: int) -> np.ndarray:
    """Return slices [n, h, w] turned, as a view."""
    mirrored = np.flip(stack, 2) if how >= MIRRORED else stack
    return np.rot90(mirrored, -(how % MIRRORED), axes=(1, 2))


def turn_back(stack: np.ndarray, how: int) -> np.ndarray:
    """Undo `turn`, as a view."""
    straight = np.rot90(stack, how % MIRRORED, axes=(1, 2))
    return np.flip(straight, 2) if how >= MIRRORED else straight


def turned_case(case: Case, how: int) -> Case:
    """Return a case with all its slices turned; where they then lie in the patient is not known any more."""
    if not how:
        return case
    spacing = case.spacing
    if spacing is not None and how % 2:
        spacing = (spacing[0], spacing[2], spacing[1])
    done = ["mirrored left to right"] if how >= MIRRORED else []
    done += [WORDS[how % MIRRORED]] if how % MIRRORED else []
    note = f"The slices are {' and '.join(done)}, as you asked."
    return replace(case, hu=turn(case.hu, how), spacing=spacing, affine=None, notes=(*case.notes, note))
