"""A picture of a slice -> a Case, a question, or a sentence that says why not."""

from pathlib import Path

import numpy as np

from space.case import Case
from space.errors import Question, UserError
from space.modality import Modality
from space.preprocessing import Window, hu_to_grey
from space.readers.raster import Raster, complement, open_raster
from space.readers.values import (
    AUTO,
    HU_READINGS,
    MEASURED,
    READINGS,
    Levels,
    bytes_swapped,
    check_range,
    choices_of,
    fitting,
    grey_levels,
    looks_negative,
    looks_wide,
    to_hu,
)

MIN_SIDE = 32
FEW_LEVELS = 16  # a label map has no more, a slice many
LARGEST = 1e6
COLOURFUL = 32 / 255  # red, green and blue of a tinted grey differ by less


def read_slice(path: str | Path, window: Window, values: str = AUTO, modality: Modality = "CT") -> Case:
    """Read a slice.

    Parameters
    ----------
    path : a PNG, JPEG or TIFF file.
    window : what the grey levels of a windowed picture are laid out over; `hu_to_grey` gives them back exactly.
    values : how to read the stored values, a key of `READINGS`.
    modality : what it was taken with.

    Returns
    -------
    a stack of one slice; its notes say how the file was read.

    Raises
    ------
    Question
        whose argument is 'values', if the values allow several readings and none is safe to guess.
    UserError
        if the file is no picture that can be read, or cannot be a slice.
    """
    name = Path(path).name
    levels, colourful, notes = _levels(path, modality)
    reading = values
    if values == AUTO:
        allowed = _readings(levels, colourful, name, modality)
        if len(allowed) > 1:
            raise _which_values(levels, name, allowed)
        reading = allowed[0]
    elif colourful and values != "colour":
        raise _which_colour(name, colourful)
    check_range(levels, reading, name, modality)
    hu = to_hu(levels, reading, window)
    shown = hu_to_grey(hu, window)
    if shown.min() == shown.max():
        raise UserError(
            f"{name} is a single shade of grey when it is read as '{reading}' ({READINGS[reading]}): "
            "there is nothing to segment."
        )
    return Case(
        name=Path(path).stem,
        hu=hu[None],
        in_hu=reading in MEASURED,
        reading=reading,
        notes=(described(levels, reading), *notes),
    )


def readings_of(path: str | Path, modality: Modality = "CT") -> tuple[str, ...]:
    """Return the readings that a slice's values allow, likeliest first; one alone is what `read_slice` takes.

    Raises
    ------
    Question, UserError
        as `read_slice` does, but for the values that are safe to read by another slice's example.
    """
    levels, colourful, _ = _levels(path, modality)
    return _readings(levels, colourful, Path(path).name, modality)


def described(levels: Levels, reading: str) -> str:
    """Return a sentence on how the values were read."""
    kind = str(levels.values.dtype)
    bits = {"uint8": "8-bit", "uint16": "16-bit", "int16": "Signed 16-bit", "bool": "1-bit"}.get(
        kind, kind.capitalize()
    )
    return f"{bits} values, read as {READINGS[reading]}."


def _levels(path: str | Path, modality: Modality) -> tuple[Levels, float, tuple[str, ...]]:
    """Return the grey values as stored, the share of pixels with a colour, and notes."""
    name = Path(path).name
    raster = open_raster(path)
    if min(raster.shape) < MIN_SIDE:
        raise UserError(
            f"{name} is only {raster.shape[1]} x {raster.shape[0]} pixels: please give a slice of at least "
            f"{MIN_SIDE} x {MIN_SIDE}."
        )
    colours, notes = _as_shown(raster, modality)
    white = 255 if raster.palette is not None else raster.white
    if not np.isfinite(colours).all():
        raise UserError(f"{name} holds values that are no numbers (NaN): please export it again.")
    for extreme in (float(colours.min()), float(colours.max())):
        if abs(extreme) > LARGEST:
            raise UserError(f"{name} holds the value {extreme:g}, which no image has.")
    colourful = 0.0
    if colours.shape[2] == 3:
        grey, colourful, tinted = _to_grey(colours, white)
        notes += ("Its faint colours were turned to grey.",) if tinted and not colourful else ()
    else:
        grey = colours[..., 0]
    if raster.alpha is not None:
        grey, seen = _without_alpha(grey, raster.alpha, white, name)
        notes += seen
    distinct = len(np.unique(grey[::8, ::8]))
    if distinct <= FEW_LEVELS:  # only then it is worth counting them all
        distinct = len(np.unique(grey))
    if distinct == 1:
        raise UserError(f"{name} is a single shade of grey: there is nothing to segment.")
    if distinct <= FEW_LEVELS:
        raise UserError(
            f"{name} has only {distinct} grey levels and looks like a mask: please give the slice "
            "here, and the mask in its own field."
        )
    return Levels(grey, white), colourful, (*raster.notes, *notes)


