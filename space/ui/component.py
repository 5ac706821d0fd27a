"""A part of `space/page/` as a Gradio component."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

PAGE = Path(__file__).parent.parent / "page"
PLAYGROUND = PAGE.parent / "playground"
STYLES = [*sorted(PAGE.glob("*.css")), PLAYGROUND / "page" / "playground.css"]
GUIDANCE = "This part of the page could not be loaded: please reload the page."


def part(name: str, *, data: Any = None, **settings: Any) -> gr.HTML:
    """Return a part of the page that lives in the browser.

    Parameters
    ----------
    name : of its files, `space/page/NAME.html` and the module `NAME.js`, whose class is built with the page and `data`.
    data : what JSON can hold.
    settings : of `gr.HTML`.
    """
    return _component(name, f"mount({json.dumps(name)}, element, props.data)", data=data, **settings)


def start_page(data: dict[str, Any], questions: list[Callable[[Any], Any]], elem_id: str) -> gr.HTML:
    """Return the part that starts the page: the tabs' buttons, the notices, and the engine that asks the server.

    Parameters
    ----------
    data : for `start` of `space/page/page.js`.
    questions : the server functions that the engine asks.
    """
    call = "begin(element, props.data, server)"
    return _component("page", call, data=data, server_functions=questions, elem_id=elem_id)


def _component(name: str, call: str, **settings: Any) -> gr.HTML:
    # relative to the app, so that it works below a path, mounted in another app, and as a web component in another page
    home = 'element.closest("gradio-app")?.getAttribute("src") ?? document.baseURI'
    module = f"gradio_api/file={quote((PAGE / 'gradio.js').as_posix())}"
    component = gr.HTML(
        html_template=(PAGE / f"{name}.html").read_text("utf-8"),
        js_on_load=(
            f"import(new URL({json.dumps(module)}, {home})).then((page) => page.{call})"
            f".catch((error) => {{ element.textContent = {json.dumps(GUIDANCE)}; throw error; }});"
        ),
        apply_default_css=False,
        **settings,
    )
    component.part = name  # for `space/site/html.py`, which puts the same parts into a page without a server
    return component
