"""Write the tables of real cases from the public index of the Imaging Data Commons.

`space/real/cases.json` holds those that the page offers, `trainer/sources/idc_pancreas_ct.json` all, to train on.

    pip install idc-index-data==25.0.5 pyarrow==26.0.1     # once, and not needed otherwise: 80 MB
    python -m trainer.idc_table DATA

DATA is the prepared data set of Pancreas-CT that the bundled model was trained on: which patients are in which of its
splits goes into the table. The patients to offer are chosen here: all of its test split, some of the others, some of
none. Patient 2 is not among them: the collection once held the same scan as 25 and 70 too, in two splits of the data.
"""

import csv
import hashlib
import html
import re
import sys
from pathlib import Path
from typing import Any

from space.console import write_on_any_console
from space.errors import UserError
from space.model.contract import SPLITS
from space.real.table import MEGABYTE, TABLE, KnownSplits, RealCase, Series, Source, Table
from trainer.sources.idc import WHOLE_TABLE

COLLECTION, ANALYSIS = "pancreas_ct", "pancreas_ct_seg"
OFFERED = {
    "test": (78, 79, 80, 81, 82),
    "validation": (71, 74, 76),
    "train": (1, 4, 12),
    "": (5, 14, 15, 19, 61),
}


def main() -> None:
    """Write the table."""
    write_on_any_console()
    if len(sys.argv) != 2:
        sys.exit("usage: python -m trainer.idc_table DATA")
    try:
        table = table_of(splits_of(Path(sys.argv[1]) / "slices.csv"))
        whole = whole_table()
    except (UserError, OSError, ImportError) as error:
        sys.exit(str(error))
    for made, path in ((table, TABLE), (whole, WHOLE_TABLE)):
        made.write(path)
        print(f"{len(made.cases)} cases from {made.index}, written to {path}.")


def splits_of(path: Path) -> KnownSplits:
    """Return which patients are in which split of a prepared data set, under the names of the collection."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(f"PANCREAS_{row['subject']}", row["split"]) for row in csv.DictReader(file)]
    found = {split: tuple(sorted({patient for patient, other in rows if other == split})) for split in SPLITS}
    return KnownSplits(slices_csv=hashlib.sha256(path.read_bytes()).hexdigest(), **found)


def table_of(splits: KnownSplits) -> Table:
    """Return the table of the patients in `OFFERED`.

    Raises
    ------
    UserError
        if the index does not have them as it should: one CT and one segmentation in one study, openly licensed.
    """
    index = read_index()
    cases = []
    for split, numbers in OFFERED.items():
        for number in numbers:
            patient = f"PANCREAS_{number:04d}"
            if [known for known in SPLITS if patient in getattr(splits, known)] != [split] * bool(split):
                raise UserError(
                    f"The data do not have {patient} {f'in the split {split}' if split else 'in no split'}."
                )
            cases.append(case_of(patient, index[index.PatientID == patient].to_dict("records")))
    return described(cases, splits)


def whole_table() -> Table:
    """Return the table of all patients, to train on."""
    index = read_index()
    patients = sorted(set(index.PatientID))
    return described([case_of(name, index[index.PatientID == name].to_dict("records")) for name in patients])


def read_index() -> Any:
    """Return the rows of the index that are of the collection, a data frame."""
    import idc_index_data
    import pandas

    return pandas.read_parquet(idc_index_data.IDC_INDEX_PARQUET_FILEPATH, filters=[("collection_id", "==", COLLECTION)])


def described(cases: list[RealCase], *splits: KnownSplits) -> Table:
    """Return a table, with whose data these are."""
    import idc_index_data
    import pandas

    parquet = Path(idc_index_data.IDC_INDEX_PARQUET_FILEPATH).parent
    collections = pandas.read_parquet(parquet / "collections_index.parquet")
    [sources] = collections[collections.collection_id == COLLECTION].sources
    by_id = {source["source_id"]: source for source in sources}
    return Table(
        index=f"idc-index-data {idc_index_data.__version__}",
        collection="Pancreas-CT",
        ct=source_of(by_id[COLLECTION]),
        seg=source_of(by_id[ANALYSIS]),
        cases=tuple(cases),
        splits=splits,
    )


def case_of(patient: str, rows: list[dict[str, Any]]) -> RealCase:
    """Return a case from its rows of the index.

    Raises
    ------
    UserError
        if they are not one CT and one segmentation of one study, openly licensed, in the public bucket.
    """
    series = {row["Modality"]: row for row in rows}
    sound = (
        len(rows) == 2
        and set(series) == {"CT", "SEG"}
        and series["CT"]["StudyInstanceUID"] == series["SEG"]["StudyInstanceUID"]
        and series["SEG"]["analysis_result_id"] == ANALYSIS
        and {row["aws_bucket"] for row in rows} == {"idc-open-data"}
        and (series["CT"]["license_short_name"], series["SEG"]["license_short_name"]) == ("CC BY 3.0", "CC BY 4.0")
    )
    if not sound:
        raise UserError(f"The index does not have {patient} as one CT and one segmentation, openly licensed.")
    return RealCase(patient=patient, ct=_series(series["CT"]), seg=_series(series["SEG"]))


def _series(row: dict[str, Any]) -> Series:
    return Series(
        folder=row["crdc_series_uuid"],
        uid=row["SeriesInstanceUID"],
        objects=row["instanceCount"],
        bytes=round(row["series_size_MB"] * MEGABYTE),
    )


def source_of(row: dict[str, Any]) -> Source:
    """Return whose data these are; the index writes citations as HTML."""
    citation = " ".join(re.sub(r"<[^>]*>", "", html.unescape(row["citation"])).split())
    return Source(licence=row["license"]["license_short_name"], doi=row["source_doi"], citation=citation)


if __name__ == "__main__":
    main()
