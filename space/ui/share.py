"""Below the tabs: a link to the present view, and the snippets that embed it."""

import gradio as gr

from space.model.contract import Contract
from space.ui.component import part
from space.ui.texts import DISCLAIMER

# what an embedded tab shows instead of the header: what it is not, and the way to the rest (space/page/dress.js)
EMBEDDED_NOTE = f"<p>{DISCLAIMER} <a target='_blank' rel='noopener' href='?'>Open the whole demo</a></p>"


def build_share(contract: Contract) -> None:
    """Build the panel, and the line that an embedded tab has in its place."""
    data = {"gradio": gr.__version__, "target": contract.target}
    part("share", data=data, control="share", elem_id="share", elem_classes="around")
    gr.HTML(EMBEDDED_NOTE, elem_id="embedded-note")
