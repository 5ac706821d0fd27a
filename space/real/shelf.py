"""The folder where fetched cases are kept: among what the Hub's client keeps, bounded, the longest unused go first.

A case has a folder with its objects; `few.json` and `whole.json` in it name those that belong together. They are
written last, so that what is named there is whole.
"""

import os
import shutil
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from huggingface_hub import cached_assets_path
from pydantic import Field

from space.errors import UserError
from space.model.schema import Record, read_record
from space.real.bucket import NO_ROOM, not_kept

LIMIT = 2_000_000_000  # bytes
SPARE = 100_000_000  # of the disk, which others need too
FORGOTTEN = 3600  # seconds after which what a killed process was writing is removed
UNFINISHED, LEAVING = ".part-", ".leaving-"


class Named(Record):
    """An object that is kept."""

    name: Annotated[str, Field(pattern=r"^[\w-][\w.-]*$")]
    size: int


class Kept(Record):
    """The objects of a case that belong together."""

    ct: Annotated[tuple[Named, ...], Field(min_length=1)]
    seg: Named


class Shelf:
    """Cases on the disk.

    Parameters
    ----------
    root : the folder; None is the one beside what the Hub's client keeps.
    limit : bytes that all cases may take together.
    """

    def __init__(self, root: Path | None = None, limit: int = LIMIT) -> None:
        self._root = root
        self._limit = limit

    def folder(self, patient: str) -> Path:
        """Return where a case lies.

        Raises
        ------
        UserError
            if there is no folder that can be written to.
        """
        try:
            root = self._root or cached_assets_path("find-the-pancreas", "idc")
            folder = root / patient
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise UserError(not_kept(error)) from error
        return folder

    def files(self, patient: str, *, whole: bool) -> tuple[list[Path], Path] | None:
        """Return the files of the CT and that of the mask, or None if not all of them are there as they came."""
        folder = self.folder(patient)
        listed = folder / _list_name(whole)
        try:
            kept = read_record(Kept, listed)
            if any((folder / each.name).stat().st_size != each.size for each in (*kept.ct, kept.seg)):
                return None
            os.utime(listed)  # it was used just now
        except (UserError, OSError):
            return None
        return [folder / each.name for each in kept.ct], folder / kept.seg.name

    def keep(self, patient: str, kept: Kept, *, whole: bool) -> None:
        """Say that the files of a case are there."""
        listed = self.folder(patient) / _list_name(whole)
        fresh = listed.with_name(f"{UNFINISHED}{uuid.uuid4().hex}")
        try:
            kept.write(fresh, indent=None)
            fresh.replace(listed)
        except OSError as error:
            with suppress(OSError):
                fresh.unlink()
            raise UserError(not_kept(error)) from error

    def make_room(self, count: int, staying: Collection[str]) -> None:
        """Remove the cases that were not used for the longest time, until there is room for some more bytes.

        Parameters
        ----------
        staying : the patients whose cases stay.

        Raises
        ------
        UserError
            if the disk is too full even so.
        """
        root = self.folder(next(iter(staying))).parent
        _sweep(root)
        sizes = {folder: _size(folder) for folder in root.iterdir() if folder.is_dir()}
        for folder in sorted(sizes, key=_last_use):
            free = shutil.disk_usage(root).free - SPARE
            if sum(sizes.values()) + count <= self._limit and count <= free:
                return
            if folder.name not in staying:
                _remove(folder)
                del sizes[folder]
        if shutil.disk_usage(root).free - SPARE < count:
            raise UserError(NO_ROOM)


def _list_name(whole: bool) -> str:
    return "whole.json" if whole else "few.json"


def _last_use(folder: Path) -> float:
    used = 0.0
    for listed in folder.glob("*.json"):
        with suppress(OSError):
            used = max(used, listed.stat().st_mtime)
    return used


def _size(folder: Path) -> int:
    return sum(size for _, size, _ in _entries(folder))


def _entries(folder: Path) -> Iterator[tuple[Path, int, float]]:
    """Yield what lies in a folder, with its size and age in seconds; another process may remove some meanwhile."""
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                told = path.stat()
                yield path, told.st_size, time.time() - told.st_mtime


def _sweep(root: Path) -> None:
    """Remove what processes that were killed have left."""
    for path, _, age in _entries(root):
        if age > FORGOTTEN and path.name.startswith(LEAVING):
            shutil.rmtree(path, ignore_errors=True)
        for inner, _, old in _entries(path):
            if old > FORGOTTEN and inner.name.startswith(UNFINISHED):
                with suppress(OSError):
                    inner.unlink()


def _remove(folder: Path) -> None:
    """Remove a case at one stroke: whoever comes meanwhile finds all of it or nothing."""
    leaving = folder.with_name(f"{LEAVING}{uuid.uuid4().hex}")
    with suppress(OSError):
        folder.rename(leaving)
        shutil.rmtree(leaving, ignore_errors=True)
