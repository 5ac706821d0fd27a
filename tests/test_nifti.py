import gzip
from itertools import permutations, product

import nibabel
import numpy as np
import pytest

from space.errors import UserError
from space.readers.nifti import TWO_SIZES, read_nifti
from tests.volumes import SPACING, abdomen, affine_ras, nifti, read

HU = abdomen()
CODES = ["".join(code) for axes in permutations(("RL", "AP", "SI")) for code in product(*axes)]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_any_axes_show_the_same_patient(code, kind):
    case = read_nifti(nifti(HU, code, kind).to_bytes())
    assert np.array_equal(case.hu, HU)
    assert case.spacing == pytest.approx(SPACING)
    assert case.notes == ()


@pytest.mark.parametrize(
    ("dtype", "slope", "intercept"),
    [(np.uint16, 1, -1024), (np.int16, 2, 0), (np.int16, -1, 0), (np.float32, 1, 0), (np.int32, 1, -32768)],
)
def test_values_are_scaled_as_the_header_says(dtype, slope, intercept):
    image = nifti(((HU.astype(np.float32) - intercept) / slope).astype(dtype))
    image.header.set_slope_inter(slope, intercept)
    image.header.set_data_dtype(dtype)
    data = bytearray(image.to_bytes())
    case = read_nifti(bytes(data))
    written = nibabel.Nifti1Image.from_bytes(bytes(data)).get_fdata().transpose(2, 1, 0)
    assert np.array_equal(case.hu, np.maximum(np.rint(written), -1024))


def test_a_packed_file_is_read(tmp_path):
    (tmp_path / "a").write_bytes(gzip.compress(nifti(HU).to_bytes()))
    assert np.array_equal(read([tmp_path / "a"]).hu, HU)


def test_a_file_that_says_where_it_lies_by_qform_alone_is_read():
    image = nifti(HU, "RAS")
    image.set_qform(image.affine, code=1)
    image.set_sform(None, code=0)
    assert np.array_equal(read_nifti(image.to_bytes()).hu, HU)


def test_two_answers_to_where_it_lies_are_said():
    image = nifti(HU, "RAS")
    image.set_qform(image.affine @ np.diag([1, 1, -1, 1]), code=1)
    assert "they differ" in " ".join(read_nifti(image.to_bytes()).notes)


def test_two_sizes_of_its_voxels_are_said():
    image = nifti(HU, "RAS")
    image.header["pixdim"][2] *= 1.1
    case = read_nifti(image.to_bytes())
    assert case.notes == (TWO_SIZES,)
    assert case.spacing == pytest.approx(SPACING)


def test_colours_are_no_numbers():
    data = bytearray(nifti(HU).to_bytes())
    data[70:74] = (128).to_bytes(2, "little") + (24).to_bytes(2, "little")
    with pytest.raises(UserError, match="of type colours: please"):
        read_nifti(bytes(data))


@pytest.mark.parametrize(("unit", "scale"), [("meter", 1e-3), ("mm", 1), ("micron", 1e3), ("unknown", 1)])
def test_lengths_in_any_unit_are_read_in_mm_and_those_without_one_are_mm(unit, scale):
    image = nifti(HU, "RAS")
    image.set_sform(np.diag([scale, scale, scale, 1]) @ image.affine, code=1)
    image.header.set_xyzt_units(unit)
    case = read_nifti(image.to_bytes())
    assert np.array_equal(case.hu, HU)
    assert case.spacing == pytest.approx(SPACING, rel=1e-5)
    assert case.affine is not None
    assert np.diag([-1, -1, 1, 1]) @ case.affine == pytest.approx(affine_ras(), abs=1e-2)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_metres_and_microns_that_are_not_called_so_are_refused_and_not_taken_for_mm(scale):
    image = nifti(HU, "RAS")
    image.set_sform(np.diag([scale, scale, scale, 1]) @ image.affine, code=1)
    image.header.set_xyzt_units("unknown")
    with pytest.raises(UserError, match="how its voxels lie"):
        read_nifti(image.to_bytes())


def test_no_answer_to_where_it_lies_is_said():
    image = nibabel.Nifti1Image(HU.transpose(2, 1, 0), None)
    image.header.set_zooms((4, 3.5, 5))
    assert "does not say how the patient lies" in " ".join(read_nifti(image.to_bytes()).notes)


def test_an_oblique_volume_is_said_and_not_resampled():
    turn = np.eye(4)
    turn[1:3, 1:3] = [[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]]
    case = read_nifti(nibabel.Nifti1Image(HU.transpose(2, 1, 0), turn @ affine_ras()).to_bytes())
    assert np.array_equal(case.hu, HU)
    assert "lean 29 degrees" in " ".join(case.notes)


def test_voxels_without_a_number_are_air_and_said():
    values = HU.astype(np.float32)
    values[:, :3] = np.nan
    case = read_nifti(nifti(values).to_bytes())
    assert (case.hu[:, :3] == -1024).all()
    assert "NaN" in " ".join(case.notes)


REFUSED = {
    "labels": (nifti((HU > 0).astype(np.uint8)), "does not look like CT"),
    "MR": (nifti(HU - HU.min()), "does not look like CT"),
    "8 bits": (nifti(((HU + 1000) // 8).astype(np.uint8)), "does not look like CT"),
    "4D": (nibabel.Nifti1Image(np.stack([HU.transpose(2, 1, 0)] * 2, -1), affine_ras()), "one volume"),
    "complex": (nifti(HU.astype(np.complex64)), "one volume of numbers"),
    "no place": (nibabel.Nifti1Image(HU.transpose(2, 1, 0), np.diag([4, 3.5, 900, 1])), "how its voxels lie in space"),
    "thin": (nifti(HU[:, :20]), "only 60 x 20 pixels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_ct_is_refused(name):
    image, sentence = REFUSED[name]
    with pytest.raises(UserError, match=sentence):
        read_nifti(image.to_bytes())


def test_a_file_cut_off_is_refused_and_never_filled_with_zeros(tmp_path):
    data = nifti(HU).to_bytes()
    for cut in (len(data) - 1, len(data) // 2, 400, 352):
        with pytest.raises(Exception):  # noqa: B017, PT011  (the worker makes a sentence of whatever it is)
            read_nifti(data[:cut])


def test_voxels_that_begin_within_the_header_are_not_read():
    data = bytearray(nifti(HU).to_bytes())
    data[108:112] = bytes(4)
    with pytest.raises(ValueError, match="within itself"):
        read_nifti(bytes(data))
