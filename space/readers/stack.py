"""Several pictures -> one volume: a scan, or the masks of one. A picture is a slice; their names tell the order alone.

Which end of the body the first of them shows, no picture says: that is asked.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from space.case import Case, Labels, Layout
from space.errors import Choice, Question, UserError
from space.modality import Modality
from space.preprocessing import Window
from space.readers.archive import Content
from space.readers.classes import TRANSPARENT, classes_of, colour_name, shape_text, without_blur
from space.readers.image import read_slice
from space.readers.overlay import EMPTY, MANY, Grid
from space.readers.raster import open_raster
from space.readers.values import choices_of
from space.readers.volume import MAX_VOXELS

FEET_FIRST, HEAD_FIRST = "feet-first", "head-first"
ORDERS = (
    Choice(FEET_FIRST, "the first picture is nearest the feet"),
    Choice(HEAD_FIRST, "the first picture is nearest the head"),
)
MOST = 0.5  # of all slices: a mask marks less
STACKED = (
    "The slices are {} pictures in the order of the numbers in their names, {}, as you said; the distance between them "
    "is not known."
)
SAME_NAME = "Several of the pictures have the same name, so their order is not known: please number them."
MASKS = "The mask is {} pictures in the order of the numbers in their names."
STORED = "The slices are stored turned, and the mask's pictures were taken as they are stored."
WRONG_COUNT = "The mask is {}, but {}: please give a picture for each slice, or a label volume (NIfTI or DICOM SEG)."
MARK_MOST = (
    "The mask's pictures mark more than half of all pixels: the organ must be white, or one colour, on a black ground."
)


def read_picture_volume(
    pictures: Sequence[Content], window: Window, values: str, order: str | None, folder: Path, modality: Modality = "CT"
) -> Case:
    """Read pictures of slices as a volume.

    Parameters
    ----------
    pictures : PNG, JPEG or TIFF files.
    window, values, modality : as `space.readers.image.read_slice` takes them, for all of them.
    order : whether the first is nearest the feet or the head, a value of `ORDERS`.
    folder : where they are written for a moment.

    Raises
    ------
    Question
        whose argument is 'order', or 'values'.
    UserError
        if one cannot be read, or they do not belong together.
    """
    slices = [read_slice(path, window, values, modality) for path in _written(_in_order(pictures), folder)]
    if len({one.hu.shape for one in slices}) > 1:
        raise UserError("The pictures are not all of one size: please give those of one series.")
    if len(slices) * slices[0].hu.size > MAX_VOXELS:
        raise UserError(f"The pictures are too many: at most {MAX_VOXELS >> 20} million pixels can be read.")
    readings = sorted({one.reading for one in slices})
    if len(readings) > 1:
        raise Question(
            "The pictures do not all hold their values in the same way: how should all of them be read?",
            "values",
            choices_of(readings),
        )
    single = len(slices) == 1
    backwards = not single and _is_head_first(order, "slices")
    hu = np.concatenate([one.hu for one in (slices[::-1] if backwards else slices)])
    notes = dict.fromkeys(note for one in slices for note in one.notes)
    return Case(
        name="picture" if single else "pictures",
        hu=hu,
        in_hu=slices[0].in_hu,
        reading=readings[0],
        notes=(*([] if single else [STACKED.format(len(slices), order)]), *notes),
        layout=None if single else Layout((0, 1, 2), (0,) if backwards else ()),
    )


def read_picture_labels(pictures: Sequence[Content], grid: Grid | None, order: str | None, folder: Path) -> Labels:
    """Read pictures of masks, one for each slice of a volume.

    Those of a DICOM series have its rows and columns as they are stored; all others have the pixels as they are shown.

    Parameters
    ----------
    grid : of the volume; without it only what the pictures mark is of interest.
    order, folder : as `read_picture_volume` takes them.

    Raises
    ------
    Question
        whose argument is 'order'.
    UserError
        if one is no mask, or there is not one for each slice.
    """
    labels: dict[str, int] = {}
    planes = [_plane(path, labels) for path in _written(_in_order(pictures), folder)]
    if len({plane.shape for plane in planes}) > 1:
        raise UserError("The mask's pictures are not all of one size: please give those of one series.")
    values = np.stack(planes)
    if not values.any():
        raise UserError(EMPTY)
    if np.count_nonzero(values) > MOST * values.size:
        raise UserError(MARK_MOST)
    notes = [MASKS.format(len(planes))] if len(planes) > 1 else []
    if grid:
        values, turned = _onto_slices(values, grid, order)
        notes += [STORED] if turned else []
    counts = np.bincount(values.ravel(), minlength=len(labels) + 1)
    return Labels(
        values,
        {number: (label,) for label, number in labels.items()},
        {label: int(counts[number]) for label, number in labels.items()},
        {label: colour_name(label) for label in labels if label.startswith("#")},
        tuple(notes),
    )


def _onto_slices(values: np.ndarray, grid: Grid, order: str | None) -> tuple[np.ndarray, bool]:
    """Return masks [picture, y, x] on a volume's grid, and whether they had to be turned."""
    layout, stored = grid.layout, bool(grid.layout.instances)
    if len(values) != grid.shape[0]:
        raise UserError(WRONG_COUNT.format(_pictures(len(values)), _slices(grid.shape[0])))
    shape = grid.shape[1:]
    if stored:  # columns and rows
        shape = (grid.shape[layout.axes.index(1)], grid.shape[layout.axes.index(0)])
    if values.shape[1:] != shape:
        raise UserError(
            f"The mask's pictures are {shape_text((values.shape[1], values.shape[2]))} pixels, but the slices are "
            f"{shape_text((shape[0], shape[1]))}: both must show the same pixels."
        )
    if len(values) > 1 and _is_head_first(order, "mask's pictures"):
        values = values[::-1]
    if not stored:
        return values, False
    along = values[::-1] if 0 in layout.flips else values
    return layout.to_screen(along.transpose(2, 1, 0)), layout.turned


