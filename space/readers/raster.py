"""A picture file -> its stored values, nothing lost and nothing guessed: every bit, alpha, palette, what is up.

What the values mean is decided elsewhere: `space.readers.image` reads a slice, `space.readers.mask` a mask.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from space.disk import lacking
from space.errors import UserError
from space.readers.kinds import HEAD, picture_kind

MAX_PIXELS = 4096 * 4096
MAX_BYTES = 512 * 2**20
AGAIN = "please export it again."
ORIENTATION = 0x0112  # TIFF 6.0, page 36; EXIF has the same tag


@dataclass(frozen=True)
class Raster:
    """A picture as it is stored, upright.

    Attributes
    ----------
    values : [h, w, channels] in the file's own type; one channel is grey (or an index into the palette), three are
        red, green, blue.
    white : the value that the file's type shows as white: 255, 65535, 1.0 for floats; None if it does not say.
    alpha : [h, w], 0 is transparent; None without such a channel.
    palette : the colours [n, 3] of the indices, uint8 or uint16; None if the values are not indices.
    white_is_zero : the file asks to be shown as its own negative.
    notes : what was done to get here, a sentence each.
    """

    values: np.ndarray
    white: float | None
    alpha: np.ndarray | None = None
    palette: np.ndarray | None = None
    white_is_zero: bool = False
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return (self.values.shape[0], self.values.shape[1])

    def colours(self) -> np.ndarray:
        """Return the values [h, w, channels] as they are shown: the palette looked up, a negative turned."""
        if self.palette is not None:
            return np.asarray(self.palette[self.values[..., 0]])
        return complement(self.values, self.white) if self.white_is_zero else self.values


class UnfitPictureError(ValueError):
    """A picture of a kind that cannot be read; the text goes on after the file's name."""


class DamagedError(ValueError):
    """A picture that is damaged; the text says how, in words of our own."""


class TooLargeError(ValueError):
    """A picture that says of itself that it has more than `MAX_PIXELS`."""


def complement(values: np.ndarray, white: float | None) -> np.ndarray:
    """Return the negative: what is stored as 0 becomes white."""
    if values.dtype == bool:
        return ~values
    if values.dtype.kind == "f":
        high = float(values.max())
        return np.asarray((1 if high <= 1 else 255 if high <= 255 else high) - values)
    if white is None:
        return int(values.max()) - values.astype(np.int64)
    return np.asarray(values.dtype.type(white) - values)


def check_size(width: int, height: int) -> None:
    """Refuse what a file declares, before anything is decoded."""
    if width * height > MAX_PIXELS:
        raise TooLargeError
    if width * height == 0:
        raise UnfitPictureError("has no pixels")


def open_raster(path: str | Path) -> Raster:
    """Decode a PNG, JPEG or TIFF file.

    Raises
    ------
    UserError
        if the file is gone, of another kind, damaged, too large, or holds several pictures.
    """
    from space.readers.jpeg import read_jpeg
    from space.readers.png import read_png
    from space.readers.tiff import read_tiff

    name = Path(path).name
    decoders = {"PNG": read_png, "JPEG": read_jpeg, "TIFF": read_tiff}
    try:
        with Path(path).open("rb") as file:
            kind = picture_kind(file.read(HEAD), name)
            file.seek(0)
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise TooLargeError
        return decoders[kind](data)
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(
            f"{name} is not there any more: uploads are deleted after a while, please give it again."
        ) from None
    except TooLargeError:
        raise UserError(
            f"{name} is too large: a slice has at most 4096 x 4096 pixels, please give a smaller image."
        ) from None
    except UnfitPictureError as error:
        raise UserError(f"{name} {error}.") from None
    except DamagedError as error:
        raise UserError(f"{name} is damaged and cannot be read ({error}): {AGAIN}") from None
    except Exception as error:  # whatever damaged bytes provoke in a decoder; its own words may quote the file
        if isinstance(error, OSError) and lacking(error):
            raise
        raise UserError(f"{name} is damaged and cannot be read: {AGAIN}") from None


def turned_upright(raster: Raster, orientation: int) -> Raster:
    """Turn a picture as its orientation tag (1 to 8) asks; other values mean nothing."""
    if orientation not in range(2, 9):
        return raster

    def turn(array: np.ndarray) -> np.ndarray:
        if orientation >= 5:  # 5 to 8 swap rows and columns
            array = np.swapaxes(array, 0, 1)
        if orientation in (3, 4, 7, 8):
            array = array[::-1]
        if orientation in (2, 3, 6, 7):
            array = array[:, ::-1]
        return np.ascontiguousarray(array)

    note = "It was turned upright, as its orientation tag asks."
    alpha = None if raster.alpha is None else turn(raster.alpha)
    return replace(raster, values=turn(raster.values), alpha=alpha, notes=(*raster.notes, note))


def exif_orientation(exif: bytes) -> int:
    """Return the orientation that EXIF data name, 1 if they name none."""
    found = Image.Exif()
    try:
        found.load(exif)
        return int(found.get(ORIENTATION, 1))
    except Exception:  # other programs ignore what they cannot parse, and show the picture as it is stored
        return 1
