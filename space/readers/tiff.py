"""TIFF -> its stored values: tiled, compressed, planar, BigTIFF, floats of any size. tifffile decodes.

References
----------
TIFF 6.0, Adobe 1992: section 8 (NewSubfileType, Orientation, PhotometricInterpretation), section 18 (ExtraSamples).
"""

import io
import logging

import numpy as np
import simplejpeg
import tifffile
from tifffile import COMPRESSION, PHOTOMETRIC, TiffFile, TiffPage

from space.readers.raster import ORIENTATION, DamagedError, Raster, UnfitPictureError, check_size, turned_upright

GREY = (PHOTOMETRIC.MINISWHITE, PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.MASK)
COMPRESSIONS = {
    COMPRESSION.NONE,
    COMPRESSION.LZW,
    COMPRESSION.ADOBE_DEFLATE,
    COMPRESSION.DEFLATE,
    COMPRESSION.PACKBITS,
    COMPRESSION.JPEG,
    COMPRESSION.ZSTD,
    COMPRESSION.LZMA,
    COMPRESSION.CCITTRLE,
    COMPRESSION.CCITTFAX3,
    COMPRESSION.CCITTFAX4,
}
"""Those whose decoders say when data are missing."""

PIXEL = 128  # bits of one: red, green, blue and alpha as floats of 32 bits; each more counts as another pixel
PHOTOMETRIC_TAG = 262
BLACK_IS_ZERO = "The file does not say whether 0 is black or white: it was taken as black."
MANY_PAGES = 50  # no picture has that many smaller copies
SAVE = "please save the slice as a grey TIFF or PNG"


