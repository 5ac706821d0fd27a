"""The tab 'Dice, by hand': two shapes to drag, and every score that follows (the article's figure 1)."""

import gradio as gr

from space.ui.component import as_control, part

INTRO = (
    "<p>A is a prediction, B the mask that an expert drew. Pick a case, or drag the two yourself: all numbers "
    "are counted from these pixels.</p>"
)


def build_dice() -> None:
    """Build the tab; all that happens in it happens in the browser."""
    gr.HTML(as_control(INTRO, "introduction"), elem_classes="tight")
    part("dice", elem_id="dice-by-hand")
