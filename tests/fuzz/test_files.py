"""Any file ends as a case or a sentence; what is read is what was written; damage behind a checksum is noticed."""

from __future__ import annotations

import contextlib
import gzip
import io
from functools import partial
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.uid import UID

from space.errors import UserError
from space.preprocessing import ABDOMEN
from space.readers.archive import unpacked
from space.readers.dicom import read_dicom
from space.readers.frames import header_of
from space.readers.image import read_slice
from space.readers.jpeg import read_jpeg
from space.readers.kinds import MARKS
from space.readers.nifti import read_nifti
from space.readers.png import read_png
from space.readers.reading import check_picture, read_case
from space.readers.tiff import read_tiff
from tests.cases.making import jpeg_bytes, png_bytes, tiff_bytes
from tests.fuzz import seeds
from tests.fuzz.pool import tried
from tests.fuzz.readers import Target, attempt, finds, input_of, read_in_this_process, sentence, targets
from tests.test_nifti import CODES
from tests.volumes import PLANES, abdomen, dicom_bytes, nifti, slices

some = partial(settings, derandomize=True, deadline=None)
sides = st.integers(32, 50)


def test_hostile_files_are_read_or_refused() -> None:
    for target in targets():

        def work(data: bytes, folder: Path, target: Target = target) -> tuple[str, str]:
            read_in_this_process()  # in a child: it changes nothing for other tests
            return attempt(target, data, folder)

        assert list(finds(target, tried(list(range(10)), partial(input_of, target, 18), work))) == []


@some(max_examples=200)
@given(st.sampled_from(MARKS), st.binary(max_size=400))
def test_whatever_follows_the_mark_of_a_kind_ends_in_a_sentence(tmp_path_factory, mark, rest) -> None:
    path = tmp_path_factory.getbasetemp() / "a"
    path.write_bytes(bytes(mark.at) + mark.bytes + rest)
    for read in (check_picture, partial(read_slice, window=ABDOMEN)):
        said = "."
        try:
            read(path)
        except UserError as error:
            said = str(error)
        assert sentence(said)


@some(max_examples=200)
@given(st.binary(max_size=12))
@example(b"\2\0\0")
def test_a_few_bytes_are_no_picture(tmp_path_factory, data) -> None:
    path = tmp_path_factory.getbasetemp() / "a"
    path.write_bytes(data)
    with pytest.raises(UserError):
        read_case(path, ABDOMEN)


@some(max_examples=40)
@given(
    *(st.integers(1, 4), sides, sides, st.sampled_from(CODES), st.sampled_from("<>")),
    st.sampled_from([nibabel.Nifti1Image, nibabel.Nifti2Image]),
    st.sampled_from(
        [("i2", 1, 0), ("u2", 1, -1024), ("i2", 2, 0), ("i4", 0.5, -7), ("f4", 1, 0), ("f8", -2, 3), ("i8", 1, 0)]
    ),
)
def test_a_nifti_is_read_as_nibabel_wrote_it(depth, height, width, code, order, version, stored) -> None:
    dtype, slope, intercept = stored
    hu = abdomen(depth, height, width)
    turned = nifti(hu, code, version)
    values = (np.asarray(turned.dataobj) - intercept) / slope
    header = version.header_class(endianness=order)
    image = version(values.astype(f"{order}{dtype}"), turned.affine, header)
    image.header.set_data_dtype(f"{order}{dtype}")
    image.header.set_slope_inter(slope, intercept)
    image.header.set_sform(turned.affine, 1)
    off = slope if dtype.startswith("i") or dtype.startswith("u") else 0
    assert np.abs(read_nifti(image.to_bytes()).hu.astype(int) - hu).max() <= off // 1.5


