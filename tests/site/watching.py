"""A web server for a site, and a place where a browser without a driver reports what it computed."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# clicks one example after another in a frame, and sends the Dice of each to the server
WATCHER = """<!doctype html><iframe width="1200" height="900" src="%s"></iframe><script>
const page = () => document.querySelector("iframe").contentDocument;
const until = (find) => new Promise((resolve) => {
  const timer = setInterval(() => { const found = find(); if (found) { clearInterval(timer); resolve(found); } }, 200);
});
(async () => {
  await until(() => page()?.querySelector("#viewer form[data-shown]"));
  const found = {};
  for (const button of page().querySelectorAll("#cases .examples button")) {
    button.click();
    await until(() => page().querySelector(`#viewer form[data-shown="${button.value}"]`)
      ?? page().querySelector("#page p.notice:not([hidden])"));
    found[button.value] = Number(page().querySelector("#viewer [data-score=dice]").dataset.value);
  }
  fetch("/report", { method: "POST", body: JSON.stringify(found) });
})();
</script>"""


@contextmanager
def watched_site(folder: Path, below: str) -> Iterator[tuple[str, "queue.Queue[Any]"]]:
    """Serve a folder; yield the address of a page that watches the site in it, and what it reports."""
    reports: queue.Queue[Any] = queue.Queue()

    class Handler(SimpleHTTPRequestHandler):
        """Static files, the watcher, and its report."""

        def do_GET(self) -> None:
            if self.path != "/watch":
                super().do_GET()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((WATCHER % f"/{below}/").encode())

        def do_POST(self) -> None:
            reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/watch", reports
    server.shutdown()
