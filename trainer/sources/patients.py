"""Folders of DICOM or NIfTI whose files are called anything: CT and mask are told apart by their content.

A case is the innermost folder that holds a mask and a CT; the subject is the outermost folder, unless a pattern says
otherwise.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from space.errors import UserError
from space.readers.kinds import CONTOURS, DICOM, NIFTI, SEGMENTATION
from trainer.sources.source import Asked, Item, inside
from trainer.sources.subjects import named_by, pattern_of
from trainer.sources.volumes import Files, Volumes


def by_content(folder: Path, kinds: Mapping[Path, str | None], asked: Asked) -> Volumes:
    """Return the cases in a folder.

    Parameters
    ----------
    kinds : what each file is.

    Raises
    ------
    UserError
        that names a CT without a mask.
    """
    slices = [path for path, kind in kinds.items() if kind == DICOM]
    masks = [path for path, kind in kinds.items() if kind in (SEGMENTATION, CONTOURS, NIFTI)]
    scans = slices or masks  # without DICOM, the readers know label volumes from CT by their values
    places: dict[Path, list[Path]] = defaultdict(list)
    for mask in masks:
        places[_innermost(folder, mask, slices)].append(mask)
    pattern = pattern_of(asked.subject)
    items, files, seen = [], dict[str, Files](), set[Path]()
    for place, own_masks in places.items():
        own = [path for path in scans if path.is_relative_to(place)]
        seen.update(own)
        where = inside(folder, place)
        said = inside(folder, own[0]) if own else where
        subject = named_by(pattern, said) if pattern else where.split("/")[0] if where != "." else folder.name
        items.append(Item(subject, where, ", ".join(inside(folder, path) for path in own_masks)))
        files[where] = own, own_masks
    without = [path for path in slices if path not in seen]
    if without:
        raise UserError(
            f"{without[0].parent} has no mask: put a DICOM SEG or a label volume in NIfTI beside the scan, or take the "
            "folder away."
        )
    kind = "DICOM series with masks" if slices else "NIfTI volumes with masks, told apart by content"
    return Volumes(kind, folder.resolve().name, items, files, asked, {})


def _innermost(folder: Path, mask: Path, slices: Sequence[Path]) -> Path:
    """Return the innermost folder around a mask that holds a CT, too."""
    parents = [mask.parent, *mask.parent.parents]
    within = parents[: parents.index(folder) + 1]
    return next((place for place in within if any(path.is_relative_to(place) for path in slices)), mask.parent)
