"""Uploaded files: what is read, how it is understood, and the sentence for what is refused."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from space.errors import UserError
from space.preprocessing import hu_to_grey
from space.readers import image as reading
from space.readers.image import read_mask, read_slice

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (48, 64), np.uint8)
HU = RNG.integers(-1024, 3072, (48, 64), np.int16)
DISC = np.hypot(*np.ogrid[-24:24, -32:32]) < 15


def save(path: Path, pixels: np.ndarray, mode: str | None = None, **options: Any) -> Path:
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def tiff(path: Path, values: np.ndarray, **options: Any) -> Path:
    tifffile.imwrite(path, values, **options)
    return path


def png_header(path: Path, side: int) -> Path:
    """Write a PNG that says it has side x side pixels, and holds none."""
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"")
    chunks = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, data)]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    return path


# slices of 8 bits


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P"])
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_8_bit_grey_is_taken_as_it_is_whatever_its_channels(tmp_path: Path, mode: str, ending: str) -> None:
    found = read_slice(save(tmp_path / f"a.{ending}", GREY, mode))
    assert found.pixels.dtype == np.uint8
    np.testing.assert_array_equal(found.pixels, GREY)
    assert found.origin == "8-bit grey levels, taken as windowed already"


def test_the_ending_need_not_tell_the_format(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", GREY).rename(tmp_path / "a.JPG")
    np.testing.assert_array_equal(read_slice(path).pixels, GREY)


def test_a_jpeg_is_read_with_what_its_compression_left(tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(48), 2 * np.arange(64)).astype(np.uint8)
    found = read_slice(save(tmp_path / "a.jpg", smooth, quality=95)).pixels
    np.testing.assert_allclose(found.astype(int), smooth, atol=3)


def test_colours_become_grey_and_the_origin_says_so(tmp_path: Path) -> None:
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 0] = GREY
    found = read_slice(save(tmp_path / "a.png", red))
    assert "colours were turned to grey" in found.origin
    np.testing.assert_allclose(found.pixels, 0.299 * GREY, atol=1)  # ITU-R 601


def test_a_palette_of_colours_is_looked_up(tmp_path: Path) -> None:
    image = Image.fromarray(GREY % 3).convert("L")
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    image.save(tmp_path / "a.png")
    found = read_slice(tmp_path / "a.png").pixels
    np.testing.assert_array_equal(found, np.array([0, 76, 150], np.uint8)[GREY % 3])  # ITU-R 601


# slices of more bits


@pytest.mark.parametrize("offset", [1024, 32768])
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_unsigned_16_bits_are_hu_with_an_offset(tmp_path: Path, offset: int, ending: str) -> None:
    stored = (HU.astype(int) + offset).astype(np.uint16)
    found = read_slice(save(tmp_path / f"a.{ending}", stored))
    np.testing.assert_array_equal(found.pixels, hu_to_grey(HU))
    assert f"HU + {offset}" in found.origin


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["i2", "i4", "f4"])
def test_signed_and_float_tiffs_are_hu(tmp_path: Path, kind: str, order: str) -> None:
    found = read_slice(tiff(tmp_path / "a.tif", HU.astype(kind), byteorder=order))
    np.testing.assert_array_equal(found.pixels, hu_to_grey(HU))
    assert "read as HU and windowed to -40 to 310 HU" in found.origin


def test_big_endian_unsigned_tiffs_are_read(tmp_path: Path) -> None:
    stored = (HU.astype(int) + 1024).astype(np.uint16)
    found = read_slice(tiff(tmp_path / "a.tif", stored, byteorder=">"))
    np.testing.assert_array_equal(found.pixels, hu_to_grey(HU))


@pytest.mark.parametrize("low", [0, 1000])
def test_16_bits_over_the_whole_range_are_windowed_already(tmp_path: Path, low: int) -> None:
    stored = np.linspace(low, 65535, 48 * 64).reshape(48, 64).astype(np.uint16)
    found = read_slice(save(tmp_path / "a.png", stored))
    np.testing.assert_allclose(found.pixels, stored / 257, atol=0.51)
    assert "over the whole range" in found.origin


def test_16_bits_that_hold_grey_levels_are_taken_as_such(tmp_path: Path) -> None:
    found = read_slice(save(tmp_path / "a.png", GREY.astype(np.uint16)))
    np.testing.assert_array_equal(found.pixels, GREY)
    assert "grey levels up to 255" in found.origin


def test_floats_from_0_to_1_are_windowed_already(tmp_path: Path) -> None:
    found = read_slice(tiff(tmp_path / "a.tif", (GREY / 255).astype(np.float32)))
    np.testing.assert_array_equal(found.pixels, GREY)
    assert "from 0 to 1" in found.origin


# what is refused


def no_image(path: Path) -> None:
    path.write_text("subject,slice\n")


def truncated(path: Path) -> None:
    whole = save(path.with_name("whole.png"), GREY).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def truncated_jpeg(path: Path) -> None:
    whole = save(path.with_name("whole.jpg"), GREY).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def truncated_tiff(path: Path) -> None:
    whole = tiff(path.with_name("whole.tif"), HU).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def three_pages(path: Path) -> None:
    tifffile.imwrite(path, np.stack([HU] * 3), photometric="minisblack")


def not_a_number(path: Path) -> None:
    tiff(path, np.where(DISC, np.nan, GREY).astype(np.float32))


def huge_values(path: Path) -> None:
    tiff(path, GREY.astype(np.float32) * 1000)


REFUSED: list[tuple[str, Callable[[Path], object], list[str]]] = [
    ("notes.png", no_image, ["no image", "give a PNG, JPEG or TIFF"]),
    ("empty.png", lambda path: path.write_bytes(b""), ["no image", "give a PNG, JPEG or TIFF"]),
    ("a.bmp", lambda path: save(path, GREY), ["no image", "give a PNG, JPEG or TIFF"]),
    ("half.png", truncated, ["damaged"]),
    ("half.jpg", truncated_jpeg, ["damaged"]),
    ("half.tif", truncated_tiff, ["damaged"]),
    ("stack.tif", three_pages, ["3 pages", "save the one slice"]),
    ("nan.tif", not_a_number, ["NaN", "export it again"]),
    ("odd.tif", huge_values, ["255000", "neither grey levels nor HU"]),
    ("scan.dcm", no_image, ["DICOM", "export the slice as PNG or TIFF"]),
    ("SCAN.DCM", no_image, ["DICOM", "export the slice as PNG or TIFF"]),
    ("volume.nii.gz", no_image, ["NIfTI", "export the slice as PNG or TIFF"]),
    ("small.png", lambda path: save(path, GREY[:31]), ["64 x 31", "at least 32 x 32"]),
    ("black.png", lambda path: save(path, GREY * 0), ["single shade", "nothing to segment"]),
    ("mask.png", lambda path: save(path, DISC), ["looks like a mask", "give the CT slice"]),
    ("mask.tif", lambda path: tiff(path, DISC.astype(np.uint16)), ["looks like a mask", "give the CT"]),
]


@pytest.mark.parametrize(("name", "write", "words"), REFUSED, ids=[name for name, *_ in REFUSED])
def test_a_file_that_is_no_slice_is_refused_by_name(
    tmp_path: Path, name: str, write: Callable[[Path], object], words: list[str]
) -> None:
    write(tmp_path / name)
    with pytest.raises(UserError) as refusal:
        read_slice(tmp_path / name)
    for word in [name, *words]:
        assert word in str(refusal.value)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.png is not there"):
        read_slice(tmp_path / "gone.png")


def test_an_image_with_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_PIXELS", 48 * 64 - 1)
    with pytest.raises(UserError, match=r"a\.png is too large: .* 4096"):
        read_slice(save(tmp_path / "a.png", GREY))


@pytest.mark.parametrize("side", [5000, 20_000])  # Pillow has a limit of its own between them
def test_an_image_of_absurd_size_is_refused_for_its_size(tmp_path: Path, side: int) -> None:
    with pytest.raises(UserError, match=r"a\.png .*4096"):
        read_slice(png_header(tmp_path / "a.png", side))


# masks


@pytest.mark.parametrize(
    "pixels",
    [
        DISC.astype(np.uint8),
        DISC.astype(np.uint8) * 255,
        DISC.astype(np.uint8) * 7,
        DISC,  # 1 bit
        DISC.astype(np.uint16) * 65535,
        np.stack([DISC.astype(np.uint8) * 255] * 3, -1),
    ],
    ids=["0/1", "0/255", "0/7", "1-bit", "16-bit", "RGB"],
)
def test_a_mask_is_where_its_file_is_not_black(tmp_path: Path, pixels: np.ndarray) -> None:
    found = read_mask(save(tmp_path / "m.png", pixels), (48, 64))
    assert found.dtype == np.bool_
    np.testing.assert_array_equal(found, DISC)


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "i4", "f4"])
def test_a_mask_may_be_a_tiff_of_any_type(tmp_path: Path, kind: str) -> None:
    np.testing.assert_array_equal(read_mask(tiff(tmp_path / "m.tif", DISC.astype(kind))), DISC)


@pytest.mark.parametrize("colour", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (128, 0, 0), (0, 0, 255)])
def test_a_mask_may_have_any_colour_but_black(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    painted = DISC[..., None] * np.array(colour, np.uint8)
    np.testing.assert_array_equal(read_mask(save(tmp_path / "m.png", painted)), DISC)


def test_a_black_mask_is_a_slice_without_organ(tmp_path: Path) -> None:
    assert not read_mask(save(tmp_path / "m.png", GREY * 0)).any()


@pytest.mark.parametrize(
    ("name", "pixels", "words"),
    [
        (
            "three.png",
            np.where(DISC, 255, np.where(DISC.cumsum(1) > 0, 128, 0)).astype(np.uint8),
            ["has 3 (0, 128, 255)"],
        ),
        ("blurred.jpg", np.uint8(DISC) * np.uint8(255), ["JPEG blurs", "save masks as PNG", ", ...)"]),
        ("white.png", np.full((48, 64), 255, np.uint8), ["has 1 (255)"]),
        ("no_black.png", np.where(DISC, 255, 100).astype(np.uint8), ["has 2 (100, 255)"]),
    ],
)
def test_a_mask_without_exactly_black_and_one_value_is_refused_by_name(
    tmp_path: Path, name: str, pixels: np.ndarray, words: list[str]
) -> None:
    with pytest.raises(UserError) as refusal:
        read_mask(save(tmp_path / name, pixels))
    for word in [f"The mask {name}", "two values, black for the background", *words]:
        assert word in str(refusal.value)


def test_a_mask_of_another_size_is_refused_by_name(tmp_path: Path) -> None:
    path = save(tmp_path / "m.png", DISC)
    with pytest.raises(UserError, match=r"m\.png is 64 x 48 pixels, but its slice is 48 x 64: both must"):
        read_mask(path, (64, 48))


def test_a_mask_that_is_no_image_is_refused_by_name(tmp_path: Path) -> None:
    no_image(tmp_path / "m.png")
    with pytest.raises(UserError, match=r"m\.png is no image"):
        read_mask(tmp_path / "m.png")
