"""The tab 'Segment': the viewer, the examples, a slice of one's own, and what can be saved."""

from typing import Any

import numpy as np
from PIL import Image

from space.model.bundle import Bundle, Sample
from space.preprocessing import centre_box
from space.readers.image import read_slice
from space.ui import texts
from space.ui.component import part
from space.ui.payload import data_url

THUMBNAIL = 160  # pixels to a side


def build_segment(bundle: Bundle, readings: dict[str, str]) -> None:
    """Build the tab.

    Parameters
    ----------
    readings : the ways to read the values of a slice of one's own, and what each means in words.
    """
    part("viewer", data={"readings": readings}, elem_id="viewer")
    part("cases", data=_examples(bundle), elem_id="cases", elem_classes="around")


def _examples(bundle: Bundle) -> dict[str, Any]:
    pictures = [{"name": sample.name, "url": data_url(thumbnail(sample))} for sample in bundle.samples]
    return {"origin": texts.examples_origin(bundle.samples[0].synthetic), "pictures": pictures}


def thumbnail(sample: Sample) -> np.ndarray:
    """Return the middle of a sample's slice, without the air around the body, uint8 [160, 160]."""
    pixels = read_slice(sample.image).pixels
    middle = pixels[centre_box(pixels.shape, int(0.7 * min(pixels.shape))).region]
    return np.asarray(Image.fromarray(middle).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX))
