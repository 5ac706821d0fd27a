"""What kind of file a stranger's bytes are, by their content: an ending can be wrong, or missing."""

import re
import zlib
from typing import NamedTuple

from space.errors import UserError

HEAD = 1024
"""Bytes from the start of a file that tell its kind."""

EXPORT = "export the slice as PNG or TIFF"
SAVE = "save the picture as PNG"
SLICE = "give the slice itself, as PNG, JPEG or TIFF"

READ = ("PNG", "JPEG", "TIFF")
DICOM, NIFTI = "a DICOM file", "a NIfTI file"
SEGMENTATION, CONTOURS = "a DICOM segmentation", "a set of contours (RTSTRUCT)"
ZIP, GZIP = "a zip archive (or a document or arrays in one)", "a gzip archive"
VOLUMES = (DICOM, NIFTI, SEGMENTATION, CONTOURS, ZIP, GZIP)
"""What is a volume, or may hold one."""


class Mark(NamedTuple):
    """Bytes at a place of a file that tell its kind."""

    at: int
    bytes: bytes
    kind: str
    advice: str = ""


MARKS = (
    Mark(128, b"DICM", DICOM, EXPORT),  # before TIFF: a DICOM file may begin like one
    Mark(0, b"\x89PNG\r\n\x1a\n", "PNG"),
    Mark(0, b"\xff\xd8\xff", "JPEG"),
    *(Mark(0, start, "TIFF") for start in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    Mark(344, b"n+1\0", NIFTI, EXPORT),
    Mark(344, b"ni1\0", "the header of a NIfTI or Analyze file", EXPORT),
    Mark(4, b"n+2\0", NIFTI, EXPORT),
    Mark(0, b"NRRD", "an NRRD file", EXPORT),
    Mark(0, b"ObjectType", "a MetaImage file", EXPORT),
    Mark(0, b"\x93NUMPY", "a NumPy array", EXPORT),
    Mark(0, b"\x89HDF", "an HDF5 or MATLAB file", EXPORT),
    Mark(0, b"MATLAB", "a MATLAB file", EXPORT),
    Mark(0, b"SIMPLE  =", "a FITS file", EXPORT),
    Mark(0, b"\x76\x2f\x31\x01", "an OpenEXR picture", SAVE),
    Mark(0, b"GIF8", "a GIF picture", SAVE),
    Mark(0, b"BM", "a BMP picture", SAVE),
    Mark(8, b"WEBP", "a WebP picture", SAVE),
    *(Mark(4, b"ftyp" + brand, "a HEIC picture", SAVE) for brand in (b"hei", b"hev", b"mif", b"msf")),
    Mark(4, b"ftypavi", "an AVIF picture", SAVE),
    Mark(4, b"ftyp", "a video", "save one picture of it as PNG"),
    Mark(0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", SAVE),
    Mark(0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture", SAVE),
    Mark(0, b"\0\0\0\x0cJXL ", "a JPEG XL picture", SAVE),
    Mark(0, b"\xff\x0a", "a JPEG XL picture", SAVE),
    Mark(0, b"II\xbc", "a JPEG XR picture", SAVE),
    Mark(0, b"8BPS", "a Photoshop file", SAVE),
    Mark(0, b"gimp xcf", "a GIMP file", SAVE),
    Mark(0, b"\0\0\1\0", "an icon", SAVE),
    *(Mark(0, b"P" + digit + space, "a PNM picture", SAVE) for digit in (b"1", b"2", b"3", b"4", b"5", b"6", b"7")
      for space in (b"\n", b" ", b"\r")),
    Mark(0, b"%PDF", "a PDF document", SLICE),
    Mark(0, b"%!PS", "a PostScript document", SLICE),
    Mark(0, b"{\\rtf", "a text document", SLICE),
    Mark(0, b"\xd0\xcf\x11\xe0", "an Office document", SLICE),
    Mark(0, b"PK\3\4", ZIP, "unpack it and give one slice"),
    Mark(0, b"\x1f\x8b", GZIP, "unpack it and give one slice"),
    Mark(0, b"7z\xbc\xaf", "a 7-Zip archive", "unpack it and give one slice"),
    Mark(0, b"Rar!", "a RAR archive", "unpack it and give one slice"),
    Mark(257, b"ustar", "a tar archive", "unpack it and give one slice"),
    Mark(0, b"\0\5\x16\7", "a side file of macOS without a picture", "give the file without '._' in front of its name"),
    Mark(0, b"version https://git-lfs", "a Git LFS pointer and not the picture itself", "run 'git lfs pull' first"),
)  # fmt: skip

STORED = re.compile(rb"1\.2\.840\.10008\.5\.1\.4\.1\.1\.[0-9.]+")
"""The class of a DICOM file (PS3.4, B.5): the first of these in it, as the tags come in ascending order."""

OF_CLASS = {b"66.4": SEGMENTATION, b"66.7": SEGMENTATION, b"481.3": CONTOURS}

DICOM_GROUPS = (b"\x02\0", b"\x08\0")
"""How a DICOM file without its preamble begins: the tags come in ascending order."""


def kind_of(head: bytes) -> Mark | None:
    """Return what a file is by its first `HEAD` bytes; None if that is not known."""
    for mark in MARKS:
        if head[mark.at : mark.at + len(mark.bytes)] == mark.bytes:
            return _unpacked(head) or (_of_class(head) if mark.kind == DICOM else mark)
    if _bare_dicom(head):
        return _of_class(head)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return Mark(0, b"", "a web page", SLICE)
    if text.startswith((b"<svg", b"<?xml")):
        return Mark(0, b"", "an SVG or XML file", SLICE)
    return None


def _of_class(head: bytes) -> Mark:
    found = STORED.search(head)
    kind = OF_CLASS.get(found[0].removeprefix(b"1.2.840.10008.5.1.4.1.1.")) if found else None
    return Mark(0, b"", kind or DICOM, EXPORT)


def _bare_dicom(head: bytes) -> bool:
    """Tell a DICOM file without preamble: its first element has a VR (PS3.5, 7.1.2), or just a length (7.1.3)."""
    if head[:2] == b"\0\x08":  # big endian
        return head[4:6].isalpha() and head[4:6].isupper()
    if head[:2] not in DICOM_GROUPS or len(head) < 8:
        return False
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    length = int.from_bytes(head[4:8], "little")
    return explicit or (head[3] == 0 and 0 < length <= 64 and length % 2 == 0)


def _unpacked(head: bytes) -> Mark | None:
    """Look into gzip: a NIfTI volume comes packed as a rule."""
    if not head.startswith(b"\x1f\x8b"):
        return None
    try:
        inner = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS).decompress(head, HEAD)
    except zlib.error:
        return None
    found = kind_of(inner)
    return found if found and found.kind not in READ else None


def picture_kind(head: bytes, name: str) -> str:
    """Return 'PNG', 'JPEG' or 'TIFF'.

    Raises
    ------
    UserError
        that says what the file is and what to do instead.
    """
    if not head.strip(b"\0"):
        raise UserError(f"{name} is empty: please give DICOM, NIfTI, PNG, JPEG or TIFF.")
    found = kind_of(head)
    if found is None and name.lower().endswith((".dcm", ".nii", ".nii.gz")):
        raise UserError(f"{name} is called a DICOM or NIfTI file, but its content is neither: please export it again.")
    if found is None:
        raise UserError(f"{name} is not an image that can be read: please give DICOM, NIfTI, PNG, JPEG or TIFF.")
    if found.kind not in READ:
        raise UserError(f"{name} is {found.kind}, which cannot be read here: please {found.advice}.")
    return found.kind
