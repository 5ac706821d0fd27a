"""An opened case: its slices, its mask, and what the network found on the slices that were asked for."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from space.case import Case
from space.errors import UserError
from space.model.segmenter import Field, Prediction, Segmenter
from space.preprocessing import hu_to_grey
from space.readers.mask import Mask
from space.turning import turn, turned_case


class _Found(NamedTuple):
    """What is kept of a prediction; of the map, which is 0 nearly everywhere, the part that is not."""

    box: tuple[slice, slice]
    part: np.ndarray
    table: np.ndarray
    field: Field


class Opened:
    """A case with its mask. One object serves several threads at once.

    Attributes
    ----------
    paths : the files of the case.
    as_read : the case as its files have it.
    case : the case as it is looked at.
    mask : as read, over the slices as they are looked at; None without one.
    reference : bool [n, h, w], where the organ is by the mask; None without one.
    turned : how the case is turned, see `space.turning`.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        case: Case,
        mask: Mask | None,
        turned: int,
        target: str,
        segmenter: Segmenter,
    ) -> None:
        self.paths = paths
        self.as_read = case
        self.case = turned_case(case, turned)
        self.mask = mask
        self.reference = None if mask is None else turn(mask.labels.mask(target), turned)
        self.turned = turned
        self._segmenter = segmenter
        self._found: dict[int, _Found] = {}

    @property
    def nbytes(self) -> int:
        """How much there is of it."""
        found = sum(one.part.nbytes + one.table.nbytes for one in list(self._found.values()))
        return self.case.nbytes + found + (0 if self.reference is None else int(self.reference.nbytes))

    @property
    def missing(self) -> list[int]:
        """The slices that the network has not seen."""
        return [place for place in range(len(self.case.hu)) if place not in self._found]

    def place(self, wanted: int | None) -> int:
        """Return which slice is meant; if that is left open, the one with the most of the mask, or the middle one.

        Raises
        ------
        UserError
            if there is no such slice.
        """
        places = len(self.case.hu)
        if wanted is None:
            traced = None if self.reference is None else np.count_nonzero(self.reference, axis=(1, 2))
            return places // 2 if traced is None or not traced.any() else int(traced.argmax())
        if not 0 <= wanted < places:
            raise UserError(f"There is no slice {wanted}: the slices are counted from 0 at the feet to {places - 1}.")
        return wanted

    def predict(self, place: int) -> Prediction:
        """Return what the network finds on a slice, and the counts against the mask; it runs once for each slice."""
        known = self._found.get(place)
        if known is None:
            return self._run(place)
        pixels = hu_to_grey(self.case.hu[place], self._segmenter.window)
        return Prediction(pixels, self._map(place), known.table, known.field)

    def hu(self, place: int | None) -> np.ndarray:
        """Return the values of a slice, int16 [h, w]; of the middle one if it is not said which."""
        return np.asarray(np.rint(self.case.hu[self.place(place)]), "<i2")

    def tables(self, places: Iterable[int]) -> np.ndarray:
        """Return the counts of some slices, int32 [n, 256, 3], as `Prediction.table` has them."""
        return np.stack([self._found[place].table for place in self._seen(places)])

    def prediction(self, level: int) -> np.ndarray:
        """Return where the organ is predicted at a level of the threshold, bool [n, h, w]."""
        return np.stack([self._map(place) >= level for place in self._seen(range(len(self.case.hu)))])

    def across(self, rows: slice, columns: slice) -> np.ndarray:
        """Return a part of the maps of all slices, uint8 [n, rows, columns]; 0 where the network has not seen one."""
        parts = np.zeros_like(self.case.hu[:, rows, columns], np.uint8)
        for place in list(self._found):
            parts[place] = self._map(place)[rows, columns]
        return parts

    def _seen(self, places: Iterable[int]) -> Iterator[int]:
        for place in places:
            if place not in self._found:
                self._run(self.place(place))
            yield place

    def _run(self, place: int) -> Prediction:
        reference = None if self.reference is None else self.reference[place]
        predicted = self._segmenter.predict(self.case.hu[place], reference, pixel_mm=self.case.pixel_mm)
        box = _box(predicted.probability)
        part = predicted.probability[box].copy()
        self._found[place] = _Found(box, part, predicted.table.astype(np.int32), predicted.field)
        return predicted

    def _map(self, place: int) -> np.ndarray:
        probability = np.zeros(self.case.hu.shape[1:], np.uint8)
        probability[self._found[place].box] = self._found[place].part
        return probability


def _box(probability: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns outside of which a map is 0."""
    rows, columns = (np.flatnonzero(probability.any(axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
