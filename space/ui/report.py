"""Words and tables of `space/report/` as a Gradio component."""

import gradio as gr

from space.ui.component import as_control


def report(*pieces: str, elem_id: str, control: str = "") -> gr.HTML:
    """Add pieces of HTML to the page that is being built; an address hides them by the name `control`."""
    html = as_control(f"<div class='part report'>{''.join(pieces)}</div>", control)
    return gr.HTML(html, apply_default_css=False, elem_id=elem_id)
