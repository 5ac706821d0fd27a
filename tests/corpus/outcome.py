"""What becomes of files, and what is wrong about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from space.case import Case
from space.errors import Question, UserError
from tests.corpus import Entry
from tests.corpus.independent import compared


class Outcome(NamedTuple):
    """What became of files.

    Attributes
    ----------
    case : what was read; None if a sentence says why not.
    said : the notes, or the sentence.
    asked : whether the sentence is a question.
    """

    case: Case | None
    said: str
    asked: bool = False

    def words(self) -> str:
        """Return it for the table."""
        if self.case is None:
            return "asks" if self.asked else "sentence"
        n, h, w = self.case.hu.shape
        mm = "mm unknown"
        if self.case.spacing:
            z, y, x = self.case.spacing
            mm = f"{x:.2f} x {y:.2f} x {z:.2f} mm"
        values = "HU" if self.case.in_hu else "of a picture"
        return f"Case, {w} x {h} x {n}, {mm}, {self.case.hu.min():.0f} to {self.case.hu.max():.0f} {values}"


def outcome_of(read: Callable[[list[Path]], Case], paths: Sequence[Path]) -> Outcome:
    """Read files; whatever else than a sentence is raised is a fault of the reader, and is raised here, too."""
    try:
        case = read(list(paths))
    except Question as question:
        return Outcome(None, str(question), asked=True)
    except UserError as error:
        return Outcome(None, str(error))
    return Outcome(case, " ".join(case.notes))


def faults(entry: Entry, found: Outcome) -> list[str]:
    """Return what is wrong about an entry's outcome, a sentence each."""
    wrong = []
    if entry.words not in found.said:
        wrong.append(f"it does not say '{entry.words}'")
    if found.case is None:
        return [*wrong, *bad_sentence(found, ()), *(["it is refused"] if entry.hu is not None else [])]
    if entry.hu is None:
        return [*wrong, "it is read"]
    hu = found.case.hu
    if hu.shape != entry.hu.shape or np.abs(hu.astype(int) - entry.hu).max() > entry.off:
        wrong.append("its HU are not those of the phantom")
    if found.case.spacing != (entry.spacing and pytest.approx(entry.spacing, rel=1e-3)):
        wrong.append(f"its spacing is {found.case.spacing}, not {entry.spacing}")
    return wrong


def faults_of_files(paths: Sequence[Path], found: Outcome) -> list[str]:
    """Return what is wrong about files of which nothing is known: held against an independent reading of them."""
    if found.case is None:
        return bad_sentence(found, paths)
    wrong = compared(found.case, paths)
    return [wrong] if wrong else []


def bad_sentence(found: Outcome, paths: Sequence[Path]) -> list[str]:
    """Return what is wrong about a refusal; a picture's name is shown, as it is no patient's."""
    wrong = [] if found.said.strip().endswith((".", "?")) else ["it is no sentence"]
    wrong += ["it shows the stack"] if "Traceback" in found.said or "Error(" in found.said else []
    volume = [path for path in paths if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".tif", ".tiff")]
    return wrong + (
        ["it shows the file's name"] if any(len(p.name) > 4 and p.name in found.said for p in volume) else []
    )
