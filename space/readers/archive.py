"""The bytes of files: zip and gzip opened in memory, within limits, so that no small file becomes a huge one."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from space.errors import UserError

MAX_BYTES = 600 << 20
"""What all files of a case may hold together, unpacked."""

MAX_FILES = 3000

ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"
DEFLATED = b"1.2.840.10008.1.2.1.99"
TOO_MANY = f"These are too many files for one series: please give at most {MAX_FILES}."
TOO_LARGE = (
    f"This is too large once it is unpacked: at most {MAX_BYTES >> 20} MB can be read. Please give fewer slices."
)
LOCKED = "The zip archive is locked with a password: please unpack it and give the files."
DAMAGED_ZIP = "The zip archive is damaged or cut off, or packed in an unusual way: please pack it again."
DAMAGED_GZIP = "The gzip file is damaged or cut off: please save or download it again."


class Content(NamedTuple):
    """A file, or a member of an archive.

    Attributes
    ----------
    name : good for the order of pictures alone: it says nothing else that can be relied on, and often who the patient
        is.
    data : its bytes, unpacked.
    """

    name: str
    data: bytes


def unpacked(paths: Iterable[Path]) -> Iterator[Content]:
    """Yield files and the members of zip archives, what gzip packed unpacked.

    Raises
    ------
    UserError
        if they are more, or hold more, than can be read, or an archive is locked or damaged.
    """
    count, total = 0, 0
    for path in paths:
        for content in _contents(path, MAX_BYTES - total):
            count, total = count + 1, total + len(content.data)
            if count > MAX_FILES:
                raise UserError(TOO_MANY)
            yield content


def inflates_too_far(data: bytes) -> bool:
    """Tell whether a deflated DICOM file unpacks to more than `MAX_BYTES`: pydicom inflates without a limit.

    The data set follows the file meta information, whose length its first element gives (DICOM PS3.10, 7.1).
    """
    if data[128:132] != b"DICM" or DEFLATED not in data[:600]:
        return False
    start = 144 + int.from_bytes(data[140:144], "little")
    return len(zlib.decompressobj(-15).decompress(data[start:], MAX_BYTES)) >= MAX_BYTES


def _contents(path: Path, room: int) -> Iterator[Content]:
    if path.stat().st_size > room:
        raise UserError(TOO_LARGE)
    data = path.read_bytes()
    if not data.startswith(ZIP):
        yield Content(path.name, _inflated(data, room))
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if _wanted(member)]
            if len(members) > MAX_FILES:
                raise UserError(TOO_MANY)
            if sum(member.file_size for member in members) > room:  # no more than this is unpacked, whatever is true
                raise UserError(TOO_LARGE)
            if any(member.flag_bits & 1 for member in members):
                raise UserError(LOCKED)
            for member in members:
                yield Content(member.filename, _inflated(archive.read(member), room))
    except (UserError, MemoryError):
        raise
    except Exception as error:  # whatever a damaged archive provokes in zipfile and in what unpacks its members
        raise UserError(DAMAGED_ZIP) from error


def _wanted(member: zipfile.ZipInfo) -> bool:
    """Leave out folders, what macOS and Windows add, and the table of contents of a DICOM disk."""
    path = PurePosixPath(member.filename)
    aside = path.name.startswith("._") or path.name in ("DICOMDIR", ".DS_Store", "Thumbs.db")
    return not (member.is_dir() or aside or "__MACOSX" in path.parts)


def _inflated(data: bytes, room: int) -> bytes:
    if not data.startswith(GZIP):
        return data
    try:
        inner = gzip.GzipFile(fileobj=io.BytesIO(data)).read(room + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(DAMAGED_GZIP) from error
    if len(inner) > room:
        raise UserError(TOO_LARGE)
    return inner
