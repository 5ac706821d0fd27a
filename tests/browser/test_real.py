"""A real case at one click: fetched with progress, opened, credited; cancelled; refused where there is no network."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from space.preprocessing import ABDOMEN, hu_to_grey
from tests.browser.canvas import painted
from tests.browser.gestures import choose_mask, click_example
from tests.bucket import LocalBucket, local_bucket
from tests.real import phantom, table_of
from tests.serving import ROOT, free_port, running

ONE, TWO = phantom(1), phantom(2)
START = """
import runpy, sys
from pathlib import Path
from space.real import table
table.TABLE = Path(sys.argv.pop())
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def bucket() -> Iterator[LocalBucket]:
    with local_bucket(ONE.objects | TWO.objects) as served:
        yield served


@pytest.fixture(scope="module")
def url(bucket, tmp_path_factory) -> Iterator[str]:
    """The app with a table of phantoms, which lie in the local bucket."""
    folder, port = tmp_path_factory.mktemp("real"), free_port()
    table_of(ONE, TWO).write(folder / "cases.json")
    env = os.environ | {
        "GRADIO_SERVER_PORT": str(port),
        "IDC_BUCKET": bucket.url,
        "HF_HOME": str(folder / "home"),
    }
    with running([sys.executable, "-c", START, str(folder / "cases.json")], port, env, ROOT) as url:
        yield url


@pytest.fixture
def page(browser: Browser, url: str, bucket: LocalBucket) -> Iterator[Page]:
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(url)
    opened.locator("#viewer form[data-shown]").wait_for()
    opened.locator("#real option").first.wait_for(state="attached")
    yield opened
    context.close()
    bucket.faults.clear()
    bucket.gate.clear()
    assert errors == []


def expect_slice(page: Page, made, place: int, there: int, places: int) -> None:
    page.locator(f"#viewer form[data-shown='CT series, slice {place + 1} of {places}']").wait_for()
    expect(page.locator("#viewer form")).to_have_attribute("aria-busy", "false")
    shown = painted(page.locator("#viewer canvas.base"))[..., 0]
    assert np.abs(shown.astype(int) - hu_to_grey(made.hu[there], ABDOMEN)).max() <= 1


def test_a_case_is_loaded_with_progress_and_shown_with_credit(page, bucket):
    bucket.fail(rf"{ONE.case.ct.folder}/\S+dcm", "hang", times=50)
    page.get_by_role("button", name="12 slices through the organ (1 MB)").click()
    expect(page.locator("#real .under-way")).to_be_visible()
    expect(page.locator("#real .amount")).to_have_text("0.0 of 0.1 MB")
    bucket.gate.set()
    expect_slice(page, ONE, 0, 9, 12)  # the first with the most of the mask
    expect(page.locator("#real .under-way")).to_be_hidden()
    expect(page.locator("#viewer .dice b")).to_have_text(re.compile(r"^[01]\.\d{3}$"))
    credit = page.locator("#real .credit")
    expect(credit).to_contain_text("Patient 1 (PHANTOM_0001), 12 of 40 slices, evenly spaced: not known to this model")
    expect(credit.get_by_role("link", name="CC BY 4.0").first).to_have_attribute(
        "href", "https://doi.org/10.0000/phantom"
    )
    page.locator("#viewer .place").press("End")
    expect_slice(page, ONE, 11, 31, 12)
    page.get_by_role("button", name="All 40 slices").click()
    expect_slice(page, ONE, 9, 9, 40)
    expect(credit).to_contain_text("all 40 slices")
    click_example(page, 0)
    expect(credit).to_be_hidden()


def test_cancel_stops_it_and_another_case_opened_meanwhile_stays(page, bucket):
    page.get_by_label("Which patient").select_option("PHANTOM_0002")
    bucket.fail("list-type", "hang", times=1)
    page.get_by_role("button", name="12 slices").click()
    expect(page.locator("#real .amount")).to_have_text("Asking for it")
    page.locator("#real .cancel").click()
    expect(page.locator("#real .under-way")).to_be_hidden()
    page.get_by_role("button", name="12 slices").click()
    click_example(page, 1)
    bucket.gate.set()
    expect(page.locator("#real .wrong")).to_have_text("Patient 2 is here now: press the button again to open it.")
    page.locator("#viewer form[data-shown='phantom-2']").wait_for()
    page.get_by_role("button", name="12 slices").click()
    expect_slice(page, TWO, 0, 9, 12)
    expect(page.locator("#real .wrong")).to_be_hidden()


def test_where_the_bucket_cannot_be_had_the_page_says_so_and_goes_on(page, bucket):
    bucket.fail("list-type", "login")
    page.get_by_label("Which patient").select_option("PHANTOM_0002")
    page.get_by_role("button", name="All 40 slices").click()
    expect(page.locator("#real .wrong")).to_contain_text("answers in place of the Imaging Data Commons")
    click_example(page, 1)
    page.locator("#viewer form[data-shown='phantom-2']").wait_for()


def test_a_case_stays_with_the_server_while_this_computer_computes_and_takes_no_file_along(page, url, bucket, tmp_path):
    page.goto(f"{url}/?engine=browser")
    notes = page.locator("#viewer .notes")
    expect(notes).to_contain_text("Computed on this computer.", timeout=120_000)
    posts: list[str] = []
    page.context.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="12 slices through the organ (1 MB)").click()
    expect_slice(page, ONE, 0, 9, 12)
    expect(notes).to_contain_text("Computed by the server, as all real cases are.")
    expect(page.locator("#engine .by")).to_contain_text("was computed by the server")
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "mask.png")
    choose_mask(page, tmp_path / "mask.png")
    expect(page.locator("#page p.notice")).to_contain_text("so it is not sent to the server")
    assert posts
    assert not [address for address in posts if "upload" in address]
