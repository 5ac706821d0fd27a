"""The page in a real browser: what a person does, and the numbers against Python's."""

import numpy as np
import pytest
from huggingface_hub import HfApi
from PIL import Image
from playwright.sync_api import expect

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.gestures import choose_mask, choose_slice, click_example, download, drop
from tests.serving import running_app

BUNDLE = open_bundle(BUNDLED, "")
RESPONDER = Responder(BUNDLE)
FIRST, SECOND = BUNDLE.samples[:2]


def dice(page):
    return page.locator("#viewer .dice b")


def notice(page):
    return page.locator("#page p.notice")


def expected_dice(sample, threshold):
    return f"{RESPONDER.figures(RESPONDER.answer(sample.image, sample.mask, threshold), threshold)['dice']:.3f}"


@pytest.fixture
def own(tmp_path):
    """A slice of one's own and its mask: the second example's, as somebody else would name and write them."""
    image, mask = tmp_path / "mine.png", tmp_path / "my-mask.png"
    Image.open(SECOND.image).save(image, compress_level=9)
    Image.open(str(SECOND.mask)).convert("L").point(lambda value: 255 * (value > 0)).save(mask)
    return image, mask


def test_the_first_example_is_segmented_when_the_page_opens(page):
    expect(dice(page)).to_have_text(expected_dice(FIRST, 0.5))
    expect(page.locator("#viewer canvas.base")).to_be_visible()
    expect(page.locator("#header")).to_contain_text(BUNDLE.contract.title)
    expect(page.locator("#header")).to_contain_text(f"{BUNDLE.metrics.test.mean_volume_dice:.3f}")
    expect(page.locator("#header")).to_contain_text("Not a medical device")


def test_an_example_is_segmented_with_its_mask_at_a_click(page):
    click_example(page, 1)
    expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))
    expect(page.locator("#slice-file")).to_contain_text(SECOND.name)
    expect(page.locator("#cases .examples [aria-pressed=true]")).to_have_text(SECOND.name)


def test_a_slice_of_ones_own_is_segmented_without_the_examples_mask(page, own):
    image, mask = own
    choose_slice(page, image)
    page.locator("#viewer form[data-shown=mine]").wait_for()
    expect(dice(page)).to_have_text("?")
    expect(page.locator("#viewer")).to_contain_text("add a mask to get the Dice")
    choose_mask(page, mask)
    expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))
    page.get_by_role("button", name="No mask").click()
    expect(dice(page)).to_have_text("?")


@pytest.mark.parametrize("place", ["#viewer .stage", "#cases .own", "#header"])
@pytest.mark.parametrize("mask_first", [False, True])
def test_a_slice_and_its_mask_are_taken_in_one_gesture_wherever_they_are_dropped(page, own, place, mask_first):
    drop(page, place, *(reversed(own) if mask_first else own))
    page.locator("#viewer form[data-shown=mine]").wait_for()
    expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))
    expect(page.locator("#mask-file .name")).to_have_text("my-mask.png")


def test_a_dropped_mask_goes_to_the_slice_that_is_open_and_stays_for_the_next(page, own):
    image, mask = own
    click_example(page, 1)
    drop(page, "body", mask)
    expect(page.locator("#mask-file .name")).to_have_text("my-mask.png")
    expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))
    drop(page, "body", image)
    page.locator("#viewer form[data-shown=mine]").wait_for()
    expect(page.locator("#mask-file .name")).to_have_text("my-mask.png")
    expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))


def test_a_file_dropped_on_a_tab_without_a_slice_opens_where_it_can_be_seen(page, own):
    page.get_by_role("tab", name="Training").click()
    page.mouse.wheel(0, 1500)
    drop(page, "#learned-run", own[0])
    page.locator("#viewer form[data-shown=mine]").wait_for()
    expect(page.locator("#viewer .stage")).to_be_in_viewport()


def test_the_result_of_an_upload_is_in_view(page, own):
    page.set_viewport_size({"width": 390, "height": 700})
    page.locator("#slice-file").scroll_into_view_if_needed()
    choose_slice(page, own[0])
    page.locator("#viewer form[data-shown=mine]").wait_for()
    expect(page.locator("#viewer .stage")).to_be_in_viewport(ratio=0.9)


def test_the_saved_files_are_those_of_the_api_at_the_threshold_on_the_screen(page, tmp_path):
    for level in (128, 129, 40):
        page.locator("#viewer .threshold").fill(str(level))
        answer = RESPONDER.answer(FIRST.image, FIRST.mask, level / 255)
        for button, ending, pixels in (
            ("#download-mask", "predicted-mask", answer.mask()),
            ("#download-picture", "overlay", answer.overlay()),
            ("#download-probability", "probability", answer.probability),
        ):
            name, got = download(page, button, tmp_path / "file.png")
            assert name == f"{FIRST.name}-pancreas-{ending}.png"
            assert np.array_equal(got, pixels)


