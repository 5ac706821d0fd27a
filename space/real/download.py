"""One download of a case: the mask first, then the slices' places, then the slices that were asked for."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from space.errors import UserError
from space.real.bucket import DAMAGED, MISSING, Bucket, Cancelled, Stored
from space.real.places import Place, place_of, spanning, traced_by
from space.real.shelf import Kept, Named, Shelf
from space.real.table import SLICES_OF_A_FEW, RealCase, Series

AT_ONCE = 8  # objects; S3 answers each in about 0.1 s, however small it is
HEADS = (4096, 65536)  # bytes; the headers of this collection take about 1,200
INCONSISTENT = (
    "The Imaging Data Commons holds another number of slices for this case than this app knows: please choose another "
    "case, and tell whoever runs the app."
)
NOT_TRACED = "The mask of this case does not belong to its slices: please choose another case."

Item = TypeVar("Item")
Result = TypeVar("Result")


class Download:
    """A case on its way.

    Attributes
    ----------
    done, of : bytes that are here, and that are to be here.
    """

    def __init__(self, case: RealCase, shelf: Shelf, address: str, *, whole: bool) -> None:
        self.done = 0
        self.of = case.size(whole=whole)
        self._case = case
        self._shelf = shelf
        self._address = address
        self._whole = whole
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Stop it; what has come whole stays, for the next time."""
        self._stop.set()

    def run(self) -> None:
        """Fetch the case; returns when its files are on the shelf.

        Raises
        ------
        Cancelled
            if it was cancelled.
        UserError
            that says what is wrong; nothing of the case is on the shelf then that was not there before.
        """
        case, folder = self._case, self._shelf.folder(self._case.patient)
        with Bucket(self._address, self._stop) as bucket:
            [seg] = _listed(bucket, case.seg)
            slices = _listed(bucket, case.ct)

            def is_mask(path: Path) -> bool:
                return traced_by(path.read_bytes(), case.seg.uid) is not None

            def is_slice(path: Path) -> bool:
                return any(place_of(_head(path, count), case.ct.uid) for count in HEADS)

            self._fetch(bucket, seg, folder, is_mask)
            if not self._whole:
                slices = self._few(bucket, slices, folder / _name(seg))
            self.of = seg.size + sum(stored.size for stored in slices)
            self._all(slices, lambda stored: self._fetch(bucket, stored, folder, is_slice))
        self._shelf.keep(
            case.patient, Kept(ct=tuple(_named(stored) for stored in slices), seg=_named(seg)), whole=self._whole
        )
        self.done = self.of

    def _few(self, bucket: Bucket, slices: list[Stored], mask: Path) -> list[Stored]:
        """Return evenly spaced slices that span what is traced."""
        traced = traced_by(mask.read_bytes(), self._case.seg.uid)
        places = self._all(slices, lambda stored: self._place(bucket, stored))
        chosen = spanning(places, traced, SLICES_OF_A_FEW) if traced else []
        if not chosen:
            raise UserError(NOT_TRACED)
        return [slices[index] for index in chosen]

    def _place(self, bucket: Bucket, stored: Stored) -> Place:
        for count in HEADS:
            if place := place_of(bucket.start(stored, count), self._case.ct.uid):
                return place
        raise UserError(DAMAGED)

    def _fetch(self, bucket: Bucket, stored: Stored, folder: Path, is_it: Callable[[Path], bool]) -> None:
        """Have an object in the folder: the one that is there if it is whole, else that of the bucket."""
        path = folder / _name(stored)
        if path.is_file() and path.stat().st_size == stored.size and is_it(path):
            self._arrived(stored.size)
            return
        bucket.fetch(stored, path, self._arrived)
        if not is_it(path):
            path.unlink(missing_ok=True)
            raise UserError(DAMAGED)

    def _arrived(self, count: int) -> None:
        with self._lock:
            self.done += count

    def _all(self, items: list[Item], work: Callable[[Item], Result]) -> list[Result]:
        """Do some work for each item, several at once; the first thing that goes wrong ends it.

        The threads are daemons: a program that is told to stop does not wait for a bucket.
        """
        results: list[Result | None] = [None] * len(items)
        failures: list[BaseException] = []
        left = iter(enumerate(items))

        def some() -> None:
            while not failures and not self._stop.is_set():
                with self._lock:
                    following = next(left, None)
                if following is None:
                    return
                try:
                    results[following[0]] = work(following[1])
                except BaseException as failure:  # it is raised where it is waited for
                    failures.append(failure)

        threads = [threading.Thread(target=some, daemon=True) for _ in range(min(AT_ONCE, len(items)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        if self._stop.is_set():
            raise Cancelled
        return results  # type: ignore[return-value]


def _listed(bucket: Bucket, series: Series) -> list[Stored]:
    """Return the objects of a series, which must be as many and about as large as the table says."""
    found = bucket.folder(series.folder)
    if not found:
        raise UserError(MISSING)
    size = sum(stored.size for stored in found)
    if len(found) != series.objects or not 0.99 < size / series.bytes < 1.01 or not all(each.size for each in found):
        raise UserError(INCONSISTENT)
    return found


def _name(stored: Stored) -> str:
    return stored.key.rpartition("/")[2]


def _named(stored: Stored) -> Named:
    return Named(name=_name(stored), size=stored.size)


def _head(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        return file.read(count)
