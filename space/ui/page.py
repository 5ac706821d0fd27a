"""The one page: examples, picture, threshold, numbers, uploads; and the API behind it."""

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from space.bundle import Sample
from space.hub import Choice
from space.preprocessing import centre_box
from space.reading import read_slice
from space.ui import texts
from space.ui.api import ENDINGS, add_api
from space.ui.handlers import OVERLAY, PROBABILITY, Handlers

# no web fonts: the page must look the same offline
FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
LAUNCH: dict[str, Any] = {
    "theme": gr.themes.Base(primary_hue="sky", neutral_hue="slate", font=FONT, font_mono=("monospace",)),
    "css_paths": Path(__file__).parent / "style.css",
    "footer_links": ["api"],
    "run_history": False,  # it would keep people's slices in their browser
    "max_file_size": "40mb",
    "mcp_server": True,
    "ssr_mode": False,
    "show_error": False,
}


def build_demo(choice: Choice) -> gr.Blocks:
    """Return the app for a bundle, with its first sample segmented already."""
    responder = choice.responder
    bundle = responder.bundle
    threshold = float(bundle.contract["threshold"])
    first = bundle.samples[0]
    answer = responder.answer(first.image, first.mask, threshold)
    # the examples are served from where they are, and never deleted
    gr.set_static_paths([path for sample in bundle.samples for path in (sample.image, sample.mask)])

    with gr.Blocks(
        title=f"Find the {bundle.contract['target']}", analytics_enabled=False, delete_cache=(600, 600)
    ) as demo:
        gr.HTML(texts.header(bundle, choice.problem), elem_id="header")
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=320):
                picture = gr.Image(
                    answer.overlay(),
                    format="png",
                    show_label=False,
                    label="Slice with prediction",
                    interactive=False,
                    buttons=["fullscreen"],
                    elem_id="picture",
                )
                legend = gr.HTML(texts.legend(answer), elem_id="legend")
            with gr.Column(scale=2, min_width=300):
                panel = gr.HTML(texts.score_panel(answer, threshold), elem_id="panel")
                slider = gr.Slider(
                    0, 1, threshold, step=0.01, label="Threshold", elem_id="threshold", buttons=["reset"]
                )
                view = gr.Radio([OVERLAY, PROBABILITY], value=OVERLAY, label="Show", elem_id="view")
                with gr.Row():
                    mask_button = gr.DownloadButton("Mask as PNG", size="sm", elem_id="download-mask")
                    overlay_button = gr.DownloadButton("Picture as PNG", size="sm", elem_id="download-picture")
        gr.HTML(texts.examples_heading(first.synthetic), elem_classes="tight")
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
        )
        gr.HTML(texts.OWN_HEADING, elem_classes="tight")
        with gr.Row():
            slice_file = gr.File(str(first.image), label="Slice", file_types=ENDINGS, height=120, elem_id="slice-file")
            mask_file = gr.File(
                str(first.mask), label="Mask (optional)", file_types=ENDINGS, height=120, elem_id="mask-file"
            )
        with gr.Accordion("What am I looking at?", open=False):
            gr.Markdown(texts.EXPLANATION)

        results = [picture, legend, panel, mask_button, overlay_button]
        inputs = [slice_file, mask_file, slider, view]
        handlers = Handlers(responder)
        quiet: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "hidden",
            "concurrency_limit": 2,
            "concurrency_id": "network",
        }
        demo.load(handlers.show, inputs, results, **quiet)
        # one listener, so that a later change is never overtaken by the answer to an earlier one
        changes = [slider.change, view.change, mask_file.upload, mask_file.clear, slice_file.clear]
        gr.on(changes, handlers.show, inputs, results, trigger_mode="always_last", **quiet)
        slice_file.upload(handlers.show_new_slice, inputs, [mask_file, *results], **quiet)
        gallery.select(
            handlers.show_sample,
            [slider, view],
            [slice_file, mask_file, *results],
            trigger_mode="always_last",
            **quiet,
        )
        add_api(responder, threshold)
    demo.queue(max_size=64)
    return demo


def thumbnail(sample: Sample) -> np.ndarray:
    """Return the middle of a sample's slice, without the air around the body."""
    pixels = read_slice(sample.image).pixels
    return pixels[centre_box(pixels.shape, int(0.7 * min(pixels.shape))).region]
