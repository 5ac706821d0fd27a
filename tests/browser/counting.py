"""The app in this process, so that a test can count the network's runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle
from space.model.hub import Choice
from space.ui import LAUNCH, build_demo
from tests.serving import free_port


class CountingSession:
    """An ONNX Runtime session that counts its runs."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.runs = 0

    def run(self, *arguments: Any) -> Any:
        """Run the network."""
        self.runs += 1
        return self._session.run(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


@contextmanager
def app_here(responder: Responder) -> Iterator[str]:
    """Serve the demo with this responder and yield its address."""
    demo = build_demo(Choice(responder, ""))
    port = free_port()
    settings = LAUNCH | {"app_kwargs": dict(LAUNCH["app_kwargs"])}  # Gradio writes into it
    try:
        demo.launch(**settings, server_port=port, prevent_thread_lock=True, quiet=True)
        yield f"http://127.0.0.1:{port}"
    finally:
        demo.close(verbose=False)


@contextmanager
def counted_app() -> Iterator[tuple[str, CountingSession]]:
    """Serve the demo; yield its address and the session of its network."""
    responder = Responder(open_bundle(BUNDLED, "bundled with this app"))
    session = CountingSession(responder.segmenter.session)
    responder.segmenter.session = session
    with app_here(responder) as url:
        yield url, session
