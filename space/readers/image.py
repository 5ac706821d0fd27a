"""An uploaded file -> a slice or a mask, or a sentence that says why not.

Masks of the training data are read here too, so that both know one meaning of 'mask'.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from space.errors import UserError
from space.preprocessing import ABDOMEN, hu_to_grey

MAX_PIXELS = 4096 * 4096
MIN_SIDE = 32
TOO_LARGE = "{name} is too large: a CT slice has at most 4096 x 4096 pixels, please give a smaller image."
FORMATS = ("PNG", "JPEG", "TIFF")

# 16-bit files store HU with an offset that the file does not name; these two are in common use
OFFSET_OF_UNSIGNED_CT = 1024
OFFSET_OF_SIGNED_AS_UNSIGNED = 32768
LARGEST_STORED_CT = 4095 + OFFSET_OF_UNSIGNED_CT


@dataclass(frozen=True)
class Slice:
    """A slice as the network wants it.

    Attributes
    ----------
    pixels : uint8 [h, w], windowed grey levels.
    origin : how the file's values were understood, in words for the page.
    in_hu : whether the grey levels are known to stand for HU (of the window `ABDOMEN`).
    """

    pixels: np.ndarray
    origin: str
    in_hu: bool


def read_slice(path, window=ABDOMEN, values="auto"):
    from space.case import Case
    from space.preprocessing import grey_to_hu

    o = _read_slice(path)
    return Case(Path(path).stem, grey_to_hu(o.pixels, window)[None], None, o.in_hu, (o.origin,))


def _read_slice(path: str | Path) -> Slice:
    """Read a windowed or raw CT slice.

    8-bit images are taken as windowed already. 16-bit images are windowed here, after a guess at how HU
    were stored, which `Slice.origin` names.

    Raises
    ------
    UserError
        if the file is no image of a known format, holds several pages, is too large or too small, or
        looks like a mask.
    """
    values, note = _grey_values(_open(path), Path(path).name)
    if min(values.shape) < MIN_SIDE:
        raise UserError(
            f"{Path(path).name} is only {_size(values)} pixels: please give a slice of at least "
            f"{MIN_SIDE} x {MIN_SIDE}."
        )
    if values.min() == values.max():
        raise UserError(f"{Path(path).name} is a single shade of grey: there is nothing to segment.")
    if len(_levels(values)) == 2:
        raise UserError(
            f"{Path(path).name} has only two grey levels and looks like a mask: please give the CT slice "
            "here, and the mask in its own field."
        )
    pixels, origin, in_hu = _windowed(values, Path(path).name)
    return Slice(pixels, origin + note, in_hu)


def read_mask(path: str | Path, shape: tuple[int, int] | None = None) -> np.ndarray:
    """Read a mask: black is background, one other value is the organ.

    Parameters
    ----------
    shape : height and width of its slice, if that is known.

    Returns
    -------
    bool [h, w]

    Raises
    ------
    UserError
        if the file is no image, is not two-valued, or is not of `shape`.
    """
    name = Path(path).name
    image = _open(path)
    values, _ = _grey_values(image, name)
    if image.mode in ("RGB", "RGBA", "P", "CMYK"):  # a dark colour is as much a mask as a bright one
        values = np.asarray(image.convert("RGB")).max(2)
    if shape is not None and values.shape != shape:
        raise UserError(
            f"The mask {name} is {_size(values)} pixels, but its slice is {shape[1]} x {shape[0]}: "
            "both must show the same pixels."
        )
    levels = _levels(values)
    if len(levels) > 2 or levels[0] != 0:
        raise UserError(
            f"The mask {name} must have two values, black for the background and one other for the organ, "
            f"but it has {len(levels)} ({_listed(levels)}). JPEG blurs the values: save masks as PNG."
        )
    return values > 0


def _open(path: str | Path) -> Image.Image:
    name = Path(path).name
    if name.lower().endswith((".dcm", ".nii", ".nii.gz")):
        raise UserError(
            f"{name} is a DICOM or NIfTI file, which this page does not read yet: please export the slice "
            "as PNG or TIFF."
        )
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UserError(TOO_LARGE.format(name=name))
            pages = getattr(image, "n_frames", 1)
            if pages > 1:
                raise UserError(f"{name} holds {pages} pages: please save the one slice as a file.")
            image.load()
            return image
    except FileNotFoundError:
        raise UserError(
            f"{name} is not there any more: uploads are deleted after a while, please give it again."
        ) from None
    except Image.DecompressionBombError:
        raise UserError(TOO_LARGE.format(name=name)) from None
    except UnidentifiedImageError:
        raise UserError(f"{name} is no image that can be read: please give a PNG, JPEG or TIFF file.") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise UserError(f"{name} is damaged and cannot be read ({error}).") from None


def _grey_values(image: Image.Image, name: str) -> tuple[np.ndarray, str]:
    """Return the values [h, w] as stored, and a note if a colour image had to be turned to grey."""
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L")), ""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image)
        if not np.isfinite(values).all():
            raise UserError(f"{name} holds values that are no numbers (NaN): please export it again.")
        return values, ""
    colours = np.asarray(image.convert("RGB"))
    if (colours == colours[..., :1]).all():
        return colours[..., 0], ""
    return np.asarray(image.convert("L")), "; its colours were turned to grey"


def _windowed(values: np.ndarray, name: str) -> tuple[np.ndarray, str, bool]:
    """Return grey levels, how they were understood, and whether they stand for HU."""
    if values.dtype == np.uint8:
        return values, "8-bit grey levels, taken as windowed already", False
    low, high = float(values.min()), float(values.max())
    windowed = f"windowed to {ABDOMEN.low} to {ABDOMEN.high} HU"
    if low >= 0 and high <= 1:
        return np.rint(values * 255).astype(np.uint8), "values from 0 to 1, taken as windowed already", False
    if low < 0:
        return hu_to_grey(values), f"signed values, read as HU and {windowed}", True
    if high <= 255:
        return values.astype(np.uint8), "grey levels up to 255, taken as windowed already", False
    for offset, fits in (
        (OFFSET_OF_UNSIGNED_CT, high <= LARGEST_STORED_CT),
        (OFFSET_OF_SIGNED_AS_UNSIGNED, low >= OFFSET_OF_SIGNED_AS_UNSIGNED - 4096),
    ):
        if fits:
            hu = values.astype(np.float32) - offset
            return hu_to_grey(hu), f"16-bit values, read as HU + {offset} and {windowed}", True
    if high > 65535:
        raise UserError(f"{name} holds values up to {high:g}, which are neither grey levels nor HU.")
    grey = np.rint(values * (255 / 65535)).astype(np.uint8)
    return grey, "16-bit grey levels over the whole range, taken as windowed already", False


def _levels(values: np.ndarray) -> np.ndarray:
    """Return the distinct values in ascending order; counting 8-bit values is far faster than sorting."""
    if values.dtype == np.uint8:
        return np.flatnonzero(np.bincount(values.ravel(), minlength=256))
    return np.unique(values)


def _size(values: np.ndarray) -> str:
    return f"{values.shape[1]} x {values.shape[0]}"


def _listed(levels: np.ndarray) -> str:
    shown = ", ".join(f"{level:g}" for level in levels[:4])
    return shown + (", ..." if len(levels) > 4 else "")
