"""Words and tables of `space/report/` as a Gradio component."""

import gradio as gr


def report(*pieces: str, elem_id: str) -> gr.HTML:
    """Add pieces of HTML to the page that is being built."""
    return gr.HTML(f"<div class='part report'>{''.join(pieces)}</div>", apply_default_css=False, elem_id=elem_id)
