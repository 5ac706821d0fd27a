"""A request that fails for what this computer lacks is answered with the sentence, not with status 500."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space.disk import lacking


class InWords:
    """Middleware; answers with status 507, 'insufficient storage'."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            sentence = lacking(error)
            if scope["type"] != "http" or begun or not sentence:
                raise
            await PlainTextResponse(sentence, 507)(scope, receive, send)
