"""A Case: what a person has, as the rest of the demo knows it. HU, spacing, orientation, labels, where it came from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


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
        return np.isin(self.values, [value for value, known in self.names.items() if known == name])


class Labels(NamedTuple):
    """Numbers of structures on a grid, as a label volume has them.

    Attributes
    ----------
    values : uint16 [n, h, w]
    present : how many voxels of its own grid each label has; 0 is the background and not among them.
    notes : how they came onto the grid.
    """

    values: np.ndarray
    present: dict[int, int]
    notes: tuple[str, ...]

    @property
    def nbytes(self) -> int:
        """Return how much there is of it."""
        return int(self.values.nbytes)


@dataclass(frozen=True)
class Case:
    """A stack of axial slices as seen on the screen: the first is nearest the feet, the spine is at the bottom.

    Attributes
    ----------
    name : of a picture's file, without its ending; a volume's is neutral, as its files' names often tell the patient's.
    hu : int16 [n, h, w] in Hounsfield units; float32 where a picture was windowed more narrowly than 255 HU, as int16
        could not tell its grey levels apart. A single image is a stack of one.
    spacing : mm between slices, rows and columns; None if the source does not say.
    in_hu : whether the values are known to be HU. If not, they are the grey levels of a picture, laid out over the
        model's window.
    affine : float [4, 4], from (x, y, z, 1) to mm towards the patient's left, back and head; None where the source does
        not say where its slices lie, or they do not lie evenly.
    reading : how stored values became HU, a key of `space.readers.values.READINGS`; empty where the file
        says it itself.
    notes : how the source was understood, a sentence each; nothing about a patient.
    labels : the structures that are traced, if any are.
    """

    name: str
    hu: np.ndarray
    spacing: tuple[float, float, float] | None = None
    affine: np.ndarray | None = None
    in_hu: bool = True
    reading: str = "hu"
    notes: tuple[str, ...] = field(default=())
    labels: LabelMap | None = None

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
