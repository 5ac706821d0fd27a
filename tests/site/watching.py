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

# in a frame: clicks one example after another, then gives the page files of one's own; sends the server the Dice of
# each example, and what the page says of each file
WATCHER = """<!doctype html><iframe width="1200" height="900" src="SITE"></iframe><script>
const page = () => document.querySelector("iframe").contentDocument;
const until = (find) => new Promise((resolve) => {
  const timer = setInterval(() => { const found = find(); if (found) { clearInterval(timer); resolve(found); } }, 200);
});
(async () => {
  await until(() => page()?.querySelector("#viewer form[data-shown]"));
  const [found, said] = [{}, {}];
  for (const button of page().querySelectorAll("#cases .examples button")) {
    button.click();
    await until(() => page().querySelector(`#viewer form[data-shown="${button.value}"]`)
      ?? page().querySelector("#page p.notice:not([hidden])"));
    found[button.value] = Number(page().querySelector("#viewer [data-score=dice]").dataset.value);
  }
  for (const name of OWN) {
    const held = new DataTransfer();
    held.items.add(new File([await (await fetch(`/own/${name}`)).blob()], name));
    const input = page().querySelector("#slice-file input");
    const before = page().querySelector("#viewer form").dataset.shown;
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    await until(() => page().querySelector("#viewer form").dataset.shown !== before
      || page().querySelector("#page p.notice:not([hidden])"));
    said[name] = `${page().querySelector("#page p.notice:not([hidden])")?.textContent ?? ""}`
      + page().querySelector("#viewer .notes").textContent;
  }
  fetch("/report", { method: "POST", body: JSON.stringify({ found, said }) });
})();
</script>"""


@contextmanager
def watched_site(folder: Path, below: str, own: Path) -> Iterator[tuple[str, "queue.Queue[Any]"]]:
    """Serve a folder; yield the address of a page that watches the site in it, and what it reports.

    The site is given the files in `own` one by one.
    """
    reports: queue.Queue[Any] = queue.Queue()
    names = json.dumps(sorted(path.name for path in own.iterdir()))
    watcher = WATCHER.replace("SITE", f"/{below}/").replace("OWN", names)

    class Handler(SimpleHTTPRequestHandler):
        """Static files, the watcher, and its report."""

        def do_GET(self) -> None:
            if self.path != "/watch":
                super().do_GET()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(watcher.encode())

        def do_POST(self) -> None:
            reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def translate_path(self, path: str) -> str:
            name = path.removeprefix("/own/")
            return super().translate_path(path) if name == path else str(own / name)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/watch", reports
    server.shutdown()
