"""The pinned table of real cases: where each lies in the bucket, whose it is, and which data sets of ours hold it.

`trainer/idc_table.py` writes it, from the public index of the Imaging Data Commons.
"""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from space.model.contract import SPLITS, Contract
from space.model.schema import Record, read_record

TABLE = Path(__file__).parent / "cases.json"
TRACED = "pancreas"  # by the masks of the collection
SLICES_OF_A_FEW = 12
MEGABYTE = 1_000_000  # as the index counts

Folder = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Uid = Annotated[str, StringConstraints(pattern=r"^[0-9.]{1,64}$")]
Patient = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+_[0-9]{4}$")]
Count = Annotated[int, Field(gt=0)]


class Source(Record):
    """Whose data these are."""

    licence: str
    doi: str
    citation: str


class Series(Record):
    """A DICOM series in the bucket: one folder, one object for each instance."""

    folder: Folder
    uid: Uid
    objects: Count
    bytes: Count


class RealCase(Record):
    """A CT and its traced mask.

    Attributes
    ----------
    patient : the pseudonym that the collection was published with.
    """

    patient: Patient
    ct: Series
    seg: Series

    @property
    def name(self) -> str:
        """What the case is called on the page."""
        return f"Patient {int(self.patient.rpartition('_')[2])}"

    def size(self, *, whole: bool) -> int:
        """Return about how many bytes are to be fetched, for the whole series or a few of its slices."""
        slices = self.ct.objects if whole else min(SLICES_OF_A_FEW, self.ct.objects)
        return self.seg.bytes + self.ct.bytes * slices // self.ct.objects


class KnownSplits(Record):
    """Which patients are in which split of one prepared data set."""

    slices_csv: str
    """The sha256 of its `slices.csv`, which says the same: a bundle's contract names it."""
    train: tuple[Patient, ...]
    validation: tuple[Patient, ...]
    test: tuple[Patient, ...]


class Table(Record):
    """The file `cases.json`."""

    index: str
    """The release of the index that it was made from."""
    collection: str
    ct: Source
    seg: Source
    cases: Annotated[tuple[RealCase, ...], Field(min_length=1)]
    splits: tuple[KnownSplits, ...]


@cache
def the_table() -> Table:
    """Return the table in this repo."""
    return read_record(Table, TABLE)


def traces(contract: Contract) -> bool:
    """Tell whether the masks of the cases outline what a model finds."""
    return contract.target.lower() == TRACED


def split_of(patient: str, contract: Contract, table: Table) -> str | None:
    """Return which part a patient had in a model: a split, '' for none, None if that is not known.

    It is known where the model was trained, from random weights and on all subjects, on a data set of the table.
    """
    known = [row for row in table.splits if row.slices_csv == contract.data.sha256.get("slices.csv")]
    if not known or contract.start or contract.settings.subjects:
        return None
    return next((split for split in SPLITS if patient in getattr(known[0], split)), "")
