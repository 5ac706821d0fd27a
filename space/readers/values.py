"""What stored values stand for: the closed set of readings, and which of them a slice's values allow.

A file says how many bits a value has and seldom what it means. Windowed pictures, HU with one of several offsets and
scaled floats all come as plain numbers, so a reading is taken only where the values leave no other; else the person
is asked.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from space.errors import Choice, UserError
from space.modality import Modality
from space.preprocessing import Window, grey_to_hu

AUTO = "auto"
READINGS = {
    AUTO: "decide by the values, or ask",
    "grey": "a picture that is windowed already",
    "grey-255": "a picture that is windowed already (255 is white)",
    "grey-4095": "a picture that is windowed already (4095 is white)",
    "symmetric": "a picture that is windowed already (-1 is black, 1 is white)",
    "stretched": "a picture: its lowest value is black, its highest is white (MR, z-scores)",
    "negative": "a picture with black and white swapped",
    "colour": "a colour picture, its colours turned to grey",
    "hu": "HU",
    "hu+1000": "HU + 1000",
    "hu+1024": "HU + 1024",
    "hu+2048": "HU + 2048",
    "hu+8192": "HU + 8192",
    "hu+32768": "HU + 32768",
    "hu-wrapped": "HU in 16 bits, where -1 is stored as 65535",
    "hu/1000": "HU / 1000",
    "whole-ct": "-1024 to 3071 HU (12 bits), spread from black to white",
    "stored": "grey values as the scanner stored them",
}
"""Every way to read the values of a slice: the argument, and what it means in words."""

WRAPPED = 65536 - 4096  # unsigned values from here up are negative ones that were wrapped round
SLACK = 0.05  # interpolation overshoots by as much


class Levels(NamedTuple):
    """The stored grey values of a slice.

    Attributes
    ----------
    values : [h, w] in the file's type.
    white : the value that the file's type shows as white, or None.
    """

    values: np.ndarray
    white: float | None


def _offset(offset: int) -> Callable[[Levels], np.ndarray]:
    def read(levels: Levels) -> np.ndarray:
        hu = levels.values.astype(np.float32) - offset
        if levels.values.dtype == np.uint16 and offset < 32768:  # padding below the offset was wrapped round
            hu = np.where(levels.values >= WRAPPED, hu - 65536, hu)
        return hu

    return read


HU_READINGS: dict[str, Callable[[Levels], np.ndarray]] = {
    "hu": lambda levels: levels.values.astype(np.float32),
    **{f"hu+{offset}": _offset(offset) for offset in (1000, 1024, 2048, 8192, 32768)},
    "hu-wrapped": _offset(0),
    "hu/1000": lambda levels: levels.values.astype(np.float32) * 1000,
    "whole-ct": lambda levels: levels.values.astype(np.float32) * (4095 / (levels.white or 1)) - 1024,
}


MEASURED = (*HU_READINGS, "stored")
"""The readings after which values are known beyond the window that the network sees."""


def readings_for(modality: Modality) -> dict[str, str]:
    """Return the readings that images of a modality can have, in words."""
    other = ("stored",) if modality == "CT" else tuple(HU_READINGS)
    return {reading: words for reading, words in READINGS.items() if reading not in other}


def choices_of(readings: Iterable[str]) -> tuple[Choice, ...]:
    """Return readings as a person can choose among them."""
    return tuple(Choice(reading, READINGS[reading]) for reading in readings)


def black_and_white(levels: Levels, reading: str) -> tuple[float, float]:
    """Return the stored values that a picture's reading shows as black and as white."""
    if reading == "stretched":
        return float(levels.values.min()), float(levels.values.max())
    if reading in ("grey-255", "grey-4095"):
        return 0, float(reading.removeprefix("grey-"))
    if reading == "symmetric":
        return -1, 1
    white = levels.white or 0.0
    return (white, 0) if reading == "negative" else (0, white)


def grey_levels(levels: Levels, reading: str) -> np.ndarray:
    """Return a picture's grey levels, uint8 [h, w]."""
    if levels.white == 255 and reading in ("grey", "colour"):
        return levels.values.astype(np.uint8)
    black, white = black_and_white(levels, reading)
    share = (levels.values.astype(np.float64) - black) / (white - black)
    return np.asarray(np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8))


def to_hu(levels: Levels, reading: str, window: Window) -> np.ndarray:
    """Return HU [h, w], as `space.case.Case` holds them; a picture's grey levels are laid out over the window."""
    if reading not in MEASURED:
        return grey_to_hu(grey_levels(levels, reading), window)
    return np.asarray(
        np.clip(np.rint(HU_READINGS["hu" if reading == "stored" else reading](levels)), -32768, 32767).astype(np.int16)
    )


def check_range(levels: Levels, reading: str, name: str, modality: Modality = "CT") -> None:
    """Refuse a reading that these values cannot have."""
    if reading not in readings_for(modality) or reading == AUTO:
        known = ", ".join(readings_for(modality))
        raise UserError(f"There is no way to read values that is called '{reading}': choose one of {known}.")
    low, high = float(levels.values.min()), float(levels.values.max())
    if reading in ("grey", "negative", "colour", "whole-ct") and levels.white is None:
        raise UserError(
            f"{name} cannot be read as '{reading}': its type ({levels.values.dtype}) does not say which value is white."
        )
    if reading in MEASURED and reading != "whole-ct":
        return
    black, white = sorted(black_and_white(levels, "grey" if reading == "whole-ct" else reading))
    slack = SLACK * (white - black)
    if low < black - slack or high > white + slack:
        raise UserError(
            f"{name} cannot be read as '{reading}' ({READINGS[reading]}): its values run from {low:g} to {high:g}."
        )


