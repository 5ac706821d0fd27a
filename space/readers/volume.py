"""What DICOM and NIfTI have in common: voxels become whole numbers, and what is hardly an axial scan is refused."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from space.case import Case, Instance
from space.errors import UserError
from space.modality import Modality
from space.readers.geometry import layout_of, lean_of, spacing_of, turned

MAX_VOXELS, MAX_SIDE, MIN_SIDE = 512 * 512 * 1200, 2048, 32
NO_HU = (
    "This volume does not look like CT in Hounsfield units, where air is about -1000 and soft tissue 0 to 100. "
    "Please give it in HU; a label map goes into the mask's field."
)
NO_MR = (
    "The values of this volume span only {:g} to {:g}: this network was made for MR images in the whole numbers that "
    "scanners store. A label map goes into the mask's field."
)
FEWEST = 32  # values that an image spans
LEANS, NARROW, WIDE = 20, 180, 700


def as_case(
    name: str,
    array: np.ndarray,
    affine: np.ndarray,
    notes: list[str],
    modality: Modality,
    *,
    size_known: bool = True,
    place_known: bool = True,
    codes: tuple[int, int] | None = None,
    instances: Sequence[Instance] = (),
    frame_of_reference: str = "",
) -> Case:
    """Return a volume as a case.

    Parameters
    ----------
    name : what to call it; nothing that its file says.
    array : int16 [i, j, k], on the modality's scale.
    affine : float [4, 4], from (i, j, k, 1) to mm on DICOM's axes.
    size_known : whether the source says how large its pixels are.
    place_known : whether the affine holds for all slices.
    codes, frame_of_reference : as `space.case.Layout` has them.
    instances : the DICOM images along k.

    Raises
    ------
    UserError
        if it has other values than such images, or too few pixels.
    """
    layout = layout_of(affine)
    hu, affine = turned(array, affine)
    shown = tuple(instances[::-1] if 0 in layout.flips else instances)
    layout = replace(layout, codes=codes, instances=shown, frame_of_reference=frame_of_reference)
    depth, height, width = hu.shape
    if min(height, width) < MIN_SIDE:
        raise UserError(
            f"The axial slices are only {width} x {height} pixels: please give axial {modality} of at least "
            f"{MIN_SIDE} x {MIN_SIDE}."
        )
    some = hu[:: max(1, depth // 16), ::2, ::2]
    low, high = int(some.min()), int(some.max())
    if modality == "CT" and (((some > -200) & (some < 300)).mean() < 0.02 or high - low < 300):
        raise UserError(NO_HU)
    if modality != "CT" and high - low < FEWEST:
        raise UserError(NO_MR.format(low, high))
    spacing = spacing_of(affine) if size_known else None
    if modality == "CT" and spacing and not NARROW <= width * spacing[2] <= WIDE:
        notes.append(f"The slices are {width * spacing[2]:.0f} mm wide; an abdomen needs 250 to 500 mm.")
    if (lean := lean_of(affine)) > LEANS:
        notes.append(f"The slices lean {lean:.0f} degrees from the axial plane.")
    if spacing is None:
        notes.append("The file does not say how large its pixels are.")
    return Case(
        name=name,
        hu=np.ascontiguousarray(hu),
        spacing=spacing,
        affine=affine if size_known and place_known else None,
        reading="",
        notes=tuple(notes),
        layout=layout,
    )
