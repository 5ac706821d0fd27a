"""DICOM files: what the page's reader makes of them, against Python's: HU, place, notes and sentences.

`test_volumes.py` compares the corpus.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from space.readers.dicom import DAMAGED
from tests.corpus.__main__ import WHEEL
from tests.site.node import run
from tests.site.reading_volumes import assert_same, scan, told
from tests.test_dicom import REFUSED, enhanced
from tests.volumes import IDENTIFIERS, PLANES, abdomen, dicom_bytes, slices, write

pytestmark = pytest.mark.usefixtures("in_this_process")

HU = abdomen()


def written(folder: Path, files: list[bytes], name: str) -> list[Path]:
    (folder / name).mkdir()
    return write(folder / name, files)


def of(folder: Path, name: str, datasets) -> dict:
    return scan(written(folder, [dicom_bytes(one) for one in datasets], name))


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_pydicoms_own_files_end_as_in_python(modality):
    paths = [path for path in sorted(WHEEL.rglob("*")) if path.is_file()]
    assert len(paths) > 150
    assert_same([scan([path]) for path in paths], modality)


def test_all_files_of_a_folder_end_as_in_python():
    assert_same([scan([path for path in sorted(WHEEL.iterdir()) if path.suffix == ".dcm"])])


def test_series_in_any_axes_and_order_are_read_as_in_python(tmp_path):
    jobs = []
    for number, plane in enumerate(PLANES):
        files = slices(HU, plane, tilt=1.5 * (number % 2), **IDENTIFIERS)
        for place, dataset in enumerate(files):
            dataset.InstanceNumber = len(files) - place if number % 3 else place + 1
        jobs.append(of(tmp_path, str(number), files))
    assert_same(jobs)


def test_what_is_no_axial_ct_is_refused_in_the_same_words(tmp_path):
    assert_same([of(tmp_path, name, slices(HU, **elements)) for name, (elements, _) in REFUSED.items()])


def test_mr_is_read_as_in_python(tmp_path):
    mr: dict[str, Any] = {"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"}
    bright = [*slices(HU, **mr)]
    for dataset in bright:
        dataset.RescaleSlope = 40
    assert_same(
        [of(tmp_path, "plain", slices(HU, **mr)), of(tmp_path, "bright", bright), of(tmp_path, "ct", slices(HU))], "MR"
    )


def odd_pixels() -> dict[str, Dataset]:
    """Return a slice each, whose values are stored in an unusual way."""
    stored = HU[3].astype(np.int32) + 1024

    def one(**elements) -> Dataset:
        return slices(HU, **elements)[3]

    padded = one(PixelRepresentation=1, RescaleIntercept=0)
    padded.PixelData = np.where(stored > 1100, -2000, stored).astype("<i2").tobytes()
    padded.add_new("PixelPaddingValue", "US", 63536)
    limited = one()
    limited.add_new("PixelPaddingValue", "US", 0)
    limited.add_new("PixelPaddingRangeLimit", "US", 1060)
    table = one()
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [4096, 0, 16])
    item.add_new("LUTData", "US", [(value * 2) % 5000 for value in range(4096)])
    table.ModalityLUTSequence = [item]
    bits = {8: "u1", 12: "<u2", 32: "<u4"}
    allocated = {
        f"{used} bits": one(
            BitsAllocated=8 * np.dtype(kind).itemsize,
            BitsStored=used,
            HighBit=used - 1,
            PixelData=((stored >> 5) | (0xF000 if used == 12 else 0)).astype(kind).tobytes(),
            RescaleSlope=32,
        )
        for used, kind in bits.items()
    }
    return {
        **allocated,
        "12 bits, signed": one(
            BitsStored=12,
            HighBit=11,
            PixelRepresentation=1,
            RescaleIntercept=0,
            PixelData=((stored - 1024) & 0xFFF).astype("<u2").tobytes(),
        ),
        "a slope of many digits": one(RescaleSlope="0.99993896484375", RescaleIntercept="-1023.7"),
        "no rescale": one(RescaleSlope=None, RescaleIntercept=None),
        "more pixels than frames": one(PixelData=np.stack([stored, stored]).astype("<u2").tobytes()),
        "padded": padded,
        "padded in a range": limited,
        "a table": table,
    }


def test_values_are_worked_out_as_in_python(tmp_path):
    assert_same([of(tmp_path, name, [dataset]) for name, dataset in odd_pixels().items()])


def compressed() -> dict[str, Dataset]:
    """Return a slice each, compressed in the ways that scanners and archives use, without loss and with it."""
    import imagecodecs

    found = {}
    for name, syntax, encode in (
        ("jpeg 2000", "1.2.840.10008.1.2.4.90", lambda p: imagecodecs.jpeg2k_encode(p, codecformat="j2k", level=0)),
        (
            "lossy jpeg 2000",
            "1.2.840.10008.1.2.4.91",
            lambda p: imagecodecs.jpeg2k_encode(p, codecformat="j2k", level=40),
        ),
        (
            "boxed jpeg 2000",
            "1.2.840.10008.1.2.4.90",
            lambda p: imagecodecs.jpeg2k_encode(p, codecformat="jp2", level=0),
        ),
        ("jpeg-ls", "1.2.840.10008.1.2.4.80", imagecodecs.jpegls_encode),
        ("lossy jpeg-ls", "1.2.840.10008.1.2.4.81", lambda p: imagecodecs.jpegls_encode(p, level=3)),
        ("jpeg lossless", "1.2.840.10008.1.2.4.70", lambda p: imagecodecs.ljpeg_encode(p, bitspersample=16)),
    ):
        dataset = slices(HU + np.random.default_rng(0).integers(-40, 40, HU.shape).astype(np.int16))[4]
        dataset.PixelData = encapsulate([bytes(encode(dataset.pixel_array))])
        found[name] = changed_to(dataset, syntax)
    grey = slices(HU, BitsAllocated=8, BitsStored=8, HighBit=7, RescaleSlope=8)[4]
    grey.PixelData = encapsulate(
        [bytes(imagecodecs.jpeg8_encode(((HU[4].astype(int) + 1024) >> 3).astype(np.uint8), level=90))]
    )
    found["jpeg"] = changed_to(grey, "1.2.840.10008.1.2.4.50")
    runs = slices(HU)[4]
    runs.compress("1.2.840.10008.1.2.5", generate_instance_uid=False)
    found["rle"] = runs
    return found


def changed_to(dataset, syntax):
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    return dataset


def test_compressed_pixels_are_unpacked_as_in_python(tmp_path):
    assert_same([of(tmp_path, name, [dataset]) for name, dataset in compressed().items()])


def test_fragments_and_tables_of_frames_are_put_together_as_in_python(tmp_path):
    import imagecodecs

    whole = enhanced()
    frames = [bytes(imagecodecs.jpeg2k_encode(one, codecformat="j2k", level=0)) for one in whole.pixel_array]
    kinds = {
        "a table": encapsulate(frames, has_bot=True),
        "no table": encapsulate(frames, has_bot=False),
        "fragments": encapsulate(frames, fragments_per_frame=3, has_bot=True),
        "fragments and no table": encapsulate(frames, fragments_per_frame=3, has_bot=False),
    }
    jobs = []
    for name, pixels in kinds.items():
        dataset = enhanced()
        dataset.PixelData = pixels
        jobs.append(of(tmp_path, name, [changed_to(dataset, "1.2.840.10008.1.2.4.90")]))
    apart = enhanced()
    apart.PixelData, apart.ExtendedOffsetTable, apart.ExtendedOffsetTableLengths = pydicom.encaps.encapsulate_extended(
        frames
    )
    assert_same([*jobs, of(tmp_path, "a table apart", [changed_to(apart, "1.2.840.10008.1.2.4.90")])])


def test_a_file_of_many_compressed_frames_is_read_to_its_end(tmp_path):
    """GDCM is started for each frame: what a start leaves behind must not pile up."""
    import imagecodecs

    whole = slices(abdomen(1000, 32, 36)[:1])[0]
    frames = [bytes(imagecodecs.jpeg2k_encode(one, codecformat="j2k", level=0)) for one in [whole.pixel_array] * 1000]
    whole.NumberOfFrames, whole.PixelData = 1000, encapsulate(frames)
    assert_same([of(tmp_path, "many", [changed_to(whole, "1.2.840.10008.1.2.4.90")])])


def damaged(count: int) -> dict[str, bytes]:
    """Return headers and uncompressed pixels, cut off or changed at random."""
    chance = np.random.default_rng(5)
    names = ("CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm", "no_meta.dcm",
             "UN_sequence.dcm")  # fmt: skip
    whole = [dicom_bytes(slices(HU)[3]), dicom_bytes(enhanced()), *((WHEEL / name).read_bytes() for name in names)]
    found = {}
    for number in range(count):
        data = bytearray(whole[number % len(whole)])
        if number % 3 == 0:
            data = data[: chance.integers(200, len(data))]
        else:
            end = min(len(data), 1800) if number % 3 == 1 else len(data)
            for place in chance.integers(132, end, chance.integers(1, 8)):
                data[place] = chance.integers(256)
        found[f"{number}"] = bytes(data)
    return found


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_damaged_files_end_as_in_python(tmp_path, modality):
    files = damaged(240)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert_same([scan([tmp_path / name]) for name in files], modality)


def test_no_frame_that_is_cut_off_is_filled_up(tmp_path):
    """GDCM fills up what is missing of a lossless JPEG, and complains."""
    jobs = []
    for name, dataset in compressed().items():
        frame = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
        dataset.PixelData = encapsulate([frame[: len(frame) // 2]])
        jobs.append(of(tmp_path, name, [dataset]))
    assert_same(jobs)
    found = run("volumes.mjs", given={"facts": told(), "jobs": jobs})
    assert {(one["kind"], one["said"]) for one in found} == {("refused", DAMAGED)}


def test_nothing_about_the_patient_is_said(tmp_path):
    files = written(tmp_path, [dicom_bytes(one) for one in slices(HU, **IDENTIFIERS)], "ct")
    [found] = run("volumes.mjs", given={"facts": told(), "jobs": [scan(files)]})
    assert "yxwvut" not in repr(found).lower()
    assert found["kind"] == "read"
