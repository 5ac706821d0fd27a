"""The page in a real browser: what a person does, and the numbers against Python's."""

import numpy as np
import pytest
from huggingface_hub import HfApi
from PIL import Image
from playwright.sync_api import expect

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle
from tests.serving import running_app

BUNDLE = open_bundle(BUNDLED, "")
RESPONDER = Responder(BUNDLE)
FIRST, SECOND = BUNDLE.samples[:2]


def dice(page):
    return page.locator("#viewer .dice b")


def expected_dice(sample, threshold):
    return f"{RESPONDER.figures(RESPONDER.answer(sample.image, sample.mask, threshold), threshold)['dice']:.3f}"


def upload(page, field, path):
    remove = page.locator(f"{field} button[aria-label='Clear'], {field} button[aria-label='Remove this file']")
    if remove.count():
        remove.first.click()
    page.locator(f"{field} input[type=file]").set_input_files(str(path))


def download(page, button, path):
    """Click a download button until it has a file to give; return the file's name and its pixels."""
    with page.expect_download() as given:
        page.locator(button).click()
    given.value.save_as(path)
    return given.value.suggested_filename, np.asarray(Image.open(path))


def test_the_first_example_is_segmented_when_the_page_opens(page):
    expect(dice(page)).to_have_text(expected_dice(FIRST, 0.5))
    expect(page.locator("#viewer canvas.base")).to_be_visible()
    expect(page.locator("#header")).to_contain_text(BUNDLE.title)
    expect(page.locator("#header")).to_contain_text(f"{BUNDLE.test_dice:.3f}")
    expect(page.locator("#header")).to_contain_text("Not a medical device")


def test_an_example_is_segmented_with_its_mask_at_a_click(page):
    page.locator("#examples button img").nth(1).click()
    expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))
    expect(page.locator("#slice-file")).to_contain_text(SECOND.name)


def test_a_slice_of_ones_own_is_segmented_without_the_examples_mask(page, tmp_path):
    Image.open(SECOND.image).save(tmp_path / "mine.png")
    upload(page, "#slice-file", tmp_path / "mine.png")
    page.locator("#viewer form[data-shown=mine]").wait_for()
    expect(dice(page)).to_have_text("?")
    expect(page.locator("#viewer")).to_contain_text("add a mask to get the Dice")
    upload(page, "#mask-file", SECOND.mask)
    expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))


def test_the_downloads_are_lossless_and_follow_the_threshold(page, tmp_path):
    for threshold in (128 / 255, 129 / 255):
        answer = RESPONDER.answer(FIRST.image, FIRST.mask, threshold)
        for button, ending, pixels in (
            ("#download-mask", "predicted-mask", answer.mask()),
            ("#download-picture", "overlay", answer.overlay()),
            ("#download-probability", "probability", answer.probability),
        ):
            name, got = download(page, button, tmp_path / "file.png")
            assert name == f"{FIRST.name}-{ending}.png"
            assert np.array_equal(got, pixels)
        page.locator("#viewer .threshold").press("ArrowRight")
        page.wait_for_timeout(1500)


def test_a_mask_that_does_not_fit_says_so_and_keeps_the_picture(page, tmp_path):
    Image.new("1", (64, 64), 1).save(tmp_path / "small.png")
    upload(page, "#mask-file", tmp_path / "small.png")
    expect(page.locator("#viewer .notice")).to_contain_text("small.png is 64 x 64 pixels, but its slice is 512")
    expect(page.locator("#viewer canvas.base")).to_be_visible()
    expect(dice(page)).to_have_text("?")


def test_a_file_that_is_no_slice_says_so_and_the_page_goes_on(page, tmp_path):
    (tmp_path / "text.png").write_text("not a picture")
    upload(page, "#slice-file", tmp_path / "text.png")
    expect(page.locator("#viewer .notice")).to_contain_text("is no image that can be read")
    page.locator("#examples button img").nth(0).click()
    expect(dice(page)).to_have_text(expected_dice(FIRST, 0.5))
    expect(page.locator("#viewer .notice")).to_be_hidden()


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
        page.locator(f"#viewer form[data-shown={FIRST.name}]").wait_for()
        page.wait_for_load_state("networkidle")
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
    opened.locator("#viewer form[data-shown]").wait_for()
    opened.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith((app_url, "data:", "blob:"))] == []
