import itertools
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID

from space.errors import UserError
from space.readers.dicom import read_dicom
from space.readers.frames import header_of
from space.readers.kinds import DICOM
from space.readers.reading import kind_at
from tests.volumes import IDENTIFIERS, PLANES, SPACING, abdomen, dicom_bytes, read, slices

HU = abdomen()


def headers(files):
    found = [header_of(data) for data in files]
    return [dataset for dataset in found if dataset is not None]


def case_of(datasets):
    return read_dicom(headers(map(dicom_bytes, datasets)))


@pytest.mark.parametrize("plane", PLANES, ids=lambda plane: str([*map(int, [*plane[0], *plane[1]])]))
@pytest.mark.parametrize("upwards", [True, False])
def test_any_axes_in_any_order_show_the_same_patient(plane, upwards):
    files = slices(HU, plane)
    for number, dataset in enumerate(files):
        dataset.InstanceNumber = number + 1 if upwards else len(files) - number
    order = np.random.default_rng(1).permutation(len(files))
    case = case_of([files[place] for place in order])
    assert np.array_equal(case.hu, HU)
    assert case.spacing == pytest.approx(SPACING)
    assert case.notes == ()


def test_monochrome1_is_a_way_to_display_and_changes_no_hu():
    assert np.array_equal(case_of(slices(HU, PhotometricInterpretation="MONOCHROME1")).hu, HU)


def test_signed_pixels_and_a_slope_give_the_same_hu():
    files = slices(HU, PixelRepresentation=1, RescaleIntercept=-1000, RescaleSlope=2)
    for dataset, hu in zip(files, HU, strict=True):
        dataset.PixelData = ((hu.astype(np.int32) + 1000) // 2).astype("<i2").tobytes()
    assert np.abs(case_of(files).hu.astype(int) - HU).max() <= 1


@pytest.mark.parametrize("written", [-2000, 63536])
def test_padding_is_air_even_where_signed_pixels_have_an_unsigned_padding_value(written):
    files = slices(HU, PixelRepresentation=1, RescaleIntercept=0)
    for dataset, hu in zip(files, HU, strict=True):
        stored = hu.copy()
        stored[:, :3] = -2000
        dataset.PixelData = stored.astype("<i2").tobytes()
        dataset.add_new("PixelPaddingValue", "SS" if written < 0 else "US", written)
    case = case_of(files)
    assert (case.hu[..., :3] == -1024).all()
    assert np.array_equal(case.hu[..., 3:], HU[..., 3:])


def enhanced():
    """The abdomen in one file, with rescale, position and pixel size in functional groups alone."""
    files = slices(HU)
    whole = files[0]
    whole.SOPClassUID = whole.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.2.1")
    whole.NumberOfFrames, whole.PixelData = len(files), b"".join(one.PixelData for one in files[::-1])
    shared, groups = Dataset(), []
    for sequence, keywords in {
        "PlaneOrientationSequence": ("ImageOrientationPatient",),
        "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness"),
        "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept"),
    }.items():
        item = Dataset()
        for keyword in keywords:
            setattr(item, keyword, files[1][keyword].value)
            delattr(whole, keyword)
        setattr(shared, sequence, [item])
    for one in files[::-1]:
        item, group = Dataset(), Dataset()
        item.ImagePositionPatient = list(one.ImagePositionPatient)
        group.PlanePositionSequence = [item]
        groups.append(group)
    del whole.ImagePositionPatient
    whole.SharedFunctionalGroupsSequence, whole.PerFrameFunctionalGroupsSequence = [shared], groups
    return whole


def test_enhanced_ct_keeps_its_rescale_in_functional_groups():
    case = case_of([enhanced()])
    assert np.array_equal(case.hu, HU)
    assert case.spacing == pytest.approx(SPACING)


def without(files, *places):
    return [dataset for place, dataset in enumerate(files) if place not in places]


def test_missing_slices_are_said():
    assert "About 2 slices are missing" in " ".join(case_of(without(slices(HU), 4, 5)).notes)