class _Strict(logging.Handler):
    """tifffile logs what is wrong with a file and goes on with less of it; here that ends the reading."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            raise tifffile.TiffFileError(record.getMessage())


_log = logging.getLogger("tifffile")
_log.propagate = False
_log.addHandler(_Strict())


def read_tiff(data: bytes) -> Raster:
    """Decode a TIFF file; `space.readers.raster.open_raster` says what is raised."""
    with TiffFile(io.BytesIO(data)) as file:
        page = _only_page(file)
        check_size(page.imagewidth, page.imagelength * max(1, page.samplesperpixel // 4))
        _check_kind(page)
        check_size(page.imagewidth, page.imagelength * max(1, page.samplesperpixel * page.bitspersample // PIXEL))
        _check_data(page, data)
        stored = page.asarray(squeeze=False)  # planes, depth, height, width, channels
        values = np.moveaxis(stored[:, 0], 0, -2).reshape(page.imagelength, page.imagewidth, -1)
        values, alpha = _split_alpha(page, values)
        notes: tuple[str, ...] = () if PHOTOMETRIC_TAG in page.tags else (BLACK_IS_ZERO,)
        bits = page.bitspersample
        white = 1.0 if values.dtype.kind == "f" else 2**bits - 1 if values.dtype.kind in "bu" and bits <= 16 else None
        photometric = _photometric(page)
        if photometric == PHOTOMETRIC.PALETTE and values.dtype == bool:
            values = values.astype(np.uint8)  # two colours: the values are places, too
        palette = _palette(page, values) if photometric == PHOTOMETRIC.PALETTE else None
        if photometric == PHOTOMETRIC.SEPARATED:
            values = _screen_colours(values)
            notes += ("Its printing inks (CMYK) were turned to screen colours.",)
        calibration = _calibration(file)
        if calibration:
            offset, slope = calibration
            values, white = (values * slope + offset).astype(np.float32), None
            notes += (f"ImageJ's calibration in the file was applied ({slope:g} x value {offset:+g}).",)
        raster = Raster(values, white, alpha, palette, photometric == PHOTOMETRIC.MINISWHITE, notes)
        orientation = page.tags.valueof(ORIENTATION, 1)
    return turned_upright(raster, int(orientation))


def _only_page(file: TiffFile) -> TiffPage:
    """Return the one picture; smaller copies of it (thumbnails) do not count."""
    if len(file.pages) > MANY_PAGES:
        raise UnfitPictureError(f"holds {len(file.pages)} pages: please save the one slice as a file")
    pages = [page for page in file.pages if not (isinstance(page, TiffPage) and page.is_reduced)]
    stacked = (file.imagej_metadata or {}).get("images", 1)  # ImageJ describes a stack by its first page
    for pictures in (len(pages), stacked, getattr(pages[0], "imagedepth", 1) if pages else 0):
        if pictures > 1:
            raise UnfitPictureError(f"holds {pictures} pages: please save the one slice as a file")
    if not pages or not isinstance(pages[0], TiffPage):
        raise UnfitPictureError("holds no picture of full size: please save the slice anew")
    return pages[0]


def _photometric(page: TiffPage) -> int:
    """Return how values are shown; a file that does not say is taken as black is zero, as other programs do."""
    if PHOTOMETRIC_TAG not in page.tags and page.colormap is not None:
        raise DamagedError("it has a palette, and does not say that its values are places in it")
    return int(page.tags.valueof(PHOTOMETRIC_TAG, PHOTOMETRIC.MINISBLACK))


def _check_kind(page: TiffPage) -> None:
    """Refuse by its name what cannot be turned to grey or colours without loss."""
    photometric, compression = _photometric(page), int(page.compression)
    if compression not in COMPRESSIONS:
        raise UnfitPictureError(f"is a TIFF compressed by {_name(COMPRESSION, compression)}: {SAVE}")
    colours = (PHOTOMETRIC.RGB, PHOTOMETRIC.PALETTE, PHOTOMETRIC.SEPARATED)
    by_jpeg = photometric == PHOTOMETRIC.YCBCR and compression == COMPRESSION.JPEG  # decoded to RGB
    if photometric not in (*GREY, *colours) and not by_jpeg:
        raise UnfitPictureError(f"is a TIFF with the colours {_name(PHOTOMETRIC, photometric)}: {SAVE}")
    if page.dtype is None or page.dtype.kind not in "biuf":
        raise UnfitPictureError(f"is a TIFF of {page.bitspersample}-bit values that are no plain numbers: {SAVE}")
    if page.dtype == np.int8:
        raise UnfitPictureError(f"is a TIFF of signed 8-bit values, too few for HU: {SAVE}")
    if photometric == PHOTOMETRIC.SEPARATED and (page.dtype != np.uint8 or page.samplesperpixel < 4):
        raise UnfitPictureError(f"is a TIFF of printing inks of {page.bitspersample} bits: {SAVE}")


def _name(kinds: type, number: int) -> str:
    try:
        return f"{kinds(number).name}"
    except ValueError:
        return f"of an unknown kind ({number})"


def _check_data(page: TiffPage, data: bytes) -> None:
    """Refuse a file whose strips or tiles are missing: tifffile fills them with zeros."""
    if len(page.dataoffsets) < np.prod(page.chunked) and not page.is_contiguous:
        raise DamagedError("parts of the picture are missing")
    for offset, size in zip(page.dataoffsets, page.databytecounts, strict=True):
        if size == 0 or offset == 0 or offset + size > len(data):
            raise DamagedError("parts of the picture are missing")
        if page.compression == COMPRESSION.JPEG and page.bitspersample == 8:
            segment = data[offset : offset + size]
            if page.jpegtables:
                segment = page.jpegtables[:-2] + segment[2:]  # the end of one, the start of the other
            simplejpeg.decode_jpeg(segment, "GRAY", strict=True)  # tifffile's decoder papers over damage


def _split_alpha(page: TiffPage, values: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the picture's channels, and its alpha if it has one."""
    channels = {PHOTOMETRIC.RGB: 3, PHOTOMETRIC.YCBCR: 3, PHOTOMETRIC.SEPARATED: 4}.get(_photometric(page), 1)  # type: ignore[call-overload]
    own, extra = values[..., :channels], values[..., channels:]
    meanings = tuple(page.extrasamples) or (0,) * extra.shape[-1]
    alpha = None
    for index in range(extra.shape[-1]):
        channel = extra[..., index]
        if index < len(meanings) and meanings[index] in (1, 2) and alpha is None:
            alpha = channel
        elif channel.min() != channel.max() and not (own == channel[..., None]).all():
            raise UnfitPictureError(f"has {values.shape[-1]} channels, and does not say what they are: {SAVE}")
    return own, alpha


def _palette(page: TiffPage, values: np.ndarray) -> np.ndarray:
    """Return the colours [n, 3]: 16 bits by the standard, 8 in files of programs that did not read it."""
    if page.colormap is None or values.max() >= page.colormap.shape[1]:
        raise DamagedError("a pixel's colour is missing in its palette")
    colours = np.asarray(page.colormap.T)
    if colours.max() <= 255:
        return colours.astype(np.uint8)
    return (colours >> 8).astype(np.uint8)


def _screen_colours(inks: np.ndarray) -> np.ndarray:
    """Turn cyan, magenta, yellow and black, uint8 [h, w, 4], to red, green and blue."""
    light = 255 - inks.astype(np.uint16)
    return np.asarray((light[..., :3] * light[..., 3:] + 127) // 255, np.uint8)


def _calibration(file: TiffFile) -> tuple[float, float] | None:
    """Return offset and slope of ImageJ's straight-line calibration, which it keeps when it opens a DICOM file."""
    about = file.imagej_metadata or {}
    if about.get("cf") != 0 or "c0" not in about or "c1" not in about:
        return None
    offset, slope = float(about["c0"]), float(about["c1"])
    return None if (offset, slope) == (0, 1) else (offset, slope)
