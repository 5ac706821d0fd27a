"""Serve the page: by itself, or inside another web app."""

import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr
from fastapi import FastAPI

from space.model.hub import choose_model
from space.settings import MODEL_REPO, MODEL_REVISION, PULL_SECONDS, SERVER_NAME, SERVER_PORT
from space.ui.page import build_demo, launch_options
from space.uploads import delete_uploads


def demo_of_settings() -> tuple[gr.Blocks, dict[str, Any]]:
    """Return the page with the model that the environment names, and how Gradio is to serve it."""
    choice = choose_model(MODEL_REPO, MODEL_REVISION, PULL_SECONDS)
    return build_demo(choice), launch_options(choice.responder)


def launch(demo: gr.Blocks, options: dict[str, Any]) -> None:
    """Serve the page until the process is told to stop; where it cannot listen, say so and end."""
    try:
        port = int(SERVER_PORT) if SERVER_PORT else None
        demo.launch(server_port=port, state_session_capacity=demo.state_session_capacity, **options)
    except OSError as error:
        if "empty port" not in str(error):
            raise
        place = f"{SERVER_NAME or '127.0.0.1'}, port {SERVER_PORT or '7860 to 7959'}"
        sys.exit(
            f"The app cannot listen at {place}: another program does, or the address is not this machine's. "
            "Set GRADIO_SERVER_PORT to a free port, or correct GRADIO_SERVER_NAME."
        )


def mount(app: FastAPI, path: str) -> FastAPI:
    """Put the page into another web app, with everything that it has by itself; docs/deploy.md has an example.

    Parameters
    ----------
    app : any FastAPI app; it is changed.
    path : where the page is to be in it, such as '/pancreas'.

    Returns
    -------
    `app`.
    """
    demo, options = demo_of_settings()
    gr.mount_gradio_app(app, demo, path, **options)
    running = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def until_it_ends(host: FastAPI) -> AsyncIterator[Any]:
        async with running(host) as state:
            yield state
        delete_uploads()  # uvicorn ends by the signal that stopped it, and so without the interpreter's clean-up

    app.router.lifespan_context = until_it_ends
    return app