@some(max_examples=40)
@given(
    *(st.integers(1, 3), sides, sides, st.sampled_from(PLANES), st.booleans(), st.sampled_from([1, 2, 0.5, -1])),
    st.sampled_from(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", seeds.BIG, seeds.DEFLATED, "1.2.840.10008.1.2.5"]),
)
def test_a_series_is_read_as_pydicom_wrote_it(depth, height, width, plane, signed, slope, syntax) -> None:
    hu = abdomen(depth, height, width)
    data = []
    for dataset in slices(hu, plane, RescaleSlope=slope, PixelRepresentation=int(signed), RescaleIntercept=-1000):
        pixels = dataset.pixel_array.astype(np.int32) - 1024  # HU
        stored = ((pixels + 1000) / slope).astype("<i2" if signed else "<u2")
        dataset.PixelData = (
            stored.astype(stored.dtype.newbyteorder(">")).tobytes() if syntax == seeds.BIG else stored.tobytes()
        )
        if syntax == "1.2.840.10008.1.2.5":
            dataset.compress(syntax, generate_instance_uid=False)
        dataset.file_meta.TransferSyntaxUID = UID(syntax)
        data.append(dicom_bytes(FileDataset("", dict(dataset), file_meta=dataset.file_meta, preamble=bytes(128))))
    if slope < 0 and not signed:
        return  # there is nothing below 0
    headers = [header for one in data if (header := header_of(one)) is not None]
    assert np.abs(read_dicom(headers).hu.astype(int) - hu).max() <= max(0, slope - 1)


@some(max_examples=60)
@given(
    *(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9)),
    st.sampled_from(["bool", "u1", "u2", "i2", "u4", "i4", "f2", "f4", "f8"]),
    st.sampled_from(["none", "zlib", "lzw", "packbits", "zstd"]),
    *(st.booleans(), st.sampled_from("<>"), st.sampled_from([None, (16, 16), (16, 48)])),
)
def test_a_tiff_is_read_as_tifffile_wrote_it(height, width, seed, dtype, packing, big, order, tile) -> None:
    values = (np.random.default_rng(seed).normal(0, 60, (height, width)) % 200).astype(dtype)
    tiled = None if dtype == "bool" else tile
    data = tiff_bytes(values, compression=packing, bigtiff=big, byteorder=order, tile=tiled, photometric="minisblack")
    np.testing.assert_array_equal(read_tiff(data).values[..., 0], values)


@some(max_examples=60)
@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(0, 9), st.sampled_from(["1", "L", "LA", "RGB", "RGBA", "I;16"])
)
def test_a_png_is_read_as_pillow_wrote_it(height, width, seed, mode) -> None:
    depth = "u2" if mode == "I;16" else "u1"
    channels = {"LA": 2, "RGB": 3, "RGBA": 4}.get(mode, 1)
    values = np.random.default_rng(seed).integers(0, 256, (height, width, channels)).astype(depth)
    values = values > 128 if mode == "1" else values
    target = io.BytesIO()
    Image.fromarray(values.squeeze(2) if channels == 1 else values).save(target, "PNG")
    raster = read_png(target.getvalue())
    mine = raster.values if raster.alpha is None else np.concatenate([raster.values, raster.alpha[..., None]], 2)
    np.testing.assert_array_equal(mine, values)


WHOLE_PNG = png_bytes(seeds.STORED[1])
WHOLE_GZIP = gzip.compress(nifti(seeds.HU[:1]).to_bytes(), mtime=0)
WHOLE_ZIP = seeds.archive(seeds.files()[:1])
WHOLE_JPEG = jpeg_bytes(seeds.GREY[1])


@some(max_examples=150)
@given(st.integers(0, len(WHOLE_PNG) - 1), st.integers(1, 255))
def test_a_changed_byte_of_a_png_is_noticed(at, bits) -> None:
    data = WHOLE_PNG[:at] + bytes([WHOLE_PNG[at] ^ bits]) + WHOLE_PNG[at + 1 :]
    if at >= 8:  # the signature tells it from other kinds
        with pytest.raises(Exception):  # noqa: B017, PT011  (`open_raster` makes a sentence of whatever it is)
            read_png(data)


@pytest.mark.parametrize("whole", [WHOLE_GZIP, WHOLE_ZIP], ids=["gzip", "zip"])
@some(max_examples=150)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_changed_byte_of_what_is_packed_changes_nothing_or_is_noticed(tmp_path_factory, whole, share, bits) -> None:
    at = 2 + int(share * (len(whole) - 2))
    path = tmp_path_factory.getbasetemp() / "a"
    path.write_bytes(whole)
    (right,) = unpacked([path])
    path.write_bytes(whole[:at] + bytes([whole[at] ^ bits]) + whole[at + 1 :])
    with contextlib.suppress(UserError):
        found = [content.data for content in unpacked([path])]
        assert found in ([right.data], [path.read_bytes()])  # or it is no such file any more


@some(max_examples=100)
@given(st.integers(1, len(WHOLE_JPEG) - 1))
def test_a_jpeg_cut_off_is_never_filled_up(size) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011
        read_jpeg(WHOLE_JPEG[:-size])
