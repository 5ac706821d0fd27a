"""'Compute on this computer': the numbers of the server, and no file of one's own that leaves the computer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request, expect

from space.answer import Responder
from space.metrics import Counts, score
from tests.browser.gestures import choose_slice, click_example, download, drop
from tests.browser.hosting import hosted
from tests.bundles import BUNDLE

RESPONDER = Responder(BUNDLE)
LOADED = 120_000  # ms, until the network has loaded and answered on a busy machine
HERE, THERE = "computed on this computer", "computed by the server"
OLD = "WebAssembly.validate = () => false;"  # as where its vectors are not known


@pytest.fixture
def listened(browser: Browser) -> Iterator[tuple[Page, list[Request]]]:
    """A page, and every request that leaves it, those of its workers, too; a test fails if a script does."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page, requests, problems = context.new_page(), list[Request](), list[str]()
    context.on("request", lambda request: requests.append(request))
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page, requests
    context.close()
    assert problems == []


def sent(requests: list[Request]) -> list[str]:
    """What was asked of the server with words or files of one's own: the name of the question, or 'upload'."""
    posts = [request for request in requests if request.method not in ("GET", "HEAD")]
    names = [
        json.loads(one.post_data or "{}")["fn_name"]
        if one.url.endswith("component_server/")
        else one.url.split("/")[-1]
        for one in posts
    ]
    return [name for name in names if name != "waiting"]  # asked where an answer takes long


def shown(page: Page, name: str, by: str) -> float:
    """Wait for a slice that somebody has computed; return the Dice that is shown."""
    page.locator(f"#viewer form[data-shown={name}][aria-busy=false]").wait_for(timeout=LOADED)
    expect(page.locator("#engine .by")).to_have_text(f"{name} was {by}", timeout=LOADED)
    return float(page.locator("#viewer [data-score=dice]").get_attribute("data-value") or "nan")


def own_slice(folder: Path) -> tuple[Path, Path]:
    """A slice and its mask that the server has never seen."""
    sample = BUNDLE.samples[3]
    image, mask = folder / "own.png", folder / "own-mask.png"
    Image.fromarray(np.asarray(Image.open(sample.image))[:, ::-1]).save(image)
    truth = np.asarray(Image.open(str(sample.mask)).convert("L"))[:, ::-1] > 0
    Image.fromarray(truth.astype(np.uint8) * 255).save(mask)
    return image, mask


def right_dice(image: Path, mask: Path | None) -> float:
    table = RESPONDER.answer(image, mask, 0.5).table
    assert table is not None
    return score(Counts(*map(int, table[128]))).dice or 0.0


def test_after_the_switch_no_file_leaves_and_the_numbers_are_the_servers(listened, app_url, tmp_path):
    page, requests = listened
    page.goto(app_url)
    first = shown(page, "phantom-1", THERE)
    page.get_by_label("Compute on this computer").check()
    assert shown(page, "phantom-1", HERE) == first
    requests.clear()
    image, mask = own_slice(tmp_path)
    drop(page, "body", image, mask)
    assert shown(page, "own", HERE) == right_dice(image, mask)
    expect(page.locator("#viewer .notes")).to_contain_text("Computed on this computer.")
    _, probability = download(page, "#download-probability", tmp_path / "probability.png")
    apart = np.abs(probability.astype(int) - RESPONDER.answer(image, mask, 0.5).probability)
    assert apart.max() <= 1  # level of 256, as docs/site.md says
    assert apart.mean() < 1e-4
    for tab in ("draw", "learned", "lessons", "results", "inside"):
        page.locator(f"#tab-{tab}").click()
        expect(page.locator(f"#panel-{tab}")).to_be_visible()
        page.wait_for_timeout(500)  # for whatever it asks
    expect(page.locator("#network")).to_contain_text(f"Dice {right_dice(image, mask):.3f}", timeout=LOADED)
    assert set(sent(requests)) <= {"ranked"}  # the pictures of the examples
    assert [one for one in requests if "/local-engine/" in one.url]  # those of the worker were listened to as well


