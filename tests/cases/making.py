"""Files that no library writes for us: chunks of PNG, passes of Adam7, tags of TIFF."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

Writer = Callable[[Path], object]
SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels -> PNG's colour type
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bytes(
    values: np.ndarray, *, bits: int = 0, palette: bytes = b"", extra: bytes = b"", interlaced: bool = False
) -> bytes:
    """Write any PNG: uint8 or uint16 [h, w] or [h, w, channels]; `bits` below 8 are packed; `extra` are chunks."""
    planes = values.reshape(*values.shape[:2], -1)
    bits = bits or 8 * values.dtype.itemsize
    colour_type = 3 if palette else COLOUR_TYPES[planes.shape[2]]
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    rows = b"".join(
        b"\0" + _packed(row, bits)
        for top, left, down, right in passes
        for row in planes[top::down, left::right]
        if row.size
    )
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, colour_type, 0, 0, int(interlaced))
    body = chunk(b"IHDR", header) + (chunk(b"PLTE", palette) if palette else b"") + extra
    return SIGNATURE + body + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _packed(row: np.ndarray, bits: int) -> bytes:
    if bits >= 8:
        return row.astype(f">u{bits // 8}").tobytes()
    spread = (row.reshape(-1, 1) >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(spread.astype(np.uint8).ravel()).tobytes()


def channels(grey: np.ndarray, count: int) -> np.ndarray:
    """Return grey in one to four channels: with opaque alpha in two and four."""
    white = np.full_like(grey, np.iinfo(grey.dtype).max)
    return np.stack([grey] * (1 if count < 3 else 3) + [white] * (count % 2 == 0), -1)


def png(values: np.ndarray, **options: Any) -> Writer:
    return lambda path: path.write_bytes(png_bytes(values, **options))


def pillow(values: np.ndarray, mode: str = "", **options: Any) -> Writer:
    def write(path: Path) -> None:
        image = Image.fromarray(values)
        (image.convert(mode) if mode else image).save(path, **options)

    return write


def tiff(values: np.ndarray, **options: Any) -> Writer:
    return lambda path: tifffile.imwrite(path, values, **options)


def tiff_bytes(values: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


def jpeg_bytes(values: np.ndarray, mode: str = "", **options: Any) -> bytes:
    file = io.BytesIO()
    image = Image.fromarray(values)
    (image.convert(mode) if mode else image).save(file, "JPEG", **({"quality": 95} | options))
    return file.getvalue()


def raw(data: bytes) -> Writer:
    return lambda path: path.write_bytes(data)


def cut(data: bytes, share: float = 0.5) -> Writer:
    """Write the first part of a file."""
    return raw(data[: int(share * len(data))])


def lying(values: np.ndarray, orientation: int) -> np.ndarray:
    """Return what is stored of an upright picture with an orientation: the inverse of what a viewer does.

    Pillow's own transposition is the independent answer.
    """
    names = Image.Transpose
    inverse = {
        2: names.FLIP_LEFT_RIGHT,
        3: names.ROTATE_180,
        4: names.FLIP_TOP_BOTTOM,
        5: names.TRANSPOSE,
        6: names.ROTATE_90,
        7: names.TRANSVERSE,
        8: names.ROTATE_270,
    }
    return np.asarray(Image.fromarray(values).transpose(inverse[orientation]))


def exif(orientation: int) -> bytes:
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


def spoiled_tag(data: bytes, code: int, value: int) -> bytes:
    """Overwrite the value of one tag of a little-endian classic TIFF, so that it lies."""
    at = data.index(struct.pack("<H", code), 8)
    return data[: at + 8] + struct.pack("<I", value) + data[at + 12 :]


def lossless_jpeg(values: np.ndarray) -> bytes:
    return bytes(imagecodecs.ljpeg_encode(values))
