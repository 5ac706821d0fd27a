"""The mask of a case -> where the organ is, a question (which of several?), or a sentence."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from space.anatomy import words_of
from space.case import Case, LabelMap, Labels
from space.errors import Choice, Lacking, Question, UserError
from space.readers.guard import read_labels
from space.readers.kept import Kept, content_key
from space.readers.kinds import READ, SEGMENTATION
from space.readers.mask import Mask, read_mask
from space.readers.overlay import grid_of
from space.readers.reading import check_picture, kind_at
from space.readers.wire import grid_to_json

_kept: Kept[Labels] = Kept()


def read_case_mask(
    paths: str | Path | Sequence[str | Path],
    case: Case,
    target: str,
    label: str | None = None,
    order: str | None = None,
) -> Mask:
    """Read where an organ is in a case, from whatever a person has.

    Parameters
    ----------
    paths : a label volume, NIfTI or DICOM SEG; pictures, one for each slice; or a zip of either.
    case : the CT.
    target : the organ's name.
    label : which structure is the organ, in a mask that has several.
    order : of several pictures, 'feet-first' or 'head-first'.

    Raises
    ------
    Question
        whose argument is 'label' or 'order'.
    UserError
        if the files are no mask of the case.
    """
    files = _files(paths)
    turned = case.layout is not None and case.layout.turned
    if len(case.hu) == 1 and not turned and len(files) == 1 and kind_at(files[0]) in (*READ, None):
        check_picture(files[0])
        return read_mask(files[0], target, shape=(case.hu.shape[1], case.hu.shape[2]), label=label)
    labels = read_case_labels(files, case, target, order)
    chosen, notes = which(labels, target, label)
    return Mask(LabelMap(labels.mask(chosen).view(np.uint8), {1: target}), (*notes, *labels.notes))


def read_case_labels(files: Sequence[Path], case: Case, target: str, order: str | None = None) -> Labels:
    """Read all structures of a mask on the grid of a case; the arguments are those of `read_case_mask`."""
    grid = grid_of(case)
    key = (content_key(files), json.dumps(grid_to_json(grid)), target, order)
    return _kept.get(key, lambda: read_labels(files, grid, target, order))


def is_label_volume(paths: str | Path | Sequence[str | Path]) -> bool:
    """Tell whether files are the mask of a volume."""
    files = _files(paths)
    if len(files) == 1 and kind_at(files[0]) == SEGMENTATION:
        return True
    try:
        read_labels(files, None, "")
    except Lacking:
        raise
    except UserError:
        return False
    return True


def _files(paths: str | Path | Sequence[str | Path]) -> list[Path]:
    return [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]


def which(labels: Labels, target: str, label: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the label of the organ, and how it was found.

    Parameters
    ----------
    label : which structure is the organ, if the person says so.

    Raises
    ------
    Question
        whose argument is 'label'.
    UserError
        if there is no such label.
    """
    present, names = labels.present, labels.names
    if label is not None:
        if label.strip().lower() not in present:
            raise UserError(f"The mask has no label '{label}': it has {', '.join(present)}.")
        chosen = label.strip().lower()
        name = f" ({names[chosen]})" if chosen in names else ""
        said = f"Of the mask's {len(present)} labels, {chosen}{name} was taken, as you said."
        return chosen, ((said,) if len(present) > 1 else ())
    words = {value: set(words_of(names.get(value, ""), target)) for value in present}
    called = [value for value in present if words[value] == set(words_of(target, target))]
    if len(called) == 1:
        several = f"Of the mask's {len(present)} structures, '{names[called[0]]}' was taken."
        return called[0], ((several,) if len(present) > 1 else ())
    if len(present) == 1 and not any(words.values()):
        return next(iter(present)), ()
    choices = tuple(
        Choice(value, f"{value}: {f'{names[value]}, ' if value in names else ''}{count:,} voxels")
        for value, count in present.items()
    )
    if len(present) == 1:
        raise Question(
            f"The mask's only structure is called '{next(iter(names.values()))}': is it the {target}?", "label", choices
        )
    raise Question(f"The mask has {len(present)} labels: which one is the {target}?", "label", choices)
