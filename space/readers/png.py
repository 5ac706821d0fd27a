"""PNG -> its stored values. libpng decodes (by imagecodecs): Pillow drops 16 bits in several channels to 8.

References
----------
PNG specification, third edition, W3C 2025: sections 5 (chunks), 11.2 (critical chunks), 11.3.1 (transparency).
"""

import struct
import zlib

import imagecodecs
import numpy as np

from space.readers.raster import DamagedError, Raster, UnfitPictureError, check_size, exif_orientation, turned_upright

SIGNATURE = b"\x89PNG\r\n\x1a\n"
USED = (b"tRNS", b"eXIf", b"acTL")
"""The chunks that matter here, beside those without which there is no picture."""
PALETTE = 3  # the colour type of indexed pictures


def read_png(data: bytes) -> Raster:
    """Decode a PNG file; `space.readers.raster.open_raster` says what is raised."""
    check_size(*struct.unpack_from(">II", data, len(SIGNATURE) + 8))  # the header comes first
    chunks = _chunks(data)
    header, pixels = chunks[b"IHDR"][0], b"".join(chunks.get(b"IDAT", []))
    width, height, depth, colour_type = struct.unpack(">IIBB", header[:10])
    frames = struct.unpack(">I", chunks[b"acTL"][0][:4])[0] if b"acTL" in chunks else 1
    if frames > 1:
        raise UnfitPictureError(f"is an animation of {frames} pictures: please save the one slice as a file")
    palette = chunks[b"PLTE"][0] if colour_type == PALETTE else None
    transparent = chunks.get(b"tRNS", [b""])[0]
    if palette is not None:  # decoded as if it were grey: the index itself is wanted, not its colour
        header = header[:9] + b"\0" + header[10:]
    kept = [(b"IHDR", header)] + [(b"tRNS", transparent)] * bool(transparent and palette is None)
    # only what the pixels need: a decoder stumbles over large texts and profiles
    stripped = b"".join(_chunk(kind, body) for kind, body in [*kept, (b"IDAT", pixels), (b"IEND", b"")])
    decoded = imagecodecs.png_decode(SIGNATURE + stripped)
    raster = _raster(decoded.reshape(height, width, -1), depth, palette, transparent)
    return turned_upright(raster, exif_orientation(b"".join(chunks.get(b"eXIf", []))))


def _raster(decoded: np.ndarray, depth: int, palette: bytes | None, transparent: bytes) -> Raster:
    white = 2**depth - 1
    values = decoded
    alpha = None
    if decoded.shape[2] in (2, 4):
        values, alpha = decoded[..., :-1], decoded[..., -1]
    if depth < 8:  # libpng spreads 1, 2 and 4 bits over 0 to 255
        values = values // (255 // white)
    if palette is None:
        return Raster(values, white, alpha)
    colours = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    if values.max() >= len(colours):
        raise DamagedError("a pixel's colour is missing in its palette")
    if transparent:
        opacity = np.full(len(colours), 255, np.uint8)
        known = np.frombuffer(transparent, np.uint8)[: len(colours)]
        opacity[: len(known)] = known
        alpha = opacity[values[..., 0]]
    return Raster(values, 255, alpha, colours)


def _chunks(data: bytes) -> dict[bytes, list[bytes]]:
    """Return the chunks up to the end by kind; the checksums of those that are used are verified."""
    found: dict[bytes, list[bytes]] = {}
    at = len(SIGNATURE)
    while b"IEND" not in found:
        if at + 12 > len(data):
            raise DamagedError("it ends too early")
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        checksum = data[at + 8 + length : at + 12 + length]
        if len(checksum) < 4:
            raise DamagedError("it ends too early")
        if not kind.isalpha():
            raise DamagedError("one of its parts is of no kind that there is")
        if (kind[:1].isupper() or kind in USED) and zlib.crc32(kind + body) != int.from_bytes(checksum):
            raise DamagedError(f"wrong checksum of its part {kind.decode('ascii')}")
        found.setdefault(kind, []).append(body)
        at += 12 + length
    return found


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
