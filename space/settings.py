"""Every environment variable (or Space variable) that the app reads."""

import os

MODEL_REPO = os.environ.get("MODEL_REPO", "").strip()
"""The model on the Hub to serve, 'owner/name'; empty: the bundle inside this repo."""

MODEL_REVISION = os.environ.get("MODEL_REVISION", "").strip() or "main"
"""The tag, branch or commit of it."""

PULL_SECONDS = 8.0
"""How long the start of the app waits for the Hub before it serves the bundle inside the repo."""
