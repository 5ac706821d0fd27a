"""Draw against the U-Net: strokes as a person makes them, and the Dice against scikit-learn's."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from sklearn.metrics import f1_score, precision_score, recall_score

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import ABDOMEN
from tests.browser.canvas import painted
from tests.browser.gestures import choose_slice

BUNDLE = open_bundle(BUNDLED, "")
FIRST = BUNDLE.samples[0]
ANSWER = Responder(BUNDLE).answer(FIRST.image, FIRST.mask, 0.5)
assert ANSWER.reference is not None
TRACED = ANSWER.reference
PAD = "#draw-pad"


@pytest.fixture(scope="module")
def opened(browser, either_url):
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, has_touch=True)
    page = context.new_page()
    page.goto(f"{either_url}/?tab=draw")
    page.locator(f"{PAD} form[data-shown]").wait_for()
    yield page
    context.close()


@pytest.fixture
def pad(opened):
    """The tab with nothing drawn yet."""
    opened.bring_to_front()  # a page behind another one draws once a second
    clear = opened.locator(f"{PAD} .wipe")
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
    stroke(pad, [(250, 250), (260, 250), (260, 260)])  # where there are fingers, they scroll now and draw nothing
    expect(pad.locator(f"{PAD} table")).to_be_visible()
    pad.get_by_text("Trace", exact=True).click()
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
    pad.locator(f"{PAD} .undo").click()
    assert np.array_equal(drawn(pad), painted)
    pad.locator(f"{PAD} .wipe").click()
    assert not drawn(pad).any()
    assert pad.get_by_role("button", name="Compare with the U-Net").is_disabled()
    pad.locator(f"{PAD} .undo").click()
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


def keys(page, *pressed):
    page.locator(f"{PAD} .stage").focus()
    for key in pressed:
        page.keyboard.press(key)


def test_keys_trace_an_outline_that_is_filled_and_say_where_they_are(pad):
    keys(
        pad,
        "Space",
        "Space",
        *["Shift+ArrowRight"] * 4,
        "Space",
        *["Shift+ArrowDown"] * 2,
        "Space",
        *["Shift+ArrowLeft"] * 4,
    )
    middle = ANSWER.pixels.shape[1] // 2, ANSWER.pixels.shape[0] // 2
    expect(pad.locator(f"{PAD} .reads")).to_contain_text(f"x {middle[0]}, y {middle[1] + 20}")
    expect(pad.locator(f"{PAD} .reads")).to_contain_text("HU. 3 points.")
    keys(pad, "Space", "Enter")
    mask = drawn(pad)
    assert mask.sum() == pytest.approx(40 * 20, rel=0.1)
    assert mask[middle[1] + 10, middle[0] + 20]
    keys(pad, "Space", "ArrowLeft", "Space", "Escape", "Enter")
    assert np.array_equal(drawn(pad), mask)  # an outline that was given up leaves nothing


def test_keys_paint_and_rub_out(pad):
    pad.get_by_text("Brush", exact=True).click()
    keys(pad, "ArrowLeft", "Space", *["Shift+ArrowRight"] * 4, "Space", *["Shift+ArrowRight"] * 4)
    painted = drawn(pad)
    assert painted.sum() == pytest.approx(40 * 8 + np.pi * 4**2, rel=0.1)
    pad.get_by_text("Eraser", exact=True).click()
    keys(pad, *["Shift+ArrowLeft"] * 6, "Space", "Shift+ArrowLeft", "Space")
    assert 0 < drawn(pad).sum() < painted.sum()


def test_the_window_is_set_here_too_and_is_that_of_the_page(pad):
    pad.locator(f"{PAD} .view summary").click()
    expect(pad.locator(f"{PAD} .window-says")).to_have_text("W 350 L 135 HU")
    pad.locator(f"{PAD} .presets button[value=liver]").click()
    expect(pad.locator(f"{PAD} .window-says")).to_have_text("W 150 L 30 HU")
    shown = painted(pad.locator(f"{PAD} canvas.base"))[..., 0].astype(float)
    hu = ABDOMEN[0] + ANSWER.pixels.astype(float) * (ABDOMEN[1] - ABDOMEN[0]) / 256
    assert np.abs(shown - np.clip(np.round(((hu - 30) / 150 + 0.5) * 256), 0, 255)).max() <= 1
    expect(pad.locator(f"{PAD} .presets")).to_contain_text("The network always sees -40 to 310 HU")
    expect(pad.locator(f"{PAD} .presets button[value=lung]")).to_be_hidden()  # a picture does not hold these values
    pad.locator(f"{PAD} .reset-window").click()
    pad.locator(f"{PAD} .view summary").click()


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


def pick(page, number):
    page.locator(f"{PAD} .examples button").nth(number).click()
    page.locator(f"{PAD} form[data-shown={BUNDLE.samples[number].name}]").wait_for()


def test_every_slice_has_a_drawing_of_its_own_and_is_chosen_here(page):
    open_draw(page, FIRST.name)
    stroke(page, around_the_organ())
    mine = drawn(page)
    pick(page, 1)
    assert not drawn(page).any()
    assert page.locator(f"{PAD} .undo").is_disabled()
    pick(page, 0)
    assert np.array_equal(drawn(page), mine)
    expect(page.locator(f"{PAD} .examples [aria-pressed=true]")).to_have_text(FIRST.name)


def test_a_slice_of_ones_own_is_chosen_here(page, tmp_path):
    open_draw(page, FIRST.name)
    Image.open(FIRST.image).save(tmp_path / "own.png")
    page.locator(f"{PAD} .file input").set_input_files(str(tmp_path / "own.png"))
    page.locator(f"{PAD} form[data-shown=own]").wait_for()


def carried(page):
    return page.locator(f"{PAD} textarea.code").input_value()


def test_a_link_carries_the_outline_and_a_class_is_laid_over_one_another(page):
    open_draw(page, FIRST.name)
    page.locator(f"{PAD} .class summary").click()
    stroke(page, around_the_organ())
    first, mine = drawn(page), carried(page)
    assert "tab=draw" in mine
    assert f"case={FIRST.name}" in mine
    page.locator(f"{PAD} .wipe").click()
    stroke(page, [(x + 6, y) for x, y in around_the_organ()])
    second, theirs = drawn(page), carried(page)
    pick(page, 1)
    stroke(page, around_the_organ())
    elsewhere = carried(page)

    page.goto(mine)  # as who gets the link
    page.locator(f"{PAD} form[data-shown={FIRST.name}]").wait_for()
    expect(page.locator(f"{PAD} .class-says")).to_contain_text("1 outline on this slice.")
    shown = painted(page.locator(f"{PAD} canvas.ink"))[..., 3] > 0
    assert np.array_equal(shown, first)

    page.locator(f"{PAD} textarea.codes").fill(f"{mine}\n{theirs}\n{elsewhere}\nnonsense!")
    page.locator(f"{PAD} .lay").click()
    between, *scored = (f1_score(a.ravel(), b.ravel()) for a, b in ((first, second), (first, TRACED), (second, TRACED)))
    says = page.locator(f"{PAD} .class-says")
    expect(says).to_contain_text(f"2 outlines on this slice. Dice with one another: {between:.3f}.")
    expect(says).to_contain_text(f"on average, {min(scored):.3f} to {max(scored):.3f}")
    expect(says).to_contain_text("1 outline of another slice: left out.")
    expect(says).to_contain_text("1 outline that cannot be read")
    shown = painted(page.locator(f"{PAD} canvas.ink"))[..., 3]
    assert np.median(shown[first & second]) == 180  # both; darker still are the outlines
    assert {100, 255} <= set(np.unique(shown[first ^ second])) <= {100, 180, 255}  # one of two
    page.get_by_role("button", name="Compare with the U-Net").click()  # with nothing drawn oneself
    expect(page.locator(f"{PAD} [data-unet=dice]")).to_have_text(
        f"{f1_score(TRACED.ravel(), ANSWER.prediction.ravel()):.3f}"
    )
    expect(page.locator(f"{PAD} .verdict")).to_have_text("Your own drawing is empty.")


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
