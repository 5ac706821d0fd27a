"""The colours and sizes of the app's Gradio theme, as plain CSS: those that the page's parts use, worked out."""

import re
from collections.abc import Iterator
from pathlib import Path

from space.ui.page import LAUNCH

VARIABLE = re.compile(r"(--[\w-]+):\s*([^;]+);")
USED = re.compile(r"var\((--[\w-]+)\)")
OWN = Path(__file__).with_name("site.css")


def theme_css() -> str:
    """Return the variables for light and dark."""
    text = LAUNCH["theme"]._get_theme_css()  # the app's page gets the same text
    light_text, _, dark_text = text.partition(":root.dark")
    light = dict(VARIABLE.findall(light_text))
    dark = light | dict(VARIABLE.findall(dark_text))
    return f"body {{ {_set(light)} }}\nbody.dark {{ {_set(dark)} color-scheme: dark; }}"


def _set(values: dict[str, str]) -> str:
    return " ".join(f"{name}: {_worked_out(values[name], values)};" for name in _used() if name in values)


def _worked_out(value: str, values: dict[str, str]) -> str:
    """Return a value without references to others."""
    while found := USED.search(value):
        value = value[: found.start()] + values[found[1]] + value[found.end() :]
    return value.strip()


def _used() -> Iterator[str]:
    styles = "".join(path.read_text("utf-8") for path in (OWN, *map(Path, LAUNCH["css_paths"])))
    yield from sorted(set(USED.findall(styles)))
