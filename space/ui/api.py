"""`/segment` and `/segment_volume` for `gradio_client`, plain HTTP and MCP; their components are not on the page."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from space.anatomy import file_word
from space.answer import Answer, Responder, level_of
from space.disk import lacking
from space.drawing import png
from space.errors import Question, UserError
from space.take_home import Kind, take_home
from space.ui.network import Turnstile, segment_all

MASKS: tuple[Kind, ...] = ("nifti", "seg", "png")


def add_api(responder: Responder, default_threshold: float, turnstile: Turnstile) -> None:
    """Add the endpoints to the page that is being built."""

    async def segment(
        slice_path: str,
        mask_path: str | None = None,
        threshold: float = default_threshold,
        values: str = "auto",
        label: str | None = None,
        order: str | None = None,
        place: int | None = None,
        turn: int = 0,
    ) -> tuple[str, str, str, dict[str, Any]]:
        """Segment the organ on one axial slice with the U-Net; for teaching, not for diagnosis.

        It gives the picture with the prediction (and the mask's outline), the predicted mask and the
        probability map as PNG files, and the figures: Dice, IoU, precision, recall (null where undefined), area.

        Args:
            slice_path: the slice as DICOM, PNG, JPEG or TIFF; or a volume as NIfTI or as a zip of a DICOM series or of
                pictures.
            mask_path: optional mask to score against: a picture of the same size, black and one other value; for a
                volume a NIfTI file of labels, a DICOM SEG or a zip of pictures.
            threshold: probability from 0 to 1 from which a pixel counts as predicted.
            values: how the slice's values are read; 'auto' unless an earlier answer asked for a choice.
            label: which structure of the mask is meant, where an earlier answer asked for a choice.
            order: of several pictures in a zip, 'feet-first' or 'head-first'.
            place: which slice of a volume, counted from 0 at the feet; without it, the one with the most
                of the mask, or the middle one.
            turn: quarter turns clockwise, 0 to 3, for a file that lies turned; 4 more if it is mirrored as well.
        """

        def answer() -> tuple[str, str, str, dict[str, Any]]:
            which = None if place is None else int(place)
            found = responder.answer(
                slice_path,
                mask_path,
                threshold,
                values=values,
                label=label or None,
                order=order or None,
                place=which,
                turned=int(turn),
            )
            return *_saved(found, file_word(responder.bundle.contract.target)), responder.figures(found, threshold)

        with _in_words():
            return await turnstile.run(answer)

    async def segment_volume(
        slice_path: str,
        mask_path: str | None = None,
        threshold: float = default_threshold,
        kind: str = "nifti",
        values: str = "auto",
        label: str | None = None,
        order: str | None = None,
        turn: int = 0,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  (how Gradio is told to pass it)
    ) -> tuple[str, dict[str, Any]]:
        """Segment the organ on all slices of a volume with the U-Net; for teaching, not for diagnosis.

        It gives the predicted mask as a file, and the figures: of the whole volume (mL, volume Dice, distances
        between the surfaces in mm; null where undefined) and of each slice from the feet up.

        Args:
            slice_path: the volume as NIfTI or as a zip of a DICOM series or of pictures.
            mask_path: optional mask to score against: a NIfTI file of labels, a DICOM SEG or a zip of pictures.
            threshold: probability from 0 to 1 from which a voxel counts as predicted.
            kind: of the predicted mask's file: 'nifti', 'seg' (DICOM SEG, of a DICOM series) or 'png' (a zip).
            values: how the values of a picture are read; 'auto' unless an earlier answer asked for a choice.
            label: which structure of the mask is meant, where an earlier answer asked for a choice.
            order: of several pictures in a zip, 'feet-first' or 'head-first'.
            turn: quarter turns clockwise, 0 to 3, for a file that lies turned; 4 more if it is mirrored as well.
        """
        with _in_words():
            level = level_of(threshold)
            wanted = next((known for known in MASKS if known == kind), None)
            if wanted is None:
                raise UserError(f"There is no kind '{kind}' of file: give one of {', '.join(MASKS)}.")
            reading = partial(responder.open, values=values, label=label or None, order=order or None, turned=int(turn))
            opened = await turnstile.run(lambda: reading(slice_path, mask_path))
            async for done, places in segment_all(opened, turnstile):
                progress((done, places), desc="slices are segmented")
            contract = responder.bundle.contract
            taken = partial(take_home, opened, [Path(slice_path)], level, threshold)
            name, mask = await turnstile.run(lambda: taken(wanted, contract))
            _, found = await turnstile.run(lambda: taken("json", contract))
            file = _folder() / name
            file.write_bytes(mask)
            return str(file), json.loads(found)

    # invisible one by one: a browser asks for the script of every kind of component that is not
    number, text, file = (partial(kind, visible=False) for kind in (gr.Number, gr.Textbox, gr.File))
    picture, figures = partial(gr.Image, format="png", visible=False), partial(gr.JSON, label="figures", visible=False)
    button = partial(gr.Button, visible=False)
    common = [file(label="slice"), file(label="mask"), number(default_threshold, label="threshold")]
    meant = [text("auto", label="values"), text(label="label"), text(label="order")]
    turn = number(0, precision=0, label="turn")
    inputs = [*common, *meant, number(None, precision=0, label="place"), turn]
    outputs = [picture(label="overlay"), picture(label="mask"), picture(label="probability"), figures()]
    # the turnstile bounds what runs and what waits
    button("segment").click(segment, inputs, outputs, api_name="segment", concurrency_limit=None)
    whole = [*common, text("nifti", label="kind"), *meant, turn]
    button("segment volume").click(
        segment_volume, whole, [file(label="mask"), figures()], api_name="segment_volume", concurrency_limit=None
    )


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    """Turn a question or a refusal into an error that the client shows as its sentence."""
    try:
        yield
    except Question as question:
        choices = ", ".join(f"{choice.value!r} ({choice.words})" for choice in question.choices)
        raise gr.Error(f"{question} Give {question.argument} as one of {choices}.", print_exception=False) from None
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from None
    except (OSError, MemoryError) as error:
        if sentence := lacking(error):
            raise gr.Error(sentence) from error
        raise


def _folder() -> Path:
    """Return a new folder of its own where Gradio serves files and after a while deletes them."""
    # two requests that write one path cut each other's file off while it is sent
    folder = Path(get_upload_folder()) / secrets.token_hex(16)
    folder.mkdir(parents=True)
    return folder


def _saved(answer: Answer, organ: str) -> tuple[str, str, str]:
    """Write an answer's pictures; return their paths."""
    folder = _folder()
    overlay, mask, probability = (
        folder / f"{answer.name}-{organ}-{kind}.png" for kind in ("overlay", "predicted-mask", "probability")
    )
    overlay.write_bytes(png(answer.overlay()))
    mask.write_bytes(png(answer.mask()))
    probability.write_bytes(png(answer.probability))
    return str(overlay), str(mask), str(probability)
