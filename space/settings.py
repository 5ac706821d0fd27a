"""Every environment variable (or Space variable) that the app reads itself; docs/deploy.md has those of Gradio."""

import os
import sys

MODEL_REPO = os.environ.get("MODEL_REPO", "").strip()
"""The model to serve: on the Hub, 'owner/name', or the folder of a bundle; empty: the bundle inside this repo."""

MODEL_REVISION = os.environ.get("MODEL_REVISION", "").strip() or "main"
"""The tag, branch or commit of it."""

SERVER_NAME = os.environ.get("GRADIO_SERVER_NAME", "").strip()
"""The address to listen at; empty: 127.0.0.1, this machine alone."""

SERVER_PORT = os.environ.get("GRADIO_SERVER_PORT", "").strip()
"""The port to listen at; empty: the first free one from 7860 on."""

ROOT_PATH = os.environ.get("GRADIO_ROOT_PATH", "").strip()
"""The path below which visitors see the page, such as '/pancreas'; empty: none."""

IDC_BUCKET = os.environ.get("IDC_BUCKET", "").strip().rstrip("/") or "https://idc-open-data.s3.amazonaws.com"
"""Where the real cases are fetched from: the public bucket of the Imaging Data Commons, or a mirror of it."""

PULL_SECONDS = 20.0
"""How long the start of the app waits until a model has come from the Hub and was tried, before it serves another."""


def check_settings() -> None:
    """End the program with a sentence where Gradio would end it with a stack trace; it reads them at import."""
    if SERVER_PORT and not (SERVER_PORT.isascii() and SERVER_PORT.isdigit() and 0 < int(SERVER_PORT) < 65536):
        sys.exit(f"GRADIO_SERVER_PORT is '{SERVER_PORT}': give a number from 1 to 65535.")
    if ROOT_PATH and not ROOT_PATH.startswith(("/", "http://", "https://")):
        sys.exit(f"GRADIO_ROOT_PATH is '{ROOT_PATH}': it must begin with a slash, as /pancreas does.")
    if not IDC_BUCKET.startswith(("https://", "http://")):
        sys.exit(f"IDC_BUCKET is '{IDC_BUCKET}': it must begin with https:// or http://.")
    if ":" in SERVER_NAME:
        sys.exit(
            f"GRADIO_SERVER_NAME is '{SERVER_NAME}': Gradio cannot listen at an IPv6 address by itself; "
            "docs/deploy.md, 'Inside another web app', says how to."
        )
