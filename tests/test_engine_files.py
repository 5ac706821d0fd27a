"""What the app serves for those who have their own computer compute: as the site has it, to be kept for good."""

from __future__ import annotations

import gzip
import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from space.answer import Responder
from space.model.bundle import BUNDLED
from space.ui.engine import LIST, PLACE, EngineFiles, megabytes
from tests.bundles import BUNDLE
from tests.serving import DIRECTLY

Answer = tuple[bytes, dict[str, str]]


def fetch(url: str, method: str = "GET") -> Answer:
    with DIRECTLY.open(urllib.request.Request(url, method=method), timeout=120) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def listed(root: str) -> dict[str, dict[str, str | int]]:
    body, headers = fetch(f"{root}/{PLACE}{LIST}")
    assert headers["cache-control"] == "no-cache"  # the list says which files are the newest
    return dict(json.loads(body))


def test_every_file_is_there_and_may_be_kept_for_good(app_url: str) -> None:
    files = listed(app_url)
    assert {"facts.json.gz", "ort.wasm.gz", "model.onnx.gz", "model.outputs.gz"} <= set(files)
    assert {"examples/phantom-1.png", "decoders/gdcm.wasm.gz"} <= set(files)
    for name, file in files.items():
        body, headers = fetch(f"{app_url}/{PLACE}{file['url']}")
        assert len(body) == file["bytes"], name
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "content-encoding" not in headers  # the page unpacks it, so that the bytes are those it counts
        assert fetch(f"{app_url}/{PLACE}{file['url']}", "HEAD")[0] == b""
    model = fetch(f"{app_url}/{PLACE}{files['model.onnx.gz']['url']}")[0]
    assert gzip.decompress(model) == (BUNDLED / "model.onnx").read_bytes()


def test_an_address_is_that_of_one_content(app_url: str) -> None:
    address = str(listed(app_url)["model.onnx.gz"]["url"])
    older = re.sub("^[0-9a-f]{64}", 64 * "0", address)
    for path in (
        older,
        address.rpartition("/")[0] + "/../../app.py",
        "etc/passwd",
        "",
        address.replace("model", "other"),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(f"{app_url}/{PLACE}{path}")
        assert refused.value.code == 404


def test_two_apps_of_one_model_have_the_same_addresses() -> None:
    first, second = (EngineFiles(Responder(BUNDLE)).listed() for _ in range(2))
    assert first == second


def test_behind_a_web_server_and_below_a_path(below_a_path: tuple[str, str]) -> None:
    root = below_a_path[1].rstrip("/")
    file = listed(root)["facts.json.gz"]
    assert json.loads(gzip.decompress(fetch(f"{root}/{PLACE}{file['url']}")[0]))["target"] == "pancreas"


def test_what_is_said_of_the_size_is_true() -> None:
    engine = EngineFiles(Responder(BUNDLE))
    files = engine.files()
    loaded = sum(files[name].path.stat().st_size for name in ("ort.wasm.gz", "model.onnx.gz", "facts.json.gz"))
    assert abs(loaded / 1e6 - megabytes(BUNDLE)) < 0.75


def test_the_files_lie_among_what_the_app_deletes_at_its_end() -> None:
    engine = EngineFiles(Responder(BUNDLE))
    path: Path = engine.files()["facts.json.gz"].path
    assert path.exists()
    del engine
    assert not path.exists()
