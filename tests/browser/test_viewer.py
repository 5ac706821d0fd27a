"""The slice viewer as a person uses it: every number and every painted pixel against Python's."""

import math

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from space.answer import Responder
from space.drawing import outline
from space.metrics import count, score
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.canvas import painted
from tests.browser.gestures import choose_slice

BUNDLE = open_bundle(BUNDLED, "")
FIRST = BUNDLE.samples[0]
ANSWER = Responder(BUNDLE).answer(FIRST.image, FIRST.mask, 0.5)
assert ANSWER.reference is not None
TRACED = ANSWER.reference
PIXELS = np.asarray(Image.open(FIRST.image))


@pytest.fixture(scope="module")
def opened(browser, either_url):
    errors = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page = context.new_page()
    page.goto(either_url)
    page.locator("#viewer form[data-shown]").wait_for()
    page.wait_for_load_state("networkidle")  # Gradio's own start-up requests are over
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def page(opened):
    """The viewer as it is when the page has been opened."""
    opened.bring_to_front()  # a page behind another one draws once a second
    set_level(opened, 128)
    opened.get_by_text("Filled", exact=True).click()
    opened.get_by_label("Show the whole slice").first.click()
    return opened


def at_level(level):
    """Return what the viewer must say at a level of the probability map."""
    counts = count(ANSWER.probability >= level, TRACED)
    return score(counts)._asdict() | {"area": counts.predicted}


def set_level(page, level):
    """As a drag does: the value, then an input event."""
    page.locator("#viewer .threshold").evaluate(
        "(slider, level) => { slider.value = level; slider.dispatchEvent(new Event('input', {bubbles: true})); }", level
    )


def shown(page):
    """Return the viewer's numbers with all their digits."""
    return page.locator("#viewer form").evaluate("""form => {
        const found = {};
        const cells = form.querySelectorAll("[data-score]");
        for (const {dataset} of cells) found[dataset.score] = Number(dataset.value);
        found.area = Number(form.querySelector(".area").textContent.replaceAll(",", ""));
        return found;
    }""")


def overlay(page):
    return painted(page.locator("#viewer canvas.overlay"))


def test_the_numbers_are_pythons_at_every_threshold(page):
    for level in range(0, 256, 5):
        set_level(page, level)
        got = shown(page)
        for name, expected in at_level(level).items():
            assert got[name] == expected or (math.isnan(got[name]) and math.isnan(expected)), (level, name)


@pytest.mark.parametrize("level", [1, 128, 255])
def test_the_painted_pixels_are_the_prediction(page, level):
    set_level(page, level)
    predicted = ANSWER.probability >= level
    assert np.array_equal(overlay(page)[..., 3] > 0, predicted)
    page.get_by_text("Outline", exact=True).click()
    assert np.array_equal(overlay(page)[..., 3] > 0, outline(predicted))


def test_the_errors_are_told_apart_by_colour(page):
    page.get_by_text("Errors", exact=True).click()
    set_level(page, 200)
    predicted, traced = ANSWER.probability >= 200, TRACED
    colours = overlay(page)
    kinds = [predicted & traced, predicted & ~traced, ~predicted & traced]
    seen = [np.unique(colours[kind][:, :3], axis=0) for kind in kinds if kind.any()]
    assert all(len(colour) == 1 for colour in seen)
    assert len(np.unique(np.concatenate(seen), axis=0)) == len(seen)
    assert np.array_equal(colours[..., 3] > 0, predicted | traced)


def test_dragging_the_slider_and_letting_it_go_asks_the_server_nothing(page):
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    box = page.locator("#viewer .threshold").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    seen = set()
    for step in range(40):
        page.mouse.move(box["x"] + box["width"] * (0.1 + 0.02 * step), middle)
        seen.add(shown(page)["area"])
    page.mouse.up()
    page.wait_for_timeout(700)
    assert requests == []
    assert len(seen) > 10


def test_the_slider_can_be_moved_with_the_keyboard(page):
    slider = page.locator("#viewer .threshold")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    assert shown(page)["dice"] == at_level(133)["dice"]
    expect(slider).to_have_attribute("aria-valuetext", "0.52")


