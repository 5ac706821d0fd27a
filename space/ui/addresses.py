"""The app opens no address that a visitor gives: whoever has a file at an address uploads it.

Gradio downloads a file that is given as an address, and so does everything that MCP's tools are given. It refuses most
private ones, but it asks a public name server about each, reads without a limit, and takes what no visitor should reach
(100.64.0.0/10, IPv6 forms of private addresses). The one address that is taken is that of an upload to this app, which
MCP has no other word for: it is read from the disk.
"""

from pathlib import Path

import gradio as gr
import httpx
from anyio import to_thread
from gradio import processing_utils
from gradio.utils import get_upload_folder
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from space.ui.doors import FILE, asked_path

REFUSED = "This app opens no addresses: please download the file, and upload it."
NO_PORT = "MCP needs an app that listens at a port."


class UploadsOnly(httpx.AsyncBaseTransport):
    """What Gradio's downloads go through: it reaches nothing but the uploads on the disk."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer with an upload.

        Raises
        ------
        gr.Error
            for every other address; the client shows its sentence.
        """
        path = _upload(request.url.path)
        if path is None:
            raise gr.Error(REFUSED, print_exception=False)
        return httpx.Response(200, content=await to_thread.run_sync(path.read_bytes))


def open_no_addresses() -> None:
    """Have all downloads of Gradio's go through `UploadsOnly`."""
    processing_utils.async_transport = UploadsOnly()


def _upload(path: str) -> Path | None:
    _, marked, name = path.partition(FILE)
    home = Path(get_upload_folder()).resolve()
    file = Path(name).resolve()
    return file if marked and file.is_relative_to(home) and file.is_file() else None


class McpAtHome:
    """Middleware that has MCP's tools ask this server, whatever name a request gives it.

    Mounted in another app, Gradio takes the server's address from the first request to MCP, where anybody can write
    another one: from then on all visitors' calls would go there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and asked_path(scope).startswith("/gradio_api/mcp"):
            tools = scope["app"].get_blocks().mcp_server_obj
            host, port = scope.get("server") or ("", None)
            if not tools.local_url and port is None:
                await PlainTextResponse(NO_PORT, 501)(scope, receive, send)
                return
            if not tools.local_url:
                below = scope["path"].partition("/gradio_api/mcp")[0]
                name = f"[{host}]" if ":" in host else host
                tools._local_url = f"{_scheme(scope)}://{name}:{port}{below}/"
        await self.app(scope, receive, send)


def _scheme(scope: Scope) -> str:
    """Return what this server itself speaks: a web server in front of it has done the encryption."""
    return "http" if "x-forwarded-proto" in Headers(scope=scope) else str(scope["scheme"])
