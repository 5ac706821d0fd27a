"""`/segment` for `gradio_client`, plain HTTP and MCP; its components are not on the page."""

from typing import Any

import gradio as gr

from space.answer import Responder
from space.errors import UserError
from space.ui.handlers import save_png

ENDINGS = [".png", ".jpg", ".jpeg", ".tif", ".tiff"]


def add_api(responder: Responder, default_threshold: float) -> None:
    """Add `/segment` to the page that is being built."""

    def segment(
        slice_path: str, mask_path: str | None = None, threshold: float = default_threshold
    ) -> tuple[str, str, str, dict[str, Any]]:
        """Segment the organ on one axial CT slice with the U-Net; for teaching, not for diagnosis.

        It gives the picture with the prediction (and the mask's outline), the predicted mask and the
        probability map as PNG files, and the figures: Dice, IoU, precision, recall (null where undefined), area.

        Args:
            slice_path: PNG, JPEG or TIFF of the slice, windowed 8-bit or raw 16-bit.
            mask_path: optional mask of the same size, black and one other value, to score against.
            threshold: probability from 0 to 1 from which a pixel counts as predicted.
        """
        try:
            answer = responder.answer(slice_path, mask_path, threshold)
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from None
        return (
            save_png(answer.overlay(), f"{answer.name}-overlay.png"),
            save_png(answer.mask(), f"{answer.name}-predicted-mask.png"),
            save_png(answer.probability, f"{answer.name}-probability.png"),
            responder.figures(answer, threshold),
        )

    with gr.Column(visible=False):
        inputs = [
            gr.File(label="slice", file_types=ENDINGS),
            gr.File(label="mask", file_types=ENDINGS),
            gr.Number(default_threshold, label="threshold"),
        ]
        outputs = [
            gr.Image(format="png", label="overlay"),
            gr.Image(format="png", label="mask"),
            gr.Image(format="png", label="probability"),
            gr.JSON(label="figures"),
        ]
        gr.Button("segment").click(
            segment, inputs, outputs, api_name="segment", concurrency_limit=2, concurrency_id="network"
        )
