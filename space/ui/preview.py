"""What a site shows of the page where somebody shares its address: title, description, picture.

Gradio's own page says 'Gradio' and 'Click to try out the app!' there, to every crawler, and has no parameter for it.
"""

import re
from html import escape
from typing import NamedTuple

from gradio.route_utils import get_root_url
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space.answer import Responder
from space.model.contract import Contract
from space.ui.postcard import HEIGHT, WIDTH, postcard
from space.ui.texts import DISCLAIMER

PICTURE = "postcard.png"
"""Where the picture is, below the page."""
FOREIGN = re.compile(r"<meta\s+(?:property=\"og:|name=\"(?:twitter:|description\")|itemprop=)[^>]*>\s*")
"""What Gradio writes."""


class Preview(NamedTuple):
    """What there is to say, and the picture as a PNG."""

    title: str
    description: str
    alternative: str
    picture: bytes


def preview(responder: Responder) -> Preview:
    """Return what a shared link to the page of a bundle shows."""
    contract = responder.bundle.contract
    return Preview(f"Find the {contract.target}", _description(contract), _alternative(responder), postcard(responder))


def _description(contract: Contract) -> str:
    return (
        f"A U-Net marks the {contract.target} on an {contract.plane} {contract.modality} slice: move its threshold, "
        f"trace it yourself, look inside the network. {DISCLAIMER}"
    )


def _alternative(responder: Responder) -> str:
    samples = responder.bundle.samples
    if not samples:
        return "The page's title."
    kind = "synthetic " if samples[0].synthetic else ""
    traced = ", the outline of the mask in orange" if samples[0].mask else ""
    return f"A {kind}slice: what the U-Net marks in blue{traced}."


def tags(about: Preview, url: str, picture: str) -> str:
    """Return the elements for the page's head.

    Parameters
    ----------
    url, picture : whole addresses, of what is shared and of the picture; empty where they are not known.
    """
    named = {
        "description": about.description,
        "twitter:card": "summary_large_image" if picture else "summary",
        "twitter:title": about.title,
        "twitter:description": about.description,
    }
    properties = {"og:type": "website", "og:title": about.title, "og:description": about.description}
    if url:
        properties["og:url"] = url
    if picture:
        named["twitter:image"] = picture
        properties |= {
            "og:image": picture,
            "og:image:type": "image/png",
            "og:image:width": str(WIDTH),
            "og:image:height": str(HEIGHT),
            "og:image:alt": about.alternative,
        }
    lines = [f"<title>{escape(about.title)}</title>"]
    for attribute, entries in (("name", named), ("property", properties)):
        lines += [f'<meta {attribute}="{name}" content="{escape(text)}" />' for name, text in entries.items()]
    return "\n".join(lines) + "\n"


class LinkPreview:
    """Middleware that writes the tags into the page, in place of Gradio's, and serves the picture."""

    def __init__(self, app: ASGIApp, about: Preview) -> None:
        self.app = app
        self.about = about

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or "/gradio_api/" in scope["path"]:
            await self.app(scope, receive, send)
        elif scope["path"].endswith(f"/{PICTURE}"):
            kept = {"Cache-Control": "max-age=3600"}
            await Response(self.about.picture, media_type="image/png", headers=kept)(scope, receive, send)
        else:
            await self.app(scope, receive, self._mending(scope, send))

    def _mending(self, scope: Scope, send: Send) -> Send:
        """Return a `send` that holds a page back until it is whole, and writes the tags into it."""
        start: Message = {}
        body = bytearray()

        async def mended(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif message["type"] == "http.response.body" and start:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    page = self._with_tags(body.decode(), scope).encode() if body else b""  # none if asked by HEAD
                    if page:
                        MutableHeaders(scope=start)["Content-Length"] = str(len(page))
                    await send(start)
                    await send({"type": "http.response.body", "body": page})
            else:
                await send(message)

        return mended

    def _with_tags(self, page: str, scope: Scope) -> str:
        root = _root(scope)
        query = scope["query_string"].decode("latin-1")
        written = tags(self.about, f"{root}/?{query}" if query else f"{root}/", f"{root}/{PICTURE}")
        return FOREIGN.sub("", page).replace("</head>", f"{written}</head>", 1)


def _is_page(start: Message) -> bool:
    return MutableHeaders(scope=start).get("Content-Type", "").startswith("text/html")


def _root(scope: Scope) -> str:
    """Return the address below which visitors see the page, as Gradio finds it out for the page's own files."""
    app = scope["app"]
    below = app.root_path or scope.get("root_path") or app.get_blocks().custom_mount_path
    return str(get_root_url(Request(scope), "/", below))
