"""Draw against the U-Net: strokes as a person makes them, and the Dice against scikit-learn's."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from sklearn.metrics import f1_score, precision_score, recall_score

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.canvas import painted
from tests.browser.gestures import choose_slice, click_example

BUNDLE = open_bundle(BUNDLED, "")
FIRST = BUNDLE.samples[0]
ANSWER = Responder(BUNDLE).answer(FIRST.image, FIRST.mask, 0.5)
assert ANSWER.reference is not None
TRACED = ANSWER.reference
PAD = "#draw-pad"


@pytest.fixture(scope="module")
def opened(browser, app_url):
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, has_touch=True)
    page = context.new_page()
    page.goto(f"{app_url}/?tab=draw")
    page.locator(f"{PAD} form[data-shown]").wait_for()
    yield page
    context.close()


@pytest.fixture
def pad(opened):
    """The tab with nothing drawn yet."""
    opened.bring_to_front()  # a page behind another one draws once a second
    clear = opened.get_by_role("button", name="Clear", exact=True)
    if clear.is_enabled():
        clear.click()
    opened.get_by_text("Trace", exact=True).click()
    return opened


def to_screen(page, x, y):
    """Return where a pixel of the slice is on the screen."""
    box = page.locator(f"{PAD} canvas.base").bounding_box()
    scale = box["width"] / ANSWER.pixels.shape[1]
    return box["x"] + x * scale, box["y"] + y * scale


def stroke(page, points):
    page.mouse.move(*to_screen(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*to_screen(page, *point))
    page.mouse.up()


def drawn(page):
    """Return the mask that has been drawn: what is painted before any comparison."""
    return painted(page.locator(f"{PAD} canvas.ink"))[..., 3] > 0


def around_the_organ():
    rows, columns = np.nonzero(TRACED)
    y, x = rows.mean(), columns.mean()
    ry, rx = np.ptp(rows) / 2, np.ptp(columns) / 2
    return [(x + rx * np.cos(t), y + ry * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 24)]


def test_a_traced_outline_is_filled(pad):
    x, y = 250, 250
    stroke(pad, [(x, y), (x + 40, y), (x + 40, y + 20), (x, y + 20)])
    mask = drawn(pad)
    assert mask.sum() == pytest.approx(40 * 20, rel=0.1)
    assert mask[y + 10, x + 20]
    assert not mask[y - 5, x + 20]


def test_the_scores_are_those_of_the_drawing_and_of_the_network(pad):
    stroke(pad, around_the_organ())
    mine = drawn(pad)
    pad.get_by_role("button", name="Compare with the U-Net").click()
    truth = TRACED.ravel()
    for who, mask in (("yours", mine), ("unet", ANSWER.prediction)):
        for name, oracle in (("dice", f1_score), ("precision", precision_score), ("recall", recall_score)):
            cell = pad.locator(f"{PAD} [data-{who}={name}]")
            assert float(cell.get_attribute("data-value")) == pytest.approx(oracle(truth, mask.ravel()), abs=1e-12)
        expect(pad.locator(f"{PAD} [data-{who}=area]")).to_have_text(f"{mask.sum():,}")
    expect(pad.locator(f"{PAD} .verdict")).to_contain_text("closer to the mask")


def test_mask_and_network_stay_hidden_until_the_comparison(pad):
    stroke(pad, around_the_organ())
    expect(pad.locator(f"{PAD} table")).to_be_hidden()
    before = drawn(pad)
    pad.get_by_role("button", name="Compare with the U-Net").click()
    expect(pad.locator(f"{PAD} table")).to_be_visible()
    assert drawn(pad).sum() > before.sum()  # two more outlines
    stroke(pad, [(250, 250), (260, 250), (260, 260)])  # a new stroke hides them again
    expect(pad.locator(f"{PAD} table")).to_be_hidden()


def test_brush_eraser_undo_and_clear(pad):
    pad.get_by_text("Brush", exact=True).click()
    stroke(pad, [(240, 250), (280, 250)])
    painted = drawn(pad)
    assert painted.sum() == pytest.approx(40 * 8 + np.pi * 4**2, rel=0.1)
    pad.get_by_text("Eraser", exact=True).click()
    stroke(pad, [(255, 240), (255, 260)])
    assert drawn(pad).sum() < painted.sum()
    pad.get_by_role("button", name="Undo").click()
    assert np.array_equal(drawn(pad), painted)
    pad.get_by_role("button", name="Clear", exact=True).click()
    assert not drawn(pad).any()
    assert pad.get_by_role("button", name="Compare with the U-Net").is_disabled()
    pad.get_by_role("button", name="Undo").click()
    assert np.array_equal(drawn(pad), painted)


def test_a_finger_draws(pad):
    pad.get_by_text("Brush", exact=True).click()
    pad.locator(f"{PAD} .stage").scroll_into_view_if_needed()
    x, y = to_screen(pad, 250, 250)
    client = pad.context.new_cdp_session(pad)
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + 50, "y": y}]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    box = pad.locator(f"{PAD} canvas.base").bounding_box()
    length = 50 * ANSWER.pixels.shape[1] / box["width"]
    assert drawn(pad).sum() == pytest.approx(length * 8 + np.pi * 4**2, rel=0.15)


def test_a_drawing_outlives_a_look_at_another_tab_which_asks_for_nothing(pad):
    stroke(pad, around_the_organ())
    mine = drawn(pad)
    asked = []
    pad.on("request", lambda request: asked.append(request.url))
    pad.get_by_role("tab", name="Training").click()
    pad.get_by_role("tab", name="Draw").click()
    assert np.array_equal(drawn(pad), mine)
    assert [url for url in asked if not url.endswith(".js")] == []


@pytest.fixture
def page(browser, app_url):
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(app_url)
    page.locator("#viewer form[data-shown]").wait_for()
    yield page
    page.close()


def open_draw(page, name):
    page.get_by_role("tab", name="Draw").click()
    page.locator(f"{PAD} form[data-shown={name}]").wait_for()


def test_every_slice_has_a_drawing_of_its_own(page):
    open_draw(page, FIRST.name)
    stroke(page, around_the_organ())
    mine = drawn(page)
    page.get_by_role("tab", name="Segment").click()
    click_example(page, 1)
    open_draw(page, BUNDLE.samples[1].name)
    assert not drawn(page).any()
    assert page.get_by_role("button", name="Undo").is_disabled()
    page.get_by_role("tab", name="Segment").click()
    click_example(page, 0)
    open_draw(page, FIRST.name)
    assert np.array_equal(drawn(page), mine)


def test_the_network_counts_from_the_threshold_of_the_page(page):
    page.locator("#viewer .threshold").fill("20")
    open_draw(page, FIRST.name)
    stroke(page, around_the_organ())
    page.get_by_role("button", name="Compare with the U-Net").click()
    predicted = ANSWER.probability >= 20
    expect(page.locator(f"{PAD} [data-unet=area]")).to_have_text(f"{predicted.sum():,}")
    dice = float(page.locator(f"{PAD} [data-unet=dice]").get_attribute("data-value"))
    assert dice == pytest.approx(f1_score(TRACED.ravel(), predicted.ravel()), abs=1e-12)


def test_a_slice_without_a_mask_can_be_drawn_on_too(page, tmp_path):
    Image.open(FIRST.image).save(tmp_path / "own.png")
    choose_slice(page, tmp_path / "own.png")
    page.locator("#viewer form[data-shown=own]").wait_for()
    open_draw(page, "own")
    stroke(page, around_the_organ())
    page.get_by_role("button", name="Compare with the U-Net").click()
    expect(page.locator(f"{PAD} .verdict")).to_contain_text("has no mask")
