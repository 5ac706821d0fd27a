"""Which files are images, which are their masks, and whose: told by the names of files and folders.

`images/ann-1.png` goes with `masks/ann-1.png`, `x.nii.gz` with `x_seg.nii.gz`, `ann/ct.nii.gz` with `ann/mask.nii.gz`.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from space.errors import UserError
from space.readers.kinds import NIFTI, READ
from space.readers.reading import kind_at
from trainer.sources.source import Item, inside
from trainer.sources.subjects import named_by, pattern_of

PICTURES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff")
NIFTIS = (".nii", ".nii.gz")
DROPPINGS = ("thumbs.db", "desktop.ini", "dicomdir")  # what systems leave, beside names that begin with a point
MASK_WORDS = ("mask", "masks", "seg", "segs", "segmentation", "segmentations", "label", "labels", "labelstr", "gt")
IMAGE_WORDS = ("image", "images", "img", "imgs", "imagestr", "ct", "scan", "scans", "volume", "volumes", "slices")


def natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts a-2 before a-10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder and all folders in it, linked ones too, in the order in which people count.

    Raises
    ------
    UserError
        that names a link to a file that is not there: a subject would be missing without a word.
    """
    found, visited = [], set[str]()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in visited:  # a link to a folder around it
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        kept = (name for name in names if name.lower() not in DROPPINGS and not name.startswith((".", "__MACOSX")))
        found += [Path(place, name) for name in kept]
    for path in found:
        if path.is_symlink() and not path.exists():
            raise UserError(f"{path} is a link to a file that is not there: mend it, or take it away.")
    return sorted((path for path in found if path.is_file()), key=lambda path: natural(inside(folder, path)))


def stem_of(name: str) -> str:
    """Return a file's name without its ending, be it two."""
    return PurePosixPath(name[: -len(".gz")] if name.lower().endswith(".nii.gz") else name).stem


def kind_of_file(path: Path) -> str | None:
    """Return what a file is, 'PNG' for any picture; what is only called one is refused by name when it is read."""
    if path.suffix.lower() in PICTURES:
        return "PNG"
    kind = NIFTI if path.name.lower().endswith(NIFTIS) else kind_at(path)
    return "PNG" if kind in READ else kind


@dataclass(frozen=True)
class Named:
    """What a path says: whether it is a mask, and what it has in common with the file that it belongs to."""

    is_mask: bool
    folders: tuple[str, ...]
    stem: str

    @property
    def subject(self) -> str:
        """The outermost folder that is not just called 'images'; without one, empty."""
        return self.folders[0] if self.folders else ""


def named(path: str) -> Named:
    """Take a path apart."""
    *folders, name = path.split("/")
    roles = [_role(folder) for folder in folders]
    stem, of_name = stem_of(name), None
    parts = re.split(r"[-_. ]+", stem.lower())
    if of_name := _role(parts[-1]):
        stem = stem[: len(stem) - len(parts[-1])].rstrip("-_. ")
    is_mask = "mask" in (*roles, of_name)
    return Named(is_mask, tuple(f for f, role in zip(folders, roles, strict=True) if not role), stem)


def _role(word: str) -> str | None:
    return "mask" if word.lower() in MASK_WORDS else "image" if word.lower() in IMAGE_WORDS else None


def has_masks(folder: Path, paths: Iterable[Path]) -> bool:
    """Tell whether any of the files is called a mask."""
    return any(named(inside(folder, path)).is_mask for path in paths)


def paired(folder: Path, paths: Iterable[Path], subject: str | None, *, first_part: bool) -> list[Item]:
    """Return each image with its mask, in the order in which people count.

    Parameters
    ----------
    paths : files in the folder.
    subject : a pattern that says whose a file is.
    first_part : whether a subject without a folder is the part of a name before the first - or _, or all of it.

    Raises
    ------
    UserError
        that names a file without its other half, or two of one name.
    """
    pattern = pattern_of(subject)
    images: dict[tuple[tuple[str, ...], str], Path] = {}
    masks: dict[tuple[tuple[str, ...], str], Path] = {}
    for path in paths:
        known = named(inside(folder, path))
        kept, key = (masks if known.is_mask else images), (known.folders, known.stem)
        if key in kept:
            what = "masks of one image" if known.is_mask else "images of one name"
            raise UserError(f"{path} and {inside(folder, kept[key])} are two {what}: keep one of them.")
        kept[key] = path
    for key, path in images.items():
        if key not in masks:
            raise UserError(
                f"{path} has no mask: a folder masks/ or labels/ needs a file named {path.name}, or its own folder one "
                f"named {stem_of(path.name)}_mask or {stem_of(path.name)}_seg. Without a mask, take the image away."
            )
    for key, path in masks.items():
        if key not in images:
            raise UserError(f"{path} has no slice: images/ or its own folder needs a file of the same name.")
    items = []
    for key, path in images.items():
        where = inside(folder, path)
        known = named(where)
        own = re.split("[-_]", known.stem)[0] if first_part else known.stem
        who = named_by(pattern, where) if pattern else known.subject or own or stem_of(path.name)
        items.append(Item(who, where, inside(folder, masks[key])))
    return items
