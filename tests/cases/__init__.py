"""Small inputs that programs like ours misread, each made in code from a phantom (nobody's scan), with what is right.

``python -m tests.cases`` prints what becomes of each; the tests of the readers run the same cases.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from space.preprocessing import hu_to_grey
from trainer.phantom.drawing import make_phantom

TARGET = "pancreas"
READ, ASKED, REFUSED = "read", "asked", "refused"


class Truth(NamedTuple):
    """The slice that all files show.

    Attributes
    ----------
    hu : int16 [512, 512]
    grey : uint8 [512, 512], windowed.
    organ : bool [512, 512]
    bone : bool [512, 512], a second structure for masks of several.
    """

    hu: np.ndarray
    grey: np.ndarray
    organ: np.ndarray
    bone: np.ndarray


@cache
def truth() -> Truth:
    """Draw the middle of a person."""
    phantom = make_phantom(504, slices=7)
    hu, organ = phantom.hu[4], phantom.mask("pancreas")[4]
    return Truth(hu, hu_to_grey(hu), organ, (hu > 250) & ~organ)


class Case(NamedTuple):
    """A file and what must become of it.

    Attributes
    ----------
    name : of the file, which also tells cases apart.
    what : what is special about it.
    write : makes the file.
    outcome : `READ`, `ASKED` or `REFUSED`.
    words : what the note, the question or the refusal must say.
    answer : to a question, so that the file is read.
    off : grey levels (slices) or share of the organ's pixels (masks) by which it may differ, for lossy formats.
    faithful : whether it shows the truth at all; if not, only the outcome counts.
    """

    name: str
    what: str
    write: Callable[[Path], object]
    outcome: str = READ
    words: str = ""
    answer: str = ""
    off: float = 0
    faithful: bool = True
