"""Hostile questions: `python -m tests.fuzz.questions --inputs 100000 --seed 0`.

A real app is asked what nobody who means well would ask: by the page's server functions, the API, uploads, MCP, and as
HTTP that is none. Each answer must be of 2xx or 4xx and short or whole; the log must hold no stack trace; and now and
then a good question must be answered as it was at first.
"""

import argparse
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle
from tests.fuzz import mutate, structures
from tests.fuzz.outcomes import Outcomes, Wrong
from tests.serving import DIRECTLY, ROOT, free_port, wait_for

API = "/gradio_api"
EVERY = 300
"""After so many questions a good one is asked."""
SAMPLE = open_bundle(BUNDLED, "").samples[0]
EXAMPLE = {"example": SAMPLE.name}
READING = {"values": "auto", "label": None, "order": None, "place": None, "turn": 0}
SOURCE = {"slice": EXAMPLE, "mask": EXAMPLE, **READING}
NETWORK = {"network": "", "cut": [0], **SOURCE}
GOOD = {
    "open_case": {"files": [], **SOURCE},
    "look_inside": {"level": "encoder_1", **NETWORK},
    "operation": {"name": "max pooling 1", "input_map": 0, "output_map": None, **NETWORK},
    "compare": SOURCE,
    "broken": {"change": "noise", "strength": 5.0, **SOURCE},
    "tables": {"places": [0], **SOURCE},
    "plane": {"plane": "coronal", "at": 3, **SOURCE},
    "values": SOURCE,
    "distances": {"level": 128, **SOURCE},
    "take_home": {"level": 128, "kind": "json", **SOURCE},
    "ranked": {},
    "fetch_real": {"real": "x", "whole": False, "who": "me"},
    "leave_real": {"real": "x", "whole": False, "who": "me"},
}
TOOL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "segment", "arguments": {"slice_path": "x"}},
}
ARGUMENTS = {
    "segment": [None, 0.5, "auto", None, None, None, 0],
    "segment_volume": [None, 0.5, "nifti", "auto", None, None, 0],
}
TYPES = ("application/json",) * 12 + (
    "text/plain",
    "application/xml",
    "",
    "application/json; charset=utf-16",
    "a" * 9000,
)
FORM = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n%s\r\n'
LONG = 100_000


class App(NamedTuple):
    """A running app."""

    process: subprocess.Popen[str]
    port: int
    log: Path
    folder: Path
    component: int
    functions: tuple[tuple[int, str], ...]

    @property
    def memory(self) -> int:
        """What it takes, in MB."""
        return int(Path(f"/proc/{self.process.pid}/status").read_text().split("VmRSS:")[1].split()[0]) >> 10

    @property
    def files(self) -> int:
        """How many files it has."""
        return sum(path.is_file() for path in self.folder.rglob("*"))


