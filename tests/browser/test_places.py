"""The page inside another web app and below a path, as docs/deploy.md says, in a real browser."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request

import pytest
from gradio_client import Client, handle_file
from playwright.sync_api import Browser, expect

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle

BUNDLE = open_bundle(BUNDLED, "")
EXAMPLE = BUNDLE.samples[2]
PATIENCE = 120_000  # ms, for a network's first step where the machine has other things to do


def dice_of(threshold: float) -> str:
    scores = Responder(BUNDLE).answer(EXAMPLE.image, EXAMPLE.mask, threshold).scores
    assert scores is not None
    return f"{scores.dice:.3f}"


def works(browser: Browser, url: str) -> None:
    """Open the page, look at another example, move the threshold, train a step; nothing may be missing."""
    context = browser.new_context()
    page = context.new_page()
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    page.on("pageerror", lambda error: missing.append(str(error)))
    page.goto(f"{url}?theme=dark")
    expect(page).to_have_title("Find the pancreas")
    page.get_by_role("group", name="Examples").get_by_role("button").nth(2).click()
    dice = page.locator("#viewer .dice b")
    expect(dice).to_have_text(dice_of(0.5))
    threshold = page.locator("#viewer .threshold")
    threshold.fill("51")
    expect(dice).to_have_text(dice_of(51 / 255))
    assert page.locator("#header p").first.evaluate("p => getComputedStyle(p).maxWidth") != "none", "no styles of ours"
    expect(page.locator("body.dark")).to_be_visible()  # a script of ours reads the address
    page.get_by_role("tab", name="Playground").click()
    page.get_by_role("button", name="One step").click()
    page.locator("#playground [data-step='1']").wait_for(timeout=PATIENCE)
    context.close()
    assert [url for url in missing if not url.endswith("/favicon.ico")] == []  # the host's own affair


def test_the_page_works_inside_another_app(browser, inside_another):
    works(browser, f"{inside_another[0]}/pancreas/")


def test_the_api_works_inside_another_app(inside_another):
    client = Client(f"{inside_another[0]}/pancreas/", verbose=False)
    answer = client.predict(handle_file(str(EXAMPLE.image)), handle_file(str(EXAMPLE.mask)), 0.5, api_name="/segment")
    assert f"{answer[-1]['dice']:.3f}" == dice_of(0.5)
    assert list(inside_another[1].rglob("*.png")), "uploads are kept where the fixture looks that they are deleted"


def test_mcp_inside_another_app_asks_no_server_that_a_request_names(inside_another):
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    body["params"] = {"name": "segment", "arguments": {"slice_path": "https://hf.co/a.png"}}
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        headers["X-Forwarded-Host"] = f"127.0.0.1:{foreign.getsockname()[1]}"
        request = urllib.request.Request(
            f"{inside_another[0]}/pancreas/gradio_api/mcp/", json.dumps(body).encode(), headers
        )
        said = urllib.request.urlopen(request, timeout=60).read().decode()
        foreign.settimeout(0.1)
        with pytest.raises(TimeoutError):
            foreign.accept()
    assert "This app opens no addresses" in said


def test_an_upload_over_the_limit_is_refused_inside_another_app(inside_another):
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    body += bytes(201 * 2**20) + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    request = urllib.request.Request(f"{inside_another[0]}/pancreas/gradio_api/upload", body, headers)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=60)
    assert refusal.value.code == 413


def test_the_page_works_below_a_path_of_a_web_server(browser, below_a_path):
    works(browser, below_a_path[1])
