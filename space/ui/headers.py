"""What browsers are told that the page may do, and that it may be shown inside any other page."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HUB = "https://huggingface.co"
"""On a Space, Gradio shows its owner's name and picture."""
POLICY = {
    "default-src": "'self'",
    # Gradio writes scripts into the page and compiles our parts from text; ONNX Runtime is WebAssembly
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": f"'self' data: blob: {HUB} https://*.huggingface.co",
    "font-src": "'self' data:",
    "connect-src": f"'self' data: blob: {HUB}",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
"""Without `frame-ancestors`: even its `*` would keep the page out of a file that is opened from a folder."""
REFUSED = ("camera", "microphone", "geolocation", "display-capture", "payment", "usb", "serial", "bluetooth", "midi")
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{kind} {sources}" for kind, sources in POLICY.items()),
    "Permissions-Policy": ", ".join(f"{name}=()" for name in REFUSED),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class SecurityHeaders:
    """Middleware that adds them to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, marked)
