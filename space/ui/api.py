"""`/segment` for `gradio_client`, plain HTTP and MCP; its components are not on the page."""

import secrets
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from space.answer import Answer, Responder
from space.drawing import png
from space.errors import Question, UserError
from space.ui.network import Turnstile


def add_api(responder: Responder, default_threshold: float, turnstile: Turnstile) -> None:
    """Add `/segment` to the page that is being built."""

    async def segment(
        slice_path: str,
        mask_path: str | None = None,
        threshold: float = default_threshold,
        values: str = "auto",
        label: str | None = None,
        place: int | None = None,
    ) -> tuple[str, str, str, dict[str, Any]]:
        """Segment the organ on one axial CT slice with the U-Net; for teaching, not for diagnosis.

        It gives the picture with the prediction (and the mask's outline), the predicted mask and the
        probability map as PNG files, and the figures: Dice, IoU, precision, recall (null where undefined), area.

        Args:
            slice_path: the slice as DICOM, PNG, JPEG or TIFF; or a volume as NIfTI or as a zip of a DICOM series.
            mask_path: optional mask to score against: a picture of the same size, black and one other value; a NIfTI
                file of labels for a volume.
            threshold: probability from 0 to 1 from which a pixel counts as predicted.
            values: how the slice's values are read; 'auto' unless an earlier answer asked for a choice.
            label: which structure of the mask is meant, where an earlier answer asked for a choice.
            place: which slice of a volume, counted from 0 at the feet; without it, the middle one.
        """

        def answer() -> tuple[str, str, str, dict[str, Any]]:
            which = None if place is None else int(place)
            found = responder.answer(slice_path, mask_path, threshold, values=values, label=label or None, place=which)
            return *_saved(found), responder.figures(found, threshold)

        try:
            return await turnstile.run(answer)
        except Question as question:
            choices = ", ".join(f"{choice.value!r} ({choice.words})" for choice in question.choices)
            raise gr.Error(f"{question} Give {question.argument} as one of {choices}.", print_exception=False) from None
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from None

    with gr.Column(visible=False):
        inputs = [
            gr.File(label="slice"),
            gr.File(label="mask"),
            gr.Number(default_threshold, label="threshold"),
            gr.Textbox("auto", label="values"),
            gr.Textbox(label="label"),
            gr.Number(None, precision=0, label="place"),
        ]
        outputs = [
            gr.Image(format="png", label="overlay"),
            gr.Image(format="png", label="mask"),
            gr.Image(format="png", label="probability"),
            gr.JSON(label="figures"),
        ]
        # the turnstile bounds what runs and what waits
        gr.Button("segment").click(segment, inputs, outputs, api_name="segment", concurrency_limit=None)


def _saved(answer: Answer) -> tuple[str, str, str]:
    """Write an answer's pictures where Gradio serves and after a while deletes them; return their paths."""
    # a folder of its own: two requests that write one path cut each other's file off while it is sent
    folder = Path(get_upload_folder()) / secrets.token_hex(16)
    folder.mkdir(parents=True)
    overlay, mask, probability = (
        folder / f"{answer.name}-{kind}.png" for kind in ("overlay", "predicted-mask", "probability")
    )
    overlay.write_bytes(png(answer.overlay()))
    mask.write_bytes(png(answer.mask()))
    probability.write_bytes(png(answer.probability))
    return str(overlay), str(mask), str(probability)
