"""The engine of those who have their own computer compute: the app serves its files, the browser does the rest.

They are written when somebody first asks for them. ONNX Runtime's part is committed (`space/page/built/engine`): a
Space with `requirements.txt` alone has no npm.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from anyio import CapacityLimiter, to_thread
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from space.answer import Responder
from space.errors import UserError
from space.model.bundle import Bundle
from space.ui.component import PROGRAMS
from space.uploads import scratch

PLACE = "local-engine/"
"""Where the files are, below the page."""
LIST = "files.json"
RUNTIME = "ort.wasm.gz"
FOR_GOOD = "public, max-age=31536000, immutable"  # the address holds a hash of the content


PACKED = 2.3e-6  # megabytes of a model file for each of its parameters, which are kept in 16 bits


def megabytes(bundle: Bundle) -> int:
    """Return about how many megabytes a browser loads before it can answer."""
    return round((PROGRAMS / RUNTIME).stat().st_size / 1e6 + PACKED * bundle.contract.parameters)


class EngineFile(NamedTuple):
    """A file and the hash of its content."""

    path: Path
    hash: str


class EngineFiles:
    """The files of a bundle's engine, by their names; written into a folder among the uploads."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files: dict[str, EngineFile] = {}
        self._lock = Lock()

    def files(self) -> dict[str, EngineFile]:
        """Return all of them; the first call takes some seconds."""
        from space.site.engine import write_engine  # the site is made of this package's parts

        with self._lock:
            if not self._files or not all(file.path.is_file() for file in self._files.values()):
                self._files = self._written(write_engine)
        return self._files

    def _written(self, write_engine: Callable[[Responder, Path], None]) -> dict[str, EngineFile]:
        home = scratch()
        folder = Path(home.name)
        try:
            shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True)
            write_engine(self._responder, folder)
        except BaseException:  # free the space of a half-written folder, such as on a full disk
            home.cleanup()
            raise
        self._folder = home
        return {
            path.relative_to(folder).as_posix(): EngineFile(path, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def listed(self) -> dict[str, Any]:
        """Return where each file is, as seen from the list, and its size in bytes."""
        return {
            name: {"url": f"{file.hash}/{name}", "bytes": file.path.stat().st_size}
            for name, file in self.files().items()
        }


class ServedEngine:
    """Middleware that serves the files below the page."""

    def __init__(self, app: ASGIApp, engine: EngineFiles) -> None:
        self.app = app
        self.engine = engine
        self._limiter = CapacityLimiter(1)  # a class that waits for the list must not take all threads of the server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or f"/{PLACE}" not in scope["path"]:
            await self.app(scope, receive, send)
            return
        wanted = scope["path"].partition(f"/{PLACE}")[2]
        answer = self._listed if wanted == LIST else self._file
        try:
            response = await to_thread.run_sync(answer, wanted, limiter=self._limiter)
        except UserError as error:  # a network that is wired in a way that a browser's engine has no words for
            response = PlainTextResponse(str(error), 503)
        await response(scope, receive, send)

    def _listed(self, _: str) -> Response:
        return JSONResponse(self.engine.listed(), headers={"Cache-Control": "no-cache"})

    def _file(self, wanted: str) -> Response:
        hashed, _, name = wanted.partition("/")
        file = self.engine.files().get(name)
        if file is None or file.hash != hashed:  # of another version: the page asks for the list again
            return PlainTextResponse("There is no such file.", 404)
        return FileResponse(file.path, headers={"Cache-Control": FOR_GOOD}, media_type="application/octet-stream")