def _pictures(count: int) -> str:
    return "one picture" if count == 1 else f"{count} pictures"


def _slices(count: int) -> str:
    return "the scan is one slice" if count == 1 else f"the scan has {count} slices"


def _plane(path: Path, labels: dict[str, int]) -> np.ndarray:
    """Return what a mask's picture marks, uint16 [h, w]; `labels` gives each value its number, and gets new ones."""
    raster = open_raster(path)
    classes = classes_of(raster, path.name)
    classes = without_blur(classes) or classes
    background = TRANSPARENT if TRANSPARENT in classes.values else classes.black
    table = np.zeros(len(classes.values), np.uint16)
    if len(classes.values) > MANY:
        raise UserError(f"The mask {path.name} has {len(classes.values)} values, as a picture has: it is no mask.")
    for place, value in enumerate(classes.values):
        if value != background:
            table[place] = labels.setdefault(value, len(labels) + 1)
    if len(labels) > MANY:
        raise UserError(f"The mask's pictures have more than {MANY} values: they are no masks.")
    return np.asarray(table[classes.numbers])


def _is_head_first(order: str | None, what: str) -> bool:
    if order not in (FEET_FIRST, HEAD_FIRST):
        raise Question(
            f"In which order are the {what}: is the first one nearest the feet or the head?", "order", ORDERS
        )
    return order == HEAD_FIRST


def _in_order(pictures: Sequence[Content]) -> list[bytes]:
    """Return the pictures in the order of the numbers in their names: 2 comes before 10."""
    if len({picture.name for picture in pictures}) < len(pictures):
        raise UserError(SAME_NAME)

    def key(picture: Content) -> list[tuple[int, str]]:
        return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", picture.name)]

    return [picture.data for picture in sorted(pictures, key=key)]


def _written(pictures: Sequence[bytes], folder: Path) -> list[Path]:
    """Write pictures under names that tell nothing but their place."""
    paths = [folder / f"picture {number}" for number in range(1, len(pictures) + 1)]
    for path, data in zip(paths, pictures, strict=True):
        path.write_bytes(data)
    return paths
