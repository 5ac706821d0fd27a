"""What the app answers at all: what its page, Gradio's clients and MCP ask for.

Gradio offers more, to anybody: to convert a film, to fetch an address, to keep a visitor's state under a short name,
how often what was asked. Nothing here needs it, so it is not there, and what an upgrade of Gradio adds neither.
"""

import re

from gradio_client.utils import is_http_url_like
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PAGE = r"|config/?|theme\.css|favicon\.ico|robots\.txt|manifest\.json|pwa_icon(/\d+)?|(assets|static)/.+"
ASKED = r"queue/(join|data|status)|call/.+|component_server/?|cancel|reset/?"
KNOWN = r"info/?|openapi\.json|app_id/?|theme\.css|login_check/?|user/?|startup-events|heartbeat/.+|mcp(/.*)?"
FILES = r"upload|upload_progress|file=.+"
OPEN = re.compile(rf"/(?:{PAGE}|gradio_api/(?:{ASKED}|{KNOWN}|{FILES}))", re.DOTALL)
LONGEST_NAME = 255
"""Of a file, in bytes, on every common system."""
FILE = "/gradio_api/file="
NOTHING = "There is nothing here."


class OpenDoors:
    """Middleware that answers 404 wherever nothing of this app's is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or is_open(asked_path(scope)):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse(NOTHING, 404)(scope, receive, send)


def is_open(path: str) -> bool:
    """Tell whether there is something at a path below the page; a file is of this computer, and no address."""
    can_be = all(len(part.encode("utf-8", "replace")) <= LONGEST_NAME for part in path.split("/"))
    return can_be and bool(OPEN.fullmatch(path)) and not is_http_url_like(path.removeprefix(FILE))


def asked_path(scope: Scope) -> str:
    """Return the path below the page, also where the page is mounted in another app."""
    path, below = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(below) :] if below and path.startswith(f"{below}/") else path