@contextmanager
def running() -> Iterator[App]:
    """Start an app whose files and log can be looked at."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        folder, log = Path(temporary, "files"), Path(temporary, "log")
        folder.mkdir()
        port = free_port()
        env = os.environ | {"GRADIO_SERVER_PORT": str(port), "TMPDIR": str(folder)}
        with log.open("w") as said:
            process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=env, stdout=said, stderr=subprocess.STDOUT, text=True
            )
        try:
            wait_for(f"http://127.0.0.1:{port}", process)
            config = json.loads(DIRECTLY.open(f"http://127.0.0.1:{port}/config").read())
            page = next(one for one in config["components"] if one["props"].get("elem_id") == "page")
            events = tuple((one["id"], str(one["api_name"])) for one in config["dependencies"])
            yield App(process, port, log, folder, page["id"], events)
        finally:
            process.terminate()
            process.wait(timeout=120)


class Stranger:
    """Asks, by one connection after another."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._line = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
        form = PART % (b"x.png", SAMPLE.image.read_bytes()) + b"--b--\r\n"
        self.path = json.loads(self.ask("POST", f"{API}/upload", form, Content_Type=FORM)[1])[0]
        """Of an upload."""

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Return the status and the answer.

        Raises
        ------
        UserError
            for an answer of 4xx.
        Wrong
            for one of 5xx, or none.
        """
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            response, answer = self._answer(method, path, body, fields)
        except (http.client.HTTPException, OSError):  # the app closed the connection after the last answer
            self._line.close()
            try:
                response, answer = self._answer(method, path, body, fields)
            except (http.client.HTTPException, OSError) as error:
                self._line.close()
                raise Wrong(f"no answer ({type(error).__name__}) to {method} {path[:80]}") from None
        if response.status >= 500:
            raise Wrong(f"{response.status}: {answer[:200]!r} to {method} {path[:80]}")
        if b"Traceback" in answer or b"Something went wrong" in answer:
            raise Wrong(f"{answer[:200]!r} to {method} {path[:80]}")
        if response.status >= 400:
            raise UserError(
                f"{response.status}: {''.join(filter(str.isprintable, answer.decode('utf-8', 'replace')))[:60]}"
            )
        return response.status, answer

    def _answer(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[Any, bytes]:
        self._line.request(method, path, body, headers)
        response = self._line.getresponse()
        return response, response.read()

    def server_function(self, name: str, data: Any) -> dict[str, Any]:
        """Ask as the page does."""
        body = {"session_hash": "fuzz", "component_id": self.app.component, "fn_name": name, "data": data}
        answer = json.loads(
            self.ask("POST", f"{API}/component_server", json.dumps(body).encode(), Content_Type=TYPES[0])[1]
        )
        return dict(answer)


def page(rng: Random, one: Stranger) -> None:
    """Change what a server function is asked."""
    name = rng.choice(list(GOOD))
    marked = {"session_hash": "fuzz", "component_id": one.app.component, "fn_name": name, "data": "@data@"}
    data = structures.mutant(rng, GOOD[name])
    body = (
        json.dumps(marked).replace('"@data@"', data)
        if rng.random() < 0.8
        else structures.mutant(rng, marked | {"data": GOOD[name]})
    )
    path = f"{API}/component_server{rng.choice(('', '', '/'))}"
    answer = one.ask("POST", path, body.encode("utf-8", "surrogatepass"), Content_Type=rng.choice(TYPES))[1]
    found = json.loads(answer)
    if isinstance(found, dict) and "refused" in found:
        raise UserError(found["refused"])


def bytes_of_page(rng: Random, one: Stranger) -> None:
    """Change the bytes of a question."""
    name = rng.choice(list(GOOD))
    body = {"session_hash": "fuzz", "component_id": one.app.component, "fn_name": name, "data": GOOD[name]}
    one.ask("POST", f"{API}/component_server", mutate.mutant(rng, [json.dumps(body).encode()]), Content_Type=TYPES[0])


def call(rng: Random, one: Stranger) -> None:
    """Change what the API is asked, and fetch what comes of it."""
    number, name = rng.choice(one.app.functions)
    body: dict[str, Any] = {"data": [{"path": one.path}, *ARGUMENTS[name]]}
    way = rng.choice((f"call/{name}", "queue/join", f"run/{name}", f"api/{name}", "cancel", "reset"))
    if way in ("queue/join", "cancel", "reset"):
        body |= {"fn_index": number, "session_hash": "fuzz", "event_id": "x"}
    text = structures.mutant(rng, body).encode("utf-8", "surrogatepass")
    answer = one.ask("POST", f"{API}/{way}", text, Content_Type=rng.choice(TYPES))[1]
    found = json.loads(answer)
    if way.startswith("call/"):
        one.ask("GET", f"{API}/{way}/{found['event_id']}")
    elif way == "queue/join" and json.loads(text).get("session_hash") == "fuzz":
        one.ask("GET", f"{API}/queue/data?session_hash=fuzz")


def tool(rng: Random, one: Stranger) -> None:
    """Change what MCP is asked."""
    asked = (
        TOOL
        if rng.random() < 0.7
        else TOOL | {"method": rng.choice(("tools/list", "initialize", "x", "resources/read"))}
    )
    accepted = {
        "Content_Type": rng.choice(TYPES),
        "Accept": rng.choice(("application/json, text/event-stream", "*/*", "")),
    }
    text = structures.mutant(rng, asked).encode("utf-8", "surrogatepass")
    one.ask(rng.choice(("POST", "POST", "POST", "DELETE", "PUT")), f"{API}/mcp/", text, **accepted)


def upload(rng: Random, one: Stranger) -> None:
    """Upload what is no form, or one with odd names and many parts."""
    name = rng.choice((*structures.TEXTS, "a" * LONG, "x.png", "\u202egnp.dcm")).encode("utf-8", "surrogatepass")
    one_part = PART % (name, rng.randbytes(rng.choice((0, 1, 5000))))
    body = (
        one_part * rng.choice((1, 1, 1, 1, 2, 10_000 if len(name) < 99 and rng.random() < 0.05 else 20)) + b"--b--\r\n"
    )
    if rng.random() < 0.4:
        body = mutate.mutant(rng, [body])
    kind = rng.choice((FORM,) * 6 + ("multipart/form-data", "multipart/form-data; boundary=", "x"))
    one.ask(
        "POST", f"{API}/upload{rng.choice(('', '?upload_id=x', '?upload_id=' + 'x' * 9000))}", body, Content_Type=kind
    )


def path(rng: Random, one: Stranger) -> None:
    """Ask for odd paths."""
    text = rng.choice(structures.TEXTS).encode("utf-8", "surrogatepass")
    odd = rng.choice(("", "%00", "%ff", "/..", "%2e%2e/", "?" + "a=1&" * 2000, "//", "%", "%zz"))
    quoted = "".join(f"%{byte:02x}" for byte in text[:2000])
    start = rng.choice(PATHS)
    if start.endswith(("segment/", "hash=")):
        quoted = quoted or "x"
    one.ask(rng.choice(("GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE")), start + quoted + odd, None)


PATHS = (
    *("/", "/local-engine/", "/assets/", "/static/", "/theme.css?v=", "/?__theme=", "/?embed=", "/config"),
    *(f"{API}/{way}" for way in ("", "file=", "call/segment/", "queue/data?session_hash=", "heartbeat_/", "info/")),
)
RAW = (
    b"",
    b"\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01",
    b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: \xff\x00\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * LONG + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"c" * 10 * LONG + b"\r\n\r\n",
    b"GET /" + b"a" * LONG + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nx",
    b"POST /gradio_api/component_server HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
    b"POST /gradio_api/component_server HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b'POST /gradio_api/component_server HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n',
    b"POST /gradio_api/reset HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
    b"GET /gradio_api/queue/data?session_hash=x HTTP/1.1\r\nHost: x\r\nRange: bytes=9-1,-99999999999999999999\r\n\r\n",
)


def raw(rng: Random, one: Stranger) -> None:
    """Send what is no HTTP, and leave; what answers is closed or of 2xx to 4xx."""
    data = rng.choice(RAW)
    if rng.random() < 0.5:
        data = mutate.mutant(rng, [data[:5000]])
    with socket.create_connection(("127.0.0.1", one.app.port), timeout=0.3) as line:
        try:
            line.sendall(data)
            answer = line.recv(100)
        except OSError:  # it waits for more, or has closed
            return
    if re.match(rb"HTTP/1.\d 5", answer):
        raise Wrong(f"{answer!r}")


KINDS: dict[str, tuple[int, Callable[[Random, Stranger], None]]] = {
    "server functions": (50, page),
    "server functions, bytes": (10, bytes_of_page),
    "API": (14, call),
    "MCP": (10, tool),
    "uploads": (6, upload),
    "paths": (8, path),
    "no HTTP": (2, raw),
}
"""How many of a hundred inputs are of a kind."""


def fuzz(app: App, inputs: int, seed: int) -> None:
    """Ask one app all of it."""
    one = Stranger(app)
    first = one.server_function("open_case", GOOD["open_case"])
    if "pixels" not in first:
        raise Wrong(f"the good question is not answered: {first}")
    before = app.memory, app.files
    for kind, (share, work) in KINDS.items():
        outcomes = Outcomes(kind)
        for number in range(inputs * share // 100):
            outcomes.attempt(number, partial(work, Random(f"{seed} {kind} {number}"), one))
            if number % EVERY == EVERY - 1 and one.server_function("open_case", GOOD["open_case"]) != first:
                outcomes.find("a good question is answered in another way", number)
            if app.process.poll() is not None:
                outcomes.find("the app has ended", number)
                return
        print(f"{outcomes.line()}; the app has {app.memory} MB and {app.files} files", flush=True)
    if one.server_function("open_case", GOOD["open_case"]) != first:
        print("  a good question is answered in another way")
    log = app.log.read_text("utf-8", "replace")
    traces = log.count("Traceback")
    print(f"memory {before[0]} to {app.memory} MB, files {before[1]} to {app.files}, {traces} stack traces")
    for trace in sorted(set(re.findall(r"Traceback.*(?:\n[ \t].*)+\n(\S.*)", log))):
        print(f"  {trace[:200]}")


def main() -> None:
    """Print a line for each kind of question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with running() as app:
        fuzz(app, asked.inputs, asked.seed)


if __name__ == "__main__":
    main()
