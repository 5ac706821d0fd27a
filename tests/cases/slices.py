"""Files that show the phantom's slice: every container, depth, channel and orientation that we thought of."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from tests.cases import Case, truth
from tests.cases.making import channels, chunk, exif, jpeg_bytes, lying, pillow, png, png_bytes, raw, tiff, tiff_bytes

RNG = np.random.default_rng(0)


def png_cases() -> Iterator[Case]:
    hu, grey = truth().hu, truth().grey
    stored = (hu.astype(int) + 1024).astype(np.uint16)
    for count, name in ((1, "grey"), (2, "grey-alpha"), (3, "rgb"), (4, "rgba")):
        yield Case(f"png-{name}-8.png", f"8 bits, {name}", png(channels(grey, count)), words="8-bit values")
        yield Case(f"png-{name}-16-hu1024.png", f"16 bits, {name}, HU + 1024", png(channels(stored, count)),
                   words="HU + 1024")  # fmt: skip
        full = grey.astype(np.uint16) * 257
        yield Case(f"png-{name}-16.png", f"16 bits over the whole range, {name}", png(channels(full, count)))
        yield Case(f"png-{name}-16-adam7.png", f"16 bits, {name}, interlaced",
                   png(channels(stored, count), interlaced=True), words="HU + 1024")  # fmt: skip
    yield Case("png-8-adam7.png", "8 bits, interlaced", png(grey, interlaced=True))
    yield Case("png-palette.png", "grey palette", pillow(grey, "P"))
    order = RNG.permutation(256).astype(np.uint8)
    palette = np.repeat(np.argsort(order).astype(np.uint8)[:, None], 3, 1)
    yield Case("png-palette-shuffled.png", "palette in no order", png(order[grey], palette=palette.tobytes()))
    yield Case("png-trns.png", "white named as transparent", png(stored, extra=chunk(b"tRNS", b"\xff\xff")))
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 2_000_000))
    yield Case("png-2-mb-text.png", "2 MB of text", png(grey, extra=text))
    yield Case("png-16-2-mb-text.png", "16 bits and 2 MB of text", png(stored, extra=text))
    yield Case("png-bad-profile.png", "a broken colour profile", png(grey, extra=chunk(b"iCCP", b"x\0\0broken")))
    yield Case("png-one-frame.png", "an animation of one picture", png(grey, extra=chunk(b"acTL", b"\0\0\0\1\0\0\0\0")))
    yield Case("png-trailing.png", "bytes after the end", raw(png_bytes(grey) + b"trailing"))
    yield Case("png-called.tif", "a PNG that is called TIFF", png(grey))
    cut_out = channels(grey, 4)
    air = ~truth().organ & (grey == 0)
    cut_out[air] = (255, 255, 255, 0)
    yield Case("png-cut-out.png", "white hidden under transparency", png(cut_out), words="transparent parts")
    clear = channels(grey, 4)
    clear[..., 3] = 0
    yield Case("png-transparent.png", "alpha 0 everywhere", png(clear), words="transparent all over")
    tinted = channels(grey, 3).astype(int) + np.array((4, 0, -4))
    yield Case("png-tinted.png", "a faint tint", png(tinted.clip(0, 255).astype(np.uint8)), words="faint", off=4)


def orientation_cases() -> Iterator[Case]:
    hu, grey = truth().hu, truth().grey
    for number in range(2, 9):
        lain, tag = lying(grey, number), exif(number)
        yield Case(f"exif-{number}.jpg", f"JPEG, EXIF orientation {number}", raw(jpeg_bytes(lain, exif=tag)),
                   words="upright", off=12)  # fmt: skip
        body = tag.removeprefix(b"Exif\0\0")
        yield Case(f"exif-{number}.png", f"PNG, EXIF orientation {number}", png(lain, extra=chunk(b"eXIf", body)),
                   words="upright")  # fmt: skip
        wide = lying(hu[:400].astype(np.int32), number).astype(np.int16)
        yield Case(f"orientation-{number}.tif", f"TIFF, orientation {number}",
                   tiff(wide, extratags=[(274, 3, 1, number, True)]), words="upright")  # fmt: skip
    yield Case("exif-broken.jpg", "EXIF that is none", raw(jpeg_bytes(grey, exif=b"Exif\0\0broken")), off=12)


def jpeg_cases() -> Iterator[Case]:
    grey = truth().grey
    yield Case("jpeg-grey.jpg", "grey", raw(jpeg_bytes(grey)), off=12)
    yield Case("jpeg-rgb.jpg", "three channels", raw(jpeg_bytes(grey, "RGB")), off=12)
    yield Case("jpeg-progressive.jpg", "progressive", raw(jpeg_bytes(grey, progressive=True)), off=12)
    yield Case("jpeg-cmyk.jpg", "printing inks", raw(jpeg_bytes(grey, "CMYK")), words="inks", off=12)
    yield Case("jpeg-restarts.jpg", "restart markers", raw(jpeg_bytes(grey, restart_marker_rows=1)), off=12)
    mpo = io.BytesIO()
    small = Image.fromarray(grey[::4, ::4]).convert("RGB")
    Image.fromarray(grey).convert("RGB").save(mpo, "MPO", save_all=True, append_images=[small], quality=95)
    yield Case("jpeg-mpo.jpg", "a telephone's, with a second picture", raw(mpo.getvalue()), words="first of", off=12)


def tiff_cases() -> Iterator[Case]:
    hu, grey = truth().hu, truth().grey
    stored = (hu.astype(int) + 1024).astype(np.uint16)
    kinds: dict[str, dict[str, Any]] = {
        "plain": {},
        "big-endian": {"byteorder": ">"},
        "bigtiff": {"bigtiff": True},
        "tiled": {"tile": (64, 64)},
        "tiled-zstd": {"tile": (96, 80), "compression": "zstd"},
        "strips": {"rowsperstrip": 7},
        "lzw": {"compression": "lzw"},
        "lzw-predictor": {"compression": "lzw", "predictor": True},
        "deflate": {"compression": "zlib"},
        "deflate-predictor": {"compression": "zlib", "predictor": True, "rowsperstrip": 100},
        "zstd": {"compression": "zstd"},
        "lzma": {"compression": "lzma"},
        "packbits": {"compression": "packbits"},
    }
    for kind, options in kinds.items():
        yield Case(f"tiff-{kind}-i2.tif", f"signed 16 bits, {kind}", tiff(hu, **options), words="read as HU.")
        yield Case(f"tiff-{kind}-u2.tif", f"HU + 1024, {kind}", tiff(stored, **options), words="HU + 1024.")
        yield Case(f"tiff-{kind}-f4.tif", f"32-bit floats, {kind}", tiff(hu.astype(np.float32), **options))
        yield Case(f"tiff-{kind}-u1.tif", f"8 bits, {kind}", tiff(grey, **options))
    for dtype in ("f2", "f8", "i4", "i8"):
        yield Case(f"tiff-{dtype}.tif", f"HU as {np.dtype(dtype).name}", tiff(hu.astype(dtype)), words="read as HU.")
    for dtype in ("u4", "u8"):
        yield Case(f"tiff-{dtype}.tif", f"HU + 1024 as {np.dtype(dtype).name}", tiff(stored.astype(dtype)))
    packed = tiff_bytes(stored, bitspersample=12)
    yield Case("tiff-12-bit.tif", "12 bits, packed", raw(packed), words="HU + 1024.")
    for count, name in ((2, "grey-alpha"), (3, "rgb"), (4, "rgba")):
        extra: dict[str, Any] = {"extrasamples": ["unassalpha"]} if count % 2 == 0 else {}
        photometric = "minisblack" if count == 2 else "rgb"
        for planar in (False, True):
            values = channels(stored, count)
            if planar:
                values, extra = np.moveaxis(values, -1, 0), extra | {"planarconfig": "separate"}
            else:
                extra = extra | {"planarconfig": "contig"}
            yield Case(f"tiff-{name}-16{'-planar' * planar}.tif", f"16 bits, {name}{', planar' * planar}",
                       tiff(values, photometric=photometric, **extra), words="HU + 1024.")  # fmt: skip
    yield Case("tiff-jpeg.tif", "JPEG inside", tiff(grey, compression="jpeg", compressionargs={"level": 95}), off=12)
    ycbcr = {"level": 95, "outcolorspace": "ycbcr"}
    colour = tiff(channels(grey, 3), photometric="rgb", compression="jpeg", compressionargs=ycbcr)
    yield Case("tiff-jpeg-rgb.tif", "colour JPEG inside", colour, off=12)
    yield Case("tiff-cmyk.tif", "printing inks", pillow(grey, "CMYK"), words="inks")
    order = RNG.permutation(256).astype(np.uint8)
    colours = np.repeat((np.argsort(order) * 257).astype(np.uint16)[None], 3, 0)
    yield Case("tiff-palette.tif", "palette in no order", tiff(order[grey], photometric="palette", colormap=colours))
    yield Case("tiff-thumbnail.tif", "a smaller copy after it", with_thumbnail(first=False))
    yield Case("tiff-thumbnail-first.tif", "a smaller copy before it", with_thumbnail(first=True))
    yield Case("tiff-imagej.tif", "ImageJ", tiff(stored, imagej=True), words="HU + 1024.")
    about = {"cf": 0, "c0": -32768.0, "c1": 1.0, "vunit": "gray value"}
    yield Case("tiff-imagej-calibrated.tif", "ImageJ, with the calibration of a DICOM file",
               tiff((hu.astype(int) + 32768).astype(np.uint16), imagej=True, metadata=about),
               words="calibration")  # fmt: skip
    yield Case("tiff-ome.ome.tif", "OME", tiff(hu, ome=True), words="read as HU.")


def with_thumbnail(*, first: bool) -> Any:
    def write(path: Path) -> None:
        with tifffile.TiffWriter(path) as file:
            for small in (True, False) if first else (False, True):
                file.write(truth().grey[::8, ::8] if small else truth().grey, subfiletype=int(small))

    return write


def slice_cases() -> list[Case]:
    sources = (png_cases, orientation_cases, jpeg_cases, tiff_cases)
    return [case for source in sources for case in source()]