def fitting(levels: Levels, modality: Modality = "CT") -> tuple[str, ...]:
    """Return the readings that the values allow, likeliest first. One alone is safe to take; of several, ask."""
    values, white = levels
    low, high = float(values.min()), float(values.max())
    step = max(1, min(values.shape) // 200)  # enough of the pixels to know
    some = Levels(values[::step, ::step], white)
    hu = _possible_hu(levels, low, high) if modality == "CT" else []
    ct = [reading for reading in hu if looks_like_ct(HU_READINGS[reading](some))]
    if white == 255:
        pictures = ["grey"]
    elif values.dtype.kind == "f" and 0.5 <= high <= 1 + SLACK:
        pictures = ["grey"] if low >= -SLACK else ["symmetric"] if -1 - SLACK <= low <= -0.9 and high >= 0.9 else []
    elif low >= 0 and 127 < high <= 255:
        pictures = ["grey-255"]
    elif white and white > 1 and high >= 0.9 * white and _between(values, 0.1 * white, 0.9 * white) > 0.01:
        pictures = ["grey"]
    else:
        pictures = []
    if modality != "CT" and white != 255:  # whatever they span, they may be what the scanner stored
        known = readings_for(modality)
        return tuple(dict.fromkeys([*pictures, *(each for each in _possible(levels, low, high) if each in known)]))
    if ct or pictures:
        # a picture of 12 bits is as likely to be CT without an offset that looks right
        return tuple([*ct, *pictures] if ct and white != 255 else [*pictures, *ct])
    return tuple(reading for reading in _possible(levels, low, high) if reading != "stored")


def _possible_hu(levels: Levels, low: float, high: float) -> list[str]:
    """Return the HU readings that may be taken without asking if the picture looks like CT then."""
    found = ["hu"] if low < 0 and high - low > 256 else []  # grey levels around 0 span no more
    if high > 255:
        found += ["hu+1024", "hu+2048", "hu+8192", "hu+32768"]
    if levels.values.dtype == np.uint16 and np.mean(levels.values >= WRAPPED) > SLACK:
        found += ["hu-wrapped"]
    if levels.values.dtype.kind == "f" and low < -0.2 and high < 33:
        found += ["hu/1000"]
    if levels.white and levels.white != 4095 and low >= -SLACK * levels.white:
        found += ["whole-ct"]
    return found


def _possible(levels: Levels, low: float, high: float) -> tuple[str, ...]:
    """Return what the range alone does not rule out: the choices of a question."""
    found = ["stretched"]
    if high - low > 64:
        found += ["stored", "hu", "hu+1024", "hu+1000"]
    elif low < 0:
        found += ["hu/1000"]
    if low >= -SLACK and high <= 255 * (1 + SLACK):
        found += ["grey-255"]
    if low >= 0 and 255 < high <= 4095:
        found += ["grey-4095"]
    if levels.white and levels.white != 4095 and low >= 0 and high <= levels.white:
        found += ["grey"]
    return tuple(found)


def looks_like_ct(hu: np.ndarray) -> bool:
    """Return whether values would be those of a body in HU: nearly all of it is fat or soft tissue.

    What is near the lowest value (air, or what lies outside the picture) and lungs do not count. In abdominal CT about
    nine in ten of the other voxels lie within -200 to 300 HU; values with another offset or scale do not.
    """
    body = hu > max(float(hu.min()) + 100, -700)
    if body.mean() < 0.01 or (hu > 3100).mean() > 0.02:  # 12 bits end at 3071
        return False
    if (hu > np.median(_edge(hu)) + 50).mean() < 0.01:  # air all round is dark
        return False
    return bool((body & (hu > -200) & (hu < 300)).sum() >= 0.7 * body.sum())


def looks_negative(grey: np.ndarray) -> bool:
    """Return whether a picture, uint8 [h, w], is white all round: air is black, and a negative is not."""
    white = 230
    return bool((_edge(grey) >= white).mean() > 0.6 and (grey >= white).mean() > 0.25)


def looks_wide(grey: np.ndarray) -> bool:
    """Return whether a picture, uint8 [h, w], seems to show CT in a window far wider or lower than for soft tissue.

    Then fat and soft tissue are hardly apart, or nearly white. Of 6,539 slices in a window of 350 HU the body's middle
    80% of pixels span at least 0.25 of the grey levels, and its median is at most 0.48 of them; phantoms in windows of
    2,000 HU and more span at most 0.21, and in a lung window have a median of at least 0.80.
    """
    step = max(1, min(grey.shape) // 200)
    some = grey[::step, ::step].astype(np.float32)
    low, height = float(some.min()), float(some.max() - some.min())
    body = some[some > low + 0.1 * height]
    if len(body) < 0.01 * some.size:
        return False
    tenth, middle, nine_tenths = np.percentile(body, (10, 50, 90))
    return bool(nine_tenths - tenth < 0.22 * height or middle - low > 0.75 * height)


def bytes_swapped(levels: Levels) -> bool:
    """Return whether 16-bit values would be CT if the two bytes of each were swapped."""
    if levels.values.dtype not in (np.uint16, np.int16):
        return False
    swapped = fitting(Levels(levels.values.byteswap(), levels.white))
    return len(swapped) == 1 and swapped[0] in HU_READINGS


def _edge(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def _between(values: np.ndarray, low: float, high: float) -> float:
    """Return the share of values between two."""
    return float(((values > low) & (values < high)).mean())
