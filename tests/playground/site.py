"""The playground on a static server, as the page of its own; and a place where a browser without a driver reports."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlsplit

from tests.serving import ROOT

# shows the playground in a frame, and sends its score to the server once the run has reached a step
WATCHER = """<!doctype html><iframe width="1200" height="900"></iframe><script>
const asked = new URLSearchParams(location.search);
const frame = document.querySelector("iframe");
frame.src = asked.get("page");
const timer = setInterval(() => {
  const page = frame.contentDocument;
  const found = page.querySelector(`[data-step="${asked.get("step")}"]`);
  const failed = /cannot train/.test(page.body?.textContent ?? "");
  if (!found && !failed) return;
  clearInterval(timer);
  fetch("/report", { method: "POST", body: found ? found.dataset.score : JSON.stringify(page.body.innerText) });
}, 200);
</script>"""


class Site:
    """A running server: `url` of the playground; what watched pages report comes to `reports`."""

    def __init__(self) -> None:
        self.reports: queue.Queue[Any] = queue.Queue()
        site = self

        class Handler(SimpleHTTPRequestHandler):
            """Static files, the watcher, and its reports."""

            def do_GET(self) -> None:
                if urlsplit(self.path).path != "/watch":
                    super().do_GET()
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(WATCHER.encode())

            def do_POST(self) -> None:
                site.reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=ROOT / "space"))
        self.home = f"http://127.0.0.1:{self.server.server_port}"
        self.url = f"{self.home}/playground/"

    def watched(self, query: str, step: int) -> str:
        """Return the address of a page that reports a run's score at a step."""
        return f"{self.home}/watch?step={step}&page={quote(f'/playground/?{query}', safe='')}"


@contextmanager
def static_site() -> Iterator[Site]:
    """Serve the folder `space`."""
    site = Site()
    threading.Thread(target=site.server.serve_forever, daemon=True).start()
    yield site
    site.server.shutdown()