def _as_shown(raster: Raster, modality: Modality) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return [h, w, channels], a negative turned; but programs for CT ask for a negative and store HU as ever."""
    if not raster.white_is_zero:
        return raster.colours(), ()
    stored = raster.values
    if stored.dtype.kind != "b" and np.isfinite(stored).all():
        as_stored = fitting(Levels(stored[..., 0], None if raster.white == 1 else raster.white), modality)
        if len(as_stored) == 1 and as_stored[0] in HU_READINGS:
            return stored, ("The file asks to be shown as a negative; its values were read as they are stored.",)
    return complement(stored, raster.white), ("It is stored as a negative (white is 0) and was turned back.",)


def _to_grey(colours: np.ndarray, white: float | None) -> tuple[np.ndarray, float, bool]:
    """Return grey in the colours' own type, the share of pixels with a clear colour, and whether any is tinted."""
    if (colours == colours[..., :1]).all():
        return colours[..., 0], 0.0, False
    full = white or float(np.abs(colours).max())
    spread = colours.max(2).astype(np.float64) - colours.min(2)
    colourful = float((spread > COLOURFUL * full).mean())
    grey = colours @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
    grey = np.rint(grey) if colours.dtype.kind in "iu" else grey
    return grey.astype(colours.dtype), colourful, True


def _without_alpha(
    grey: np.ndarray, alpha: np.ndarray, white: float | None, name: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the picture on black."""
    hidden = alpha == 0
    if hidden.all():
        return grey, ("It is transparent all over; its colours were read as if it were not.",)
    if alpha.min() == alpha.max():
        return grey, ()
    seen = grey[~hidden]
    if seen.min() == seen.max() or len(np.unique(alpha[~hidden])) > 1:
        raise UserError(
            f"{name} is half transparent, or its picture is in its transparency: please save it without transparency."
        )
    black = grey.dtype.type(0) if white else seen.min()
    if (grey[hidden] == black).all():
        return grey, ()
    return np.where(hidden, black, grey), ("Its transparent parts were taken as black.",)


def _readings(levels: Levels, colourful: float, name: str, modality: Modality) -> tuple[str, ...]:
    """Return the readings that the values allow; asks about pictures that are no plain grey ones."""
    if colourful:
        raise _which_colour(name, colourful)
    allowed = fitting(levels, modality)
    if len(allowed) == 1 and allowed[0] in HU_READINGS:
        return allowed
    if modality == "CT" and bytes_swapped(levels):
        raise UserError(f"The two bytes of each value of {name} are swapped: please export it again.")
    if len(allowed) == 1:
        _check_picture(grey_levels(levels, allowed[0]), allowed[0], levels.white is not None, name, modality)
    return allowed


def _check_picture(grey: np.ndarray, reading: str, has_negative: bool, name: str, modality: Modality) -> None:
    """Ask about a picture that looks like a negative, or like CT in another window than for soft tissue."""
    if looks_negative(grey):
        raise _question(
            f"{name} is white all round, where a slice is black: is it a negative, or is white around the slice?",
            (reading, "negative") if has_negative else (reading,),
        )
    if modality == "CT" and looks_wide(grey):
        raise _question(
            f"{name} looks like CT in another window than the network knows: fat and soft tissue are hardly apart. "
            "Better give HU, or a window for the abdomen; or should it be read as it is?",
            (reading,),
        )


def _which_values(levels: Levels, name: str, allowed: tuple[str, ...]) -> Question:
    low, high = float(levels.values.min()), float(levels.values.max())
    return _question(
        f"{name} holds values from {low:g} to {high:g}, and does not say what they stand for: how should they be read?",
        allowed,
    )


def _which_colour(name: str, colourful: float) -> Question:
    return _question(
        f"{name} has colours in {100 * colourful:.2g}% of its pixels, as a drawing on the slice or a colour scale has. "
        "The network knows grey slices only: please give the slice without them, or let the colours be turned to grey.",
        ("colour",),
    )


def _question(text: str, readings: tuple[str, ...]) -> Question:
    return Question(text, "values", choices_of(readings))
