"""Volumes, archives and masks of volumes: what the page's readers make of them, against Python's."""

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from tests.corpus.broken import broken_entries
from tests.corpus.scans import scan_entries
from tests.site.reading_volumes import assert_same, labels, scan
from tests.test_archive import zipped
from tests.test_label_volume import LIVER, REFUSED, moved
from tests.test_stack import GREY
from tests.volumes import abdomen, affine_ras, nifti

pytestmark = pytest.mark.usefixtures("in_this_process")

HU = abdomen()


def write(path: Path, image) -> Path:
    path.write_bytes(image.to_bytes())
    return path


@pytest.fixture
def ct(tmp_path):
    return [write(tmp_path / "ct", nifti(HU, "RAS"))]


@pytest.mark.parametrize("entries", [scan_entries, broken_entries], ids=["good", "bad"])
def test_the_corpus_ends_as_in_python(tmp_path, entries):
    jobs = []
    for entry in entries():
        folder = tmp_path / entry.name.replace("/", " ")
        folder.mkdir()
        entry.write(folder)
        jobs.append(scan(sorted(folder.iterdir())))
    assert len(jobs) > 15
    assert_same(jobs)


def test_archives_are_opened_as_in_python(tmp_path):
    ct, mask = nifti(HU, "RAS").to_bytes(), nifti(LIVER.astype(np.uint8), "LPI").to_bytes()
    members = {
        "one": {"a.nii": ct},
        "packed": {"a.nii.gz": gzip.compress(ct)},
        "both": {"x/ct.nii": ct, "x/mask.nii": mask},
        "two": {"a.nii": ct, "b.nii": ct},
        "labels": {"mask.nii": mask, "other.nii": mask},
        "label": {"mask.nii": mask},
        "aside": {
            "DICOMDIR": b"x",
            "__MACOSX/x/._00": b"x",
            "x/._00": b"x",
            "folder/": b"",
            "read.txt": b"x" * 500,
            "a": ct,
        },
        "texts": {"a": b"x", "b": b"y", "ct": ct},
        "nothing": {"a": b"hello"},
        "empty": {},
        "nested": {"a.zip": zipped(tmp_path / "inner.zip", {"ct": ct}).read_bytes()},
        "many": {str(number): b"x" for number in range(3001)},
        "umlauts": {"Bauchspeicheldrüse.nii": ct},
    }
    paths = [zipped(tmp_path / f"{name}.zip", files) for name, files in members.items()]
    whole = paths[0].read_bytes()
    start = whole.index(b"PK\1\2") + 8
    damaged = {
        "cut": whole[: len(whole) // 2],
        "locked": whole[:start] + b"\1" + whole[start + 1 :],
        "before": b"PK\3\4" + b"x" * 300 + whole,
        "commented": whole[:-2] + b"\5\0hello",
        "checksum": whole[: start + 9] + b"\x55" + whole[start + 10 :],
        "shorter": whole.replace(len(ct).to_bytes(4, "little"), (len(ct) - 5000).to_bytes(4, "little")),
        "longer": whole.replace(len(ct).to_bytes(4, "little"), (len(ct) + 5000).to_bytes(4, "little")),
        "huge": whole.replace(len(ct).to_bytes(4, "little"), (1 << 31).to_bytes(4, "little")),
        "renamed": whole.replace(b"a.nii", b"b.nii", 1),
    }
    for name, data in damaged.items():
        (tmp_path / name).write_bytes(data)
        paths.append(tmp_path / name)
    assert_same([scan([path]) for path in paths])
    assert_same([scan([path], values="grey") for path in paths[:3]])
    assert_same([scan([paths[0], paths[1]]), scan([paths[5], tmp_path / "one.zip"])])


def test_damaged_archives_end_as_in_python(tmp_path):
    random = np.random.default_rng(5)
    whole = zipped(tmp_path / "a.zip", {"a.nii": nifti(HU).to_bytes(), "b": b"x" * 300}).read_bytes()
    first, directory = list(range(40)), list(range(whole.index(b"PK\1\2"), len(whole)))
    paths = []
    for number in range(200):
        data = bytearray(whole)
        for at in random.choice(first + directory, random.integers(1, 3)):
            data[at] = random.integers(256)
        if data[:4] == b"PK\3\4":
            (tmp_path / f"{number}").write_bytes(data)
            paths.append(tmp_path / f"{number}")
    assert_same([scan([path]) for path in paths])


@pytest.mark.parametrize("code", ["LPS", "RAS", "SAR", "PIL"])
def test_labels_lie_where_python_lays_them(tmp_path, ct, code):
    paths = [write(tmp_path / f"{value}", nifti(LIVER.astype(np.uint8) * value, code)) for value in (1, 37)]
    assert_same([labels(path, ct) for path in paths])


def test_labels_of_another_grid_are_carried_as_in_python(tmp_path, ct):
    fine = LIVER.repeat(2, 0).repeat(2, 1).repeat(2, 2).astype(np.uint8)
    affine = affine_ras() @ np.diag([0.5, 0.5, 0.5, 1])
    affine[:3, 3] += affine_ras()[:3, :3] @ [-0.25, -0.25, -0.25]
    images = {"fine": nibabel.Nifti1Image(fine.transpose(2, 1, 0), affine)}
    images |= {f"moved {at}": moved(*at) for at in ((2, 0, 0), (0.4, 0.3, 0.2), (0, 0, 6), (3, 3, 3), (300, 0, 0))}
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]]
    images["turned"] = nibabel.Nifti1Image(LIVER.astype(np.uint8).transpose(2, 1, 0), turn @ affine_ras())
    assert_same([labels(write(tmp_path / name, image), ct) for name, image in images.items()])


