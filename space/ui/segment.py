"""The tab 'Segment': the viewer, the examples, a slice of one's own, and what can be saved."""

from typing import Any

import numpy as np
from PIL import Image

from space.anatomy import file_word
from space.modality import SCALES
from space.model.bundle import Bundle, Sample
from space.model.contract import Contract
from space.preprocessing import centre_box, hu_to_grey
from space.readers.image import read_slice
from space.readers.values import readings_for
from space.real.choices import choices
from space.real.table import the_table
from space.ui import texts
from space.ui.component import part
from space.ui.engine import megabytes
from space.ui.payload import data_url

THUMBNAIL = 160  # pixels to a side


def build_segment(bundle: Bundle) -> None:
    """Build the tab."""
    contract = bundle.contract
    seen = {"readings": readings_for(contract.modality), "unit": SCALES[contract.modality].unit}
    part("viewer", data=seen, elem_id="viewer")
    part("volume", elem_id="volume")
    part("engine", data={"megabytes": megabytes(bundle)}, control="engine", elem_id="engine", elem_classes="around")
    part("cases", data=_examples(bundle), elem_id="cases", elem_classes="around")
    if contract.modality == "CT":  # as these cases are
        part("real", data=choices(the_table(), contract), control="real", elem_id="real", elem_classes="around")


def _examples(bundle: Bundle) -> dict[str, Any]:
    contract = bundle.contract
    origin = texts.examples_origin(bundle.samples)
    return {"origin": origin, "modality": contract.modality, "organ": file_word(contract.target)}


def pictures(bundle: Bundle) -> list[dict[str, str]]:
    """Return the examples' names, with a small picture of each."""
    return [{"name": sample.name, "url": data_url(thumbnail(sample, bundle.contract))} for sample in bundle.samples]


def thumbnail(sample: Sample, contract: Contract) -> np.ndarray:
    """Return the middle of a sample's slice, without the air around the body, uint8 [160, 160]."""
    pixels = hu_to_grey(read_slice(sample.image, contract.window, modality=contract.modality).hu[0], contract.window)
    middle = pixels[centre_box(pixels.shape, int(0.7 * min(pixels.shape))).region]
    return np.asarray(Image.fromarray(middle).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX))
