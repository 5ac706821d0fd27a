import io

import highdicom
import numpy as np
import pydicom
import pytest

from space.errors import UserError
from space.preprocessing import ABDOMEN
from space.readers.label_volume import read_case_mask
from space.readers.reading import read_case
from space.writers.nifti import nifti_mask
from space.writers.seg import dicom_seg
from tests.dicom3tools import errors_of
from tests.segs import SPACE, series, stored
from tests.test_dicom import enhanced
from tests.test_seg import oblique
from tests.volumes import IDENTIFIERS, PLANES, SPACING, abdomen, dicom_bytes, nifti, slices, write

HU = abdomen()
LIVER = (HU >= 110) & (HU < 200)


def written(folder, files, mask=LIVER, target="liver", model="Pancreas U-Net"):
    """Read a series, and write a mask of it; return where it lies, the case and highdicom's view of it."""
    (folder / "ct").mkdir()
    paths = write(folder / "ct", [dicom_bytes(one) for one in files])
    case = read_case(paths, ABDOMEN)
    path = folder / "mask.dcm"
    path.write_bytes(dicom_seg(mask, case, paths, target, model, "1.4.0"))
    return path, case, highdicom.seg.segread(path)


def check(folder, files, plane=PLANES[0], mask=LIVER):
    """Hold the mask against the pixels of the files by highdicom, by our reader, and by dciodvfy."""
    path, case, found = written(folder, files, mask)
    uids = [one.SOPInstanceUID for one in files]
    pixels = found.get_pixels_by_source_instance(uids, combine_segments=True)
    assert np.array_equal(pixels > 0, stored(mask, plane)[: len(files)])
    mine = read_case_mask(path, case, "liver")
    assert np.array_equal(mine.labels.mask("liver"), mask)
    assert mine.notes == ()
    assert errors_of(path) == []
    return found


@pytest.mark.parametrize("plane", PLANES, ids=lambda plane: str([*map(int, [*plane[0], *plane[1]])]))
@pytest.mark.parametrize("upwards", [True, False])
def test_the_mask_of_a_series_belongs_to_its_images(tmp_path, plane, upwards):
    files = series(HU, plane)
    for number, one in enumerate(files):
        one.InstanceNumber = number + 1 if upwards else len(files) - number
    found = check(tmp_path, files, plane)
    volume = found.get_volume(combine_segments=True)
    assert (volume.array > 0).sum() * np.prod(volume.spacing) == pytest.approx(LIVER.sum() * np.prod(SPACING))


@pytest.mark.parametrize("kind", ["tilted", "oblique", "monochrome1"])
def test_the_mask_of_an_unusual_series_belongs_to_its_images(tmp_path, kind):
    files = {
        "tilted": lambda: slices(HU, tilt=1.5, FrameOfReferenceUID=SPACE),
        "oblique": lambda: oblique(series(HU)),
        "monochrome1": lambda: series(HU, PhotometricInterpretation="MONOCHROME1"),
    }[kind]()
    check(tmp_path, files)


def test_the_mask_of_a_series_with_a_gap_belongs_to_its_images(tmp_path):
    kept = [place for place in range(len(HU)) if place not in (4, 5)]
    files = [one for place, one in enumerate(series(HU)) if place in kept]
    path, case, found = written(tmp_path, files, LIVER[kept])
    pixels = found.get_pixels_by_source_instance([one.SOPInstanceUID for one in files], combine_segments=True)
    assert np.array_equal(pixels > 0, stored(LIVER)[kept])
    assert np.array_equal(read_case_mask(path, case, "liver").labels.mask("liver"), LIVER[kept])
    assert errors_of(path) == []


def test_the_mask_of_an_enhanced_ct_belongs_to_its_frames(tmp_path):
    whole = enhanced()
    whole.FrameOfReferenceUID = SPACE
    path, case, found = written(tmp_path, [whole])
    frames = list(range(1, len(HU) + 1))
    pixels = found.get_pixels_by_source_frame(whole.SOPInstanceUID, frames, combine_segments=True)
    assert np.array_equal(pixels > 0, LIVER[::-1])  # its frames run from the head down
    assert np.array_equal(read_case_mask(path, case, "liver").labels.mask("liver"), LIVER)
    assert errors_of(path) == []


def test_copies_of_slices_are_left_alone(tmp_path):
    files = series(HU)
    copies = [pydicom.dcmread(io.BytesIO(dicom_bytes(one))) for one in files[:3]]
    for copy in copies:
        copy.SOPInstanceUID = copy.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
        copy.InstanceNumber = 500
    _, _, found = written(tmp_path, [*files, *copies])
    pixels = found.get_pixels_by_source_instance([one.SOPInstanceUID for one in files], combine_segments=True)
    assert np.array_equal(pixels > 0, stored(LIVER))


