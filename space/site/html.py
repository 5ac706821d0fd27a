"""The app's own components as a plain page: the tree that Gradio would send is written as HTML, part by part."""

import base64
import json
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from space.site.place import Place, head
from space.site.policy import IN_A_FOLDER, IN_ONE_FILE, policy
from space.site.theme import theme_css
from space.ui.page import LAUNCH
from space.ui.preview import Preview
from space.ui.texts import SENT

SCRIPT = "page/site.js"
STAYS = "A file never leaves this computer: the page itself reads it and runs the network, without a server."
"""What the page says in place of what becomes of a file that is sent to the app."""
ONLY_SERVED = {"engine", "real"}
"""Parts that need a server: they choose it, or have it fetch."""
ONLY_SENT = {"share"}
"""Parts that need an address that others have, too."""
NOT_STARTED = (
    "This page has not started yet. It needs JavaScript, and a current Chrome, Edge, Firefox or Safari: if this "
    "sentence stays, please reload the page, or open it in another browser."
)
"""Shown after a while, until the page's script runs: an old browser cannot even read it."""
DARK_FIRST = (
    'const asked = new URLSearchParams(location.search).get("theme");'
    'const dark = asked ? asked === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;'
    'document.body.classList.toggle("dark", dark);'
)
"""Runs before anything is painted; `space/page/dress.js` does the rest."""


class SitePage:
    """The page of a site.

    Parameters
    ----------
    demo : the app, of which the components are taken.
    built : what `space/page/site.js` needs beside the parts' own data.
    folder : with the files that the page needs.
    about : what other sites show of the page.
    place : where it will stand, as far as that is known.
    """

    def __init__(self, demo: gr.Blocks, built: dict[str, Any], folder: Path, about: Preview, place: Place) -> None:
        self._demo = demo
        self._built = built
        self._folder = folder
        self.about = about
        self._place = place
        self._files = {
            path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()
        }

    def with_files_beside(self, way: str) -> str:
        """Return the page that asks the server for its files, given the way to their folder."""
        files = {name: {"url": f"{way}/{name}", "bytes": path.stat().st_size} for name, path in self._files.items()}
        allowed = policy(IN_A_FOLDER, [DARK_FIRST])
        return self._page(files, f'<script type="module" src="{way}/{SCRIPT}"></script>', ONLY_SERVED, allowed)

    def with_files_inside(self) -> str:
        """Return the page that holds its files, so that it can be opened from a folder."""
        inside = {name: path.read_bytes() for name, path in self._files.items() if name != SCRIPT}
        files = {name: {"url": "", "bytes": len(data)} for name, data in inside.items()}
        held = [
            f'<script type="text/plain" data-file="{escape(name)}">{base64.b64encode(data).decode()}</script>'
            for name, data in inside.items()
        ]
        script = self._files[SCRIPT].read_text("utf-8").replace("</script", "<\\/script")
        scripts = "\n".join([*held, f'<script type="module">{script}</script>'])
        left_out = ONLY_SERVED if self._place.page else ONLY_SERVED | ONLY_SENT
        return self._page(files, scripts, left_out, policy(IN_ONE_FILE, [DARK_FIRST, script]))

    def _page(self, files: dict[str, Any], scripts: str, left_out: set[str], allowed: str) -> str:
        parts: list[Any] = []
        body = "\n".join(filter(None, (_html(child, parts, left_out) for child in self._demo.children)))
        styles = [Path(__file__).with_name("site.css"), *map(Path, LAUNCH["css_paths"])]
        css = "\n".join([theme_css(), *(path.read_text("utf-8") for path in styles)])
        return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
{allowed}
<meta name="viewport" content="width=device-width, initial-scale=1">
{head(self.about, self._place)}<link rel="icon" href="data:,">
<style>
{css}
</style>
</head>
<body>
<script>{DARK_FIRST}</script>
<div class="gradio-container">
<p id="not-started">{NOT_STARTED}</p>
<main>
{body}
</main>
</div>
<script type="application/json" id="site">{_json(self._built | {"files": files, "parts": parts})}</script>
{scripts}
</body>
</html>
"""


def _html(component: Any, parts: list[Any], left_out: set[str]) -> str:
    """Return a component without the parts that are left out; the data of a part goes to the end of `parts`."""
    name = getattr(component, "part", None)
    if component.visible is False or name in left_out:
        return ""
    if isinstance(component, gr.blocks.BlockContext) and not isinstance(component, gr.HTML):
        inner = "\n".join(filter(None, (_html(child, parts, left_out) for child in component.children)))
        return _element(component, "column", inner) if inner else ""  # what serves the API alone shows nothing
    if not isinstance(component, gr.HTML):
        raise TypeError(f"the page without a server does not know how to show {type(component).__name__}")
    if name is None:
        inner = f'<div class="prose">{component.value.replace(SENT, STAYS)}</div>'
    else:
        parts.append({"name": name, "data": component.props.get("data")})
        inner = f'<div data-part="{len(parts) - 1}">{component.html_template}</div>'
    return _element(component, "block", f'<div class="html-container">{inner}</div>')


def _element(component: Any, kind: str, inner: str) -> str:
    classes = " ".join([kind, *component.elem_classes])
    place = f' id="{component.elem_id}"' if component.elem_id else ""
    return f'<div{place} class="{classes}">{inner}</div>'


def _json(value: Any) -> str:
    """Return JSON that cannot end the script it stands in."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
