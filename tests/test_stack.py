import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from space.errors import Question, UserError
from space.preprocessing import ABDOMEN, grey_to_hu, hu_to_grey
from space.readers.label_volume import is_label_volume, read_case_mask
from space.readers.reading import read_case
from space.readers.stack import MARK_MOST, STORED
from tests.volumes import PLANES, abdomen, dicom_bytes, nifti, slices, write

pytestmark = pytest.mark.usefixtures("in_this_process")

CLEAN = abdomen()
HU = (CLEAN + np.random.default_rng(0).normal(0, 50, CLEAN.shape)).astype(np.int16)  # as pictures have
GREY = hu_to_grey(HU)
LIVER = (CLEAN >= 110) & (CLEAN < 200)
SPINE = CLEAN >= 700
TARGET = "liver"


def png(array):
    target = io.BytesIO()
    Image.fromarray(array).save(target, "PNG")
    return target.getvalue()


def pictures(folder, arrays, name="slice {}.png"):
    """Write pictures under numbers without leading zeros, so that their names sort otherwise than their numbers."""
    folder.mkdir()
    paths = [folder / name.format(number) for number in range(1, len(arrays) + 1)]
    for path, array in zip(paths, arrays, strict=True):
        path.write_bytes(png(array))
    return sorted(paths)


def archive(path, files):
    with zipfile.ZipFile(path, "w") as packed:
        for file in files:
            packed.write(file, f"Zyxwvut/{file.name}")
    return path


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("order", ["feet-first", "head-first"])
def test_pictures_of_slices_are_a_volume_once_it_is_known_which_end_is_first(tmp_path, order, packed):
    paths = pictures(tmp_path / "ct", GREY if order == "feet-first" else GREY[::-1])
    files = archive(tmp_path / "a.zip", paths) if packed else paths
    with pytest.raises(Question) as asked:
        read_case(files, ABDOMEN)
    assert asked.value.argument == "order"
    assert [choice.value for choice in asked.value.choices] == ["feet-first", "head-first"]
    case = read_case(files, ABDOMEN, order=order)
    assert np.array_equal(hu_to_grey(case.hu), GREY)
    assert np.array_equal(case.hu, grey_to_hu(GREY, ABDOMEN))
    assert (case.spacing, case.affine, case.in_hu) == (None, None, False)
    assert case.layout is not None
    assert np.array_equal(hu_to_grey(case.layout.to_source(case.hu)), GREY if order == "feet-first" else GREY[::-1])
    assert "Zyxwvut" not in repr(case)


def test_pictures_of_several_sizes_are_no_volume(tmp_path):
    with pytest.raises(UserError, match="not all of one size"):
        read_case(pictures(tmp_path / "ct", [*GREY[:3], GREY[0][:40]]), ABDOMEN, order="feet-first")


def test_pictures_whose_values_are_held_in_several_ways_are_asked_about(tmp_path):
    wide = [(HU[place].astype(np.int32) + 1024).astype(np.uint16) for place in (0, 1)]
    with pytest.raises(Question) as asked:
        read_case(pictures(tmp_path / "ct", [*GREY[:2], *wide]), ABDOMEN)
    assert asked.value.argument == "values"


def test_two_files_of_one_name_are_not_put_in_an_order(tmp_path):
    paths = [*pictures(tmp_path / "a", GREY[:2]), *pictures(tmp_path / "b", GREY[2:4])]
    with pytest.raises(UserError, match="same name"):
        read_case(paths, ABDOMEN, order="feet-first")


def case_of(folder, kind, plane=PLANES[0]):
    folder.mkdir()
    if kind == "nifti":
        (folder / "ct.nii").write_bytes(nifti(HU, "RAS").to_bytes())
        return read_case(folder / "ct.nii", ABDOMEN)
    if kind == "pictures":
        return read_case(pictures(folder / "p", GREY), ABDOMEN, order="feet-first")
    return read_case(write(folder, [dicom_bytes(one) for one in slices(HU, plane)]), ABDOMEN)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("order", ["feet-first", "head-first"])
@pytest.mark.parametrize("kind", ["dicom", "nifti", "pictures"])
def test_pictures_of_masks_lie_on_their_slices(tmp_path, kind, order, packed):
    masks = (LIVER if order == "feet-first" else LIVER[::-1]) * np.uint8(255)
    paths = pictures(tmp_path / "mask", masks)
    files = [archive(tmp_path / "a.zip", paths)] if packed else paths
    case = case_of(tmp_path / "ct", kind)
    assert is_label_volume(files)
    with pytest.raises(Question, match="nearest the feet or the head"):
        read_case_mask(files, case, TARGET)
    assert np.array_equal(read_case_mask(files, case, TARGET, order=order).labels.mask(TARGET), LIVER)


@pytest.mark.parametrize("number", range(len(PLANES)))
def test_masks_of_dicom_have_the_rows_and_columns_that_are_stored(tmp_path, number):
    plane = PLANES[number]
    stored = [one.pixel_array > 1024 for one in slices(LIVER.astype(np.int16), plane)]
    paths = pictures(tmp_path / "mask", [one.astype(np.uint8) * 255 for one in stored])
    mask = read_case_mask(paths, case_of(tmp_path / "ct", "dicom", plane), TARGET, order="feet-first")
    assert np.array_equal(mask.labels.mask(TARGET), LIVER)
    assert (STORED in mask.notes) == (number > 0)


def test_of_several_values_one_is_asked_for(tmp_path):
    colours = np.zeros((*HU.shape, 3), np.uint8)
    colours[LIVER], colours[SPINE] = (255, 0, 0), (0, 0, 255)
    paths, case = pictures(tmp_path / "mask", colours), case_of(tmp_path / "ct", "dicom")
    with pytest.raises(Question) as asked:
        read_case_mask(paths, case, TARGET, order="feet-first")
    assert asked.value.argument == "label"
    assert f"#ff0000: red (#ff0000), {LIVER.sum():,} voxels" in [choice.words for choice in asked.value.choices]
    found = read_case_mask(paths, case, TARGET, "#ff0000", "feet-first")
    assert np.array_equal(found.labels.mask(TARGET), LIVER)


def test_masks_that_do_not_fit_the_slices_are_refused(tmp_path):
    case, masks = case_of(tmp_path / "ct", "dicom"), LIVER * np.uint8(255)
    for name, arrays, sentence in (
        ("few", masks[:-1], "is 11 pictures, but the scan has 12 slices"),
        ("one", masks[:1], "is one picture, but the scan has 12 slices"),
        ("small", masks[:, :40], "60 x 40 pixels, but the slices are 60 x 52"),
        ("inverted", 255 - masks, "more than half"),
        ("empty", masks * 0, "marks nothing"),
        ("slices", GREY, "as a picture has|more than"),
    ):
        with pytest.raises(UserError, match=sentence):
            read_case_mask(pictures(tmp_path / name, arrays), case, TARGET, order="feet-first")
    assert MARK_MOST.endswith(".")
