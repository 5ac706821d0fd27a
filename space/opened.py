"""An opened case: its slices, its mask, and what the network found on the slices that were asked for."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from space.case import Case
from space.errors import UserError
from space.metrics import table_of
from space.model.segmenter import Field, Prediction, Segmenter
from space.preprocessing import hu_to_grey
from space.readers.kept import Kept
from space.readers.mask import Mask
from space.turning import turn, turned_case


class Found(NamedTuple):
    """What is kept of a prediction; of the map, which is 0 nearly everywhere, the part that is not."""

    box: tuple[slice, slice]
    part: np.ndarray
    field: Field

    @property
    def nbytes(self) -> int:
        """Return how much there is of it."""
        return int(self.part.nbytes)


class Seen:
    """A case, and what the network found on its slices.

    Attributes
    ----------
    as_read : as its files have it.
    case : as it is looked at.
    turned : how it is turned, see `space.turning`.
    found : by slice.
    """

    def __init__(self, case: Case, turned: int) -> None:
        self.as_read = case
        self.case = turned_case(case, turned)
        self.turned = turned
        self.found: dict[int, Found] = {}

    @property
    def nbytes(self) -> int:
        """How much there is of it."""
        return self.case.nbytes + sum(one.part.nbytes for one in list(self.found.values()))

    def map(self, place: int) -> np.ndarray:
        """Return the map of a slice that the network has seen, uint8 [h, w]."""
        probability = np.zeros(self.case.hu.shape[1:], np.uint8)
        probability[self.found[place].box] = self.found[place].part
        return probability


class Opened:
    """A case with its mask. One object serves several threads at once.

    Attributes
    ----------
    seen : the case, and what the network found on it: with another mask it is the same.
    mask : as read, over the slices as they are looked at; None without one.
    reference : bool [n, h, w], where the organ is by the mask; None without one.
    """

    def __init__(
        self, seen: Seen, mask: Mask | None, target: str, segmenter: Segmenter, known: Kept[Found] | None = None
    ) -> None:
        self.seen = seen
        self.case = seen.case
        self.mask = mask
        self.reference = None if mask is None else turn(mask.labels.mask(target), seen.turned)
        self._segmenter = segmenter
        self._known = known or Kept()
        self._tables: dict[int, np.ndarray] = {}

    @property
    def nbytes(self) -> int:
        """How much there is of it, beside the case."""
        tables = sum(table.nbytes for table in list(self._tables.values()))
        return tables + (0 if self.reference is None else int(self.reference.nbytes))

    @property
    def missing(self) -> list[int]:
        """The slices that the network has not seen."""
        return [place for place in range(len(self.case.hu)) if place not in self.seen.found]

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
        if place not in self.seen.found:
            found, predicted = self._find(place)
            self.seen.found[place] = found
            if predicted is not None:
                self._tables[place] = predicted.table.astype(np.int32)
                return predicted
        probability = self.seen.map(place)
        if place not in self._tables:  # it was segmented before this mask was there
            self._tables[place] = table_of(probability, self._reference(place))
        pixels = hu_to_grey(self.case.hu[place], self._segmenter.window)
        return Prediction(pixels, probability, self._tables[place], self.seen.found[place].field)

    def hu(self, place: int | None) -> np.ndarray:
        """Return the values of a slice, int16 [h, w]; of the middle one if it is not said which."""
        return np.asarray(np.rint(self.case.hu[self.place(place)]), "<i2")

    def tables(self, places: Iterable[int]) -> np.ndarray:
        """Return the counts of some slices, int [n, 256, 3], as `Prediction.table` has them."""
        return np.stack([self._table(self.place(place)) for place in places])

    def prediction(self, level: int) -> np.ndarray:
        """Return where the organ is predicted at a level of the threshold, bool [n, h, w]."""
        for place in self.missing:
            self.predict(place)
        return np.stack([self.seen.map(place) >= level for place in range(len(self.case.hu))])

    def across(self, rows: slice, columns: slice) -> np.ndarray:
        """Return a part of the maps of all slices, uint8 [n, rows, columns]; 0 where the network has not seen one."""
        parts = np.zeros_like(self.case.hu[:, rows, columns], np.uint8)
        for place in list(self.seen.found):
            parts[place] = self.seen.map(place)[rows, columns]
        return parts

    def _table(self, place: int) -> np.ndarray:
        return self._tables[place] if place in self._tables else self.predict(place).table

    def _find(self, place: int) -> tuple[Found, Prediction | None]:
        """Return what the network finds on a slice, and the whole prediction if it had to run: the slice was new."""
        hu, pixel_mm = self.case.hu[place], self.case.pixel_mm
        predictions: list[Prediction] = []

        def run() -> Found:
            predicted = self._segmenter.predict(hu, self._reference(place), pixel_mm=pixel_mm)
            predictions.append(predicted)
            box = _box(predicted.probability)
            return Found(box, predicted.probability[box].copy(), predicted.field)

        found = self._known.get((hashlib.sha256(hu.tobytes()).digest(), hu.shape, hu.dtype.char, pixel_mm), run)
        return found, predictions[0] if predictions else None

    def _reference(self, place: int) -> np.ndarray:
        return np.zeros(self.case.hu.shape[1:], bool) if self.reference is None else self.reference[place]


def _box(probability: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns outside of which a map is 0."""
    rows, columns = (np.flatnonzero(probability.any(axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
