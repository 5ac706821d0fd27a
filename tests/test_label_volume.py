import gzip

import nibabel
import numpy as np
import pytest

from space.answer import Responder
from space.errors import Question, UserError
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import ABDOMEN
from space.readers.label_volume import read_case_mask
from space.readers.overlay import BEYOND, RESAMPLED
from space.readers.reading import read_case
from tests.volumes import SPACING, abdomen, affine_ras, dicom_bytes, nifti, slices, write

HU = abdomen()
LIVER = (HU >= 110) & (HU < 200)
TARGET = "pancreas"


@pytest.fixture(scope="module")
def ct(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ct")
    return read_case(write(folder, [dicom_bytes(dataset) for dataset in slices(HU)]), ABDOMEN)


def organ(path, image, case, label=None):
    path.write_bytes(gzip.compress(image.to_bytes()))
    mask = read_case_mask(path, case, TARGET, label)
    return mask.labels.mask(TARGET), mask.notes


@pytest.mark.parametrize("code", ["LPS", "RAS", "SAR", "PIL"])
@pytest.mark.parametrize("value", [1, 37])
def test_labels_in_any_axes_lie_where_the_ct_is(tmp_path, ct, code, value):
    found, notes = organ(tmp_path / "a", nifti(LIVER.astype(np.uint8) * value, code), ct)
    assert np.array_equal(found, LIVER)
    assert notes == ()


def test_labels_of_half_the_size_are_resampled_and_said(tmp_path, ct):
    fine = LIVER.repeat(2, 0).repeat(2, 1).repeat(2, 2).astype(np.uint8)
    affine = affine_ras() @ np.diag([0.5, 0.5, 0.5, 1])
    affine[:3, 3] += affine_ras()[:3, :3] @ [-0.25, -0.25, -0.25]
    found, notes = organ(tmp_path / "a", nibabel.Nifti1Image(fine.transpose(2, 1, 0), affine), ct)
    assert np.array_equal(found, LIVER)
    assert RESAMPLED in notes


def moved(x, y, z):
    affine = affine_ras()
    affine[:3, 3] += np.array([-x * SPACING[2], -y * SPACING[1], z * SPACING[0]])
    return nibabel.Nifti1Image(LIVER.astype(np.uint8).transpose(2, 1, 0), affine)


def test_labels_that_lie_elsewhere_lie_elsewhere(tmp_path, ct):
    found, notes = organ(tmp_path / "a", moved(2, 0, 0), ct)
    assert np.array_equal(found[..., 2:], LIVER[..., :-2])
    assert RESAMPLED in notes
    assert BEYOND in organ(tmp_path / "b", moved(0, 0, 6), ct)[1]
    with pytest.raises(UserError, match="lies elsewhere in space"):
        organ(tmp_path / "c", moved(300, 0, 0), ct)


def test_of_several_labels_one_is_asked_for(tmp_path, ct):
    both = nifti(LIVER.astype(np.uint8) * 7 + (HU >= 700).astype(np.uint8) * 9)
    with pytest.raises(Question, match="2 labels") as asked:
        organ(tmp_path / "a", both, ct)
    assert [choice.value for choice in asked.value.choices] == ["7", "9"]
    assert f"{LIVER.sum():,} voxels" in asked.value.choices[0].words
    assert np.array_equal(organ(tmp_path / "a", both, ct, "7")[0], LIVER)
    for wrong in ("8", "liver", "-7"):
        with pytest.raises(UserError, match="has no label"):
            organ(tmp_path / "a", both, ct, wrong)


REFUSED = {
    "HU": (HU, "not whole numbers"),
    "a probability": (LIVER.astype(np.float32) * 0.5, "not whole numbers"),
    "no number": (np.where(LIVER, np.nan, 0).astype(np.float32), "not whole numbers"),
    "empty": (np.zeros(HU.shape, np.uint8), "marks nothing"),
    "a picture": (np.arange(HU.size).reshape(HU.shape).astype(np.uint16) % 300, "no label volume"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_labels_is_refused(tmp_path, ct, name):
    values, sentence = REFUSED[name]
    with pytest.raises(UserError, match=sentence):
        organ(tmp_path / "a", nifti(values), ct)


def test_no_labels_are_laid_over_slices_with_a_gap(tmp_path):
    files = [dicom_bytes(dataset) for place, dataset in enumerate(slices(HU)) if place not in (4, 5)]
    (tmp_path / "ct").mkdir()
    case = read_case(write(tmp_path / "ct", files), ABDOMEN)
    with pytest.raises(UserError, match="do not lie evenly"):
        organ(tmp_path / "a", nifti(LIVER.astype(np.uint8)), case)


def test_each_slice_is_scored_against_its_own_part_of_the_labels(tmp_path):
    part = LIVER.copy()
    part[:3] = False
    (tmp_path / "ct").write_bytes(nifti(HU, "RAS").to_bytes())
    (tmp_path / "labels").write_bytes(nifti(part.astype(np.uint8), "LPI").to_bytes())
    responder = Responder(open_bundle(BUNDLED, ""))
    for place in (0, 5, 11):
        answer = responder.answer(tmp_path / "ct", tmp_path / "labels", 0.5, place=place)
        assert answer.reference is not None
        assert np.array_equal(answer.reference, part[place])
        assert ("not on this slice" in " ".join(answer.notes)) == (place == 0)
    with pytest.raises(UserError, match="goes with DICOM or NIfTI"):
        responder.answer(responder.bundle.samples[0].image, tmp_path / "labels", 0.5)
