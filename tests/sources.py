"""One collection in every kind of source: ``python -m tests.sources FOLDER`` writes all of them, prepares each, and
prints what of the data sets is the same: HU, masks, subjects and splits, and (but for pictures) spacing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from tests.segs import as_bytes, segmentation, series
from tests.volumes import abdomen, dicom_bytes, nifti
from trainer.prepare import prepare

DEPTHS = {"ann": 12, "bob": 9, "eve": 14}
LIVER, SPINE = 110, 700


def hu_of(subject: str) -> np.ndarray:
    """Return an abdomen with as many grey levels as a picture of CT has."""
    shade: np.ndarray = abdomen(DEPTHS[subject]) + np.arange(60, dtype=np.int16) // 2 + np.int16(DEPTHS[subject])
    return shade


def where(subject: str, value: int) -> np.ndarray:
    """Return where a structure of `abdomen` is, bool [n, h, w]; the liver is not on the two lowest slices."""
    depth = DEPTHS[subject]
    found = abdomen(depth) - 3 * np.arange(depth)[:, None, None] == value
    found[:2] = False
    return np.asarray(found)


def labels_of(subject: str) -> np.ndarray:
    return np.asarray(where(subject, LIVER) + 2 * where(subject, SPINE), np.uint8)


def write_nifti(path: Path, values: np.ndarray, code: str = "RAS") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nifti(values, code), path)


def write_ct(folder: Path, subject: str) -> list[Any]:
    folder.mkdir(parents=True)
    files = series(hu_of(subject), PatientID=subject)
    for number, dataset in enumerate(files):
        (folder / f"IM{(5 * number) % len(files):03d}").write_bytes(dicom_bytes(dataset))
    return files


def as_pictures(folder: Path) -> None:
    for subject in DEPTHS:
        for kind, values in (("images", hu_of(subject).astype(np.uint16) + 1024), ("masks", where(subject, LIVER))):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            for place, plane in enumerate(values, 1):
                Image.fromarray(plane).save(folder / kind / f"{subject}-{place}.png")


def as_nifti_folders(folder: Path) -> None:
    for subject in DEPTHS:
        write_nifti(folder / "images" / f"{subject}.nii.gz", hu_of(subject))
        write_nifti(folder / "labels" / f"{subject}.nii.gz", where(subject, LIVER).astype(np.uint8), "LPS")


def as_nifti_suffix(folder: Path) -> None:
    for subject in DEPTHS:
        write_nifti(folder / f"{subject}.nii.gz", hu_of(subject), "PSR")
        write_nifti(folder / f"{subject}_seg.nii", where(subject, LIVER).astype(np.int16))


def as_nifti_patients(folder: Path) -> None:
    for subject in DEPTHS:
        write_nifti(folder / subject / "ct.nii.gz", hu_of(subject))
        write_nifti(folder / subject / "mask.nii.gz", where(subject, LIVER).astype(np.uint8))


def as_nifti_of_any_name(folder: Path) -> None:
    for subject in DEPTHS:
        write_nifti(folder / subject / "visit" / "a.nii.gz", hu_of(subject))
        write_nifti(folder / subject / "visit" / "b.nii.gz", where(subject, LIVER).astype(np.uint8))


def as_decathlon(folder: Path) -> None:
    rows = [{"image": f"./imagesTr/{name}.nii.gz", "label": f"./labelsTr/{name}.nii.gz"} for name in DEPTHS]
    for subject in DEPTHS:
        write_nifti(folder / "imagesTr" / f"{subject}.nii.gz", hu_of(subject))
        write_nifti(folder / "labelsTr" / f"{subject}.nii.gz", labels_of(subject))
    about = {"name": "Liver", "reference": "Someone 2020", "licence": "CC-BY-SA 4.0", "training": rows, "test": []}
    labels = {"0": "background", "1": "liver", "2": "spine"}
    (folder / "dataset.json").write_text(json.dumps(about | {"modality": {"0": "CT"}, "labels": labels}))


def as_nnunet(folder: Path) -> None:
    for subject in DEPTHS:
        write_nifti(folder / "imagesTr" / f"{subject}_0000.nii.gz", hu_of(subject))
        write_nifti(folder / "labelsTr" / f"{subject}.nii.gz", labels_of(subject))
    about = {"channel_names": {"0": "CT"}, "labels": {"background": 0, "liver": 1, "spine": 2, "both": [1, 2]}}
    (folder / "dataset.json").write_text(json.dumps(about | {"numTraining": 3, "file_ending": ".nii.gz"}))


def as_dicom_and_nifti(folder: Path) -> None:
    for subject in DEPTHS:
        write_ct(folder / subject / "study" / "series", subject)
        write_nifti(folder / subject / "study" / "traced.nii.gz", where(subject, LIVER).astype(np.uint8))


def as_dicom_and_seg(folder: Path) -> None:
    for subject in DEPTHS:
        files = write_ct(folder / subject / "CT", subject)
        masks = {"Spleen": where(subject, SPINE), "Liver": where(subject, LIVER)}
        (folder / subject / "SEG").mkdir()
        (folder / subject / "SEG" / "1.dcm").write_bytes(as_bytes(segmentation(files, masks)))


SOURCES: dict[str, Callable[[Path], None]] = {
    name.removeprefix("as_"): make
    for name, make in list(globals().items())
    if name.startswith("as_") and name != "as_bytes"
}


def main() -> None:
    """Write, prepare, and print a row for each kind."""
    folder = Path(sys.argv[1])
    table = Table("source", "hu.npy", "masks.npy", "spacing.npy", "subjects and splits", title="sha256")
    for kind, make in SOURCES.items():
        make(folder / kind)
        made = prepare(str(folder / kind), folder / "data" / kind, target="liver")
        hashes = [made.sha256[f"{name}.npy"][:12] for name in ("hu", "masks", "spacing")]
        table.add_row(kind, *hashes, ", ".join(f"{name} {part.subjects}" for name, part in made.splits))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