def test_the_plot_can_be_dragged(page):
    plot = page.locator("#viewer .plot svg")
    box = plot.bounding_box()
    left, width = 40, box["width"] - 50  # the margins of space/page/chart.js
    page.mouse.move(box["x"] + left + width / 2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + left + 0.8 * width, box["y"] + 60, steps=4)
    page.mouse.up()
    level = int(page.locator("#viewer .threshold").input_value())
    assert level == pytest.approx(0.8 * 255, abs=2)
    assert shown(page)["dice"] == at_level(level)["dice"]


def test_the_best_threshold_is_the_best_and_is_called_cheating(page):
    page.locator("#viewer details").evaluate("details => { details.open = true; }")
    page.locator("#viewer .best").click()
    best = max(at_level(level)["dice"] for level in range(256))
    assert shown(page)["dice"] == best
    expect(page.locator("#viewer .best-says")).to_contain_text(f"became {best:.3f}. That is cheating")


def test_the_pointer_reads_hu_and_probability(page):
    y, x = (int(at.mean()) for at in np.nonzero(TRACED))
    box = page.locator("#viewer canvas.base").bounding_box()
    scale = box["width"] / PIXELS.shape[1]
    page.mouse.move(box["x"] + (x + 0.5) * scale, box["y"] + (y + 0.5) * scale)
    hu = round(-40 + int(PIXELS[y, x]) * 350 / 255)
    expect(page.locator("#viewer .readout")).to_have_text(
        f"x {x}, y {y}: {hu} HU, probability {ANSWER.probability[y, x] / 255:.2f}"
    )


def test_zoom_and_pan_with_keys_and_buttons(page):
    canvas = page.locator("#viewer canvas.base")
    before = canvas.bounding_box()
    page.locator("#viewer .stage").focus()
    page.keyboard.press("+")
    zoomed = canvas.bounding_box()
    assert zoomed["width"] == pytest.approx(1.5 * before["width"], rel=0.01)
    page.keyboard.press("ArrowLeft")
    assert canvas.bounding_box()["x"] == pytest.approx(zoomed["x"] + 40, abs=1)
    page.get_by_label("Show the whole slice").first.click()
    assert canvas.bounding_box() == before


def test_window_and_level_change_by_dragging(page):
    page.locator("#viewer .window-tool").click()
    box = page.locator("#viewer .stage").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 240, steps=3)
    page.mouse.up()
    width, level = 256 - 100, 128 + 20  # in grey levels
    expect(page.locator("#viewer .width-text")).to_have_text(f"{round(width * 350 / 256)} HU")
    expect(page.locator("#viewer .level-text")).to_have_text(f"{round(-40 + level * 350 / 256)} HU")
    grey = painted(page.locator("#viewer canvas.base"))[..., 0].astype(float)
    windowed = np.clip((PIXELS.astype(float) - level + width / 2) / width * 256, 0, 255)
    assert np.abs(grey - windowed).max() <= 1
    page.locator("#viewer details").evaluate("details => { details.open = true; }")
    page.locator("#viewer .reset-window").click()
    page.locator("#viewer .window-tool").click()
    expect(page.locator("#viewer .width-text")).to_have_text("350 HU")


@pytest.fixture
def upload_page(browser, app_url):
    page = browser.new_page()
    page.goto(app_url)
    page.locator("#viewer form[data-shown]").wait_for()
    yield page
    page.close()


def test_without_a_mask_there_is_no_score_to_look_at(upload_page, tmp_path):
    Image.open(FIRST.image).save(tmp_path / "own.png")
    choose_slice(upload_page, tmp_path / "own.png")
    upload_page.locator("#viewer form[data-shown=own]").wait_for()
    expect(upload_page.locator("#viewer .dice b")).to_have_text("?")
    expect(upload_page.locator("#viewer .plot")).to_be_hidden()
    assert upload_page.locator("#viewer [name=mode][value=error]").is_disabled()
    assert shown(upload_page)["area"] == at_level(128)["area"]


def test_a_file_name_is_text_and_never_html(upload_page, tmp_path):
    evil = tmp_path / "<img src=x onerror=alert(1)>.png"
    Image.open(FIRST.image).save(evil)
    choose_slice(upload_page, evil)
    expect(upload_page.locator("#slice-file .name")).to_have_text(evil.name)
    evil.write_text("no picture")
    choose_slice(upload_page, evil)
    expect(upload_page.locator("#page .notice").first).to_contain_text("is not an image that can be read")
    assert upload_page.locator("#page .notice img, #cases .own img").count() == 0
