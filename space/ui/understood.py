"""What is asked in JSON is read here before Gradio reads it, which answers what it does not expect with a stack trace.

It also takes entries that nothing here needs; what it gets is written anew, from those that are known.
"""

import json
import logging
import math
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space.disk import lacking
from space.ui.asked import Name
from space.ui.doors import asked_path
from space.ui.lacking import answered
from space.ui.pieces import is_upload

MOST_BYTES = 4 << 20
"""The paths of all files of the largest series, and room to spare: files themselves are uploaded."""
API = "/gradio_api/"
NOT_JSON = "This cannot be understood: it must be JSON in UTF-8, with numbers that are finite, of 4 MB at most."
NOT_THIS = "This cannot be understood: its fields are not the ones that this address expects."
NOT_THERE = "The file is not there any more, or never was: please upload it."
NO_UPLOAD = "This upload cannot be read: please send the files as a form of HTML does, with names in UTF-8."
WAITED = re.compile(rf"{API}(?:queue/data|call/[^/]+/([^/]+))/?", re.DOTALL)
"""Where what a question led to is waited for, by its session or its own number."""
NO_SESSION = "There is no such session."
DEEPEST = 32
LOG = logging.getLogger(__name__)

META = {"meta": {"_type": "gradio.FileData"}}
Short = Annotated[str, Field(max_length=255)]
Session = Annotated[str, Field(max_length=255, pattern=r"^[\w-]*$")]
"""Gradio names a task after it, and stumbles over every task's name at each `/cancel` if one has its separator."""
Number = Annotated[float, Field(allow_inf_nan=False)]


class File(BaseModel):
    """A file as Gradio's clients name it: an upload, or its address."""

    path: Annotated[str, Field(max_length=4096)]
    url: Annotated[str, Field(max_length=4096)] | None = None

    @property
    def is_there(self) -> bool:
        """Whether it is an upload; `space.ui.addresses` says what comes of an address."""
        return bool(self.url) or self.path.startswith(("http://", "https://")) or is_upload(self.path)


DATA: dict[str, TypeAdapter[Any]] = {
    "segment": TypeAdapter(
        tuple[File | None, File | None, Number | None, Name, Short | None, Name | None, int | None, int]
    ),
    "segment_volume": TypeAdapter(
        tuple[File | None, File | None, Number | None, Name, Name, Short | None, Name | None, int]
    ),
}
"""What the endpoints of `space.ui.api` take."""


class Body(BaseModel):
    """Of a question: what is not known is left out."""

    model_config = ConfigDict(extra="ignore", strict=True)


class Call(Body):
    """For `/call` and `/queue/join`."""

    data: list[Any]
    session_hash: Session | None = None
    fn_index: int | None = None
    trigger_id: int | None = None


class PageQuestion(Body):
    """For the page's server functions."""

    session_hash: Session
    component_id: int
    fn_name: Short
    data: Any


class Cancel(Body):
    """For `/cancel`."""

    session_hash: Session
    fn_index: int
    event_id: Short


class Reset(Body):
    """For `/reset`."""

    event_id: Short


BODIES: dict[str, type[Body]] = {
    "call": Call,
    "queue": Call,
    "component_server": PageQuestion,
    "cancel": Cancel,
    "reset": Reset,
}


class Refused(Exception):  # noqa: N818  (it is an answer)
    """A status and a sentence."""


class Understood:
    """Middleware that lets through what can be read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = asked_path(scope) if scope["type"] == "http" else ""
        where, _, name = path.removeprefix(API).strip("/").partition("/")
        if not path.startswith(API):
            await self.app(scope, receive, send)
        elif scope["method"] != "POST":
            if (found := WAITED.fullmatch(path)) and not _is_known(scope, found[1]):
                await JSONResponse({"detail": NO_SESSION}, 404)(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        elif where == "upload":
            await answered(self.app, scope, receive, send, _no_upload)
        elif where not in {*BODIES, "mcp"}:
            await self.app(scope, receive, send)
        else:
            try:
                body = _understood(scope, where, name, await _read(scope, receive))
            except Refused as refused:
                status, sentence = refused.args
                await JSONResponse({"detail": sentence}, status)(scope, receive, send)
            else:
                await self.app(_of_length(scope, len(body)), _replay(body, receive), send)


def _no_upload(error: Exception) -> Response | None:
    """Return what to say of an upload that Gradio's reader of forms stumbled over."""
    if lacking(error):
        return None
    LOG.warning("An upload could not be read: %s", type(error).__name__)
    return JSONResponse({"detail": NO_UPLOAD}, 400)


def _is_known(scope: Scope, event: str | None) -> bool:
    """Tell whether an answer is on its way; Gradio finds that out when it has begun to answer already."""
    queue = scope["app"].get_blocks()._queue
    if event:
        held = queue.event_ids_to_events.get(event)
        told = (name for name, events in queue.pending_event_ids_session.items() if event in events)
        session = held.session_hash if held else next(told, event)
    else:
        session = QueryParams(scope["query_string"]).get("session_hash")
    return session in queue.pending_messages_per_session


async def _read(scope: Scope, receive: Receive) -> Any:
    """Return what the body says."""
    if not Headers(scope=scope).get("content-type", "").startswith("application/json"):
        raise Refused(415, NOT_JSON)
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, NOT_JSON)
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            raise Refused(413, NOT_JSON)
    try:
        said = json.loads(body)
        json.dumps(said, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError):
        raise Refused(400, NOT_JSON) from None
    if not _is_plain(said):
        raise Refused(400, NOT_JSON)
    return said


def _is_plain(said: Any) -> bool:
    """Tell whether all numbers are finite, and nothing is nested for nesting's sake."""
    waiting = [(said, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEEPEST or (isinstance(one, float) and not math.isfinite(one)):
            return False
        if isinstance(one, dict | list):
            waiting += [(inner, depth + 1) for inner in (one.values() if isinstance(one, dict) else one)]
    return True


def _understood(scope: Scope, where: str, name: str, said: Any) -> bytes:
    """Return the body that Gradio gets."""
    if where == "mcp":
        return json.dumps(said).encode()
    blocks = scope["app"].get_blocks()
    try:
        body = BODIES[where].model_validate(said)
        if isinstance(body, PageQuestion) and body.component_id not in blocks.blocks:
            raise Refused(404, NOT_THIS)
        if isinstance(body, Call):
            number = body.fn_index if where == "queue" else None
            known = blocks.fns.get(number).api_name if number in blocks.fns else name
            data = DATA[known].validate_python(body.data)
            if not all(one.is_there for one in data if isinstance(one, File)):
                raise Refused(400, NOT_THERE)
            written = [one.model_dump() | META if isinstance(one, File) else one for one in data]
            body = body.model_copy(update={"data": written})
    except (ValidationError, KeyError):
        raise Refused(422, NOT_THIS) from None
    return body.model_dump_json(exclude_unset=True).encode()


def _of_length(scope: Scope, length: int) -> Scope:
    """Return a scope whose headers tell another length of the body."""
    kept = [(name, value) for name, value in scope["headers"] if name not in (b"content-length", b"transfer-encoding")]
    return {**scope, "headers": [*kept, (b"content-length", str(length).encode())]}


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body that was read already, and then what comes next."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