def test_every_grey_level_is_tinted_as_python_does(page, tmp_path):
    ramp = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    choose_slice(page, tmp_path / "ramp.png")
    page.locator("#viewer form[data-shown=ramp]").wait_for()
    page.locator("#viewer .threshold").fill("0")
    _, got = download(page, "#download-picture", tmp_path / "file.png")
    assert np.array_equal(got, RESPONDER.answer(tmp_path / "ramp.png", None, 0).overlay())


def test_a_mask_that_does_not_fit_says_so_and_keeps_the_picture_with_its_own(page, tmp_path):
    Image.new("1", (64, 64), 1).save(tmp_path / "small.png")
    choose_mask(page, tmp_path / "small.png")
    expect(notice(page)).to_contain_text("small.png is 64 x 64 pixels, but its slice is 512")
    expect(page.locator("#viewer canvas.base")).to_be_visible()
    expect(dice(page)).to_have_text(expected_dice(FIRST, 0.5))


def bad_files(folder):
    """Return files that are no slice, with what is said of each."""
    (folder / "text.png").write_text("not a picture")
    (folder / "slice.dcm").write_bytes(bytes(128) + b"DICM" + bytes(64))
    return {"text.png": "is not an image that can be read", "slice.dcm": "DICOM"}


@pytest.mark.parametrize("name", ["text.png", "slice.dcm"])
@pytest.mark.parametrize("dropped", [False, True])
def test_a_file_that_is_no_slice_is_refused_in_our_words_and_the_open_case_stays(page, tmp_path, name, dropped):
    sentence = bad_files(tmp_path)[name]
    if dropped:
        drop(page, "#viewer .stage", tmp_path / name)
    else:
        choose_slice(page, tmp_path / name)
    expect(notice(page)).to_contain_text(sentence)
    expect(notice(page)).to_contain_text(f"What you see is still {FIRST.name}.")
    expect(dice(page)).to_have_text(expected_dice(FIRST, 0.5))
    expect(page.locator(".toast-body")).to_have_count(0)
    click_example(page, 1)
    expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))
    expect(notice(page)).to_be_hidden()


def test_what_is_no_one_case_is_refused(page, own):
    drop(page, "body", *own, own[0])
    expect(notice(page)).to_contain_text("Several of the pictures have the same name", timeout=20_000)


def test_what_cannot_be_read_is_refused_before_anything_is_sent(page):
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    drop(page, "body")
    expect(notice(page)).to_contain_text("That was no file")
    page.evaluate(
        """() => {
            const held = new DataTransfer();
            held.items.add(new File([new Uint8Array(201 * 2 ** 20)], "volume.nii"));
            document.body.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: held}));
        }"""
    )
    expect(notice(page)).to_contain_text("A file is larger than 200 MB")
    assert sent == []


def test_a_server_that_goes_away_costs_a_sentence_and_nothing_that_is_open(browser):
    with running_app() as url:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(url)
        page.locator("#viewer form[data-shown]").wait_for()
        page.wait_for_load_state("networkidle")
    click_example(page, 1)
    expect(notice(page)).to_contain_text("The server does not answer")
    expect(notice(page)).to_contain_text(f"What you see is still {FIRST.name}.")
    page.locator("#viewer .threshold").press("ArrowRight")
    expect(dice(page)).to_have_text(expected_dice(FIRST, 129 / 255))
    page.get_by_role("tab", name="Inside").click()
    page.get_by_role("tab", name="Segment").click()
    page.wait_for_timeout(3000)
    expect(page.locator(".toast-body")).to_have_count(0)
    page.close()


def test_the_examples_of_a_pulled_model_work_and_nothing_is_left_when_the_app_ends(
    browser, hub, hub_env, tmp_path, own
):
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
        expect(page.locator("#header")).not_to_contain_text("is not served")
        click_example(page, 1)
        expect(dice(page)).to_have_text(expected_dice(SECOND, 0.5))
        choose_slice(page, own[0])
        page.locator("#viewer form[data-shown=mine]").wait_for()
        assert list(temporary.rglob("mine.png"))
        page.close()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_is_wider_than_the_screen(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)


def test_the_tabs_are_reached_by_the_keyboard(page):
    page.get_by_role("tab", name="Segment").focus()
    for name, panel in (("Lessons", "lessons"), ("Draw", "draw")):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=name)).to_be_focused()
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tabpanel")).to_have_attribute("id", f"panel-{panel}")


def test_the_page_asks_nobody_else_for_anything(browser, app_url):
    opened = browser.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(app_url)
    opened.locator("#viewer form[data-shown]").wait_for()
    opened.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith((app_url, "data:", "blob:"))] == []
