import io
from typing import Any

import numpy as np
import pydicom
import pytest

from space.errors import Question, UserError
from space.preprocessing import ABDOMEN
from space.readers import seg
from space.readers.label_volume import is_label_volume, read_case_mask
from space.readers.overlay import BEYOND, RESAMPLED
from space.readers.reading import read_case
from space.readers.seg import HALF, read_seg
from space.readers.seg_places import OTHER_SERIES
from space.readers.sorting import LEFT_OUT, MASK_ALONE
from tests.segs import SPACE, as_bytes, segmentation, series, stored, unvouched, without_sources
from tests.test_archive import zipped
from tests.volumes import IDENTIFIERS, ORIGIN, PLANES, SPACING, abdomen, dicom_bytes, nifti, read, slices, write

pytestmark = pytest.mark.usefixtures("in_this_process")

HU = abdomen()
LIVER = (HU >= 110) & (HU < 200)
SPINE = HU >= 700
TARGET = "liver"


def case_of(folder, files):
    (folder / "ct").mkdir()
    return read_case(write(folder / "ct", [dicom_bytes(one) for one in files]), ABDOMEN)


def organ(folder, dataset, case, **settings):
    path = folder / "mask"
    path.write_bytes(dataset if isinstance(dataset, bytes) else as_bytes(dataset))
    mask = read_case_mask(path, case, TARGET, **settings)
    return mask.labels.mask(TARGET), mask.notes


def of_liver(files, plane=PLANES[0], kind="BINARY", **settings):
    return segmentation(files, {"Liver": stored(LIVER, plane)[: len(files)]}, kind, **settings)


@pytest.mark.parametrize("plane", PLANES, ids=lambda plane: str([*map(int, [*plane[0], *plane[1]])]))
@pytest.mark.parametrize("said", ["all", "no images", "unvouched"])
def test_a_segmentation_lies_where_its_images_lie_whatever_their_axes(tmp_path, plane, said):
    files = series(HU, plane)
    dataset = of_liver(files, plane)
    dataset = {"all": lambda one: one, "no images": without_sources, "unvouched": unvouched}[said](dataset)
    found, notes = organ(tmp_path, dataset, case_of(tmp_path, files))
    assert np.array_equal(found, LIVER)
    assert notes == ()


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("empty", [True, False])
def test_every_kind_is_read_with_and_without_its_empty_frames(tmp_path, kind, empty):
    files = series(HU)
    found, notes = organ(tmp_path, of_liver(files, kind=kind, omit_empty_frames=empty), case_of(tmp_path, files))
    assert np.array_equal(found, LIVER)
    assert notes == ((HALF,) if kind == "FRACTIONAL" else ())


def test_of_fractions_a_half_is_inside(tmp_path):
    files = series(HU)
    fractions = np.where(stored(LIVER), 0.6, np.where(stored(SPINE), 0.4, 0.0))
    found, notes = organ(tmp_path, segmentation(files, {"Liver": fractions}, "FRACTIONAL"), case_of(tmp_path, files))
    assert np.array_equal(found, LIVER)
    assert HALF in notes


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"])
def test_packed_frames_are_read(tmp_path, syntax):
    files = series(HU)
    kind = "FRACTIONAL" if syntax.endswith(".5") else "BINARY"
    found, _ = organ(tmp_path, of_liver(files, kind=kind, transfer_syntax_uid=syntax), case_of(tmp_path, files))
    assert np.array_equal(found, LIVER)


def test_frames_that_end_within_a_byte_are_read(tmp_path):
    odd = HU[:, :51, :57]
    files = series(odd)
    mask = (odd >= 110) & (odd < 200)
    found, _ = organ(tmp_path, segmentation(files, {"Liver": stored(mask)}), case_of(tmp_path, files))
    assert np.array_equal(found, mask)


def test_slices_that_are_missing_are_missing_in_the_mask_too(tmp_path):
    files = series(HU)
    dataset, kept = of_liver(files), [place for place in range(len(HU)) if place not in (4, 5)]
    for number, said in enumerate((dataset, without_sources(of_liver(files)))):
        folder = tmp_path / str(number)
        folder.mkdir()
        found, notes = organ(folder, said, case_of(folder, [files[place] for place in kept]))
        assert np.array_equal(found, LIVER[kept])
        assert BEYOND in notes