def test_which_label_is_asked_and_answered_as_in_python(tmp_path, ct):
    both = write(tmp_path / "both", nifti(LIVER.astype(np.uint16) * 1007 + (HU >= 700).astype(np.uint16) * 9))
    one = write(tmp_path / "one", nifti(LIVER.astype(np.uint8) * 7))
    asked = [labels(both, ct, label) for label in (None, "1007", " 9 ", "8", "liver", "-7", "7.0")]
    assert_same([*asked, *(labels(one, ct, label) for label in (None, "7", "1"))])


def test_what_holds_no_labels_is_refused_in_the_same_words(tmp_path, ct):
    jobs = []
    for number, (values, _) in enumerate(REFUSED.values()):
        path = write(tmp_path / f"{number}", nifti(values))
        jobs += [labels(path, ct), {"what": "isLabels", "paths": [str(path)]}]
    good = write(tmp_path / "good", nifti(LIVER.astype(np.uint8)))
    jobs += [{"what": "isLabels", "paths": [str(path)]} for path in (good, *ct)]
    text = tmp_path / "text.txt"
    text.write_bytes(b"hello")
    assert_same([*jobs, labels(text, ct)])


def test_a_mask_comes_out_of_the_archive_that_holds_the_scan(tmp_path, ct):
    mask = nifti(LIVER.astype(np.uint8), "LPI").to_bytes()
    both = zipped(tmp_path / "both.zip", {"ct": ct[0].read_bytes(), "mask": gzip.compress(mask)})
    two = zipped(tmp_path / "two.zip", {"a": mask, "b": mask})
    none = zipped(tmp_path / "none.zip", {"a": ct[0].read_bytes(), "b": ct[0].read_bytes()})
    assert_same([labels(both, [both]), labels(two, ct), labels(none, ct)])


def test_a_label_volume_does_not_go_with_a_picture(tmp_path):
    path = tmp_path / "slice.png"
    path.write_bytes(GREY[0])
    assert_same([labels(write(tmp_path / "mask", nifti(LIVER.astype(np.uint8))), [path])])


def test_a_zip_of_mr_and_labels_is_told_apart_as_in_python(tmp_path):
    noise = np.random.default_rng(0).integers(0, 300, HU.shape).astype(np.int16)
    mr, mask = nifti(HU - HU.min() + noise).to_bytes(), nifti(LIVER.astype(np.uint8) * 80).to_bytes()
    paths = [zipped(tmp_path / "both.zip", {"mr": mr, "mask": mask}), zipped(tmp_path / "mask.zip", {"mask": mask})]
    assert_same([scan([path]) for path in paths], "MR")
