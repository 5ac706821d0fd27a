"""What becomes of a case, next to what is right: for the tests, and for the table."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from space.errors import Question, UserError
from space.preprocessing import ABDOMEN, hu_to_grey
from space.readers.image import read_slice
from space.readers.mask import read_mask
from tests.cases import ASKED, READ, REFUSED, TARGET, Case, truth


class Outcome(NamedTuple):
    """What became of a file.

    Attributes
    ----------
    kind : `READ`, `ASKED` or `REFUSED`.
    said : the notes, the question or the refusal.
    choices : of the question.
    grey : what was read of a slice at last, uint8 [h, w].
    organ : what was read of a mask at last, bool [h, w].
    """

    kind: str
    said: str
    choices: tuple[str, ...] = ()
    grey: np.ndarray | None = None
    organ: np.ndarray | None = None

    def off(self) -> float:
        """Return how far it is from the truth: the largest difference in grey levels, or pixels by the organ's."""
        shown = truth()
        if self.organ is not None:
            return float((self.organ != shown.organ).sum() / shown.organ.sum())
        if self.grey is None or self.grey.shape[1] != shown.grey.shape[1]:
            return float("inf")
        return float(np.abs(self.grey.astype(int) - shown.grey[: len(self.grey)]).max())


def slice_outcome(path: Path, answer: str = "") -> Outcome:
    """Read a slice; give the answer if it is asked for."""
    try:
        case = read_slice(path, ABDOMEN)
        return Outcome(READ, " ".join(case.notes), grey=hu_to_grey(case.hu[0], ABDOMEN))
    except Question as question:
        choices = tuple(choice.value for choice in question.choices)
        if not answer:
            return Outcome(ASKED, str(question), choices)
        case = read_slice(path, ABDOMEN, answer)
        return Outcome(ASKED, str(question), choices, grey=hu_to_grey(case.hu[0], ABDOMEN))
    except UserError as refusal:
        return Outcome(REFUSED, str(refusal))


def mask_outcome(path: Path, answer: str = "") -> Outcome:
    """Read a mask; give the answer if it is asked for."""
    shape = truth().organ.shape
    try:
        mask = read_mask(path, TARGET, shape=(shape[0], shape[1]))
        return Outcome(READ, " ".join(mask.notes), organ=mask.labels.mask(TARGET)[0])
    except Question as question:
        choices = tuple(choice.value for choice in question.choices)
        if not answer:
            return Outcome(ASKED, str(question), choices)
        mask = read_mask(path, TARGET, label=answer)
        return Outcome(ASKED, str(question), choices, organ=mask.labels.mask(TARGET)[0])
    except UserError as refusal:
        return Outcome(REFUSED, str(refusal))


def faults(case: Case, found: Outcome) -> list[str]:
    """Return what is wrong about an outcome, a sentence each."""
    wrong = []
    if found.kind != case.outcome:
        wrong.append(f"{found.kind}, not {case.outcome}: {found.said}")
    if case.words not in found.said:
        wrong.append(f"it does not say '{case.words}': {found.said}")
    if case.faithful and case.outcome != REFUSED and not found.off() <= case.off:
        wrong.append(f"{found.off():.3g} from the truth, {case.off} are allowed: {found.said}")
    return wrong