def test_copies_are_dropped_and_said():
    files = slices(HU)
    case = case_of([*files, *files[:3]])
    assert np.array_equal(case.hu, HU)
    assert "3 images lie where another one lies" in " ".join(case.notes)


def test_of_two_phases_one_is_shown_whole_whatever_the_order_of_the_files():
    first = slices(HU)
    uid = first[0].SeriesInstanceUID
    second = slices(HU + np.int16(5), SeriesInstanceUID=uid)
    for number, dataset in enumerate(second):
        dataset.InstanceNumber = 100 + number
    files = [*first, *second]
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(files))
        case = case_of([files[place] for place in order])
        assert np.array_equal(case.hu, HU)
    assert f"{len(HU)} images lie where another one lies" in " ".join(case.notes)


def test_of_two_series_the_largest_is_shown_and_no_word_of_either():
    case = case_of([*slices(HU[:3], **IDENTIFIERS), *slices(HU, **IDENTIFIERS)])
    assert np.array_equal(case.hu, HU)
    assert "These are 2 series; the largest, with 12 slices, is shown." in case.notes


def test_a_scout_view_is_left_out_and_alone_it_is_named():
    scout = slices(HU[:1], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    case = case_of([*scout, *slices(HU)])
    assert np.array_equal(case.hu, HU)
    assert "scout view" in " ".join(case.notes)
    with pytest.raises(UserError, match="scout view"):
        case_of(scout)


def test_a_tilted_gantry_is_said_and_its_slices_keep_their_distance():
    case = case_of(slices(HU, tilt=1.5))
    assert np.array_equal(case.hu, HU)
    assert "tilted" in " ".join(case.notes)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        (("RescaleSlope", "RescaleIntercept"), "does not say how its values become Hounsfield units"),
        (("ImageOrientationPatient", "ImagePositionPatient"), "does not say how the patient lies"),
        (("PixelSpacing",), "does not say how large its pixels are"),
    ],
)
def test_what_a_file_does_not_say_is_said(missing, sentence):
    gone: dict[str, Any] = dict.fromkeys(missing)
    files = slices(HU, **gone)
    if "RescaleSlope" in missing:
        for dataset, hu in zip(files, HU, strict=True):
            dataset.PixelRepresentation, dataset.PixelData = 1, hu.astype("<i2").tobytes()
    case = case_of(files)
    assert np.array_equal(case.hu, HU)
    assert sentence in " ".join(case.notes)
    assert (case.spacing is None) == ("PixelSpacing" in missing)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "MR": ({"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"}, "an MR image, not CT"),
    "contours": ({"Modality": "RTSTRUCT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.3"}, "a set of contours"),
    "coronal": ({"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}, "coronal slices"),
    "sagittal": ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, "sagittal slices"),
    "colours": ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "a colour picture"),
    "no pixels": ({"PixelData": None}, "no image in it"),
    "iodine map": ({"RescaleType": "MGML"}, "not Hounsfield units"),
    "no axes": ({"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]}, "make no sense"),
    "huge": ({"Rows": 60000}, "60000 pixels"),
    "no lengths": ({"PixelSpacing": [0, 0]}, "make no sense"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_axial_ct_is_named(name):
    elements, sentence = REFUSED[name]
    with pytest.raises(UserError, match=sentence):
        case_of(slices(HU, **elements))


def test_a_file_cut_off_is_refused_and_never_filled_with_zeros():
    whole = dicom_bytes(slices(HU)[5])
    for cut in (1, 100, 3000, len(whole) // 2):
        with pytest.raises(UserError, match=r"damaged or cut off|no image in it"):
            read_dicom(headers([whole[:-cut]]))


def test_a_compressed_file_cut_off_is_said_to_be_damaged_and_not_of_another_kind():
    dataset = slices(HU)[5]
    dataset.compress("1.2.840.10008.1.2.5", generate_instance_uid=False)
    whole = dicom_bytes(dataset)
    for cut in (10, 100, len(whole) // 4):
        with pytest.raises(UserError, match="damaged or cut off"):
            read_dicom(headers([whole[:-cut]]))


@pytest.mark.parametrize("lost", ["RescaleSlope", "RescaleIntercept"])
@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_slice_that_says_half_of_how_its_values_become_hu_is_not_guessed_at(lost, how):
    files = slices(HU)
    if how == "gone":
        delattr(files[5], lost)
    else:
        files[5][lost].value = None
    case = case_of(files)
    assert np.array_equal(case.hu, HU[[place for place in range(len(HU)) if place != 5]])
    assert "only one of rescale slope" in " ".join(case.notes)
    with pytest.raises(UserError, match="only one of rescale slope"):
        case_of(files[5:6])


NO_NUMBERS = list(
    itertools.product(("RescaleSlope", "RescaleIntercept", "SliceThickness"), (b"nan ", b"inf ", b"1e30"))
)


@pytest.mark.parametrize(("keyword", "written"), [*NO_NUMBERS, ("RescaleSlope", b"0   ")])
def test_numbers_that_cannot_be_are_refused(keyword, written):
    (one,) = slices(HU[3:4])
    one[keyword] = pydicom.dataelem.RawDataElement(one[keyword].tag, "DS", 4, written, 0, False, True)
    with pytest.raises(UserError, match="header makes no sense"):
        case_of([one])


@pytest.mark.parametrize("height", [b"1e99", b"-99999", b"nan", b"5000"])
def test_slices_that_lie_nowhere_near_are_no_stack(height):
    files = slices(HU[:2])
    files[1]["ImagePositionPatient"] = pydicom.dataelem.RawDataElement(
        files[1]["ImagePositionPatient"].tag, "DS", 20, (b"-120\\-90\\" + height).ljust(20), 0, False, True
    )
    with pytest.raises(UserError, match="make no sense"):
        case_of(files if height == b"5000" else files[1:])


@pytest.mark.parametrize("element", [b"\x28\x00\x10\x00US", b"\x20\x00\x52\x00UI", b"\x28\x00\x20\x01US"])
def test_a_header_with_an_unknown_type_of_value_does_not_spoil_the_series_it_lies_in(element):
    files = slices(HU, FrameOfReferenceUID="1.2.3")
    files[5].add_new("PixelPaddingValue", "US", 0)
    data = [dicom_bytes(dataset) for dataset in files]
    assert element in data[5]
    data[5] = data[5].replace(element, element[:4] + b"ZZ")
    assert np.array_equal(read_dicom(headers(data)).hu, HU[[place for place in range(len(HU)) if place != 5]])


def test_a_damaged_deflated_file_does_not_spoil_the_series_it_lies_in():
    files = slices(HU)
    files[5].file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1.99")
    data = [dicom_bytes(dataset) for dataset in files]
    start = 144 + int.from_bytes(data[5][140:144], "little")
    data[5] = data[5][:start] + b"\xff" * 500
    assert np.array_equal(read_dicom(headers(data)).hu, HU[[place for place in range(len(HU)) if place != 5]])


def test_big_endian_pixels_are_read_without_meta_information(tmp_path):
    dataset = slices(HU)[3]
    dataset.PixelData = dataset.pixel_array.astype(">u2").tobytes()
    pydicom.dcmwrite(tmp_path / "bare", Dataset(dataset), implicit_vr=False, little_endian=False)
    assert np.array_equal(read([tmp_path / "bare"]).hu[0], HU[3])


def test_a_file_is_read_without_preamble_and_meta_information(tmp_path):
    dataset = slices(HU)[3]
    for implicit in (True, False):
        pydicom.dcmwrite(tmp_path / "bare", Dataset(dataset), implicit_vr=implicit, little_endian=True)
        assert kind_at(tmp_path / "bare") == DICOM
        assert np.array_equal(read([tmp_path / "bare"]).hu[0], HU[3])


def test_nothing_of_the_patient_is_read():
    header = header_of(dicom_bytes(slices(HU, **IDENTIFIERS)[0]))
    assert header is not None
    assert not set(IDENTIFIERS) & {element.keyword for element in header}
    assert "yxwvut" not in str(header)
