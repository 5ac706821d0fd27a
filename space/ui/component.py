"""A part of `space/page/` as a Gradio component."""

from pathlib import Path
from typing import Any

import gradio as gr

PAGE = Path(__file__).parent.parent / "page"
STYLES = sorted(PAGE.glob("*.css"))


def part(name: str, class_name: str, *, uses: tuple[str, ...] = (), **settings: Any) -> gr.HTML:
    """Return a part of the page that lives in the browser.

    Parameters
    ----------
    name : of its files, `space/page/NAME.html` and `NAME.js`.
    class_name : the class in `NAME.js`, which `space/page/bind.js` binds to Gradio.
    uses : further scripts that it needs, such as 'chart'.
    settings : of `gr.HTML`; `data` goes to the part's `show`, `value` is where it starts and what it tells.
    """
    scripts = ("common", *uses, name, "bind")
    code = "\n".join((PAGE / f"{script}.js").read_text("utf-8") for script in scripts)
    return gr.HTML(
        html_template=(PAGE / f"{name}.html").read_text("utf-8"),
        js_on_load=f"{code}\nbind({class_name});",
        apply_default_css=False,
        **settings,
    )
