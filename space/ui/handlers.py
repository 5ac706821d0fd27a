"""What the page's events do: paths and settings in, the components' new values out."""

from typing import Any

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from space.answer import Answer, Responder
from space.drawing import png
from space.errors import UserError
from space.model.bundle import Sample
from space.ui.payload import no_slice, same_file, slice_data

WITHOUT_THE_MASK = "The prediction is shown without it; nothing was resized or guessed."


class Handlers:
    """The event handlers of one page. They keep nothing between two events."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder
        self._samples = responder.bundle.samples

    def show(self, slice_path: str | None, mask_path: str | None, threshold: float) -> list[Any]:
        """Return the viewer and the downloads; a mask that does not fit costs only the scores."""
        answer, problem = self.answer(slice_path, mask_path, threshold)
        if answer is None:
            return [gr.HTML(data=no_slice(problem)), *NO_DOWNLOADS]
        return [gr.HTML(data=slice_data(answer, self._sample_at(slice_path), problem)), *downloads(answer)]

    def answer(self, slice_path: str | None, mask_path: str | None, threshold: float) -> tuple[Answer | None, str]:
        """Return the answer, without scores if only the mask is at fault, and what is wrong."""
        try:
            return self._responder.answer(slice_path, mask_path, threshold), ""
        except UserError as error:
            problem = str(error)
        try:
            return self._responder.answer(slice_path, None, threshold), f"{problem} {WITHOUT_THE_MASK}"
        except UserError:
            return None, problem

    def show_new_slice(self, slice_path: str | None, mask_path: str | None, threshold: float) -> list[Any]:
        """Return the mask and the results; an example's mask goes, a mask of one's own stays."""
        if any(same_file(mask_path, sample.mask) for sample in self._samples):
            mask_path = None
        return [mask_path, *self.show(slice_path, mask_path, threshold)]

    def show_sample(self, threshold: float, event: gr.SelectData) -> list[Any]:
        """Return files and results for the example that was clicked."""
        return self._show_sample(self._samples[event.index], threshold)

    def open(self, threshold: float, request: gr.Request) -> list[Any]:
        """Return files and results for the example that the address asks for, if it is not shown already."""
        asked = request.query_params.get("case")
        for sample in self._samples[1:]:
            if sample.name == asked:
                return self._show_sample(sample, threshold)
        first = self._samples[0]
        answer = self._responder.answer(first.image, first.mask, threshold)
        return [gr.skip(), gr.skip(), gr.skip(), *downloads(answer)]

    def save(self, slice_path: str | None, mask_path: str | None, threshold: float) -> list[Any]:
        """Return the downloads for a new threshold."""
        answer, _ = self.answer(slice_path, mask_path, threshold)
        return list(NO_DOWNLOADS) if answer is None else downloads(answer)

    def _show_sample(self, sample: Sample, threshold: float) -> list[Any]:
        image, mask = str(sample.image), str(sample.mask)
        return [image, mask, *self.show(image, mask, threshold)]

    def _sample_at(self, path: str | None) -> Sample | None:
        return next((sample for sample in self._samples if same_file(path, sample.image)), None)


NO_DOWNLOADS = (None, None, None)


def downloads(answer: Answer) -> list[str]:
    """Write predicted mask, overlay and probability map for the three buttons; return their paths."""
    return [
        save_png(answer.mask(), f"{answer.name}-predicted-mask.png"),
        save_png(answer.overlay(), f"{answer.name}-overlay.png"),
        save_png(answer.probability, f"{answer.name}-probability.png"),
    ]


def save_png(pixels: Any, name: str) -> str:
    """Write a picture to Gradio's cache, which deletes it after a while; return its path."""
    return str(save_bytes_to_cache(png(pixels), name, get_upload_folder()))
