"""A label volume beside a CT volume -> where the organ is, a question (which of several?), or a sentence."""

from pathlib import Path

import numpy as np

from space.case import Case, LabelMap, Labels
from space.errors import Choice, Question, UserError
from space.readers.guard import read_labels
from space.readers.kept import Kept, file_key
from space.readers.mask import Mask

NO_GRID = (
    "The slices do not lie evenly in space, or do not say where they lie: a label volume cannot be laid over them. "
    "Please give the whole series."
)
PICTURE = (
    "A label volume (NIfTI) goes with DICOM or NIfTI, as a picture does not say where it lies: please give the CT."
)

_kept: Kept[Labels] = Kept()


def read_label_volume(path: Path, case: Case, target: str, label: str | None = None) -> Mask:
    """Read where an organ is in a CT volume.

    Parameters
    ----------
    path : a NIfTI file of whole numbers from 0 up.
    case : the CT.
    target : the organ's name.
    label : which number is the organ, in a file that has several.

    Raises
    ------
    Question
        whose argument is 'label', if there are several.
    UserError
        if the file holds no labels, or lies elsewhere in space.
    """
    if case.affine is None:
        raise UserError(PICTURE if case.reading else NO_GRID)
    shape, affine = case.hu.shape, case.affine
    key = (file_key(path), shape, affine.tobytes())
    labels = _kept.get(key, lambda: read_labels(path, shape, affine))
    organ = labels.values == _which(labels, target, label)
    return Mask(LabelMap(organ.view(np.uint8), {1: target}), labels.notes)


def is_label_volume(path: Path) -> bool:
    """Tell whether a file is a label volume."""
    try:
        read_labels(path)
    except UserError:
        return False
    return True


def _which(labels: Labels, target: str, label: str | None) -> int:
    present = labels.present
    if label is None and len(present) == 1:
        return next(iter(present))
    if label is not None:
        if not label.strip().isdecimal() or int(label) not in present:
            raise UserError(f"The mask has no label '{label}': it has {', '.join(map(str, present))}.")
        return int(label)
    choices = tuple(Choice(str(value), f"{value}: {count:,} voxels") for value, count in present.items())
    raise Question(f"The mask has {len(present)} labels: which one is the {target}?", "label", choices)