@pytest.mark.parametrize("said", ["all", "no images"])
def test_a_tilted_stack_and_its_segmentation_fit(tmp_path, said):
    files = slices(HU, tilt=1.5, FrameOfReferenceUID=SPACE)
    dataset = of_liver(files)
    found, _ = organ(tmp_path, dataset if said == "all" else without_sources(dataset), case_of(tmp_path, files))
    assert np.array_equal(found, LIVER)


def oblique(files):
    """Turn a series in space by 10 degrees about the patient's long axis and another one."""
    files = [pydicom.dcmread(io.BytesIO(dicom_bytes(one))) for one in files]
    about_z, about_x = np.radians(10), np.radians(8)
    turn = np.array(
        [[np.cos(about_z), -np.sin(about_z), 0], [np.sin(about_z), np.cos(about_z), 0], [0, 0, 1]]
    ) @ np.array([[1, 0, 0], [0, np.cos(about_x), -np.sin(about_x)], [0, np.sin(about_x), np.cos(about_x)]])
    for one in files:
        axes = np.array(one.ImageOrientationPatient, float).reshape(2, 3)
        one.ImageOrientationPatient = [round(v, 9) for v in (axes @ turn.T).ravel()]
        one.ImagePositionPatient = [round(v, 6) for v in turn @ np.array(one.ImagePositionPatient, float)]
    return files


@pytest.mark.parametrize("said", ["all", "no images"])
def test_an_oblique_stack_and_its_segmentation_fit(tmp_path, said):
    files = oblique(series(HU))
    dataset = of_liver(files)
    found, _ = organ(tmp_path, dataset if said == "all" else without_sources(dataset), case_of(tmp_path, files))
    assert np.array_equal(found, LIVER)


def test_files_without_identifiers_are_matched_by_where_they_lie(tmp_path):
    files = series(HU)
    dataset = of_liver(files)
    for one in files:
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = ""
        one.FrameOfReferenceUID = ""
    data = []
    for one in files:
        target = io.BytesIO()
        pydicom.dcmwrite(target, one, enforce_file_format=False)
        data.append(target.getvalue())
    (tmp_path / "ct").mkdir()
    case = read_case(write(tmp_path / "ct", data), ABDOMEN)
    found, _ = organ(tmp_path, dataset, case)
    assert np.array_equal(found, LIVER)


def test_a_segmentation_is_laid_over_nifti_of_the_same_patient(tmp_path):
    (tmp_path / "ct.nii").write_bytes(nifti(HU, "RAS").to_bytes())
    found, notes = organ(tmp_path, of_liver(series(HU)), read_case(tmp_path / "ct.nii", ABDOMEN))
    assert np.array_equal(found, LIVER)
    assert notes == ()


def test_a_segmentation_on_finer_slices_is_resampled_and_said(tmp_path):
    fine = HU.repeat(2, 1).repeat(2, 2)
    files = series(fine, PixelSpacing=[SPACING[1] / 2, SPACING[2] / 2], FrameOfReferenceUID=SPACE)
    for one in files:
        x, y, z = map(float, one.ImagePositionPatient)
        one.ImagePositionPatient = [x - SPACING[2] / 4, y - SPACING[1] / 4, z]
    dataset = segmentation(files, {"Liver": stored(LIVER.repeat(2, 1).repeat(2, 2))})
    found, notes = organ(tmp_path, dataset, case_of(tmp_path, series(HU)))
    assert np.array_equal(found, LIVER)
    assert RESAMPLED in notes
    assert OTHER_SERIES in notes


def test_a_segmentation_of_another_series_is_refused_unless_it_has_the_same_space(tmp_path):
    case = case_of(tmp_path, series(HU))
    found, notes = organ(tmp_path, of_liver(series(HU)), case)
    assert np.array_equal(found, LIVER)
    assert OTHER_SERIES in notes
    for space in ("1.2.3", ""):
        dataset = of_liver(series(HU, FrameOfReferenceUID="1.2.3"))
        dataset.FrameOfReferenceUID = space
        with pytest.raises(UserError, match="lies elsewhere in space"):
            organ(tmp_path, dataset, case)


def test_a_segmentation_far_away_is_refused(tmp_path):
    files = series(HU)
    case = case_of(tmp_path, files)
    for one in files:
        one.ImagePositionPatient = [v + 1000 for v in one.ImagePositionPatient]
    with pytest.raises(UserError, match="lies elsewhere in space"):
        organ(tmp_path, of_liver(files), case)


def two(files, first="Liver", second="Spleen", **settings):
    return segmentation(files, {first: stored(LIVER), second: stored(SPINE)}, **settings)


