import gzip

import nibabel
import numpy as np
import pytest

from space.errors import UserError
from space.preprocessing import ABDOMEN
from space.readers.label_volume import read_case_mask
from space.readers.nifti import read_nifti
from space.readers.reading import read_case
from space.writers.nifti import nifti_mask
from tests.segs import series
from tests.test_nifti import CODES
from tests.test_seg import case_of, oblique
from tests.test_stack import GREY, pictures
from tests.volumes import IDENTIFIERS, PLANES, SPACING, abdomen, affine_ras, nifti, slices

pytestmark = pytest.mark.usefixtures("in_this_process")

HU = abdomen()
LIVER = (HU >= 110) & (HU < 200)
VOLUME = LIVER.sum() * np.prod(SPACING)


def opened(data):
    return nibabel.Nifti1Image.from_bytes(gzip.decompress(data))


def volume_of(image):
    return np.asarray(image.dataobj).sum() * abs(np.linalg.det(image.affine[:3, :3]))


@pytest.mark.parametrize("code", CODES)
def test_the_mask_of_a_nifti_has_its_axes_and_its_affine(code):
    source = nifti(HU, code)
    image = opened(nifti_mask(LIVER, read_nifti(source.to_bytes())))
    expected = nifti(LIVER.astype(np.uint8), code)
    assert np.array_equal(image.dataobj, expected.dataobj)
    assert image.affine == pytest.approx(source.affine, abs=1e-4)
    assert image.get_data_dtype() == np.uint8
    assert image.header.get_xyzt_units()[0] == "mm"
    assert volume_of(image) == pytest.approx(VOLUME)


def places(image):
    """The middle of the marked voxels, in mm towards right, front and head."""
    return np.sort(nibabel.affines.apply_affine(image.affine, np.argwhere(np.asarray(image.dataobj))), axis=0)


@pytest.mark.parametrize("plane", PLANES, ids=lambda plane: str([*map(int, [*plane[0], *plane[1]])]))
def test_the_mask_of_a_series_lies_where_the_patient_is(tmp_path, plane):
    case = case_of(tmp_path, slices(HU, plane))
    image = opened(nifti_mask(LIVER, case))
    voxels = np.argwhere(LIVER.transpose(2, 1, 0))
    assert places(image) == pytest.approx(np.sort(nibabel.affines.apply_affine(affine_ras(), voxels), axis=0), abs=1e-3)
    assert image.get_qform() == pytest.approx(image.get_sform(), abs=1e-3)
    assert volume_of(image) == pytest.approx(VOLUME)


@pytest.mark.parametrize("kind", ["tilted", "oblique"])
def test_the_mask_of_a_leaning_series_comes_back_the_same(tmp_path, kind):
    files = slices(HU, tilt=1.5) if kind == "tilted" else oblique(series(HU))
    case = case_of(tmp_path, files)
    data = nifti_mask(LIVER, case)
    (tmp_path / "mask").write_bytes(data)
    assert np.array_equal(read_case_mask(tmp_path / "mask", case, "liver").labels.mask("liver"), LIVER)
    image = opened(data)
    first = np.array([files[0].ImagePositionPatient[n] * (-1, -1, 1)[n] for n in range(3)], float)
    last = np.array([files[-1].ImagePositionPatient[n] * (-1, -1, 1)[n] for n in range(3)], float)
    assert image.affine[:3, 3] == pytest.approx(first, abs=1e-3)
    assert image.affine @ [0, 0, len(HU) - 1, 1] == pytest.approx([*last, 1], abs=1e-3)
    assert (int(image.header["qform_code"]) == 0) == (kind == "tilted")  # a qform cannot hold a lean


def test_a_nifti_that_says_where_it_lies_by_qform_or_not_at_all_gets_a_mask_of_the_same_kind():
    image = nifti(HU, "RAS")
    image.set_qform(image.affine, code=2)
    image.set_sform(None, code=0)
    mask = opened(nifti_mask(LIVER, read_nifti(image.to_bytes())))
    assert mask.affine == pytest.approx(image.affine, abs=1e-3)
    bare = nibabel.Nifti1Image(HU.transpose(2, 1, 0), None)
    bare.header.set_zooms((4, 3.5, 5))
    bare = nibabel.Nifti1Image.from_bytes(bare.to_bytes())
    case = read_nifti(bare.to_bytes())
    mask = opened(nifti_mask(case.hu > 0, case))
    assert (int(mask.header["sform_code"]), int(mask.header["qform_code"])) == (0, 0)
    assert mask.affine == pytest.approx(bare.affine, abs=1e-3)
    assert np.array_equal(mask.dataobj, np.asarray(bare.dataobj) > 0)


@pytest.mark.parametrize("unit", ["meter", "micron", "mm", "unknown"])
def test_a_nifti_in_other_units_gets_its_mask_in_mm_at_the_same_place(unit):
    image = nifti(HU, "RAS")
    image.set_sform(np.diag([*[{"meter": 1e-3, "micron": 1e3}.get(unit, 1.0)] * 3, 1]) @ image.affine, code=1)
    image.header.set_xyzt_units(unit)
    case = read_nifti(image.to_bytes())
    assert case.spacing == pytest.approx(SPACING, rel=1e-5)
    mask = opened(nifti_mask(LIVER, case))
    assert mask.affine == pytest.approx(nifti(HU, "RAS").affine, abs=1e-2)
    assert volume_of(mask) == pytest.approx(VOLUME, rel=1e-4)


def test_nothing_of_the_patient_is_in_the_mask(tmp_path):
    data = nifti_mask(LIVER, case_of(tmp_path, slices(HU, **IDENTIFIERS)))
    assert not [word for word in (b"yxwvut", b"YXWVUT", b"Qrst", b"19470312") if word in gzip.decompress(data)]
    named = nifti(HU)
    named.header["descrip"], named.header["db_name"] = b"Zyxwvut", b"Qrst"
    assert b"Zyxwvut" not in gzip.decompress(nifti_mask(LIVER, read_nifti(named.to_bytes())))


def test_slices_with_a_gap_and_pictures_get_no_nifti(tmp_path):
    files = [one for place, one in enumerate(slices(HU)) if place not in (4, 5)]
    case = case_of(tmp_path, files)
    with pytest.raises(UserError, match="do not lie evenly"):
        nifti_mask(np.zeros(case.hu.shape, bool), case)
    case = read_case(pictures(tmp_path / "p", GREY), ABDOMEN, order="feet-first")
    with pytest.raises(UserError, match="does not say where it lies"):
        nifti_mask(LIVER, case)
