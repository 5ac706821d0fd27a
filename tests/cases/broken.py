"""Files that cannot be read as a slice: other kinds, damage, bombs. Each ends in a sentence, none as zeros."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

from tests.cases import REFUSED, Case, truth
from tests.cases.making import (
    SIGNATURE,
    Writer,
    channels,
    chunk,
    cut,
    exif,
    jpeg_bytes,
    lossless_jpeg,
    pillow,
    png,
    png_bytes,
    raw,
    spoiled_tag,
    tiff,
    tiff_bytes,
)


def refused(name: str, what: str, write: Writer, words: str) -> Case:
    return Case(name, what, write, REFUSED, words, faithful=False)


def other_kinds() -> Iterator[Case]:
    """Other formats: by their first bytes, which is all that is looked at."""
    grey = truth().grey
    dicom = struct.pack("<HH2sH", 8, 5, b"CS", 10) + b"ISO_IR 100"
    yield refused("scan.dcm", "DICOM", raw(bytes(128) + b"DICM" + dicom * 9), "a DICOM file")
    yield refused("IM0001", "DICOM without an ending", raw(bytes(128) + b"DICM" + dicom * 9), "a DICOM file")
    yield refused(
        "dual.tif", "DICOM that begins like a TIFF", raw(b"II*\0".ljust(128, b"\0") + b"DICM"), "a DICOM file"
    )
    yield refused("bare.png", "DICOM without preamble", raw(dicom * 20), "a DICOM file")
    yield refused("odd.dcm", "called .dcm", raw(b"no such thing"), "called a DICOM or NIfTI file")
    nifti = struct.pack("<i", 348).ljust(344, b"\0") + b"n+1\0" + bytes(1000)
    yield refused("volume.nii", "NIfTI", raw(nifti), "a NIfTI file")
    yield refused("volume.nii.gz", "packed NIfTI", raw(gzip.compress(nifti)), "a NIfTI file")
    yield refused("volume.png", "NIfTI called PNG", raw(nifti), "a NIfTI file")
    yield refused(
        "volume2.nii", "NIfTI-2", raw(struct.pack("<i", 540) + b"n+2\0\r\n\x1a\n" + bytes(600)), "a NIfTI file"
    )
    yield refused("pair.hdr", "NIfTI header", raw(nifti.replace(b"n+1", b"ni1")), "NIfTI or Analyze")
    for ending, kind in (("bmp", "BMP"), ("gif", "GIF"), ("webp", "WebP"), ("jp2", "JPEG 2000"), ("ppm", "PNM")):
        yield refused(f"a.{ending}", kind, pillow(grey, "RGB"), f"a {kind} picture")
    yield refused("a.jxl", "JPEG XL", raw(bytes(imagecodecs.jpegxl_encode(grey))), "a JPEG XL picture")
    yield refused("a.jls", "JPEG-LS", raw(bytes(imagecodecs.jpegls_encode(grey))), "a lossless")
    yield refused("a.jxr", "JPEG XR", raw(bytes(imagecodecs.jpegxr_encode(grey))), "a JPEG XR picture")
    yield refused("a.heic", "HEIC", raw(b"\0\0\0\x18ftypheic" + bytes(50)), "a HEIC picture")
    yield refused("a.avif", "AVIF", pillow(grey, "RGB"), "an AVIF picture")
    yield refused("heic.jpg", "HEIC called JPEG", raw(b"\0\0\0\x18ftypheic" + bytes(50)), "a HEIC picture")
    yield refused("a.mp4", "video", raw(b"\0\0\0\x18ftypisom" + bytes(50)), "a video")
    yield refused("a.pdf", "PDF", raw(b"%PDF-1.7\n"), "a PDF document")
    yield refused("a.zip", "zip", raw(b"PK\3\4" + bytes(50)), "a zip archive")
    yield refused("a.gz", "gzip", raw(gzip.compress(b"hello")), "a gzip archive")
    yield refused("a.npy", "NumPy", lambda path: np.save(path, grey), "a NumPy array")
    yield refused("a.nrrd", "NRRD", raw(b"NRRD0004\n"), "an NRRD file")
    yield refused("a.mha", "MetaImage", raw(b"ObjectType = Image\n"), "a MetaImage file")
    yield refused("a.html", "a web page", raw(b"\n<!DOCTYPE html><p>not found"), "a web page")
    yield refused("a.svg", "SVG", raw(b"<?xml version='1.0'?><svg/>"), "an SVG or XML file")
    yield refused("lfs.png", "Git LFS", raw(b"version https://git-lfs.github.com/spec/v1\n"), "Git LFS")
    yield refused("._a.png", "a side file of macOS", raw(b"\0\5\x16\7\0\2\0\0Mac OS X"), "side file of macOS")
    yield refused("notes.png", "text", raw(b"subject,slice\n"), "not an image that can be read")
    yield refused("empty.png", "no bytes", raw(b""), "is empty")
    yield refused("zeros.png", "zeros", raw(bytes(5000)), "is empty")


def kinds_of_tiff() -> Iterator[Case]:
    """TIFF and JPEG that hold no plain grey or colour picture."""
    hu, grey = truth().hu, truth().grey
    rgb = channels(grey, 3)
    yield refused("pages.tif", "three pages", tiff(np.stack([hu] * 3), photometric="minisblack"), "3 pages")
    yield refused(
        "pages-many.tif", "100 pages", tiff(np.stack([grey[:40]] * 100), photometric="minisblack"), "100 pages"
    )
    yield refused("pages-imagej.tif", "a stack of ImageJ", tiff(np.stack([grey] * 4), imagej=True), "4 pages")
    yield refused("depth.tif", "a volume", tiff(np.stack([grey] * 16), volumetric=True, tile=(16, 64, 64)), "16 pages")
    yield refused("apng.png", "an animation", animation, "an animation of 2 pictures")
    yield refused("lab.tif", "CIELAB", tiff(rgb, photometric="cielab"), "CIELAB")
    yield refused("ycbcr.tif", "YCbCr, not compressed", tiff(rgb, photometric="ycbcr"), "YCBCR")
    yield refused("complex.tif", "complex numbers", tiff(hu.astype(np.complex64)), "no plain numbers")
    yield refused("int8.tif", "signed 8 bits", tiff((grey // 2).astype(np.int8)), "signed 8-bit")
    for compression, name in (("jpeg2000", "JPEG2000"), ("webp", "WEBP"), ("lerc", "LERC"), ("jpegxl", "JPEGXL")):
        yield refused(f"{compression}.tif", f"compressed by {name}",
                      tiff(rgb, photometric="rgb", compression=compression), f"compressed by {name}")  # fmt: skip
    odd = np.stack([grey, 255 - grey, grey // 2], -1)
    yield refused("channels.tif", "three channels that are no colours",
                  tiff(odd, photometric="minisblack", planarconfig="contig"), "does not say what they are")  # fmt: skip
    yield refused("nan.tif", "not a number", tiff(np.where(truth().organ, np.nan, hu).astype(np.float32)), "NaN")
    yield refused("infinite.tif", "infinite", tiff(np.where(truth().organ, np.inf, hu).astype(np.float32)), "NaN")
    twelve = imagecodecs.jpeg_encode(grey.astype(np.uint16) * 16, bitspersample=12)
    yield refused("12-bit.jpg", "JPEG of 12 bits", raw(bytes(twelve)), "a JPEG of 12 bits")
    yield refused("lossless.jpg", "lossless JPEG", raw(lossless_jpeg(grey)), "lossless")


def animation(path: Path) -> None:
    picture = Image.fromarray(truth().grey)
    picture.save(path, save_all=True, append_images=[picture.rotate(9)])


def damaged() -> Iterator[Case]:
    hu, grey = truth().hu, truth().grey
    stored = (hu.astype(int) + 1024).astype(np.uint16)
    for share in (0.05, 0.5, 0.98):
        percent = round(100 * share)
        yield refused(f"cut-{percent}.png", f"PNG, the first {percent}%", cut(png_bytes(grey), share), "damaged")
        yield refused(f"cut-{percent}-16.png", f"PNG of 16 bits, {percent}%", cut(png_bytes(stored), share), "damaged")
        yield refused(f"cut-{percent}.jpg", f"JPEG, the first {percent}%", cut(jpeg_bytes(grey), share), "damaged")
        for compression in (None, "lzw", "zlib", "zstd", "lzma", "packbits", "jpeg"):
            values = grey if compression == "jpeg" else hu
            whole = tiff_bytes(values, compression=compression, tile=(128, 128))
            yield refused(f"cut-{percent}-{compression}.tif", f"TIFF, {compression}, the first {percent}%",
                          cut(whole, share), "damaged")  # fmt: skip
        yield refused(f"cut-{percent}-plain.tif", f"plain TIFF, {percent}%", cut(tiff_bytes(hu), share), "damaged")
    half = jpeg_bytes(grey)[: len(jpeg_bytes(grey)) // 2]
    yield refused("cut-and-closed.jpg", "JPEG, half, with an end", raw(half + b"\xff\xd9"), "damaged")
    yield refused("cut-and-closed.png", "PNG, half the rows, with right sums", short_png(grey), "damaged")
    yield refused("cut-and-closed-16.png", "the same in 16 bits", short_png(stored), "damaged")
    flipped = bytearray(png_bytes(grey))
    flipped[len(flipped) // 2] ^= 255
    yield refused("flipped.png", "PNG, a byte changed", raw(bytes(flipped)), "damaged")
    turned = png_bytes(grey, extra=chunk(b"eXIf", exif(6)))
    no_name = turned.replace(b"eXIf", b"\xff\xff\xff\x7f")
    yield refused("lost-orientation.png", "PNG, the name of a part is gone", raw(no_name), "of no kind that there is")
    wrong_sum = turned.replace(chunk(b"eXIf", exif(6)), chunk(b"eXIf", exif(3))[:-4] + bytes(4))
    yield refused("wrong-orientation.png", "PNG, turned otherwise", raw(wrong_sum), "wrong checksum of its part eXIf")
    yield refused("no-palette-entry.png", "PNG, a colour missing", png(grey, palette=bytes(30)), "damaged")
    lost = spoiled_tag(tiff_bytes(grey, photometric="palette", colormap=np.zeros((3, 256), np.uint16)), 262, 3)
    lost = lost.replace(struct.pack("<HH", 262, 3), struct.pack("<HH", 32768, 3))
    yield refused("lost-palette.tif", "TIFF, what its values are is gone", raw(lost), "has a palette")
    sparse = tiff_bytes(hu, tile=(128, 128), compression="zlib")
    yield refused("sparse.tif", "TIFF, tiles left out", without_tile(sparse), "parts of the picture are missing")
    for name, code, value in (("short", 257, 100_000), ("wide", 256, 3), ("kind", 259, 4242), ("bits", 258, 77)):
        yield refused(f"lying-{name}.tif", f"TIFF with a wrong tag {code}",
                      raw(spoiled_tag(tiff_bytes(hu, rowsperstrip=64), code, value)), "")  # fmt: skip
    for compression in ("lzw", "zlib", "packbits", "jpeg"):
        whole = tiff_bytes(grey, compression=compression, rowsperstrip=512)
        yield refused(f"strip-cut-{compression}.tif", f"TIFF, {compression}, a strip that ends early",
                      strip_cut(whole), "damaged")  # fmt: skip


def short_png(values: np.ndarray) -> Writer:
    """Write a PNG whose compressed rows end halfway, properly closed."""
    header = struct.pack(">IIBBBBB", 512, 512, 8 * values.dtype.itemsize, 0, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(f">u{values.dtype.itemsize}").tobytes() for row in values[:256])
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return raw(SIGNATURE + b"".join(chunk(*part) for part in parts))


def without_tile(data: bytes) -> Writer:
    """Set the length of one tile to 0: GDAL writes such files, and readers fill the tile with zeros."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        at = file.pages[0].tags[325].valueoffset  # type: ignore[union-attr]
        size = 4 if file.pages[0].tags[325].dtype == 4 else 2  # type: ignore[union-attr]
    return raw(data[: at + 5 * size] + bytes(size) + data[at + 6 * size :])


