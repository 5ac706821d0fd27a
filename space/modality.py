"""What an image was taken with, and in which words its values are told: CT in Hounsfield units, MR in grey values.

The values of MR have no unit and no common scale: each network is trained for a window of its own data.
"""

from typing import Literal, NamedTuple

import numpy as np

Modality = Literal["CT", "MR"]


class Scale(NamedTuple):
    """How a modality's stored values are told and kept.

    Attributes
    ----------
    unit : what stands after a number.
    values : what the numbers are called in a sentence.
    image : an image of this modality, with its article.
    lowest : the least value that is kept; what lies below it is none.
    background : what is put where there is no value.
    classes : the SOP classes of its DICOM images (PS3.4, B.5): classic, enhanced, converted.
    """

    unit: str
    values: str
    image: str
    lowest: int
    background: int
    classes: tuple[str, ...]


_STORAGE = "1.2.840.10008.5.1.4.1.1."

SCALES: dict[Modality, Scale] = {
    "CT": Scale(
        "HU", "Hounsfield units (HU)", "a CT image", -1024, -1024, (f"{_STORAGE}2", f"{_STORAGE}2.1", f"{_STORAGE}2.2")
    ),
    "MR": Scale("", "grey values", "an MR image", -32768, 0, (f"{_STORAGE}4", f"{_STORAGE}4.1", f"{_STORAGE}4.4")),
}


def in_words(low: float, high: float, modality: Modality) -> str:
    """Return a range of values: '-40 to 310 HU', 'grey values 0 to 1200'."""
    unit = SCALES[modality].unit
    return f"{low:g} to {high:g} {unit}" if unit else f"{SCALES[modality].values} {low:g} to {high:g}"


def rounded(values: np.ndarray, modality: Modality) -> np.ndarray:
    """Round to int16; what is no number, or lies below the scale's lowest value, becomes background."""
    scale = SCALES[modality]
    known = np.clip(values, scale.lowest, 32767, dtype=np.float32)
    known[np.isnan(known)] = scale.background  # a fifth of the time that nan_to_num takes
    return np.asarray(np.rint(known, out=known), np.int16)
