"""A request that fails for what this computer lacks is answered with the sentence, not with status 500."""

from collections.abc import Callable

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space.disk import lacking


class InWords:
    """Middleware; answers with status 507, 'insufficient storage'."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            await answered(self.app, scope, receive, send, _in_words)
        else:
            await self.app(scope, receive, send)


def _in_words(error: Exception) -> Response | None:
    sentence = lacking(error)
    return PlainTextResponse(sentence, 507) if sentence else None


async def answered(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, instead: Callable[[Exception], Response | None]
) -> None:
    """Have an app answer a request, and answer in its place where it fails before it has begun to.

    Parameters
    ----------
    instead : what to answer to its error; None leaves the error as it is.
    """
    begun = False

    async def sending(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    try:
        await app(scope, receive, sending)
    except Exception as error:
        response = None if begun else instead(error)
        if response is None:
            raise
        await response(scope, receive, send)
