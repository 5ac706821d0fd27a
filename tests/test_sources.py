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
from pydicom.uid import UID

from space.errors import UserError
from tests.segs import as_bytes
from tests.sources import (
    DEPTHS,
    LIVER,
    SOURCES,
    as_decathlon,
    as_dicom_and_seg,
    as_nifti_folders,
    as_nifti_suffix,
    as_nnunet,
    hu_of,
    labels_of,
    where,
    write_ct,
    write_nifti,
)
from tests.volumes import SPACING, affine_ras
from trainer.dataset import DataSet, load_split
from trainer.phantom.drawing import make_phantom
from trainer.prepare import prepare


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


def test_linked_folders_and_files_are_followed_and_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    as_nifti_folders(tmp_path / "store")
    folder = tmp_path / "nifti_folders"
    (folder / "labels").mkdir(parents=True)
    (folder / "images").symlink_to(tmp_path / "store" / "images")
    for path in (tmp_path / "store" / "labels").iterdir():
        (folder / "labels" / path.name).symlink_to(path)
    (folder / "labels" / "around").symlink_to(folder)
    made(tmp_path, "nifti_folders")
    assert [row["subject"] for row in rows_of(tmp_path / "out")] == [name for name in DEPTHS for _ in hu_of(name)]
    (folder / "labels" / "zoe.nii.gz").symlink_to(tmp_path / "nowhere.nii.gz")
    with pytest.raises(UserError, match=r"zoe.nii.gz is a link to a file that is not there"):
        made(tmp_path, "nifti_folders")


def test_a_mask_of_another_series_than_the_one_that_would_be_taken_is_refused(tmp_path: Path) -> None:
    as_dicom_and_seg(tmp_path / "dicom_and_seg")
    own = tmp_path / "dicom_and_seg" / "bob" / "CT"
    (own / "IM000").unlink()  # the series beside it is larger
    write_ct(tmp_path / "dicom_and_seg" / "bob" / "late", "bob")
    with pytest.raises(UserError, match="made on another one than the largest"):
        made(tmp_path, "dicom_and_seg")


def test_two_masks_of_one_image_are_refused(tmp_path: Path) -> None:
    as_nifti_suffix(tmp_path / "nifti_suffix")
    (tmp_path / "nifti_suffix" / "bob_seg.nii").with_name("bob_mask.nii").write_bytes(b"")
    with pytest.raises(UserError, match=r"bob_seg.nii and bob_mask.nii are two masks of one image"):
        made(tmp_path, "nifti_suffix")


def test_a_volume_that_is_listed_twice_is_refused(tmp_path: Path) -> None:
    as_decathlon(tmp_path / "decathlon")
    path = tmp_path / "decathlon" / "dataset.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"training": [*about["training"], about["training"][0]]}))
    with pytest.raises(UserError, match=r"lists imagesTr/ann.nii.gz twice"):
        made(tmp_path, "decathlon")


def test_images_for_tests_are_left_out_with_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    as_nnunet(tmp_path / "nnunet")
    write_nifti(tmp_path / "nnunet" / "imagesTs" / "zoe_0000.nii.gz", hu_of("ann"))
    made(tmp_path, "nnunet")
    assert "Left out: 1 files of imagesTs/, which have no masks." in capsys.readouterr().out
    write_nifti(tmp_path / "nnunet" / "labelsTs" / "zoe.nii.gz", labels_of("ann"))
    write_nifti(tmp_path / "nnunet" / "labelsTr" / "nobody.nii.gz", labels_of("ann"))
    made(tmp_path, "nnunet")
    said = capsys.readouterr().out
    assert "Left out: 1 files of imagesTs/ and 1 of labelsTs/. To measure on them" in said
    assert "Warning: 1 other files were left out (such as labelsTr/nobody.nii.gz)." in said


def test_the_volume_of_the_organ_is_said_or_that_it_is_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path, "nifti_folders")
    litres = [where(subject, LIVER).sum() * np.prod(SPACING) / 1000 for subject in DEPTHS]
    assert (
        f"Label 1: in 3 of 3 volumes, {min(litres):.1f} to {max(litres):.1f} mL <- the organ" in capsys.readouterr().out
    )
    made(tmp_path, "pictures")
    assert "not known, and so neither is the volume of the liver." in capsys.readouterr().out
    prepare("phantom", tmp_path / "out", subjects=3, target="liver")
    cases = [make_phantom(seed, slices=24) for seed in range(3)]
    litres = [case.mask("liver").sum() * np.prod(case.spacing or 0) / 1000 for case in cases]
    assert f"The liver of 3 subjects: {min(litres):.1f} to {max(litres):.1f} mL." in capsys.readouterr().out
