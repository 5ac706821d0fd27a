"""A Case: what a person has, as the demo knows it. Values, spacing, orientation, labels, where it came from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


def _where(values: np.ndarray, wanted: list[int]) -> np.ndarray:
    """Return where an array has one of a few values; ten times as fast as `np.isin` for one of them."""
    found = np.zeros(values.shape, bool)
    for value in wanted:
        found |= values == value
    return found


@dataclass(frozen=True)
class LabelMap:
    """Which structure each voxel belongs to.

    Attributes
    ----------
    values : uint8 or uint16 [n, h, w]; 0 is the background.
    names : the structure that each other value stands for.
    """

    values: np.ndarray
    names: Mapping[int, str]

    def mask(self, name: str) -> np.ndarray:
        """Return where one structure is, bool [n, h, w]; nowhere if the map does not know it."""
        return _where(self.values, [value for value, known in self.names.items() if known == name])


class Labels(NamedTuple):
    """The structures of a mask file on a grid.

    Attributes
    ----------
    values : uint16 [n, h, w], 0 where nothing is.
    members : which labels each other value stands for: one, or several that overlap.
    present : how many voxels of its own grid each label has.
    names : what labels are called, those of which that is known; text that is safe to show.
    notes : how they were read and came onto the grid.
    """

    values: np.ndarray
    members: dict[int, tuple[str, ...]]
    present: dict[str, int]
    names: dict[str, str]
    notes: tuple[str, ...]

    def mask(self, label: str) -> np.ndarray:
        """Return where one of the labels is, bool [n, h, w]."""
        return _where(self.values, [value for value, labels in self.members.items() if label in labels])

    @property
    def nbytes(self) -> int:
        """Return how much there is of it."""
        return int(self.values.nbytes)


class Instance(NamedTuple):
    """The DICOM image that a slice came from. Its identifier is never shown, and never written to a log.

    Attributes
    ----------
    uid : SOP instance UID; empty where the file has none.
    frame : of the file, counted from 1.
    number : what programs for DICOM call it: the instance's number, or the frame's in a file of several.
    position : the middle of its first pixel, in mm towards the patient's left, back and head; None if not said.
    """

    uid: str
    frame: int
    number: int
    position: tuple[float, float, float] | None


@dataclass(frozen=True)
class Layout:
    """How the screen's array [z, y, x] lies in the source's own.

    Attributes
    ----------
    axes : which of the source's axes runs along the screen's z, y and x.
    flips : which of the screen's axes run backwards in the source.
    affine : float [4, 4], from the source's (i, j, k, 1) to mm towards the patient's left, back and head. Where slices
        are missing it holds within each of them only. None for pictures.
    codes : what a NIfTI file says of its sform and of its qform; None for others.
    instances : of a DICOM series, whose source is (column, row, slice): the image of each slice on the screen.
    frame_of_reference : the identifier of the space that a DICOM series lies in; empty if not said.
    """

    axes: tuple[int, int, int]
    flips: tuple[int, ...] = ()
    affine: np.ndarray | None = None
    codes: tuple[int, int] | None = None
    instances: tuple[Instance, ...] = field(default=(), repr=False)
    frame_of_reference: str = field(default="", repr=False)

    @property
    def turned(self) -> bool:
        """Whether the rows and columns of DICOM's images are shown in another way than they are stored."""
        return bool(self.instances) and (self.axes[1:] != (1, 0) or not {1, 2}.isdisjoint(self.flips))

    def to_screen(self, array: np.ndarray) -> np.ndarray:
        """Return an array of the source as the screen has it; a view."""
        return np.flip(array.transpose(self.axes), self.flips)

    def to_source(self, array: np.ndarray) -> np.ndarray:
        """Return an array of the screen as the source has it; a view."""
        return np.flip(array, self.flips).transpose(np.argsort(self.axes))


@dataclass(frozen=True)
class Case:
    """A stack of axial slices as seen on the screen: the first is nearest the feet, the spine is at the bottom.

    Attributes
    ----------
    name : of a picture's file, without its ending; a volume's is neutral, as its files' names often tell the patient's.
    hu : int16 [n, h, w] in Hounsfield units, of MR the grey values that the scanner stored; float32 where a picture was
        windowed more narrowly than 255 of them, as int16 could not tell its grey levels apart. A single image is a
        stack of one.
    spacing : mm between slices, rows and columns; None if the source does not say.
    in_hu : whether the values are known to be these. If not, they are the grey levels of a picture, laid out over the
        model's window.
    affine : float [4, 4], from (x, y, z, 1) to mm towards the patient's left, back and head; None where the source does
        not say where its slices lie, or they do not lie evenly.
    reading : how stored values were read, a key of `space.readers.values.READINGS`; empty where the file
        says it itself.
    notes : how the source was understood, a sentence each; nothing about a patient.
    labels : the structures that are traced, if any are.
    layout : how the source has it; None for a single picture, which has it as the screen does.
    """

    name: str
    hu: np.ndarray
    spacing: tuple[float, float, float] | None = None
    affine: np.ndarray | None = None
    in_hu: bool = True
    reading: str = "hu"
    notes: tuple[str, ...] = field(default=())
    labels: LabelMap | None = None
    layout: Layout | None = None

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """The size of a pixel, height and width in mm; 0 where it is not known, as the model file takes it."""
        return (0.0, 0.0) if self.spacing is None else self.spacing[1:]

    @property
    def millilitres(self) -> float | None:
        """The volume of a voxel; None where it is not known."""
        if self.affine is not None:
            return abs(float(np.linalg.det(self.affine[:3, :3]))) / 1000  # of leaning slices less than the product
        return None if self.spacing is None else math.prod(self.spacing) / 1000

    @property
    def nbytes(self) -> int:
        """How much there is of it."""
        return int(self.hu.nbytes)

    def mask(self, name: str) -> np.ndarray:
        """Return where a structure is traced, bool [n, h, w]; nowhere if it is not."""
        return np.zeros(self.hu.shape, bool) if self.labels is None else self.labels.mask(name)
