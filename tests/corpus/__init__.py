"""CT as people have it, good and bad, each made in code from a phantom (nobody's scan), with what must become of it.

``python -m tests.corpus`` prints what becomes of each, and of every file in pydicom's wheel; ``python -m tests.corpus
FOLDER...`` of every file below the folders. The tests run the same entries.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.volumes import abdomen

HU = abdomen()


class Entry(NamedTuple):
    """Files, and what must become of them.

    Attributes
    ----------
    name : tells entries apart.
    write : makes the files in an empty folder.
    hu : int16 [n, h, w], as the screen must show it; None if the files must be refused.
    words : what a note, or the refusal, must say.
    spacing : mm between slices, rows and columns; None where it must not be known.
    off : HU by which values may differ.
    """

    name: str
    write: Callable[[Path], object]
    hu: np.ndarray | None = None
    words: str = ""
    spacing: tuple[float, float, float] | None = None
    off: int = 0
