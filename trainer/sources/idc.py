"""Pancreas-CT from the Imaging Data Commons: DICOM series with their traced masks, fetched case by case.

What has come whole stays in the folder, so that a download that was stopped goes on where it was.
`trainer/idc_table.py` writes the table.
"""

from pathlib import Path

from space.errors import UserError
from space.model.schema import read_record
from space.real.download import Download
from space.real.shelf import Shelf
from space.real.table import Table
from space.settings import IDC_BUCKET
from trainer.sources.source import Asked, Item
from trainer.sources.subjects import named_by, pattern_of
from trainer.sources.volumes import Files, Volumes

NAME = "idc:pancreas_ct"
WHOLE_TABLE = Path(__file__).with_name("idc_pancreas_ct.json")


def fetched(asked: Asked) -> Volumes:
    """Fetch the cases that are not here yet, and return all as volumes.

    Raises
    ------
    UserError
        that says why a case cannot be fetched, where those before it stay; or that this collection is another one.
    """
    if asked.modality != "CT" or (asked.target != "pancreas" and not asked.label):
        raise UserError(
            f"{NAME} is CT with the pancreas traced, and you asked for the {asked.target} on {asked.modality}: give a "
            "folder of your own."
        )
    table = read_record(Table, WHOLE_TABLE)
    folder = asked.downloads.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    shelf, pattern = Shelf(folder), pattern_of(asked.subject)
    items, files = [], dict[str, Files]()
    for number, case in enumerate(table.cases, 1):
        here = shelf.files(case.patient, whole=True)
        if here is None:
            size = case.size(whole=True) / 1e6
            print(
                f"Fetching {case.patient} ({number} of {len(table.cases)}, {size:.0f} MB) to {folder} ...", flush=True
            )
            Download(case, shelf, IDC_BUCKET, whole=True).run()
            here = shelf.files(case.patient, whole=True)
        ct, seg = here or ([], Path())
        subject = named_by(pattern, case.patient) if pattern else case.patient
        items.append(Item(subject, f"{case.patient}/CT", f"{case.patient}/{seg.name}"))
        files[items[-1].image] = ct, [seg]
    source = Volumes("The Imaging Data Commons", table.collection, items, files, asked, {})
    source.citation = " ".join(
        f"{about.citation.rstrip('.')}. doi:{about.doi}. {about.licence}." for about in (table.ct, table.seg)
    )
    return source
