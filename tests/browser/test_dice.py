"""The tab 'Dice': shapes moved as a person moves them, and every number against NumPy, scikit-learn and SciPy."""

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy.spatial.distance import directed_hausdorff
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from space.drawing import PREDICTION, REFERENCE

EXTRA = (240, 228, 66)  # as in space/page/pixels.js
FORM = "#dice-by-hand form.dice-hand"
# Dice, and the Hausdorff distance in pixels, that the case is there to show
CASES = {
    "small": (0.22, 15.7),
    "none": (0, 29.1),
    "exact": (1, 0),
    "large": (0.971, 1),
    "tiny": (2 / 3, 1),
    "twice": (2 / 3, 6),
    "stray": (0.999, 20.8),
    "empty": (0, np.nan),
    "both": (np.nan, np.nan),
}


def open_tab(context, url, more=""):
    opened = context.new_page()
    opened.goto(f"{url}/?tab=dice{more}")
    opened.locator(f"{FORM} .presets button").first.wait_for()
    return opened


@pytest.fixture(scope="module")
def opened(browser, either_url):
    errors = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield open_tab(context, either_url)
    context.close()
    assert errors == []


@pytest.fixture
def tab(opened):
    """The tab as it is when it has been opened."""
    opened.bring_to_front()  # a page behind another one draws once a second
    opened.locator(f"{FORM} .presets button[value=small]").click()
    return opened


def masks(page):
    """Return the prediction and the mask as they are painted."""
    painted = page.locator(f"{FORM} canvas").evaluate(
        """canvas => {
          const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          const at = (i, whole, size) => Math.floor(((i + 0.5) * size) / whole);
          return Array.from({ length: 64 * 40 }, (_, i) => {
            const start = 4 * (at(Math.floor(i / 64), 40, canvas.height) * canvas.width + at(i % 64, 64, canvas.width));
            return [...pixels.slice(start, start + 3)];
          });
        }"""
    )
    colours = np.array(painted).reshape(40, 64, 3)
    both, extra, missed = ((colours == colour).all(axis=2) for colour in (PREDICTION, EXTRA, REFERENCE))
    return [both | extra, both | missed]


def numbers(page, kind):
    cells = page.locator(f"{FORM} [data-{kind}]")
    value = "cell.dataset.value" if kind == "score" else "cell.textContent"
    found = cells.evaluate_all(f"cells => cells.map((cell) => [cell.dataset.{kind}, {value}])")
    return {name: float(number) for name, number in found}


def check(page):
    """Compare all that the page says with what others compute from its two masks."""
    prediction, mask = masks(page)
    assert numbers(page, "count") == {
        "prediction": prediction.sum(),
        "mask": mask.sum(),
        "overlap": (prediction & mask).sum(),
        "extra": (prediction & ~mask).sum(),
        "missed": (mask & ~prediction).sum(),
    }
    flat = mask.ravel(), prediction.ravel()
    a, b = np.argwhere(prediction), np.argwhere(mask)
    expected = {
        "dice": f1_score(*flat, zero_division=np.nan),
        "iou": jaccard_score(*flat) if len(a) or len(b) else np.nan,
        "precision": precision_score(*flat, zero_division=np.nan),
        "recall": recall_score(*flat, zero_division=np.nan),
        "hausdorff": max(directed_hausdorff(a, b)[0], directed_hausdorff(b, a)[0]) if len(a) and len(b) else np.nan,
    }
    scores = numbers(page, "score")
    assert scores == pytest.approx(expected, abs=1e-12, nan_ok=True)
    for name, score in scores.items():
        shown = "n/a" if np.isnan(score) else f"{score:.1f} px" if name == "hausdorff" else f"{score:.3f}"
        expect(page.locator(f"{FORM} [data-score={name}]")).to_have_text(shown)
    dice = "n/a" if np.isnan(scores["dice"]) else f"{scores['dice']:.3f}"
    said = f"Dice = 2 \u00d7 {(prediction & mask).sum()} / ({len(a)} + {len(b)}) = {dice}"
    expect(page.locator(f"{FORM} .formula")).to_have_attribute("aria-label", said)
    return scores


def unit(page):
    """Return how wide a pixel of the grid is on the screen."""
    return page.locator(f"{FORM} canvas").bounding_box()["width"] / 64


def middle(page, selector):
    place = page.locator(f"{FORM} {selector}")
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, selector, dx, dy, check_at_each_step=False):
    """Drag by pixels of the grid, with the mouse."""
    x, y = middle(page, selector)
    page.mouse.move(x, y)
    page.mouse.down()
    for part in np.linspace(0, unit(page), 6)[1:]:
        page.mouse.move(x + dx * part, y + dy * part)
        if check_at_each_step:
            check(page)
    page.mouse.up()


def moved(pixels, dx, dy):
    return np.roll(pixels, (dy, dx), axis=(0, 1))


def extent(pixels):
    rows, columns = np.nonzero(pixels)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize("name", CASES)
def test_every_case_has_its_numbers_its_sentence_and_its_link(tab, name):
    tab.locator(f"{FORM} .presets button[value={name}]").click()
    scores = check(tab)
    assert (scores["dice"], scores["hausdorff"]) == pytest.approx(CASES[name], abs=0.05, nan_ok=True)
    said = tab.locator(f"{FORM} .says").inner_text()
    assert said.endswith(".")
    again = open_tab(tab.context, tab.url.split("/?")[0], f"&shapes={tab.url.split('shapes=')[1]}")
    expect(again.locator(f"{FORM} .presets button[aria-pressed=true]")).to_have_attribute("value", name)
    expect(again.locator(f"{FORM} .says")).to_have_text(said)
    check(again)


