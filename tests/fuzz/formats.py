"""Where the fields of known formats lie, and how to change what lies behind a checksum or a compression.

Nothing here may fail on a file that is damaged already: what cannot be found is not changed.
"""

import contextlib
import gzip
import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from random import Random

import nibabel

Span = tuple[int, int]
"""Where a field begins, and its bytes."""

PNG, JPEG, TIFF, ZIP, GZIP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", (b"II*\0", b"MM\0*"), b"PK\3\4", b"\x1f\x8b"
NAMES = (
    "../escape",
    "/escape",
    "C:\\escape",
    "..\\escape",
    "a/../../escape",
    "\0",
    "a" * 70_000,
    "",
    "._a",
    "DICOMDIR",
    "1" * 5000,
)
MOST = 400  # fields of a file


def fields(data: bytes) -> list[Span]:
    """Return where the fields of a file's headers are; nothing of formats that are not known."""
    with contextlib.suppress(struct.error, IndexError):
        if data.startswith(PNG):
            return _png(data)
        if data.startswith(JPEG):
            return _jpeg(data)
        if data[:4] in TIFF:
            return _tiff(data)
        if data.startswith(ZIP):
            return _zip(data)
        if data[128:132] == b"DICM":
            return _dicom(data)
        for at, magic, header in ((344, b"n+1\0", nibabel.Nifti1Header), (4, b"n+2\0", nibabel.Nifti2Header)):
            if data[at : at + 4] == magic:
                return [
                    span
                    for kind, start, *_ in (header.template_dtype.fields or {}).values()
                    for span in _each(kind, start)
                ]
    return []


def repacked(rng: Random, data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change what is inside: the checksums are right afterwards. What has no inside is changed as it is."""
    try:
        if data.startswith(PNG):
            return _mended_png(rng, data, change)
        if data.startswith(GZIP):
            return gzip.compress(change(gzip.decompress(data)), 1, mtime=0)
        if data.startswith(ZIP):
            return _new_zip(rng, data, change)
        if b"1.2.840.10008.1.2.1.99" in data[:400]:
            start = 144 + int.from_bytes(data[140:144], "little")
            packer = zlib.compressobj(1, zlib.DEFLATED, -15)
            return data[:start] + packer.compress(change(zlib.decompress(data[start:], -15))) + packer.flush()
    except Exception:  # it is damaged already, in one way or another
        pass
    return change(data)


def _each(kind, start: int) -> list[Span]:
    """Return the numbers of a field, or the text that it is."""
    if kind.subdtype is None:
        return [(start, kind.itemsize)]
    one = kind.subdtype[0].itemsize
    return [(start + one * place, one) for place in range(kind.itemsize // one)]


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], len(PNG)
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    return found


def _png(data: bytes) -> list[Span]:
    found, at = [(16, 4), (20, 4), *((place, 1) for place in range(24, 29))], len(PNG)
    for _, body in _chunks(data)[:MOST]:
        found += [(at, 4), (at + 4, 4), (at + 8 + len(body), 4)]
        at += 12 + len(body)
    return found


def _mended_png(rng: Random, data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    chunks = _chunks(data)
    place = rng.randrange(len(chunks))
    kind, body = chunks[place]
    inner = kind == b"IDAT" and rng.random() < 0.5
    chunks[place] = kind, zlib.compress(change(zlib.decompress(body)), 1) if inner else change(body)
    if rng.random() < 0.1:
        chunks.insert(rng.randrange(len(chunks)), rng.choice(chunks))
    return PNG + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def _jpeg(data: bytes) -> list[Span]:
    found, at = [], 2
    while at + 4 < len(data) and data[at] == 0xFF:
        size = int.from_bytes(data[at + 2 : at + 4])
        found += [(at + 1, 1), (at + 2, 2), *((at + 4 + place, 1) for place in range(min(size, 20)))]
        if 0xC0 <= data[at + 1] <= 0xCF:
            found += [(at + 5, 2), (at + 7, 2)]
        at += 2 + size
    return found[:MOST]


def _tiff(data: bytes) -> list[Span]:
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    found = [(4, 4)]
    while 0 < at < len(data) and len(found) < MOST:
        (count,) = struct.unpack_from(f"{order}H", data, at)
        found.append((at, 2))
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            found += [(entry, 2), (entry + 2, 2), (entry + 4, 4), (entry + 8, 4), (entry + 8, 2)]
        found.append((at + 2 + 12 * count, 4))
        (at,) = struct.unpack_from(f"{order}I", data, at + 2 + 12 * count)
    return found[:MOST]


def _zip(data: bytes) -> list[Span]:
    found: list[Span] = []
    for mark, sizes in ((b"PK\3\4", (2, 2, 2, 2, 2, 4, 4, 4, 2, 2)), (b"PK\5\6", (2, 2, 2, 2, 4, 4, 2)),
                        (b"PK\1\2", (2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4))):  # fmt: skip
        at = data.find(mark)
        while at >= 0 and len(found) < MOST:
            start = at + 4
            for size in sizes:
                found.append((start, size))
                start += size
            at = data.find(mark, at + 4)
    return found


def _new_zip(rng: Random, data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change one member, or what the archive is like: names, packing, members twice, an archive within."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    place = rng.randrange(len(members))
    name, body = members[place]
    what = rng.choice((*["change"] * 12, *["name", "twice", "within", "folder", "none"] * 2, "many"))
    if what == "change":
        members[place] = name, change(body)
    elif what == "name":
        members[place] = rng.choice(NAMES)[:60_000], body
    elif what == "twice":
        members.append((name, body))
    elif what == "within":
        members[place] = name, data
    elif what == "folder":
        members[place] = f"{name}/", b""
    elif what == "none":
        del members[place]
    else:
        members += [(str(number), b"") for number in range(rng.choice((100, 4000)))]
    target = io.BytesIO()
    packing = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", packing) as archive:
        warnings.simplefilter("ignore")  # two members of one name
        for name, body in members:
            info = zipfile.ZipInfo(name or "x")
            info.compress_type = packing
            archive.writestr(info, body)
    return target.getvalue()


def _dicom(data: bytes) -> list[Span]:
    """Walk explicit little endian elements, in and out of sequences: tag, VR, length and value of each."""
    found: list[Span] = []
    at = 132
    while at + 8 <= len(data) and len(found) < MOST:
        (size,) = struct.unpack_from("<H", data, at + 6)
        head, wide = 8, data[at + 4 : at + 6]
        found += [(at, 2), (at + 2, 2), (at + 4, 2), (at + 6, 2)]
        if wide in (b"OB", b"OW", b"SQ", b"UN", b"UT", b"OF", b"OD", b"OL", b"UC", b"UR"):
            (size,), head = struct.unpack_from("<I", data, at + 8), 12
            found.append((at + 8, 4))
        elif data[at : at + 2] == b"\xfe\xff":  # an item
            (size,), head = struct.unpack_from("<I", data, at + 4), 8
            size = 0
        if wide == b"SQ":
            size = 0  # its items follow
        elif 0 < size <= 128:
            found.append((at + head, size))
        at += head + (0 if size == 0xFFFFFFFF else size)
    return found
