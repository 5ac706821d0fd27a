"""The page in a real browser: what a person does, and the numbers against Python's."""

import numpy as np
import pytest
from huggingface_hub import HfApi
from PIL import Image
from playwright.sync_api import expect

from space.answer import Responder
from space.bundle import BUNDLED, open_bundle
from tests.serving import running_app

BUNDLE = open_bundle(BUNDLED, "")
RESPONDER = Responder(BUNDLE)
FIRST, SECOND = BUNDLE.samples[:2]


def dice(page):
    return page.locator("#panel .dice b")


def expected_dice(sample, threshold):
    return f"{RESPONDER.figures(RESPONDER.answer(sample.image, sample.mask, threshold), threshold)['dice']:.3f}"


def upload(page, field, path):
    remove = page.locator(f"{field} button[aria-label='Clear'], {field} button[aria-label='Remove this file']")
    if remove.count():
        remove.first.click()
    page.locator(f"{field} input[type=file]").set_input_files(str(path))


def set_threshold(page, value):
    number = page.locator("#threshold input[type=number]")
    number.fill(str(value))
    number.press("Enter")


def test_the_first_example_is_segmented_when_the_page_opens(page):
    expect(dice(page)).to_have_text(expected_dice(FIRST, 0.5))
    expect(page.locator("#picture img")).to_be_visible()
    expect(page.locator("#header")).to_contain_text(BUNDLE.title)
    expect(page.locator("#header")).to_contain_text(f"{BUNDLE.test_dice:.3f}")
    expect(page.locator("#header")).to_contain_text("Not a medical device")


def test_an_example_is_segmented_with_its_mask_at_a_click(page):
    page.locator("#examples button img").nth(1).click()
    expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))
    expect(page.locator("#slice-file")).to_contain_text(SECOND.name)


@pytest.mark.parametrize("threshold", [0.1, 0.9])
def test_the_score_follows_the_threshold(page, threshold):
    set_threshold(page, threshold)
    answer = RESPONDER.answer(FIRST.image, FIRST.mask, threshold)
    expect(dice(page)).to_have_text(expected_dice(FIRST, threshold))
    expect(page.locator("#panel")).to_contain_text(f"{answer.area:,} px")
    expect(page.locator("#panel")).to_contain_text(f"{RESPONDER.figures(answer, threshold)['recall']:.3f}")


def test_the_slider_can_be_moved_with_the_keyboard(page):
    slider = page.locator("#threshold input[type=range]")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    expect(page.locator("#panel .figures")).to_have_attribute("data-threshold", "0.55")
    expect(dice(page)).to_have_text(expected_dice(FIRST, 0.55))


def test_a_slice_of_ones_own_is_segmented_without_the_examples_mask(page, tmp_path):
    Image.open(SECOND.image).save(tmp_path / "mine.png")
    upload(page, "#slice-file", tmp_path / "mine.png")
    expect(dice(page)).to_have_text("?")
    expect(page.locator("#panel")).to_contain_text("add a mask to compare with")
    upload(page, "#mask-file", SECOND.mask)
    expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))


def test_the_downloads_are_lossless(page, tmp_path):
    answer = RESPONDER.answer(FIRST.image, FIRST.mask, 0.5)
    for button, pixels in (("#download-mask", answer.mask()), ("#download-picture", answer.overlay())):
        with page.expect_download() as download:
            page.locator(button).click()
        download.value.save_as(tmp_path / "file.png")
        assert np.array_equal(np.asarray(Image.open(tmp_path / "file.png")), pixels)
    assert download.value.suggested_filename == f"{FIRST.name}-overlay.png"


def test_the_probability_map_is_a_click_away(page, tmp_path):
    page.locator("#view").get_by_text("Probability").click()
    expect(page.locator("#legend")).to_contain_text("probability from 0 to 1")
    with page.expect_download() as download:
        page.locator("#download-picture").click()
    download.value.save_as(tmp_path / "heat.png")
    answer = RESPONDER.answer(FIRST.image, None, 0.5)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "heat.png")), answer.heat())


def test_a_mask_that_does_not_fit_says_so_and_keeps_the_picture(page, tmp_path):
    Image.new("1", (64, 64), 1).save(tmp_path / "small.png")
    upload(page, "#mask-file", tmp_path / "small.png")
    expect(page.get_by_role("alert").first).to_contain_text("small.png is 64 x 64 pixels, but its slice is 512")
    expect(page.locator("#picture img")).to_be_visible()
    expect(dice(page)).to_have_text("?")


def test_a_file_that_is_no_slice_says_so_and_the_page_goes_on(page, tmp_path):
    (tmp_path / "text.png").write_text("not a picture")
    upload(page, "#slice-file", tmp_path / "text.png")
    expect(page.get_by_role("alert").first).to_contain_text("is no image that can be read")
    page.locator("#examples button img").nth(0).click()
    expect(dice(page)).to_have_text(expected_dice(FIRST, 0.5))


def test_the_examples_of_a_pulled_model_work_and_nothing_is_left_when_the_app_ends(browser, hub, hub_env, tmp_path):
    api = HfApi()
    api.create_repo("alice/unet")
    api.upload_folder(repo_id="alice/unet", folder_path=BUNDLED)
    temporary = tmp_path / "temporary"  # elsewhere than the Hub's cache, as on a real machine
    temporary.mkdir()
    with running_app(hub_env | {"MODEL_REPO": "alice/unet", "TMPDIR": str(temporary)}) as url:
        page = browser.new_page()
        page.goto(url)
        dice(page).wait_for()
        expect(page.locator("#header")).to_contain_text("alice/unet at main")
        page.locator("#examples button img").nth(1).click()
        expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))
        upload(page, "#slice-file", FIRST.image)
        expect(dice(page)).to_have_text("?")
        assert list(temporary.rglob("*.png"))
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_is_wider_than_the_screen(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_asks_nobody_else_for_anything(browser, app_url):
    opened = browser.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(app_url)
    opened.locator("#panel .dice b").wait_for()
    opened.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith((app_url, "data:", "blob:"))] == []


def test_an_embedded_page_keeps_its_height(browser, app_url, tmp_path):
    frame = f'<iframe src="{app_url}/?__theme=dark" width="100%" height="1250" style="border:0"></iframe>'
    (tmp_path / "course.html").write_text(f"<!doctype html><h1>Lesson 4</h1>{frame}")
    opened = browser.new_page(viewport={"width": 800, "height": 900})
    opened.goto(f"file://{tmp_path}/course.html")
    inside = opened.frame_locator("iframe")
    inside.locator("#panel .dice b").wait_for()
    heights = []
    for _ in range(4):
        opened.wait_for_timeout(500)
        heights.append(inside.locator("body").evaluate("body => body.scrollHeight"))
    assert len(set(heights[1:])) == 1
