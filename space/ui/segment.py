"""The tab 'Segment': the viewer, the examples, a slice of one's own, and what can be saved."""

from typing import Any

import numpy as np
from PIL import Image

from space.model.bundle import Bundle, Sample
from space.preprocessing import Window, centre_box, hu_to_grey
from space.readers.image import read_slice
from space.readers.values import READINGS
from space.real.choices import choices
from space.real.table import the_table
from space.ui import texts
from space.ui.component import part
from space.ui.payload import data_url

THUMBNAIL = 160  # pixels to a side


def build_segment(bundle: Bundle) -> None:
    """Build the tab."""
    part("viewer", data={"readings": READINGS}, elem_id="viewer")
    part("volume", elem_id="volume")
    part("cases", data=_examples(bundle), elem_id="cases", elem_classes="around")
    part("real", data=choices(the_table(), bundle.contract), elem_id="real", elem_classes="around")


def _examples(bundle: Bundle) -> dict[str, Any]:
    pictures = [
        {"name": sample.name, "url": data_url(thumbnail(sample, bundle.contract.window))} for sample in bundle.samples
    ]
    return {"origin": texts.examples_origin(bundle.samples[0].synthetic), "pictures": pictures}


def thumbnail(sample: Sample, window: Window) -> np.ndarray:
    """Return the middle of a sample's slice, without the air around the body, uint8 [160, 160]."""
    pixels = hu_to_grey(read_slice(sample.image, window).hu[0], window)
    middle = pixels[centre_box(pixels.shape, int(0.7 * min(pixels.shape))).region]
    return np.asarray(Image.fromarray(middle).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX))
