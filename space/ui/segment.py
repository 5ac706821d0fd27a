"""The tab 'Segment': the viewer, the examples, a slice of one's own, the downloads."""

from typing import Any

import gradio as gr
import numpy as np

from space.answer import Responder
from space.model.bundle import Sample
from space.preprocessing import ABDOMEN, centre_box, hu_to_grey
from space.readers.image import read_slice
from space.ui import texts
from space.ui.api import ENDINGS
from space.ui.component import part
from space.ui.handlers import Handlers
from space.ui.payload import slice_data


def build_segment(demo: gr.Blocks, responder: Responder, quiet: dict[str, Any]) -> tuple[list[gr.File], Any]:
    """Build the tab; return the fields of slice and mask, which other tabs look at too, and the page's first event.

    Parameters
    ----------
    quiet : how the page's events run.
    """
    bundle = responder.bundle
    threshold = float(bundle.contract["threshold"])
    first = bundle.samples[0]
    answer = responder.answer(first.image, first.mask, threshold)

    viewer = part(
        "viewer",
        "SliceViewer",
        uses=("chart", "stage", "pixels"),
        value=threshold,
        data=slice_data(answer, first),
        elem_id="viewer",
    )
    gr.HTML(texts.examples_heading(first.synthetic), elem_classes=["tight", "around"])
    gallery = gr.Gallery(
        [thumbnail(sample) for sample in bundle.samples],
        show_label=False,
        columns=6,
        rows=1,
        height=160,
        format="png",
        allow_preview=False,
        object_fit="cover",
        buttons=[],
        elem_id="examples",
        elem_classes="around",
    )
    gr.HTML(texts.OWN_HEADING, elem_classes=["tight", "around"])
    with gr.Row(elem_classes="around"):
        slice_file = gr.File(str(first.image), label="Slice", file_types=ENDINGS, height=120, elem_id="slice-file")
        mask_file = gr.File(
            str(first.mask), label="Mask (optional)", file_types=ENDINGS, height=120, elem_id="mask-file"
        )
    with gr.Row(elem_classes="around"):
        buttons = [
            gr.DownloadButton(label, size="sm", min_width=160, elem_id=elem_id)
            for label, elem_id in (
                ("Predicted mask (PNG)", "download-mask"),
                ("Overlay (PNG)", "download-picture"),
                ("Probability (PNG)", "download-probability"),
            )
        ]

    handlers = Handlers(responder)
    inputs, results = [slice_file, mask_file, viewer], [viewer, *buttons]
    loaded = demo.load(handlers.open, viewer, [slice_file, mask_file, *results], **quiet)
    viewer.release(handlers.save, inputs, buttons, trigger_mode="always_last", **quiet)
    # one listener, so that a later change is never overtaken by the answer to an earlier one
    changes = [mask_file.upload, mask_file.clear, slice_file.clear]
    gr.on(changes, handlers.show, inputs, results, trigger_mode="always_last", **quiet)
    slice_file.upload(handlers.show_new_slice, inputs, [mask_file, *results], **quiet)
    gallery.select(handlers.show_sample, viewer, [slice_file, mask_file, *results], trigger_mode="always_last", **quiet)
    return [slice_file, mask_file], loaded


def thumbnail(sample: Sample) -> np.ndarray:
    """Return the middle of a sample's slice, without the air around the body."""
    pixels = hu_to_grey(read_slice(sample.image, ABDOMEN).hu[0], ABDOMEN)
    return pixels[centre_box(pixels.shape, int(0.7 * min(pixels.shape))).region]
