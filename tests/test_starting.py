"""The app starts where networks, consoles and disks are not as at home."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import httpx
import httpx2
import pytest
from huggingface_hub import HfApi

from space.model.bundle import BUNDLED
from space.proxies import settle_proxies
from tests.proxies import forward_proxy, socks_proxy
from tests.serving import DIRECTLY, ROOT, running_app

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def without_proxies(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.upper() not in PROXIES}


def page_of(env: dict[str, str]) -> str:
    """Start the app, which must work; return its page."""
    with running_app(env) as url:
        return str(DIRECTLY.open(url, timeout=30).read().decode())


# proxies


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test or the code sets is undone at its end."""
    for name in PROXIES:
        monkeypatch.setenv(name, "")
        monkeypatch.setenv(name.lower(), "")
        monkeypatch.delenv(name)
        monkeypatch.delenv(name.lower(), raising=False)  # on Windows it is the same variable


@pytest.mark.parametrize(
    ("proxy", "names"), [(forward_proxy, ["HTTP_PROXY", "HTTPS_PROXY"]), (socks_proxy, ["all_proxy"])]
)
def test_the_hub_is_asked_through_the_proxy_and_the_app_itself_is_not(hub, hub_env, proxy, names):
    HfApi().create_repo("alice/unet")
    HfApi().upload_folder(repo_id="alice/unet", folder_path=BUNDLED)
    asked: list[str] = []
    with proxy(hub.port, asked) as address:
        env = without_proxies(hub_env) | dict.fromkeys(names, address)
        page = page_of(env | {"HF_ENDPOINT": "http://hub.invalid", "MODEL_REPO": "alice/unet"})
    assert "alice/unet at main" in page
    assert "is not served" not in page
    assert set(asked) == {"hub.invalid"}


def test_a_proxy_that_does_not_answer_and_a_console_of_ascii_leave_the_bundled_model(hub_env):
    dead = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    poor = {"PYTHONIOENCODING": "ascii"}
    hub = {"HF_ENDPOINT": "http://hub.invalid", "MODEL_REPO": "alice/unet"}
    page = page_of(without_proxies(hub_env) | dead | poor | hub)
    assert "bundled with this app" in page
    assert "is not served from the Hub: " in page


@pytest.mark.parametrize(
    ("proxy", "understood"),
    [
        ("http://proxy:3128", "http://proxy:3128"),
        ("proxy:3128", "http://proxy:3128"),
        ("socks5h://me:secret@proxy:1080", "socks5h://me:secret@proxy:1080"),
        ("socks://proxy:1080/", "socks5://proxy:1080/"),  # as GNOME writes it
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("socks4://me:secret@proxy:1080", ""),
        ("http://proxy:port", ""),
        ("http://[", ""),
        ("http://", ""),
    ],
)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
@pytest.mark.usefixtures("no_proxies")
def test_a_proxy_is_understood_or_left_aside_in_a_sentence(monkeypatch, capsys, name, proxy, understood):
    monkeypatch.setenv(name, proxy)
    settle_proxies()
    assert urllib.request.getproxies().get("http", "") == understood
    said = capsys.readouterr().err
    assert ("The proxy in HTTP_PROXY is not used" in said) == (not understood)
    assert "secret" not in said
    for client in (httpx.Client, httpx2.Client):
        client().close()  # it raises where it cannot read a variable


@pytest.mark.parametrize(
    "exceptions",
    [
        None, "", "*", "example.com", "[::1]", "fe80::/10", "192.168.0.0/16,.local,10.*", "a:b:c, ,bär.de",
        "localhost:80",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_proxies")
def test_whatever_is_excepted_this_machine_is_asked_directly(hub, monkeypatch, exceptions):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    if exceptions is not None:
        monkeypatch.setenv("NO_PROXY", exceptions)
    settle_proxies()
    for client in (httpx, httpx2):
        assert client.get(f"{hub.url}/api/models/alice/nothing").status_code == 401  # the Hub asks who it is


# disks


def test_a_home_that_cannot_be_written_leaves_the_bundled_model(hub, tmp_path):
    HfApi().create_repo("alice/unet")
    HfApi().upload_folder(repo_id="alice/unet", folder_path=BUNDLED)
    (tmp_path / "file").touch()
    nowhere = str(tmp_path / "file" / "home")  # root may write everywhere, but not below a file
    env = {"HOME": nowhere, "HF_HOME": nowhere, "XDG_CACHE_HOME": nowhere, "MODEL_REPO": "alice/unet"}
    page = page_of(os.environ | env)
    assert "bundled with this app" in page
    assert "is not served" in page


# addresses


def ended(**settings: str) -> str:
    """Start the app, which must end by itself; return what it said."""
    command = [sys.executable, "app.py"]
    env = os.environ | settings
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_port_that_is_taken_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"cannot listen at 127.0.0.1, port {port}: another program does" in ended(GRADIO_SERVER_PORT=port)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("GRADIO_SERVER_PORT", "http", "give a number from 1 to 65535"),
        ("GRADIO_SERVER_PORT", "70000", "give a number from 1 to 65535"),
        ("GRADIO_SERVER_NAME", "::1", "cannot listen at an IPv6 address"),
        ("GRADIO_ROOT_PATH", "pancreas", "must begin with a slash"),
        ("IDC_BUCKET", "idc-open-data", "must begin with https:// or http://"),
    ],
)
def test_a_setting_that_makes_no_sense_is_said_in_a_sentence(name, value, sentence):
    assert sentence in ended(**{name: value})


def test_the_documentation_names_every_setting_of_the_app():
    text = (Path(ROOT) / "docs" / "deploy.md").read_text("utf-8")
    settings = ("MODEL_REPO", "MODEL_REVISION", "IDC_BUCKET")
    for name in (*settings, "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "GRADIO_ROOT_PATH"):
        assert f"`{name}`" in text
