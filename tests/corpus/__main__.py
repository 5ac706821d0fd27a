"""``python -m tests.corpus``: what becomes of each entry and of pydicom's test files; with folders, of their files.

A Case is held against the phantom, or against an independent reading of the same files (pydicom, nibabel). Of a folder
every file is read, and all files of a folder together where they may be a series. Ends with 1 if anything is wrong.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pydicom.data

from space.case import Case
from space.preprocessing import ABDOMEN
from space.readers.kinds import DICOM
from space.readers.reading import kind_at, read_case
from tests.corpus.broken import broken_entries
from tests.corpus.outcome import Outcome, faults, faults_of_files, outcome_of
from tests.corpus.scans import scan_entries

WHEEL = Path(pydicom.data.__file__).parent / "test_files"
"""The files that pydicom ships; it would download others."""

Row = tuple[str, Outcome | None, list[str]]


def read(paths: list[Path]) -> Case:
    return read_case(paths if len(paths) > 1 else paths[0], ABDOMEN)


def made() -> Iterator[Row]:
    for entry in (*scan_entries(), *broken_entries()):
        with tempfile.TemporaryDirectory() as folder:
            entry.write(Path(folder))
            found = outcome_of(read, sorted(path for path in Path(folder).rglob("*") if path.is_file()))
            yield entry.name, found, faults(entry, found)


def below(folder: Path) -> Iterator[Row]:
    """Yield every file below a folder, and every folder that may hold a series."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else [folder]
    for path in paths:
        yield tried(path, [path], folder)
    for inner in sorted({path.parent for path in paths}):
        together = [path for path in paths if path.parent == inner and kind_at(path) == DICOM]
        if len(together) > 1 and folder != WHEEL:
            yield tried(inner, together, folder)


def tried(what: Path, paths: list[Path], folder: Path) -> Row:
    """Read files of strangers; an exception that is no sentence is a row, too."""
    name = str(what.relative_to(folder.parent))
    try:
        found = outcome_of(read, paths)
    except Exception as error:  # a fault of the reader's
        return name, None, [f"{type(error).__name__}: {error}"]
    try:
        return name, found, faults_of_files(paths, found)
    except Exception as error:  # of the independent reading
        return name, found, [f"there is no independent reading of it ({type(error).__name__}: {error})"]


def main(folders: list[str]) -> int:
    print("| files | outcome | what is said | held against the truth |\n|---|---|---|---|")
    right = []
    sources = [below(Path(folder)) for folder in folders] or [made(), below(WHEEL)]
    for source in sources:
        for name, found, wrong in source:
            outcome, said = (found.words(), found.said) if found else ("", "")
            held = "WRONG: " + "; ".join(wrong) if wrong else "equal" if found and found.case else "as it must"
            print(f"| {name} | {outcome} | {said} | {held} |".replace("\n", " "), flush=True)
            right.append(not wrong)
    print(f"\n{len(right)} entries, {right.count(False)} of them wrong.")
    return int(not all(right))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
