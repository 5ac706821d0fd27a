"""The tab 'Draw': a mask of one's own against the U-Net's, on the slice of the first tab."""

from typing import Any

import gradio as gr

from space.answer import Responder
from space.preprocessing import threshold_level
from space.ui.component import part
from space.ui.handlers import Handlers
from space.ui.payload import no_slice, slice_data


def build_draw(tab: gr.Tab, responder: Responder, files: list[gr.File], quiet: dict[str, Any]) -> None:
    """Build the tab; it takes the slice of the first tab whenever it is opened.

    Parameters
    ----------
    files : the fields of slice and mask.
    quiet : how the page's events run.
    """
    handlers = Handlers(responder)
    threshold = float(responder.bundle.contract["threshold"])

    def take(slice_path: str | None, mask_path: str | None) -> Any:
        answer, problem = handlers.answer(slice_path, mask_path, threshold)
        data = no_slice(problem) if answer is None else slice_data(answer, problem=problem)
        return gr.HTML(data=data | {"level": threshold_level(threshold)})

    pad = part("draw", "DrawPad", uses=("stage",), data=None, elem_id="draw-pad")
    tab.select(take, files, pad, **quiet)