def test_switched_off_a_file_is_sent_only_when_it_is_given_again(listened, app_url, tmp_path):
    page, requests = listened
    page.goto(f"{app_url}/?engine=browser")
    shown(page, "phantom-1", HERE)
    image, mask = own_slice(tmp_path)
    choose_slice(page, image)
    page.locator("#viewer form[data-shown=own]").wait_for(timeout=LOADED)
    assert sent(requests) == []
    page.get_by_label("Compute on this computer").uncheck()
    shown(page, "phantom-1", THERE)
    page.locator("#tab-inside").click()
    expect(page.locator("#network")).to_contain_text("Dice 0.")
    assert "upload" not in sent(requests)
    assert "engine" not in page.url
    page.locator("#tab-segment").click()
    drop(page, "body", image, mask)
    assert shown(page, "own", THERE) == right_dice(image, mask)
    assert "upload" in sent(requests)
    # and back: what the server had is computed here, and asked of it no more
    requests.clear()
    page.get_by_label("Compute on this computer").check()
    assert shown(page, "own", HERE) == right_dice(image, mask)
    assert sent(requests) == []


def test_a_link_says_who_computes(listened, app_url):
    page, requests = listened
    page.goto(f"{app_url}/?engine=browser&case=phantom-2")
    sample = BUNDLE.samples[1]
    assert shown(page, "phantom-2", HERE) == right_dice(sample.image, sample.mask)
    assert page.get_by_label("Compute on this computer").is_checked()
    click_example(page, 4)
    shown(page, "phantom-5", HERE)
    page.locator("#share summary").click()
    address = page.locator("#share textarea[name=iframe]").input_value()
    assert "engine=browser" in address
    assert "case=phantom-5" in address
    assert sent(requests) == []


def test_without_the_files_it_is_said_and_the_server_is_asked_only_when_told(listened, app_url):
    page, requests = listened
    page.route("**/*.onnx.gz", lambda route: route.abort())
    page.goto(f"{app_url}/?engine=browser")
    expect(page.locator("#page p.notice")).to_contain_text("could not be loaded", timeout=LOADED)
    expect(page.locator("#loading")).to_contain_text("Or let the server compute")
    assert sent(requests) == []
    page.get_by_label("Compute on this computer").uncheck()
    sample = BUNDLE.samples[0]
    assert shown(page, sample.name, THERE) == right_dice(sample.image, sample.mask)


def test_an_old_browser_is_told_what_it_lacks_and_is_answered_by_the_server_when_it_asks(listened, app_url):
    page, requests = listened
    page.add_init_script(OLD)
    page.goto(app_url)
    shown(page, "phantom-1", THERE)
    requests.clear()
    page.get_by_label("Compute on this computer").check()
    expect(page.locator("#page p.notice")).to_contain_text("This browser is too old to run the network", timeout=LOADED)
    assert sent(requests) == []
    page.get_by_label("Compute on this computer").uncheck()
    click_example(page, 1)
    shown(page, "phantom-2", THERE)


def test_it_computes_below_a_path_and_in_a_frame_of_another_page(browser, below_a_path, tmp_path):
    view = f"{below_a_path[1]}?tab=segment&embed=1&engine=browser&case=phantom-6"
    with hosted(tmp_path, [view], 760) as host:
        page = browser.new_page()
        page.goto(host)
        frame = page.frame_locator("iframe")
        expect(frame.locator("#viewer .notes")).to_contain_text("Computed on this computer.", timeout=LOADED)
        dice = float(frame.locator("#viewer [data-score=dice]").get_attribute("data-value") or "nan")
        assert dice == right_dice(BUNDLE.samples[5].image, BUNDLE.samples[5].mask)
        page.close()
