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
BUNDLE = PAGE / "built" / "gradio.js"  # `npm run build` makes it from `gradio.js` and all that it imports
PROGRAMS = BUNDLE.parent / "engine"  # what runs networks and decodes files in a browser, packed; made by it too
BY_ELEMENT, BY_PAGE = "element.closest('gradio-app')", "document.querySelector('gradio-app')"  # the app, in JavaScript
GUIDANCE = "This part of the page could not be loaded: please reload the page."


def part(name: str, *, data: Any = None, control: str = "", **settings: Any) -> gr.HTML:
    """Return a part of the page that lives in the browser.

    Parameters
    ----------
    name : of its files, `space/page/NAME.html` and the module `NAME.js`, which `parts.js` lists; its class is built
        with the page and `data`.
    data : what JSON can hold.
    control : what an address calls it that hides all of it (`space/page/dress.js`).
    settings : of `gr.HTML`.
    """
    return _component(name, f"mount({json.dumps(name)}, element, props.data)", control, data=data, **settings)


def as_control(html: str, control: str) -> str:
    """Return HTML under the name by which an address hides it (`space/page/dress.js`); as it is without a name."""
    return f'<div data-control="{control}">{html}</div>' if control else html


def start_page(data: dict[str, Any], questions: list[Callable[[Any], Any]], elem_id: str) -> gr.HTML:
    """Return the part that starts the page: the tabs' buttons, the notices, and the engine that asks the server.

    Parameters
    ----------
    data : for `start` of `space/page/page.js`.
    questions : the server functions that the engine asks.
    """
    call = "begin(element, props.data, server)"
    return _component("page", call, "", data=data, server_functions=questions, elem_id=elem_id)


def _component(name: str, call: str, control: str, **settings: Any) -> gr.HTML:
    component = gr.HTML(
        html_template=as_control((PAGE / f"{name}.html").read_text("utf-8"), control),
        js_on_load=(
            f"{_imported(BY_ELEMENT)}.then((page) => page.{call})"
            f".catch((error) => {{ element.textContent = {json.dumps(GUIDANCE)}; throw error; }});"
        ),
        apply_default_css=False,
        **settings,
    )
    component.part = name  # for `space/site/html.py`, which puts the same parts into a page without a server
    return component


def _imported(app: str) -> str:
    """Return the JavaScript that imports the bundle, for an expression that finds the app."""
    # relative to the app, so that it works below a path, mounted in another app, and as a web component in another page
    module = json.dumps(f"gradio_api/file={quote(BUNDLE.as_posix())}")
    return f"import(new URL({module}, {app}?.getAttribute('src') ?? document.baseURI))"


# the bundle comes while the framework does, and an embedding never shows what it hides
HEAD = f'<script type="module">{_imported(BY_PAGE)}.then((page) => page.dress(), () => {{}});</script>'
