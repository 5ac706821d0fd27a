"""The page's own reader of NIfTI against Python's: the same HU, place, notes and sentences for the same files."""

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from tests.site.reading_volumes import assert_same, scan
from tests.test_nifti import CODES, REFUSED
from tests.volumes import abdomen, affine_ras, nifti

pytestmark = pytest.mark.usefixtures("in_this_process")

HU = abdomen()


def written(folder: Path, files: dict[str, bytes]) -> list[Path]:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def same(paths: list[Path], modality="CT"):
    assert_same([scan([path]) for path in paths], modality)


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_any_axes_are_read_as_in_python(tmp_path, kind):
    same(written(tmp_path, {code: nifti(HU, code, kind).to_bytes() for code in CODES}))


def test_what_is_no_ct_is_refused_in_the_same_words(tmp_path):
    same(written(tmp_path, {name: image.to_bytes() for name, (image, _) in REFUSED.items()}))


def image_of(dtype, slope=1.0, intercept=0.0, endian="<", kind=nibabel.Nifti1Image):
    header = nifti(HU, "RAS", kind).header.as_byteswapped(endian)
    header.set_data_dtype(dtype)
    header.set_slope_inter(slope, intercept)
    values = np.rint((HU.transpose(2, 1, 0).astype(np.float64) - intercept) / slope)
    return header.binaryblock + bytes(4) + values.astype(np.dtype(dtype).newbyteorder(endian)).tobytes("F")


def test_every_type_of_number_is_read_as_in_python(tmp_path):
    files = {}
    for dtype in (f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)):
        slope, intercept = (12.5, -1000.0 + (1200 if dtype == "i1" else 0)) if dtype[1] == "1" else (0.37, -1024.5)
        for endian in "<>":
            for kind in (nibabel.Nifti1Image, nibabel.Nifti2Image):
                files[f"{dtype} {endian} {kind.__name__}"] = image_of(dtype, slope, intercept, endian, kind)
    for dtype in ("f4", "f8"):
        for endian in "<>":
            files[f"{dtype} {endian}"] = image_of(dtype, 1.5, 0.25, endian)
    for dtype in ("c8", "c16"):
        files[dtype], files[f"{dtype} >"] = image_of(dtype), image_of(dtype, endian=">")
    colours = np.zeros((60, 52, 12), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    files["colours"] = nibabel.Nifti1Image(colours, affine_ras()).to_bytes()
    same(written(tmp_path, files))


def test_where_it_lies_is_found_as_in_python(tmp_path):
    random = np.random.default_rng(3)
    files = {}
    for number in range(12):
        image = nifti(HU, CODES[4 * number])
        turn = np.linalg.qr(random.normal(size=(3, 3)) * 0.3 + np.eye(3))[0]
        affine = image.affine.copy()
        affine[:3, :3] = turn @ affine[:3, :3]
        affine[:3, 3] += random.normal(size=3) * 40
        image = nibabel.Nifti1Image(image.dataobj, affine)
        image.set_qform(affine, code=number % 4)
        image.set_sform(affine, code=0 if number % 3 else 2)
        files[f"turned {number}"] = image.to_bytes()
    plain = nibabel.Nifti1Image(HU.transpose(2, 1, 0), None)
    plain.header.set_zooms((4, 3.5, 5))
    files["by size alone"] = plain.to_bytes()
    files["a single slice"] = nibabel.Nifti1Image(HU[5].T, affine_ras()).to_bytes()
    two = nifti(HU, "RAS")
    two.set_qform(two.affine @ np.diag([1, 1, -1, 1]), code=1)
    files["in two ways"] = two.to_bytes()
    lean = affine_ras() @ np.array([[1, 0, 0.3, 0], [0, 1, 0.6, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    files["leaning"] = nibabel.Nifti1Image(HU.transpose(2, 1, 0), lean).to_bytes()
    wide = affine_ras() @ np.diag([12.125, 3, 1, 1])
    files["wide"] = nibabel.Nifti1Image(HU.transpose(2, 1, 0), wide).to_bytes()
    same(written(tmp_path, files))


def test_damaged_headers_end_as_in_python(tmp_path):
    random = np.random.default_rng(17)
    small = abdomen(4, 40, 48)
    files = {}
    for kind, size in ((nibabel.Nifti1Image, 352), (nibabel.Nifti2Image, 544)):
        data = nifti(small, "RAS", kind).to_bytes()
        for number in range(250):
            damaged = bytearray(data)
            for at in random.integers(0, size, random.integers(1, 4)):
                damaged[at] = random.choice(np.array([0, 1, 127, 128, 255, random.integers(256)]))
            files[f"{kind.__name__} {number}"] = bytes(damaged)
        files[f"{kind.__name__} with an extension"] = data[: size - 4] + b"\1\0\0\0" + data[size:]
        files[f"{kind.__name__} cut off in its header"] = data[: size - 10]
    one = bytearray(nifti(small).to_bytes())
    one[108:112] = np.array([0], "<f4").tobytes()
    files["voxels that begin in the header"] = bytes(one)
    same(written(tmp_path, files))


def test_mr_is_read_as_in_python(tmp_path):
    grey = (HU - HU.min()).astype(np.int16)
    noise = np.random.default_rng(0).integers(0, 300, HU.shape).astype(np.int16)
    files = {
        "mr": grey + noise,
        "ct": HU,
        "labels": (HU > 100).astype(np.uint8),
        "too high": grey.astype(np.int32) * 40,
    }
    images = {name: nifti(values).to_bytes() for name, values in files.items()}
    halves = nifti(grey.astype(np.float32) / 2 - 3.5).to_bytes()
    same(written(tmp_path, images | {"halves": halves}), "MR")


def test_packed_files_are_read_as_in_python(tmp_path):
    data = nifti(HU).to_bytes()
    packed = gzip.compress(data)
    twice = gzip.compress(data[:5000]) + gzip.compress(data[5000:])
    wrong = bytearray(packed)
    wrong[-6] ^= 1  # of its checksum
    files = {"packed": packed, "in two parts": twice, "padded": packed + bytes(200), "wrong": bytes(wrong)}
    files |= {"followed": packed + b"something else", "without its end": packed[:-4], "half": packed[:9000]}
    files |= {"start": packed[:8], "twice packed": gzip.compress(packed), "text": gzip.compress(b"hello")}
    same(written(tmp_path, files))