def test_of_several_structures_the_one_of_that_name_is_taken_and_said(tmp_path):
    files = series(HU)
    case = case_of(tmp_path, files)
    for coded in (True, False):
        found, notes = organ(tmp_path, two(files, coded=coded), case)
        assert np.array_equal(found, LIVER)
        assert notes == ("Of the mask's 2 structures, 'Liver' was taken.",)
    assert np.array_equal(organ(tmp_path, two(files), case, label="2")[0], SPINE)


def test_of_several_structures_of_other_names_one_is_asked_for(tmp_path):
    files = series(HU)
    case = case_of(tmp_path, files)
    with pytest.raises(Question, match="2 labels: which one is the liver") as asked:
        organ(tmp_path, two(files, "Pancreas"), case)
    words = [choice.words for choice in asked.value.choices]
    assert words == [f"1: Pancreas, {LIVER.sum():,} voxels", f"2: Spleen, {SPINE.sum():,} voxels"]
    with pytest.raises(Question, match="only structure is called 'Spleen': is it the liver"):
        organ(tmp_path, segmentation(files, {"Spleen": stored(LIVER)}), case)
    with pytest.raises(Question):
        organ(tmp_path, two(files, "Liver tumor left", "Liver tumor right", coded=False), case)


def test_structures_that_overlap_keep_what_they_share(tmp_path):
    files = series(HU)
    case = case_of(tmp_path, files)
    both = {"Liver": stored(LIVER), "Spleen": stored(LIVER | SPINE)}
    for label, truth in (("1", LIVER), ("2", LIVER | SPINE)):
        assert np.array_equal(organ(tmp_path, segmentation(files, both), case, label=label)[0], truth)


def test_an_empty_structure_is_empty_and_an_empty_segmentation_is_refused(tmp_path):
    files = series(HU)
    case = case_of(tmp_path, files)
    nothing = np.zeros_like(stored(LIVER))
    found, notes = organ(tmp_path, segmentation(files, {"Liver": nothing, "Spleen": stored(SPINE)}), case)
    assert not found.any()
    assert "'Liver' was taken" in " ".join(notes)
    with pytest.raises(UserError, match="marks nothing"):
        organ(tmp_path, segmentation(files, {"Liver": nothing}, omit_empty_frames=False), case)


def test_nothing_about_the_patient_is_shown_of_a_segmentation(tmp_path, capfd, caplog):
    """The name is in the header, in the file's name, in the free text of a structure and in its code's meaning."""
    files = series(HU, **IDENTIFIERS)
    case = case_of(tmp_path, files)
    dataset = two(files, "Pancreas Zyxwvut^Qrst 19470312", "ID-ZYXWVUT", coded=False)
    path = tmp_path / "Zyxwvut_Qrst_19470312.dcm"
    path.write_bytes(as_bytes(dataset))
    assert "Zyxwvut" in str(pydicom.dcmread(path))
    with pytest.raises(Question) as asked:
        read_case_mask(path, case, TARGET)
    mask = read_case_mask(path, case, TARGET, "1")
    said = repr((str(asked.value), asked.value.choices, mask.notes, case.layout, case.notes, case.name))
    assert f"1: Pancreas, {LIVER.sum():,} voxels" in said
    assert f"2: {SPINE.sum():,} voxels" in said
    for text in (said, *capfd.readouterr(), caplog.text):
        words = ("yxwvut", "YXWVUT", "Qrst", "19470312", "20010203", files[0].SOPInstanceUID, SPACE)
        assert not [word for word in words if word in text]