def test_all_cases_are_tested(tab):
    buttons = tab.locator(f"{FORM} .presets button")
    assert buttons.evaluate_all("buttons => buttons.map((button) => button.value)") == list(CASES)


@pytest.mark.parametrize(("shape", "index"), [("prediction", 0), ("mask", 1)])
def test_a_dragged_shape_moves_by_whole_pixels_and_every_number_follows(tab, shape, index):
    before = masks(tab)
    drag(tab, f".shape[data-shape={shape}]", 7, -5, check_at_each_step=True)
    after = masks(tab)
    assert np.array_equal(after[index], moved(before[index], 7, -5))
    assert np.array_equal(after[1 - index], before[1 - index])
    expect(tab.locator(f"{FORM} .presets button[aria-pressed=true]")).to_have_count(0)


def test_a_shape_stays_whole_at_the_edge(tab):
    before = masks(tab)[0]
    drag(tab, ".shape[data-shape=prediction]", -40, -30)
    assert extent(masks(tab)[0])[:2] == (0, 0)
    assert masks(tab)[0].sum() == before.sum()


@pytest.mark.parametrize(("shape", "index"), [("prediction", 0), ("mask", 1)])
def test_a_letter_resizes_its_shape_from_the_opposite_corner(tab, shape, index):
    left, top, right, bottom = extent(masks(tab)[index])
    out = -1 if shape == "prediction" else 1
    drag(tab, f".grip[data-shape={shape}]", 4 * out, 3 * out, check_at_each_step=True)
    grown = (left - 4, top - 3, right, bottom) if shape == "prediction" else (left, top, right + 4, bottom + 3)
    assert extent(masks(tab)[index]) == grown
    drag(tab, f".grip[data-shape={shape}]", -60 * out, -60 * out)
    assert masks(tab)[index].sum() == 1
    check(tab)


def test_the_pixels_are_those_whose_centres_lie_in_the_ellipse(tab):
    left, top, right, bottom = extent(masks(tab)[1])
    rows, columns = np.indices(masks(tab)[1].shape) + 0.5
    across = (columns - (left + right) / 2) / ((right - left) / 2)
    down = (rows - (top + bottom) / 2) / ((bottom - top) / 2)
    assert np.array_equal(masks(tab)[1], across**2 + down**2 <= 1)


def test_the_keyboard_does_all_that_the_mouse_does(tab):
    shape = tab.locator(f"{FORM} .shape[data-shape=prediction]")
    before = masks(tab)
    shape.focus()
    for key, (dx, dy) in {"ArrowRight": (1, 0), "ArrowDown": (1, 1), "ArrowLeft": (0, 1), "ArrowUp": (0, 0)}.items():
        tab.keyboard.press(key)
        assert np.array_equal(masks(tab)[0], moved(before[0], dx, dy))
        check(tab)
    left, top, right, bottom = extent(before[0])
    tab.keyboard.press("Shift+ArrowRight")
    tab.keyboard.press("Shift+ArrowDown")
    assert extent(masks(tab)[0]) == (left - 1, top - 1, right, bottom)
    tab.keyboard.press("Tab")
    expect(tab.locator(f"{FORM} .shape[data-shape=mask]")).to_be_focused()
    left, top, right, bottom = extent(before[1])
    tab.keyboard.press("Shift+ArrowLeft")
    tab.keyboard.press("Shift+ArrowUp")
    assert extent(masks(tab)[1]) == (left, top, right - 1, bottom - 1)
    check(tab)


def test_a_finger_drags_too_and_does_not_scroll_the_page(browser, app_url):
    context = browser.new_context(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    page = open_tab(context, app_url)
    before = masks(page)[0]
    x, y = middle(page, ".shape[data-shape=prediction]")
    scrolled = page.evaluate("window.scrollY")
    finger = context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for part in np.linspace(0, unit(page), 6)[1:]:
        point = {"x": x + 3 * part, "y": y + 8 * part}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert np.array_equal(masks(page)[0], moved(before, 3, 8))
    assert page.evaluate("window.scrollY") == scrolled
    check(page)
    context.close()


def test_the_smaller_shape_can_be_taken_hold_of_inside_the_larger(tab):
    tab.locator(f"{FORM} .presets button[value=twice]").click()
    before = masks(tab)
    drag(tab, ".shape[data-shape=mask]", 6, 0)
    assert np.array_equal(masks(tab)[1], moved(before[1], 6, 0))
    assert np.array_equal(masks(tab)[0], before[0])


def test_nothing_is_asked_of_the_server(tab):
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    drag(tab, ".shape[data-shape=prediction]", 9, 6)
    drag(tab, ".grip[data-shape=mask]", 3, 3)
    for name in CASES:
        tab.locator(f"{FORM} .presets button[value={name}]").click()
    assert asked == []


def test_an_unknown_case_in_the_address_opens_the_first(tab, app_url):
    again = open_tab(tab.context, app_url, "&shapes=toString")
    expect(again.locator(f"{FORM} .presets button[aria-pressed=true]")).to_have_attribute("value", "small")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_fits_the_screen_and_keeps_its_height(tab, width):
    tab.set_viewport_size({"width": width, "height": 700})
    heights = set()
    for name in CASES:
        tab.locator(f"{FORM} .presets button[value={name}]").click()
        heights.add(tab.locator(FORM).bounding_box()["height"])
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert len(heights) == 1
