"""What the page's events do: paths and settings in, the components' new values out."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from space.answer import Responder
from space.bundle import sha256
from space.drawing import png
from space.errors import UserError
from space.ui import texts

OVERLAY, PROBABILITY = "Overlay", "Probability"


class Handlers:
    """The event handlers of one page. They keep nothing between two events."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder
        self._samples = responder.bundle.samples
        self._sample_masks = {sha256(sample.mask) for sample in self._samples}

    def show(self, slice_path: str | None, mask_path: str | None, threshold: float, view: str) -> list[Any]:
        """Return picture, legend, panel and downloads; a mask that does not fit costs only the scores."""
        problem = ""
        try:
            answer = self._responder.answer(slice_path, mask_path, threshold)
        except UserError as error:
            problem = str(error)
            try:
                answer = self._responder.answer(slice_path, None, threshold)
            except UserError:
                return [None, "", texts.notice(problem), None, None]
        heat = view == PROBABILITY
        picture = save_png(answer.heat() if heat else answer.overlay(), f"{answer.name}-{view.lower()}.png")
        return [
            picture,
            texts.HEAT_LEGEND if heat else texts.legend(answer),
            texts.score_panel(answer, threshold, problem),
            save_png(answer.mask(), f"{answer.name}-predicted-mask.png"),
            picture,
        ]

    def show_new_slice(self, slice_path: str | None, mask_path: str | None, threshold: float, view: str) -> list[Any]:
        """Return the mask and the results; an example's mask goes, a mask of one's own stays."""
        if mask_path and Path(mask_path).exists() and sha256(Path(mask_path)) in self._sample_masks:
            mask_path = None
        return [mask_path, *self.show(slice_path, mask_path, threshold, view)]

    def show_sample(self, threshold: float, view: str, event: gr.SelectData) -> list[Any]:
        """Return files and results for the example that was clicked."""
        sample = self._samples[event.index]
        image, mask = str(sample.image), str(sample.mask)
        return [image, mask, *self.show(image, mask, threshold, view)]


def save_png(pixels: Any, name: str) -> str:
    """Write a picture to Gradio's cache, which deletes it after a while; return its path."""
    return str(save_bytes_to_cache(png(pixels), name, get_upload_folder()))
