"""DICOM segmentations: where the page's reader finds the organ, what it says, asks and refuses, against Python's."""

import io
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from tests.segs import CODES, SPACE, as_bytes, segmentation, series, stored, unvouched, without_sources
from tests.site.node import run
from tests.site.reading_volumes import assert_same, labels, scan, told
from tests.test_archive import zipped
from tests.test_seg import BROKEN, damaged, oblique
from tests.volumes import IDENTIFIERS, PLANES, SPACING, abdomen, dicom_bytes, nifti, slices, write

pytestmark = pytest.mark.usefixtures("in_this_process")

HU = abdomen()
ORGAN = (HU >= 110) & (HU < 200)
SPINE = HU >= 700


class Pairs:
    """Scans and segmentations as files, and what both readers are to make of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs: list[dict] = []

    def scan(self, datasets) -> list[Path]:
        folder = self.folder / f"ct {len(list(self.folder.iterdir()))}"
        folder.mkdir()
        return write(folder, [dicom_bytes(one) for one in datasets])

    def add(self, name: str, dataset, scan: list[Path], label: str | None = None) -> None:
        path = self.folder / name
        path.write_bytes(dataset if isinstance(dataset, bytes) else as_bytes(dataset))
        self.jobs.append(labels(path, scan, label))


@pytest.fixture
def pairs(tmp_path):
    return Pairs(tmp_path)


def of_organ(files, plane=PLANES[0], kind="BINARY", organ=ORGAN, **settings):
    return segmentation(files, {"Pancreas": stored(organ, plane)[: len(files)]}, kind, **settings)


SAID = {"all": lambda one: one, "no images": without_sources, "unvouched": unvouched}


def test_it_lies_where_its_images_lie_whatever_their_axes(pairs):
    for number, plane in enumerate(PLANES):
        files = series(HU, plane)
        scan = pairs.scan(files)
        for said, change in SAID.items():
            pairs.add(f"{number} {said}", change(of_organ(files, plane)), scan)
    assert_same(pairs.jobs)


def test_every_kind_and_packing_is_read(pairs):
    files = series(HU)
    scan = pairs.scan(files)
    for kind in ("BINARY", "FRACTIONAL", "LABELMAP"):
        for empty in (True, False):
            pairs.add(f"{kind} {empty}", of_organ(files, kind=kind, omit_empty_frames=empty), scan)
    for syntax in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.5"):
        kind = "BINARY" if syntax == "1.2.840.10008.1.2" else "FRACTIONAL"
        pairs.add(syntax, of_organ(files, kind=kind, transfer_syntax_uid=syntax), scan)
    fractions = np.where(stored(ORGAN), 0.6, np.where(stored(SPINE), 0.4, 0.0))
    pairs.add("fractions", segmentation(files, {"Pancreas": fractions}, "FRACTIONAL"), scan)
    odd = series(HU[:, :51, :57])
    pairs.add("ends within a byte", of_organ(odd, organ=ORGAN[:, :51, :57]), pairs.scan(odd))
    assert_same(pairs.jobs)


def test_gaps_tilts_and_oblique_stacks_are_followed(pairs):
    files = series(HU)
    kept = pairs.scan([one for place, one in enumerate(files) if place not in (4, 5)])
    tilted, lean = slices(HU, tilt=1.5, FrameOfReferenceUID=SPACE), oblique(series(HU))
    for name, change in SAID.items():
        pairs.add(f"gaps {name}", change(of_organ(files)), kept)
        pairs.add(f"tilt {name}", change(of_organ(tilted)), pairs.scan(tilted))
        pairs.add(f"oblique {name}", change(of_organ(lean)), pairs.scan(lean))
    assert_same(pairs.jobs)


def test_files_without_identifiers_are_matched_by_where_they_lie(pairs):
    files = series(HU)
    dataset = of_organ(files)
    for one in files:
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = one.FrameOfReferenceUID = ""
    folder = pairs.folder / "bare"
    folder.mkdir()
    data = []
    for one in files:
        target = io.BytesIO()
        pydicom.dcmwrite(target, one, enforce_file_format=False)
        data.append(target.getvalue())
    pairs.add("seg", dataset, write(folder, data))
    assert_same(pairs.jobs)


def test_another_grid_series_or_space_is_treated_as_in_python(pairs):
    scan = pairs.scan(series(HU))
    fine = HU.repeat(2, 1).repeat(2, 2)
    files = series(fine, PixelSpacing=[SPACING[1] / 2, SPACING[2] / 2], FrameOfReferenceUID=SPACE)
    for one in files:
        x, y, z = map(float, one.ImagePositionPatient)
        one.ImagePositionPatient = [x - SPACING[2] / 4, y - SPACING[1] / 4, z]
    pairs.add("finer", of_organ(files, organ=ORGAN.repeat(2, 1).repeat(2, 2)), scan)
    pairs.add("another series", of_organ(series(HU)), scan)
    for space in ("1.2.3", ""):
        dataset = of_organ(series(HU, FrameOfReferenceUID="1.2.3"))
        dataset.FrameOfReferenceUID = space
        pairs.add(f"another space {space}", dataset, scan)
    far = series(HU)
    for one in far:
        one.ImagePositionPatient = [v + 1000 for v in one.ImagePositionPatient]
    pairs.add("far away", of_organ(far), scan)
    (pairs.folder / "ct.nii").write_bytes(nifti(HU, "RAS").to_bytes())
    pairs.add("over nifti", of_organ(series(HU)), [pairs.folder / "ct.nii"])
    assert_same(pairs.jobs)


def test_which_structure_is_asked_and_named_as_in_python(pairs):
    files = series(HU, **IDENTIFIERS)
    scan = pairs.scan(files)

    def two(first, second, **settings):
        return segmentation(files, {first: stored(ORGAN), second: stored(ORGAN | SPINE)}, **settings)

    names = [
        ("Pancreas", "Spleen"),
        ("Liver", "Spleen"),
        ("Pancreas tumor left", "KidneyRT (Dr. Smith)"),
        ("Pancreas Zyxwvut^Qrst 19470312", "ID-ZYXWVUT"),
    ]
    for number, (first, second) in enumerate(names):
        for coded in (True, False) if first in CODES else (False,):
            for label in (None, "2", "7"):
                pairs.add(f"{number} {coded} {label}", two(first, second, coded=coded), scan, label)
    pairs.add("only one", segmentation(files, {"Spleen": stored(ORGAN)}), scan)
    pairs.add("empty", of_organ(files, organ=np.zeros_like(ORGAN), omit_empty_frames=False), scan)
    side = two("Kidney", "Spleen", coded=False)
    kind = side.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
    kind.SegmentedPropertyTypeModifierCodeSequence = [pydicom.Dataset()]
    modifier = kind.SegmentedPropertyTypeModifierCodeSequence[0]
    modifier.CodeValue, modifier.CodingSchemeDesignator, modifier.CodeMeaning = "7771000", "SCT", "Left"
    kind.CodeValue, kind.CodingSchemeDesignator = "T-71000", "SRT"
    pairs.add("sided, in an older code", side, scan)
    assert_same(pairs.jobs)


def test_nothing_about_the_patient_is_said(pairs):
    files = series(HU, **IDENTIFIERS)
    many = {"Liver Zyxwvut^Qrst 19470312": stored(ORGAN), "ID-ZYXWVUT": stored(SPINE)}
    pairs.add("Zyxwvut_Qrst.dcm", segmentation(files, many, coded=False), pairs.scan(files))
    [asked] = run("volumes.mjs", given={"facts": told(), "jobs": pairs.jobs})
    assert asked["kind"] == "asked"
    assert "Liver" in repr(asked["choices"])
    assert not [word for word in ("yxwvut", "qrst", "19470312", SPACE) if word in repr(asked).lower()]


def test_what_is_damaged_or_contradicts_itself_is_refused_in_the_same_words(pairs):
    files = series(HU)
    scan, whole = pairs.scan(files), as_bytes(of_organ(files))
    for name, (elements, _) in BROKEN.items():
        pairs.add(name, damaged(of_organ(files), **elements), scan)
    undescribed = segmentation(files, {"Pancreas": stored(ORGAN), "Spleen": stored(SPINE)})
    undescribed.SegmentSequence = undescribed.SegmentSequence[:1]
    pairs.add("not described", undescribed, scan)
    uneven = without_sources(of_organ(files))
    uneven.PerFrameFunctionalGroupsSequence[3].PlanePositionSequence[0].ImagePositionPatient[2] += 1.7
    pairs.add("uneven", uneven, scan)
    for cut in (10, 500, len(whole) // 2, len(whole) - 200):
        pairs.add(f"without {cut} bytes", whole[:-cut], scan)
    assert_same(pairs.jobs)


def test_contours_and_a_segmentation_alone_are_refused_in_the_same_words(pairs):
    files = series(HU)
    scanned = pairs.scan(files)
    pairs.jobs.append(labels(Path(str(get_testdata_file("rtstruct.dcm"))), scanned))
    (pairs.folder / "seg").write_bytes(as_bytes(of_organ(files)))
    pairs.jobs += [scan([pairs.folder / "seg"]), {"what": "isLabels", "paths": [str(pairs.folder / "seg")]}]
    pairs.jobs.append(scan([Path(str(get_testdata_file("rtstruct.dcm")))]))
    assert_same(pairs.jobs)


def test_an_archive_of_a_scan_and_its_mask_gives_both(pairs):
    files = series(HU)
    for ct in ("dicom", "nifti"):
        for mask in ("seg", "nifti"):
            members = {f"a/{number}": dicom_bytes(one) for number, one in enumerate(files)}
            if ct == "nifti":
                members = {"ct.nii": nifti(HU).to_bytes()}
            members["mask"] = as_bytes(of_organ(files)) if mask == "seg" else nifti(ORGAN.astype(np.uint8)).to_bytes()
            path = zipped(pairs.folder / f"{ct} {mask}.zip", members)
            pairs.jobs += [scan([path]), labels(path, [path])]
    assert_same(pairs.jobs)
