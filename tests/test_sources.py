"""One collection of phantoms in every kind of source: the same data set each time; and what is asked or refused."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import UID

from space.errors import UserError
from tests.segs import as_bytes, segmentation, series
from tests.volumes import SPACING, abdomen, affine_ras, dicom_bytes, nifti
from trainer.dataset import DataSet, load_split
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


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "slices.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def made(tmp_path: Path, kind: str, **options: Any) -> DataSet:
    if not (tmp_path / kind).exists():
        SOURCES[kind](tmp_path / kind)
    return prepare(str(tmp_path / kind), tmp_path / "out", **({"target": "liver"} | options))


@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_of_source_gives_the_same_data_set(tmp_path: Path, kind: str) -> None:
    made(tmp_path, kind)
    hu, masks, spacing = (np.load(tmp_path / "out" / f"{name}.npy") for name in ("hu", "masks", "spacing"))
    np.testing.assert_array_equal(hu, np.concatenate([hu_of(subject) for subject in DEPTHS]))
    np.testing.assert_array_equal(masks, np.concatenate([where(subject, LIVER) for subject in DEPTHS]))
    np.testing.assert_allclose(spacing, [(0, 0, 0) if kind == "pictures" else SPACING] * 35, atol=1e-4)
    rows = rows_of(tmp_path / "out")
    assert [(row["subject"], int(row["slice"])) for row in rows] == [
        (subject, place) for subject, depth in DEPTHS.items() for place in range(1, depth + 1)
    ]
    assert {row["subject"]: row["split"] for row in rows} == {"ann": "train", "bob": "test", "eve": "validation"}


def test_it_is_said_what_the_source_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path, "decathlon")
    said = capsys.readouterr().out
    volumes = [where(subject, LIVER).sum() * 5 * 3.5 * 4 / 1000 for subject in DEPTHS]
    for words in (
        "The Medical Segmentation Decathlon's folders: 3 subjects, 3 volumes.",
        "Its labels: liver (1), spine (2).",
        "35 slices of 60 x 52 pixels.",
        "Pixels of 3.50 to 4.00 mm, slices 5.00 mm apart.",
        f"Label 1 'liver': in 3 of 3 volumes, {min(volumes):.1f} to {max(volumes):.1f} mL <- the organ",
        "Label 2 'spine': in 3 of 3 volumes, ",
    ):
        assert words in said


def test_the_source_says_its_citation_and_licence(tmp_path: Path) -> None:
    data = made(tmp_path, "decathlon")
    assert (data.source, data.citation, data.licence) == ("Liver", "Liver. Someone 2020", "CC-BY-SA 4.0")


@pytest.mark.parametrize(("label", "values"), [("spine", [2]), ("2", [2]), ("1,2", [1, 2]), ("both", [1, 2])])
def test_a_label_is_a_name_or_a_number_or_several(tmp_path: Path, label: str, values: list[int]) -> None:
    made(tmp_path, "nnunet", label=label)
    expected = np.concatenate([np.isin(labels_of(subject), values) for subject in DEPTHS])
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "masks.npy"), expected)


def test_a_label_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no label 'heart': the source has liver \(1\), spine \(2\), both \(1\+2\)"):
        made(tmp_path, "nnunet", label="heart")
    with pytest.raises(UserError, match="masks do not say what their labels are called"):
        made(tmp_path, "nifti_folders", label="heart")


def test_labels_without_names_are_asked_for_with_the_flag(tmp_path: Path) -> None:
    as_nifti_folders(tmp_path / "nifti_folders")
    for subject in DEPTHS:
        write_nifti(tmp_path / "nifti_folders" / "labels" / f"{subject}.nii.gz", labels_of(subject))
    with pytest.raises(UserError, match=r"ann.nii.gz: The mask has 2 labels.* Say so with --label: '1'"):
        made(tmp_path, "nifti_folders")


def test_masks_whose_only_label_differs_are_refused(tmp_path: Path) -> None:
    as_nifti_folders(tmp_path / "nifti_folders")
    write_nifti(tmp_path / "nifti_folders" / "labels" / "bob.nii.gz", 3 * where("bob", LIVER).astype(np.uint8))
    with pytest.raises(UserError, match="label is 1 in some masks and 3 in others: say with --label"):
        made(tmp_path, "nifti_folders")
    made(tmp_path, "nifti_folders", label="1,3")
    assert np.load(tmp_path / "out" / "masks.npy").sum() == sum(where(subject, LIVER).sum() for subject in DEPTHS)


def test_a_volume_without_the_organ_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    as_nifti_folders(tmp_path / "nifti_folders")
    write_nifti(tmp_path / "nifti_folders" / "labels" / "bob.nii.gz", np.zeros((9, 52, 60), np.uint8))
    data = made(tmp_path, "nifti_folders")
    assert (data.splits.test.with_organ, data.splits.test.without_organ) == (0, 9)
    assert "1 masks: The mask is empty." in capsys.readouterr().out


def test_volumes_of_different_sizes_are_framed_with_air(tmp_path: Path) -> None:
    as_nifti_folders(tmp_path / "nifti_folders")
    write_nifti(tmp_path / "nifti_folders" / "images" / "bob.nii.gz", hu_of("bob")[:, :50, :57])
    write_nifti(tmp_path / "nifti_folders" / "labels" / "bob.nii.gz", where("bob", LIVER)[:, :50, :57].astype(np.uint8))
    made(tmp_path, "nifti_folders")
    hu, masks = (np.load(tmp_path / "out" / f"{name}.npy")[12:21] for name in ("hu", "masks"))
    np.testing.assert_array_equal(hu[:, 1:51, 1:58], hu_of("bob")[:, :50, :57])
    np.testing.assert_array_equal(masks[:, 1:51, 1:58], where("bob", LIVER)[:, :50, :57])
    outside = np.ones((52, 60), bool)
    outside[1:51, 1:58] = False
    assert set(np.unique(hu[:, outside])) == {-1024}
    assert not masks[:, outside].any()


def test_two_volumes_of_a_subject_are_in_one_split_with_numbers_of_their_own(tmp_path: Path) -> None:
    as_nifti_folders(tmp_path / "nifti_folders")
    for kind in ("images", "labels"):
        path = tmp_path / "nifti_folders" / kind / "ann.nii.gz"
        path.with_name("ann2.nii.gz").write_bytes(path.read_bytes())
    made(tmp_path, "nifti_folders", subject=r"/(\D+)\d*\.nii")
    own = [row for row in rows_of(tmp_path / "out") if row["subject"] == "ann"]
    assert len({row["slice"] for row in own}) == 24
    assert len({row["split"] for row in own}) == 1


def test_coarse_pixels_are_refined_for_the_network_unless_told_otherwise(tmp_path: Path) -> None:
    made(tmp_path, "nifti_folders")
    assert load_split(tmp_path / "out", "train").zoom(13) == pytest.approx((4.0, 4.0))  # 3.5 and 4 mm: no more than 4
    made(tmp_path, "nifti_folders", pixel_size=2.0)
    assert load_split(tmp_path / "out", "train").zoom(13) == pytest.approx((1.75, 2.0))


def without(pattern: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for path in folder.glob(pattern):
            path.unlink()

    return change


def contours(folder: Path) -> None:
    path = folder / "bob" / "SEG" / "1.dcm"
    dataset = pydicom.dcmread(path)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.481.3")
    path.write_bytes(as_bytes(dataset))


def other_channel(folder: Path) -> None:
    (folder / "imagesTr" / "bob_0000.nii.gz").rename(folder / "imagesTr" / "bob_0001.nii.gz")


def elsewhere(folder: Path) -> None:
    affine = affine_ras()
    affine[:3, 3] += 5000
    image = nibabel.Nifti1Image(where("bob", LIVER).astype(np.uint8).transpose(2, 1, 0), affine)
    nibabel.save(image, folder / "labels" / "bob.nii.gz")


REFUSED: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "image without mask": ("nifti_folders", without("labels/bob*"), r"bob.nii.gz has no mask"),
    "mask without image": ("nifti_suffix", without("bob.nii.gz"), r"bob_seg.nii has no slice"),
    "listed and missing": ("decathlon", without("labelsTr/bob*"), r"bob.nii.gz is missing: .*dataset.json needs it"),
    "raw and missing": ("nnunet", without("labelsTr/bob*"), r"bob.nii.gz is missing"),
    "two channels": ("nnunet", other_channel, r"bob_0001.nii.gz is another channel than _0000"),
    "series without mask": ("dicom_and_seg", without("bob/SEG/*"), r"bob/CT has no mask: put a DICOM SEG or"),
    "contours": ("dicom_and_seg", contours, r"bob, bob/SEG/1.dcm: The mask is a set of contours \(RTSTRUCT\)"),
    "mask of elsewhere": ("nifti_folders", elsewhere, r"labels/bob.nii.gz: The mask lies elsewhere in space"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_source_with_a_fault_is_refused_by_name(tmp_path: Path, case: str) -> None:
    kind, spoil, words = REFUSED[case]
    SOURCES[kind](tmp_path / kind)
    spoil(tmp_path / kind)
    with pytest.raises(UserError) as refusal:
        made(tmp_path, kind)
    assert re.search(words, str(refusal.value))
    assert not (tmp_path / "out" / "dataset.json").exists()


@pytest.mark.parametrize("text", ["", "{", '{"labels": 3}', '{"labels": {"liver": 1}, "training": [{"image": "a"}]}'])
def test_a_description_that_is_none_is_refused_by_name(tmp_path: Path, text: str) -> None:
    as_decathlon(tmp_path / "decathlon")
    (tmp_path / "decathlon" / "dataset.json").write_text(text)
    with pytest.raises(UserError, match=r"dataset.json is not that of a data set"):
        made(tmp_path, "decathlon")


def test_a_description_that_names_files_elsewhere_is_refused(tmp_path: Path) -> None:
    as_decathlon(tmp_path / "decathlon")
    path = tmp_path / "decathlon" / "dataset.json"
    path.write_text(path.read_text().replace("./imagesTr/bob", "../imagesTr/bob"))
    with pytest.raises(UserError, match=r"names \.\./imagesTr/bob.nii.gz, which is not in its folder"):
        made(tmp_path, "decathlon")
