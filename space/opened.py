"""An opened case: its slices, its mask, and what the network found on the slices that were asked for."""

import zlib
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


def place_of(wanted: int | None, places: int) -> int:
    """Return which slice is meant, the middle one if that is left open.

    Raises
    ------
    UserError
        if there is no such slice.
    """
    if wanted is None:
        return places // 2
    if not 0 <= wanted < places:
        raise UserError(f"There is no slice {wanted}: the slices are counted from 0 at the feet to {places - 1}.")
    return wanted


class _Found(NamedTuple):
    """What is kept of a prediction; the map is packed, as it is nearly all 0."""

    probability: bytes
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
        found = sum(len(one.probability) + one.table.nbytes for one in list(self._found.values()))
        return self.case.nbytes + found + (0 if self.reference is None else int(self.reference.nbytes))

    @property
    def missing(self) -> list[int]:
        """The slices that the network has not seen."""
        return [place for place in range(len(self.case.hu)) if place not in self._found]

    def predict(self, place: int) -> Prediction:
        """Return what the network finds on a slice, and the counts against the mask; it runs once for each slice."""
        known = self._found.get(place)
        if known is None:
            return self._run(place)
        pixels = hu_to_grey(self.case.hu[place], self._segmenter.window)
        return Prediction(pixels, self._map(place), known.table, known.field)

    def hu(self, place: int | None) -> np.ndarray:
        """Return the values of a slice, int16 [h, w]; of the middle one if it is not said which."""
        return np.asarray(np.rint(self.case.hu[place_of(place, len(self.case.hu))]), "<i2")

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
                self._run(place_of(place, len(self.case.hu)))
            yield place

    def _run(self, place: int) -> Prediction:
        reference = None if self.reference is None else self.reference[place]
        predicted = self._segmenter.predict(self.case.hu[place], reference, pixel_mm=self.case.pixel_mm)
        packed = zlib.compress(predicted.probability.tobytes(), 1)
        self._found[place] = _Found(packed, predicted.table.astype(np.int32), predicted.field)
        return predicted

    def _map(self, place: int) -> np.ndarray:
        unpacked = zlib.decompress(self._found[place].probability)
        return np.frombuffer(unpacked, np.uint8).reshape(self.case.hu.shape[1:])
