"""JPEG -> its stored values. libjpeg-turbo decodes (by simplejpeg), which can be told not to paper over damage.

Pillow and imagecodecs fill what is missing with grey and say nothing.
"""

import io

import numpy as np
import simplejpeg
from PIL import Image

from space.readers.raster import DamagedError, Raster, UnfitPictureError, check_size, exif_orientation, turned_upright

FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7}
"""Markers of a frame's header (ITU-T T.81, table B.1; the last is JPEG-LS, ITU-T T.87)."""
HUFFMAN_DCT = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive: what pictures use


def read_jpeg(data: bytes) -> Raster:
    """Decode a JPEG file; `space.readers.raster.open_raster` says what is raised."""
    frame, precision, height, width = _frame(data)
    check_size(width, height)
    if precision != 8 or frame not in HUFFMAN_DCT:
        kind = f"a JPEG of {precision} bits" if precision != 8 else "a lossless or arithmetic-coded JPEG"
        raise UnfitPictureError(f"is {kind}, which cannot be read here: please save it as PNG")
    colourspace = simplejpeg.decode_jpeg_header(data)[2]
    wanted = {"Gray": "GRAY", "CMYK": "CMYK", "YCCK": "CMYK"}.get(colourspace, "RGB")
    values = simplejpeg.decode_jpeg(data, wanted, strict=True)
    notes = []
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        orientation = exif_orientation(image.info.get("exif", b""))
        pictures = getattr(image, "n_frames", 1)
        if wanted == "CMYK":  # Pillow knows that Adobe's programs store the inks inverted
            values = np.asarray(image.convert("RGB"))
            notes.append("Its printing inks (CMYK) were turned to screen colours.")
    if pictures > 1:
        notes.append(f"It is the first of the {pictures} pictures in the file.")
    return turned_upright(Raster(values, 255, notes=tuple(notes)), orientation)


def _frame(data: bytes) -> tuple[int, int, int, int]:
    """Return the frame's marker, bits, height and width: known before a pixel is decoded."""
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            raise DamagedError("its parts are not where they should be")
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker in FRAMES:
            return marker, data[at + 4], int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers without a length
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    raise DamagedError("it ends before its picture")
