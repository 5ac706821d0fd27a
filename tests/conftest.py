"""The Hub that all tests talk to, and the environment that makes every client talk to it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub import LocalHub

# huggingface_hub reads its variables once, at import: they must be set before that.
assert "huggingface_hub" not in sys.modules, "imported too early: HF_ENDPOINT would be ignored"

HUB = LocalHub({"hf_write": "alice", "hf_read": "alice", "hf_other": "bob"}, read_only=["hf_read"])
HUB.start()
HF_HOME = tempfile.TemporaryDirectory(prefix="hf-home-")

# Whoever runs the tests may have a token, a cache or a mirror of their own.
for name in [name for name in os.environ if name.startswith(("HF_", "HUGGING"))]:
    del os.environ[name]
os.environ.update(
    HF_ENDPOINT=HUB.url,
    HF_HOME=HF_HOME.name,
    HF_TOKEN="hf_write",
    HF_HUB_DISABLE_IMPLICIT_TOKEN="0",
    HF_HUB_DISABLE_XET="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    NO_PROXY="127.0.0.1,localhost",
    GRADIO_ANALYTICS_ENABLED="False",
    MPLBACKEND="Agg",
    CUDA_VISIBLE_DEVICES="",
    TF_CPP_MIN_LOG_LEVEL="2",
)


def pytest_unconfigure() -> None:
    HUB.stop()
    HF_HOME.cleanup()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalHub]:
    """An empty Hub, and an empty cache folder for the client in this process.

    ``alice`` has the tokens ``hf_write`` (the client's default) and ``hf_read``, ``bob`` has
    ``hf_other``.
    """
    from huggingface_hub import constants

    HUB.start()  # a test may have stopped it
    HUB.clear()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    yield HUB
    HUB.clear()  # cuts off what still hangs


@pytest.fixture
def hub_env(hub: LocalHub, tmp_path: Path) -> dict[str, str]:
    """The environment of a subprocess that talks to ``hub``, with a cache folder of its own."""
    return os.environ | {"HF_HOME": str(tmp_path / "hf-home")}