def strip_cut(data: bytes) -> Writer:
    """Halve the length that a TIFF gives for its only strip; the rest of the file stays."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tag = file.pages[0].tags[279]  # type: ignore[union-attr]
        value, at = int(tag.value[0]), tag.valueoffset
    return raw(
        data[:at]
        + struct.pack("<I" if tag.dtype == 4 else "<H", value // 2)
        + data[at + (4 if tag.dtype == 4 else 2) :]
    )


def too_large() -> Iterator[Case]:
    for side in (5000, 20_000):
        header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
        parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
        png_file = SIGNATURE + b"".join(chunk(*part) for part in parts)
        yield refused(f"large-{side}.png", f"PNG of {side} x {side}", raw(png_file), "at most 4096 x 4096")
        yield refused(f"large-{side}.tif", f"TIFF of {side} x {side}", large_tiff(side), "at most 4096 x 4096")
        frame = bytes.fromhex("ffd8ffc0000b08") + struct.pack(">HH", side, side) + bytes.fromhex("01011100")
        yield refused(f"large-{side}.jpg", f"JPEG of {side} x {side}", raw(frame + bytes(100)), "at most 4096 x 4096")


def large_tiff(side: int) -> Any:
    row = np.zeros((1, side), np.uint8)
    return raw(spoiled_tag(spoiled_tag(tiff_bytes(row), 257, side), 278, side))


def no_slices() -> Iterator[Case]:
    grey, organ = truth().grey, truth().organ
    yield refused("thin.png", "31 rows", png(grey[240:271]), "at least 32 x 32")
    yield refused("black.png", "black", png(grey * 0), "single shade")
    yield refused("mask.png", "a mask", png(organ.astype(np.uint8)), "looks like a mask")
    yield refused("labels.png", "a label map", png(organ + truth().bone.astype(np.uint8) * 2), "looks like a mask")
    cut_out = channels(grey, 4)
    cut_out[..., 3] = 128
    cut_out[:200, :, 3] = 255
    yield refused("half-transparent.png", "two grades of transparency", png(cut_out), "half transparent")
    ghost = np.zeros((512, 512, 4), np.uint8)
    ghost[..., 3] = 255 - grey
    yield refused("ghost.png", "the picture is in its alpha", png(ghost), "in its transparency")


def broken_cases() -> list[Case]:
    sources = (other_kinds, kinds_of_tiff, damaged, too_large, no_slices)
    return [case for source in sources for case in source()]
