"""A small Hugging Face Hub in memory, for tests and for trying `publish` and the app offline.

It speaks the HTTP that the real ``huggingface_hub`` client speaks, so that nothing of the client is
replaced:

    python -m tests.hub                    # a Hub by hand: says what to export, runs until Ctrl-C

    with LocalHub({"hf_write": "alice"}) as hub:         # a Hub inside a test
        HfApi(endpoint=hub.url, token="hf_write").create_repo("alice/unet")

Models and Spaces; large files go through Git LFS (``tests/hub_xet.py`` adds Xet). It has no pull
requests, discussions, search, datasets, and it runs no Space. What it does not know it answers with
status 501, which the client does not try again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.hub_routes import HubRoutes
from tests.hub_store import HubError, Repo

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"]
DEFAULT_PORT = 5055


@dataclass
class Fault:
    pattern: re.Pattern[str]
    status: int
    times: int
    headers: dict[str, str]
    after: int


class LocalHub(HubRoutes):
    """The server, on a thread of its own.

    Parameters
    ----------
    tokens
        The user that each token belongs to.
    read_only
        Those of the tokens that may not write.
    port
        0 takes a free one.

    Attributes
    ----------
    url
        What ``HF_ENDPOINT`` is to be; known once started.
    requests
        What was asked, in order, as ``"METHOD /path?query"``.
    moved
        The new name of each repo that was renamed: requests for the old one are led there.
    """

    def __init__(self, tokens: Mapping[str, str], read_only: Sequence[str] = (), port: int = 0):
        super().__init__(tokens, read_only)
        self.port = port
        self.requests: list[str] = []
        self.moved: dict[str, str] = {}
        self._faults: list[Fault] = []
        self._hangs: list[re.Pattern[str]] = []
        self._twists: list[tuple[re.Pattern[str], Callable[[Response], Response]]] = []
        self._cuts = 0  # how often hanging requests were cut off rather than let through
        self._server: uvicorn.Server | None = None

    # -- running ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen; does nothing if it does already. After `stop`, the address is the same again."""
        if self._server:
            return
        # asyncio sets TCP_NODELAY only on sockets that name their protocol: 40 ms a request
        listener = socket.socket(proto=socket.IPPROTO_TCP)
        if os.name == "posix":  # elsewhere this would share the port with a program that has it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self.port))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        # The same server by another name is another origin to the client, as the Hub's CDN is.
        self.cdn_url = f"http://localhost:{self.port}"
        app = Starlette(routes=[Route("/{path:path}", self._serve, methods=METHODS)])
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="local-hub", daemon=True
        )
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.01)

    def stop(self) -> None:
        """Close the server; requests that hang are cut off. What is stored stays."""
        if self._server:
            self._cut()
            self._server.should_exit = True
            self._thread.join()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    # -- what tests see and do --------------------------------------------------------------------

    def clear(self) -> None:
        """Forget all that is stored, all that was asked and all faults; cut off what hangs."""
        self._cut()
        for held in (self.repos, self.lfs, self.requests, self.moved, self._faults, self._twists):
            held.clear()
        self.cdn_saw_token = False

    def repo(self, repo_id: str, kind: str = "model") -> Repo:
        return self.repos[kind, repo_id]

    def alter(self, repo_id: str, path: str, data: bytes, kind: str = "model") -> None:
        """Swap the bytes of a file on ``main``; commit, hashes and tags say what they said before.

        Its size is told as that of ``data``: the client compares sizes, but not hashes. Equal files
        in LFS storage are one file: all of them are altered.
        """
        self.repo(repo_id, kind).resolve("main").files[path].data = data

    def fail(
        self,
        pattern: str,
        status: int = 503,
        times: int = 1,
        headers: Mapping[str, str] | None = None,
        after: int = 0,
    ) -> None:
        """Answer the next ``times`` requests that match with ``status``.

        Parameters
        ----------
        pattern
            A regular expression, searched in ``"METHOD /path?query"``.
        status
            The client tries 429 and most of 5xx again, with pauses of up to 8 s.
        headers
            To add to the answer, such as ``X-Error-Code``.
        after
            How many requests that match are carried out first.
        """
        self._faults.append(Fault(re.compile(pattern), status, times, dict(headers or {}), after))

    def hang(self, pattern: str) -> None:
        """Leave requests that match (see `fail`) without an answer until `release` or `stop`."""
        self._hangs.append(re.compile(pattern))

    def twist(self, pattern: str, change: Callable[[Response], Response]) -> None:
        """Let requests that match (see `fail`) be carried out, and answer with what `change` makes of the answer."""
        self._twists.append((re.compile(pattern), change))

    def mend(self) -> None:
        """Forget all faults; what hangs is answered."""
        for held in (self._faults, self._hangs, self._twists):
            held.clear()

    def release(self) -> None:
        """Answer the requests that hang, and let later ones through."""
        self._hangs.clear()

    def _cut(self) -> None:
        self._cuts += 1
        self._hangs.clear()

    async def _disturb(self, line: str, cuts: int) -> None:
        while any(pattern.search(line) for pattern in self._hangs):
            await asyncio.sleep(0.01)
        if cuts != self._cuts:  # else a commit held back in one test could land in the next
            raise HubError(503, None, "cut off")
        for fault in self._faults:
            if fault.times and fault.pattern.search(line):
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                raise HubError(fault.status, None, "injected fault", fault.headers)

    def _led_on(self, request: Request) -> Response | None:
        for old, new in self.moved.items():
            if f"/{old}/" in f"{request.url.path}/":
                return RedirectResponse(str(request.url).replace(old, new, 1), 307)
        return None

    # -- one request ------------------------------------------------------------------------------

    async def _serve(self, request: Request) -> Response:
        # Split before unquoting: a slash inside a revision comes quoted and is one part.
        raw = request.scope["raw_path"].decode()
        parts = [unquote(part) for part in raw.strip("/").split("/")]
        line = f"{request.method} {raw}" + (f"?{request.url.query}" if request.url.query else "")
        cuts = self._cuts  # before the request can be seen: a test may stop the Hub at that
        self.requests.append(line)
        body = await request.body()
        try:
            await self._disturb(line, cuts)
            answer = self._led_on(request) or self.route(request, parts, body)
        except HubError as error:
            headers = {"X-Error-Message": error.message, **error.headers}
            if error.code:
                headers["X-Error-Code"] = error.code
            answer = JSONResponse({"error": error.message}, error.status, headers)
        for pattern, change in list(self._twists):
            if pattern.search(line):
                answer = change(answer)
        return answer


def main(args: Sequence[str] | None = None) -> None:
    """Serve a Hub for the user ``local`` until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.hub", description=main.__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument("--token", default="hf_local_write", help="the token that may write")
    options = parser.parse_args(args)
    read_token = "hf_local_read"
    users = {options.token: "local", read_token: "local"}
    hub = LocalHub(users, read_only=[read_token], port=options.port)
    # A shell that starts this in the background has SIGINT ignored: ask for it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        hub.start()
    except OSError as error:
        parser.exit(1, f"Port {options.port} is not free ({error}). Choose another with --port.\n")
    try:
        print(
            "A Hub for the user 'local' runs here until Ctrl-C. It keeps everything in memory: "
            "what you publish is gone when it stops.\n"
            "In another terminal (use the token hf_local_read for one that may only read):\n\n"
            f"export HF_ENDPOINT={hub.url}\n"
            f"export HF_TOKEN={options.token}\n"
            "export HF_HUB_DISABLE_XET=1\n",
            flush=True,
        )
        threading.Event().wait()
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
    finally:
        hub.stop()


if __name__ == "__main__":
    main()