def damaged(dataset, **elements):
    for name, value in elements.items():
        setattr(dataset, name, value)
    return dataset


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "60,000 frames": ({"NumberOfFrames": 60_000}, "too large"),
    "60,000 rows": ({"Rows": 60_000}, "too large"),
    "more frames than groups": ({"NumberOfFrames": 20}, "does not fit together"),
    "no structures": ({"SegmentSequence": []}, "does not fit together"),
    "an unknown kind": ({"SegmentationType": "SURFACE"}, "does not fit together"),
    "more rows than pixels": ({"Rows": 500}, "damaged"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_segmentation_that_contradicts_itself_is_refused(name):
    elements, sentence = BROKEN[name]
    with pytest.raises(UserError, match=sentence):
        read_seg(as_bytes(damaged(of_liver(series(HU)), **elements)), None, TARGET)


def test_a_structure_that_is_not_described_is_refused():
    dataset = two(series(HU))
    dataset.SegmentSequence = dataset.SegmentSequence[:1]
    with pytest.raises(UserError, match="does not fit together"):
        read_seg(as_bytes(dataset), None, TARGET)


def test_a_segmentation_cut_off_is_refused_and_never_filled_with_zeros(tmp_path):
    files = series(HU)
    whole, case = as_bytes(of_liver(files)), case_of(tmp_path, files)
    for cut in (10, 500, len(whole) // 2, len(whole) - 200):
        with pytest.raises(UserError, match=r"damaged|no label volume"):
            organ(tmp_path, whole[:-cut], case)


def test_frames_at_uneven_distances_are_not_stacked():
    dataset = without_sources(of_liver(series(HU)))
    dataset.PerFrameFunctionalGroupsSequence[3].PlanePositionSequence[0].ImagePositionPatient[2] += 1.7
    with pytest.raises(UserError, match="do not lie evenly"):
        read_seg(as_bytes(dataset), None, TARGET)


def test_many_frames_and_structures_need_little_memory(monkeypatch):
    """Values are one array, whatever the number of structures."""
    files = series(HU)
    names = [f"Structure {number}" for number in range(40)]
    masks = {name: np.roll(stored(LIVER), number, 1) for number, name in enumerate(names)}
    made: list[tuple] = []
    zeros = np.zeros

    def watched(*given, **named):
        made.append(given)
        return zeros(*given, **named)

    monkeypatch.setattr(seg.np, "zeros", watched)
    labels = read_seg(as_bytes(segmentation(files, masks, coded=False)), None, TARGET)
    assert [given for given in made if np.prod(given[0]) >= HU.size] == [((len(HU), 52, 60), np.uint16)]
    assert len(labels.present) == 40
    for number in (1, 17, 40):
        assert labels.present[str(number)] == LIVER.sum()
        assert labels.mask(str(number)).sum() == LIVER.sum()


def test_a_segmentation_is_known_as_a_mask_and_not_as_a_slice(tmp_path):
    files = series(HU)
    (tmp_path / "seg").write_bytes(as_bytes(of_liver(files)))
    assert is_label_volume(tmp_path / "seg")
    with pytest.raises(UserError, match="segmentation in the mask's field"):
        read([tmp_path / "seg"])
    assert MASK_ALONE.endswith(".")


@pytest.mark.parametrize("mask", ["seg", "nifti"])
@pytest.mark.parametrize("ct", ["dicom", "nifti"])
def test_an_archive_of_a_ct_and_its_mask_gives_both(tmp_path, ct, mask):
    files = series(HU)
    members = {f"a/{number}": dicom_bytes(one) for number, one in enumerate(files)}
    if ct == "nifti":
        members = {"ct.nii": nifti(HU).to_bytes()}
    members["mask"] = as_bytes(of_liver(files)) if mask == "seg" else nifti(LIVER.astype(np.uint8)).to_bytes()
    path = zipped(tmp_path / "a.zip", members)
    case = read_case(path, ABDOMEN)
    assert np.array_equal(case.hu, HU)
    assert LEFT_OUT in case.notes
    assert np.array_equal(read_case_mask(path, case, TARGET).labels.mask(TARGET), LIVER)


def test_contours_are_refused_with_a_way_to_convert_them(tmp_path):
    from pydicom.data import get_testdata_file

    case = case_of(tmp_path, series(HU))
    with pytest.raises(UserError, match="3D Slicer"):
        read_case_mask(str(get_testdata_file("rtstruct.dcm")), case, TARGET)


def test_a_header_that_makes_no_sense_is_a_sentence(tmp_path):
    case = case_of(tmp_path, whole := series(HU))
    data = as_bytes(segmentation(whole, {"Liver": stored(LIVER)}))
    for good, bad in (
        (b"\x28\x00\x10\x00US", b"\x28\x00\x10\x00ZZ"),
        (b"\x62\x00\x02\x00SQ", b"\x62\x00\x02\x00ZZ"),
        (b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.9.2.1\0"),
    ):
        assert good in data
        (tmp_path / "seg").write_bytes(data.replace(good, bad))
        with pytest.raises(UserError, match="segmentation is damaged"):
            read_case_mask(tmp_path / "seg", case, TARGET)


def test_origin_is_where_the_phantom_starts(tmp_path):
    case = case_of(tmp_path, series(HU, PLANES[3]))
    assert case.affine is not None
    assert case.affine[:3, 3] == pytest.approx(ORIGIN)
    assert case.layout is not None
    assert [one.number for one in case.layout.instances] == list(range(1, len(HU) + 1))
