import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from space.preprocessing import ABDOMEN
from space.readers.label_volume import read_case_mask
from space.readers.reading import read_case
from space.writers.png import png_mask
from tests.segs import stored
from tests.test_stack import GREY, case_of, pictures
from tests.volumes import PLANES, abdomen, dicom_bytes, slices

pytestmark = pytest.mark.usefixtures("in_this_process")

HU = abdomen()
LIVER = (HU >= 110) & (HU < 200)


def unzipped(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        return names, np.stack([np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in names])


@pytest.mark.parametrize("plane", PLANES, ids=lambda plane: str([*map(int, [*plane[0], *plane[1]])]))
def test_masks_of_dicom_have_the_rows_columns_and_numbers_of_its_images(tmp_path, plane):
    case = case_of(tmp_path / "ct", "dicom", plane)
    data = png_mask(LIVER, case)
    names, found = unzipped(data)
    assert names == [f"mask-{number:04d}.png" for number in range(1, len(HU) + 1)]
    assert np.array_equal(found, stored(LIVER, plane) * np.uint8(255))
    (tmp_path / "a.zip").write_bytes(data)
    again = read_case_mask(tmp_path / "a.zip", case, "liver", order="feet-first")
    assert np.array_equal(again.labels.mask("liver"), LIVER)


def test_the_numbers_are_those_of_the_images_even_from_the_head_down(tmp_path):
    files = slices(HU)
    for number, one in enumerate(files):
        one.InstanceNumber = 112 - number
    (tmp_path / "ct").mkdir()
    paths = [tmp_path / "ct" / f"{number}" for number in range(len(files))]
    for path, one in zip(paths, files, strict=True):
        path.write_bytes(dicom_bytes(one))
    names, found = unzipped(png_mask(LIVER, read_case(paths, ABDOMEN)))
    assert names == [f"mask-{number:04d}.png" for number in range(101, 113)]
    assert np.array_equal(found, LIVER[::-1] * np.uint8(255))


def test_masks_of_pictures_have_the_order_of_the_pictures(tmp_path):
    case = read_case(pictures(tmp_path / "p", GREY[::-1]), ABDOMEN, order="head-first")
    assert np.array_equal(unzipped(png_mask(LIVER, case))[1], LIVER[::-1] * np.uint8(255))


def test_the_mask_of_one_slice_is_one_picture(tmp_path):
    [path, *_] = pictures(tmp_path / "p", GREY[:1])
    found = Image.open(io.BytesIO(png_mask(LIVER[:1], read_case(path, ABDOMEN))))
    assert found.mode == "L"
    assert np.array_equal(np.asarray(found), LIVER[0] * np.uint8(255))
