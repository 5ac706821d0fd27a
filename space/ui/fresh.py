"""The page's modules are never older than the app that serves them."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class FreshModules:
    """Middleware that has a browser ask again for a module that it knows.

    Gradio serves them without a word on caching. A browser then keeps them for a tenth of their age, and would go on
    running the old ones after an upgrade, against a server that speaks otherwise.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = "no-cache"
            await send(message)

        is_module = scope["type"] == "http" and "/file=" in scope["path"] and scope["path"].endswith(".js")
        await self.app(scope, receive, marked if is_module else send)
