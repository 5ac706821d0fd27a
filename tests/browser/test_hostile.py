"""The page without a server and what strangers make: files that never end, and its own Content-Security-Policy."""

import gzip
from pathlib import Path

import imagecodecs
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from space.model.bundle import BUNDLED, open_bundle
from tests.browser.gestures import choose_slice
from tests.browser.tabs import open_tab, tabs_of
from tests.corpus.scans import packed
from tests.test_archive import zipped
from tests.volumes import abdomen, dicom_bytes, nifti, slices

LOADED = 120_000  # ms, until the network has loaded and answered on a busy machine
PATIENCE = 120_000  # ms that the page gives a file


@pytest.fixture
def own(tmp_path) -> list[Path]:
    """Files that need all that the page unpacks by programs of its own."""
    folder, series = tmp_path / "own", tmp_path / "series"
    for each in (folder, series):
        each.mkdir()
    with Image.open(open_bundle(BUNDLED, "").samples[0].image) as picture:
        picture.convert("L").save(folder / "grey.jpg", quality=95)
    (folder / "volume.nii.gz").write_bytes(gzip.compress(nifti(abdomen()).to_bytes()))
    jpeg2k = packed(
        "1.2.840.10008.1.2.4.90", lambda pixels: imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", level=0)
    )
    jpeg2k(series)
    zipped(folder / "series.zip", {path.name: path.read_bytes() for path in series.iterdir()})
    return sorted(folder.iterdir())


@pytest.mark.parametrize("edition", ["folder", "one file"])
def test_no_tab_and_no_decoder_does_what_the_policy_forbids(browser: Browser, request, own, edition):
    url = request.getfixturevalue("site_url") if edition == "folder" else request.getfixturevalue("one_file").as_uri()
    context = browser.new_context(offline=edition == "one file")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(f"violates: {error}"))
    page.goto(url)
    page.locator("#viewer form[data-shown]").wait_for(timeout=LOADED)
    for path, name in zip(own, ("grey", "CT series, slice 7 of 12", "CT volume, slice 7 of 12"), strict=True):
        choose_slice(page, path)
        expect(page.locator("#viewer form")).to_have_attribute("data-shown", name, timeout=LOADED)
    for tab in tabs_of(page):
        open_tab(page, tab)
    page.locator("#tab-playground").click()
    expect(page.locator("#playground")).to_contain_text("Untrained: press Play", timeout=LOADED)
    context.close()
    assert [text for text in said if "Content Security Policy" in text or "violates" in text] == []


def test_a_file_that_never_ends_is_given_up_and_the_next_one_is_read(browser: Browser, site_url, tmp_path):
    endless = slices(abdomen(1, 40, 44), Rows=32, Columns=32, NumberOfFrames=300_000)[0]
    (tmp_path / "endless").write_bytes(dicom_bytes(endless))
    (tmp_path / "volume").write_bytes(nifti(abdomen()).to_bytes())
    (tmp_path / "large").write_bytes(nifti(abdomen(24)).to_bytes())
    page = browser.new_page()
    page.clock.install()
    page.goto(site_url)
    page.locator("#viewer form[data-shown]").wait_for()
    shown = page.locator("#viewer form")
    choose_slice(page, tmp_path / "large")
    expect(shown).to_have_attribute("data-shown", "CT volume, slice 13 of 24", timeout=LOADED)
    choose_slice(page, tmp_path / "endless")  # which takes half a minute, while slices of the open volume wait
    notice = page.locator("#page p.notice").filter(has_text="Reading took too long")
    for _ in range(LOADED // 500):
        page.clock.fast_forward(PATIENCE + 1000)
        page.wait_for_timeout(500)
        if notice.is_visible():
            break
    expect(notice).to_contain_text("What you see is still CT volume, slice 13 of 24.")
    expect(page.locator("#volume .progress-text")).to_have_text("all 24 slices segmented", timeout=LOADED)
    choose_slice(page, tmp_path / "volume")
    expect(shown).to_have_attribute("data-shown", "CT volume, slice 7 of 12", timeout=LOADED)
    page.close()
