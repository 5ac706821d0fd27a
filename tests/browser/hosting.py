"""Pages of somebody else's, served from another port, that hold views of the demo in frames."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Page

from tests.serving import ROOT

DOCUMENTED = (ROOT / "docs" / "embed.md").read_text("utf-8")
FOLLOWING = re.search(r"<script>.*?</script>", DOCUMENTED, re.DOTALL)[0]  # type: ignore[index]

T = TypeVar("T")


def settled(page: Page, measure: Callable[[], T]) -> T:
    """Measure until it is the same two seconds later, as views are that know their height; return it."""
    deadline = time.monotonic() + 60
    before, now = None, measure()
    while now != before:
        assert time.monotonic() < deadline, f"{before} became {now}"
        page.wait_for_timeout(2000)
        before, now = now, measure()
    return now


@contextmanager
def hosted(folder: Path, views: list[str], width: int, height: int = 700, *, follows: bool = True) -> Iterator[str]:
    """Serve a page with a frame for each view, and yield its address; it follows their heights, or does not."""
    frame = '<p>Then:</p><iframe src="{}" width="{}" height="{}" style="border:0"></iframe>'
    frames = "\n".join(frame.format(escape(view), width, height) for view in views)
    script = FOLLOWING if follows else ""
    page = f'<!doctype html><body style="margin:0"><h1>Lesson 4</h1>\n{frames}\n{script}\n<p>The end.</p>'
    (folder / "host.html").write_text(page, "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/host.html"
    finally:
        server.shutdown()
        server.server_close()
