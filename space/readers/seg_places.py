"""Where the frames of a DICOM segmentation belong: to the slices of a series, or into an even stack of their own.

A frame belongs to the slice that it names, or that lies where it lies. What a frame names is held against where it
says that it lies: some programs name the nearest slice of a frame that has other pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from space.case import Instance
from space.errors import UserError
from space.readers.overlay import ELSEWHERE, Grid
from space.readers.seg_frames import Frame

BEYOND_ALL = -1
"""The place of a frame that lies outside the series."""

SAME_PLACE = 0.015  # mm
OTHER_SERIES = "The segmentation was made on another series, in the same space as this one."
NOWHERE = "The segmentation does not say where its frames lie, and names no slice of this scan."
UNEVEN = "The segmentation's frames do not lie evenly in space: it cannot be laid over these slices."


@dataclass(frozen=True)
class Series:
    """The slices of a DICOM series as they are stored.

    Attributes
    ----------
    instances : along the source's slices.
    affine : float [4, 4], from the source's (column, row, slice, 1) to mm.
    pixels : rows and columns.
    """

    instances: tuple[Instance, ...]
    affine: np.ndarray
    pixels: tuple[int, int]

    def same_axes(self, frame: Frame) -> bool:
        """Tell whether a frame has the slices' directions and pixel size; one that says nothing does."""
        down, across = (self.affine[:3, axis] for axis in (1, 0))
        if frame.axes is None or frame.mm is None:
            return True
        apart = np.abs(np.array([frame.axes[0] * frame.mm[1] - across, frame.axes[1] * frame.mm[0] - down]))
        return bool(apart.max() * max(self.pixels) < 0.5 * float(np.linalg.norm(across)))

    def nearest(self, position: np.ndarray) -> tuple[int, float, float]:
        """Return the slice nearest to a frame, and how far its first pixel is away, in pixels and in slices."""
        across, down = self.affine[:3, 0], self.affine[:3, 1]
        normal = np.cross(across, down) / np.linalg.norm(np.cross(across, down))
        away = position - np.array([instance.position for instance in self.instances])
        along = np.abs(away @ normal)
        place = int(np.argmin(along))
        aside = away[place] - (away[place] @ normal) * normal
        step = abs(float(self.affine[:3, 2] @ normal))
        return place, float(np.linalg.norm(aside) / np.linalg.norm(across)), float(along[place] / step)


def series_of(grid: Grid) -> Series | None:
    """Return the series that a case was read from; None if it is no DICOM, or does not say where its slices lie."""
    layout = grid.layout
    if not layout.instances or layout.affine is None or any(one.position is None for one in layout.instances):
        return None
    stored = layout.instances[::-1] if 0 in layout.flips else layout.instances
    columns, rows, _ = (grid.shape[layout.axes.index(axis)] for axis in range(3))
    return Series(stored, layout.affine, (rows, columns))


def check_patient(drawn_on: set[str], frame_of_reference: str, grid: Grid) -> list[str]:
    """Refuse what was drawn on images that are not these, in a space that is not theirs.

    Parameters
    ----------
    drawn_on : identifiers of the images.
    """
    own = {instance.uid for instance in grid.layout.instances} - {""}
    here, there = grid.layout.frame_of_reference, frame_of_reference
    if not own or own & drawn_on:
        return []
    if (here and there and here != there) or (drawn_on and not (here and there)):
        raise UserError(ELSEWHERE)
    return [OTHER_SERIES] if drawn_on else []


def in_series(frames: Sequence[Frame], pixels: tuple[int, int], series: Series) -> list[int] | None:
    """Return which slice of a series each frame belongs to, or `BEYOND_ALL`.

    None if the frames have other pixels than the slices, or lie between them.
    """
    named = {(instance.uid, instance.frame): place for place, instance in enumerate(series.instances) if instance.uid}
    if len(named) < len(series.instances):  # identifiers were taken out, or occur twice
        named = {}
    if pixels != series.pixels:
        return None
    places = [_place(frame, named, series) for frame in frames]
    known = [place for place in places if place is not None]
    return known if len(known) == len(places) and max(known) > BEYOND_ALL else None


def _place(frame: Frame, named: dict[tuple[str, int], int], series: Series) -> int | None:
    said = {named[source] for source in frame.sources if source in named}
    if len(said) > 1 or not series.same_axes(frame):
        return None
    if frame.position is None:
        return next(iter(said), BEYOND_ALL) if named else None
    place, aside, along = series.nearest(frame.position)
    if said:
        return place if said == {place} and aside <= 0.5 and along <= 0.5 else None
    if along > 0.5:
        return BEYOND_ALL
    return place if aside <= 0.05 and along <= 0.1 else None


def stacked(frames: Sequence[Frame]) -> tuple[list[int], np.ndarray]:
    """Return which slice of an even stack each frame is, and the stack's affine from (column, row, slice).

    Raises
    ------
    UserError
        if there is no such stack.
    """
    first = frames[0]
    positions = np.array([frame.position for frame in frames if frame.position is not None])
    if first.axes is None or first.mm is None or len(positions) < len(frames):
        raise UserError(NOWHERE)
    if any(
        frame.axes is None or np.abs(frame.axes - first.axes).max() > 1e-3 or frame.mm != first.mm for frame in frames
    ):
        raise UserError(UNEVEN)
    normal = np.cross(*first.axes)
    at = positions @ normal
    apart = [b - a for a, b in pairwise(np.unique(np.round(at, 3))) if b - a > SAME_PLACE]
    for step in (first.between, min(apart, default=first.thickness or 1.0)):  # what a header says may be wrong
        if step and (stack := _even(positions, at, step, normal)):
            places, along = stack
            affine = np.eye(4)
            affine[:3, 0], affine[:3, 1] = first.axes[0] * first.mm[1], first.axes[1] * first.mm[0]
            affine[:3, 2], affine[:3, 3] = along, positions[np.argmin(at)]
            return places, affine
    raise UserError(UNEVEN)


def _even(
    positions: np.ndarray, at: np.ndarray, step: float, normal: np.ndarray
) -> tuple[list[int], np.ndarray] | None:
    """Return the places of frames in a stack of this step, and the way to the next one; None if they do not fit."""
    places = np.rint((at - at.min()) / step).astype(int)
    low, high = positions[np.argmin(at)], positions[np.argmax(at)]
    along = (high - low) / places.max() if places.max() else normal * step
    fits = np.abs(positions - low - places[:, None] * along).max() <= 0.1 * step
    return ([int(place) for place in places], along) if fits else None