def test_an_empty_mask_has_all_its_frames(tmp_path):
    _, _, found = written(tmp_path, series(HU), np.zeros_like(LIVER))
    assert found.NumberOfFrames == len(HU)
    assert not found.pixel_array.any()


def test_nothing_of_the_patient_is_in_the_file(tmp_path):
    path, _, found = written(tmp_path, series(HU, **IDENTIFIERS))
    data = path.read_bytes()
    assert not [word for word in (b"yxwvut", b"YXWVUT", b"Qrst", b"19470312", b"20010203") if word in data]
    assert not any((found.PatientName, found.PatientID, found.PatientBirthDate, found.StudyDate))


@pytest.mark.parametrize(
    ("target", "code", "side"),
    [
        ("pancreas", "15776009", None),
        ("spleen", "78961009", None),
        ("left kidney", "64033007", "7771000"),
        ("right kidney", "64033007", "24028007"),
        ("hippocampus", "113343008", None),
    ],
)
def test_the_structure_and_the_model_are_named(tmp_path, target, code, side):
    path, _, found = written(tmp_path, series(HU), target=target, model="Ein Modell für alle " * 6)
    segment = found.SegmentSequence[0]
    kind = segment.SegmentedPropertyTypeCodeSequence[0]
    assert (kind.CodeValue, kind.CodingSchemeDesignator) == (code, "SCT")
    sides = kind.get("SegmentedPropertyTypeModifierCodeSequence") or []
    assert [one.CodeValue for one in sides] == ([side] if side else [])
    algorithm = segment.SegmentationAlgorithmIdentificationSequence[0]
    assert algorithm.AlgorithmName.startswith("Ein Modell für alle")
    assert algorithm.AlgorithmVersion == "1.4.0"
    assert segment.SegmentAlgorithmType == "AUTOMATIC"
    assert errors_of(path) == []
    seen = read_case_mask(path, read_case(sorted((tmp_path / "ct").iterdir()), ABDOMEN), target)
    assert np.array_equal(seen.labels.mask(target), LIVER)


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"])
def test_a_series_without_identifiers_gets_the_nifti_and_a_sentence(tmp_path, keyword):
    files = series(HU)
    data = []
    for one in files:
        setattr(one, keyword, "")
        target = io.BytesIO()
        pydicom.dcmwrite(target, one, enforce_file_format=False)
        data.append(target.getvalue())
    (tmp_path / "ct").mkdir()
    paths = write(tmp_path / "ct", data)
    case = read_case(paths, ABDOMEN)
    with pytest.raises(UserError, match="stripped of their identifiers"):
        dicom_seg(LIVER, case, paths, "liver", "model", "1")
    assert nifti_mask(LIVER, case)


def test_a_series_with_an_odd_header_gets_a_sentence(tmp_path):
    data = [dicom_bytes(one).replace(b"\x20\x00\x0d\x00UI", b"\x20\x00\x0d\x00ZZ") for one in series(HU)]
    (tmp_path / "ct").mkdir()
    paths = write(tmp_path / "ct", data)
    case = read_case(paths, ABDOMEN)
    assert np.array_equal(case.hu, HU)
    with pytest.raises(UserError, match="please take the NIfTI"):
        dicom_seg(LIVER, case, paths, "liver", "model", "1")


def test_what_is_no_dicom_gets_a_sentence(tmp_path):
    (tmp_path / "ct").write_bytes(nifti(HU).to_bytes())
    with pytest.raises(UserError, match="came as something else"):
        dicom_seg(LIVER, read_case(tmp_path / "ct", ABDOMEN), [tmp_path / "ct"], "liver", "model", "1")


def test_slices_that_do_not_say_where_they_lie_get_a_sentence(tmp_path):
    (tmp_path / "ct").mkdir()
    files = slices(HU, FrameOfReferenceUID=SPACE, ImagePositionPatient=None)
    paths = write(tmp_path / "ct", [dicom_bytes(one) for one in files])
    with pytest.raises(UserError, match="where their slices lie"):
        dicom_seg(LIVER, read_case(paths, ABDOMEN), paths, "liver", "model", "1")
    (tmp_path / "other").mkdir()
    case = read_case(write(tmp_path / "other", [dicom_bytes(one) for one in series(HU)]), ABDOMEN)
    with pytest.raises(UserError, match="not the ones that were read"):
        dicom_seg(LIVER, case, paths, "liver", "model", "1")
