"""Models from the Hub that were fetched whole, opened and tried: the last good one of each repo and revision.

Each lies in a folder of its own, named after its commit, among what the Hub's client keeps. It appears there in one
stroke. What the client itself caches is not relied upon: files of several commits share their bytes there, and one that
arrived damaged stays.
"""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from huggingface_hub import cached_assets_path

UNFINISHED, LEAVING = ".part-", ".leaving-"
NOTES = ".cache"  # in a model's folder, of the Hub's client
FORGOTTEN = 86400  # seconds after which what a killed process was writing is removed


class KeptModels:
    """What is kept of one revision of a repo.

    Raises
    ------
    OSError
        if there is no folder to keep it in.
    """

    def __init__(self, repo: str, revision: str) -> None:
        # each revision is looked for by its own name: what was good of another one is another model
        try:
            self._root = cached_assets_path("find-the-pancreas", "models") / quote(f"{repo}@{revision}", safe="")
        except ValueError as error:  # a file is where the folder would be
            raise NotADirectoryError(errno.ENOTDIR, str(error)) from error

    def at(self, commit: str) -> Path:
        """Return where the model of a commit is, if it is kept."""
        return self._root / commit

    def newest_first(self) -> list[Path]:
        """Return the folders that are kept: the last good model, and the one before it until the next is fetched."""
        with suppress(OSError):
            folders = [path for path in self._root.iterdir() if path.is_dir() and not path.name.startswith(".")]
            return sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
        return []

    @contextmanager
    def fresh(self) -> Iterator[Path]:
        """Give an empty folder to fetch a model into; what is not kept of it goes."""
        self._root.mkdir(parents=True, exist_ok=True)
        self._sweep()
        # only now: a model that comes too late for a start is kept while that start takes the one before
        for older in self.newest_first()[1:]:
            self.remove(older)
        part = Path(tempfile.mkdtemp(dir=self._root, prefix=UNFINISHED))
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def keep(self, part: Path, commit: str) -> Path:
        """Make what was fetched the last good model; return where it is now."""
        shutil.rmtree(part / NOTES, ignore_errors=True)
        folder = self.at(commit)
        try:
            part.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was first
                raise
        return folder

    def renew(self, commit: str) -> None:
        """Make a model that is kept the last good one again: its revision has gone back to it."""
        if self.newest_first()[:1] != [self.at(commit)]:
            with suppress(OSError):
                os.utime(self.at(commit))

    def remove(self, folder: Path) -> None:
        """Remove a model at one stroke."""
        leaving = Path(tempfile.mkdtemp(dir=self._root, prefix=LEAVING))
        with suppress(OSError):
            folder.rename(leaving / folder.name)
        shutil.rmtree(leaving, ignore_errors=True)

    def _sweep(self) -> None:
        for path in self._root.iterdir():
            with suppress(OSError):
                if path.name.startswith((UNFINISHED, LEAVING)) and time.time() - path.stat().st_mtime > FORGOTTEN:
                    shutil.rmtree(path, ignore_errors=True)
