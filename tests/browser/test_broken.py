"""Break it yourself: a change, a slider, the network at work on the changed slice; every number against Python's."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from space.answer import Responder
from space.broken import broken
from space.drawing import overlay
from space.metrics import Counts, score
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.canvas import painted
from tests.browser.gestures import choose_slice, click_example
from tests.browser.reading import hover

BUNDLE = open_bundle(BUNDLED, "")
RESPONDER = Responder(BUNDLE)
FIRST = BUNDLE.samples[0]
OPENED = RESPONDER.open(FIRST.image, FIRST.mask)
CHANGES = {change.name: change for change in BUNDLE.metrics.robustness.changes}
PART = "#results-robustness"


# what the page asks its server, or on a page without one its worker
ASKED = """(() => {
    window.asked = [];
    const inner = (value, name) => { // however deep it lies
        if (typeof value === "string" && value[0] === "{") return inner(JSON.parse(value), name);
        if (typeof value !== "object" || value === null) return [];
        return Object.entries(value).flatMap(([key, one]) => (key === name ? [one] : inner(one, name)));
    };
    const listen = (question) => window.asked.push(...inner(question, "strength"));
    const [send, tell] = [window.fetch, Worker.prototype.postMessage];
    window.fetch = (...how) => { listen(how[1]?.body ?? null); return send(...how); };
    Worker.prototype.postMessage = function (...how) { listen(how[0]); return tell.apply(this, how); };
})()"""


@pytest.fixture(scope="module")
def opened(browser, either_url):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(ASKED)
    page.goto(f"{either_url}/?tab=results")
    shown(page, "window level", 135)
    page.locator("#results-pictures img").nth(2).wait_for()
    yield page
    page.close()


@pytest.fixture
def tab(opened):
    opened.bring_to_front()  # a page behind another one draws once a second
    return opened


@pytest.fixture
def asked(tab):
    """Return a function that tells the strengths that were asked about in a test."""
    tab.evaluate("window.asked.length = 0")
    return lambda: tab.evaluate("window.asked")


def shown(page, name, strength):
    page.locator(f"{PART} form[data-shown='{name}/{strength:g}']").wait_for()


def choose(page, name):
    page.locator(f"{PART} .choices").get_by_text(name, exact=True).click()
    shown(page, name, CHANGES[name].trained)


def changed(name, strength):
    return broken(RESPONDER.segmenter, "CT", OPENED, None, name, strength)


def dice_at(name, strength, level=128):
    return score(Counts(*map(int, changed(name, strength).predicted.table[level]))).dice


def test_the_end_of_the_slider_is_the_strongest_change_and_the_dice_is_pythons(tab):
    for name in ("rotation", "blur", "window width"):
        choose(tab, name)
        before, strongest = dice_at(name, CHANGES[name].trained), CHANGES[name].strengths[-1]
        expect(tab.locator(f"{PART} .found")).to_have_text(f"{before:.3f} Dice on this slice, unchanged")
        tab.locator(f"{PART} .strength").press("End")
        shown(tab, name, strongest)
        dice = dice_at(name, strongest)
        expect(tab.locator(f"{PART} .found")).to_have_text(f"{dice:.3f} Dice on this slice; {before:.3f} unchanged")
        expect(tab.locator(f"{PART} .strength-text")).to_contain_text(f"{strongest:g}")


def test_the_picture_is_the_changed_slice_with_its_moved_mask(tab):
    choose(tab, "shift")
    tab.locator(f"{PART} .strength").press("Home")
    shown(tab, "shift", -80)
    found = changed("shift", -80)
    expected = overlay(found.predicted.pixels, found.predicted.probability >= 128, found.reference)
    assert np.array_equal(painted(tab.locator(f"{PART} .picture"))[..., :3], expected)
    tab.get_by_role("button", name="Back to unchanged").click()
    shown(tab, "shift", 0)
    as_opened = RESPONDER.answer(FIRST.image, FIRST.mask, 0.5)
    assert np.array_equal(painted(tab.locator(f"{PART} .picture"))[..., :3], as_opened.overlay())


def test_slice_and_subjects_are_read_at_one_strength(tab):
    choose(tab, "noise")
    tab.locator(f"{PART} .strength").press("End")
    shown(tab, "noise", 40)
    mean = dict(zip(CHANGES["noise"].strengths, CHANGES["noise"].dice, strict=True))[40]
    read = hover(tab, PART, 0.98)
    assert read == f"noise, SD, grey levels 40: mean volume Dice {mean:.3f}, this slice {dice_at('noise', 40):.3f}"
    dot = tab.locator(f"{PART} .here")
    grid = tab.locator(f"{PART} .grid")  # at 0, 0.25, 0.5, 0.75 and 1
    low, high = (float(grid.nth(n).get_attribute("y1")) for n in (0, 4))
    height = float(dot.get_attribute("cy"))
    assert (height - low) / (high - low) == pytest.approx(dice_at("noise", 40), abs=0.001)
    expect(tab.locator(f"{PART} .dot")).to_have_count(2)  # unchanged, and this


def test_a_drag_along_the_chart_moves_the_slider(tab):
    choose(tab, "rotation")
    hover(tab, PART, 0.75)
    tab.mouse.down()
    tab.mouse.up()
    shown(tab, "rotation", 20)
    expect(tab.locator(f"{PART} .strength-text")).to_have_text("20 degrees")
    expect(tab).to_have_url(re.compile("change=rotation.*strength=20"))


def test_of_two_quick_moves_the_second_is_shown(tab, asked):
    choose(tab, "blur")
    slider = tab.locator(f"{PART} .strength")
    stops = slider.evaluate(
        """slider => ["9", "18", "27", "36"].map((value) => {
            slider.value = value;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            return slider.closest("form").dataset.shown + slider.closest("form").querySelector(".found").textContent;
        })"""
    )
    assert stops == ["..."] * 4  # nothing old stands under a new strength
    shown(tab, "blur", 3.6)
    expect(tab.locator(f"{PART} .found")).to_contain_text(f"{dice_at('blur', 3.6):.3f} Dice on this slice")
    tab.wait_for_timeout(500)
    assert asked() == [0.9, 3.6]  # one at a time, and then the newest
    expect(tab.locator(f"{PART} form")).to_have_attribute("data-shown", "blur/3.6")


def test_the_threshold_of_the_page_counts_without_a_question(tab, asked):
    choose(tab, "size")
    tab.locator(f"{PART} .strength").press("Home")
    shown(tab, "size", 0.6)
    tab.get_by_role("tab", name="Segment").click()
    tab.locator("#viewer .stage.filled").wait_for()
    tab.locator("#viewer .threshold").fill("40")
    tab.get_by_role("tab", name="Results").click()
    expect(tab.locator(f"{PART} .found")).to_contain_text(f"{dice_at('size', 0.6, 40):.3f} Dice on this slice")
    expect(tab.locator(f"{PART} figcaption")).to_contain_text("measured at threshold 0.50")
    expect(tab.locator(f"{PART} figcaption")).to_contain_text("0.16")
    tab.get_by_role("tab", name="Segment").click()
    tab.locator("#viewer .threshold").fill("128")
    tab.get_by_role("tab", name="Results").click()
    expect(tab.locator(f"{PART} figcaption")).to_have_text("")
    assert asked() == [0.6]


def test_nothing_is_asked_before_the_slider_moves_nor_while_nobody_looks(browser, app_url):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or "") if request.method == "POST" else None)
    page.goto(f"{app_url}/?tab=results&change=noise&strength=20")
    shown(page, "noise", 20)
    page.get_by_role("tab", name="Segment").click()
    second = BUNDLE.samples[1]
    click_example(page, 1)
    page.locator(f"#viewer form[data-shown='{second.name}']").wait_for()
    page.wait_for_timeout(300)
    assert sum('"noise"' in text for text in asked) == 1
    page.get_by_role("tab", name="Results").click()
    opened = RESPONDER.open(second.image, second.mask)
    table = broken(RESPONDER.segmenter, "CT", opened, None, "noise", 20).predicted.table
    expect(page.locator(f"{PART} .found")).to_contain_text(f"{score(Counts(*map(int, table[128]))).dice:.3f} Dice on")
    assert sum('"noise"' in text for text in asked) == 2
    page.close()


def test_a_picture_without_mask_and_hu_says_so(page, tmp_path):
    own = tmp_path / "own.png"
    Image.open(FIRST.image).save(own)
    choose_slice(page, own)
    page.locator("#viewer form[data-shown=own]").wait_for()
    page.get_by_role("tab", name="Results").click()
    shown(page, "window level", 135)
    expect(page.locator(f"{PART} .says")).to_contain_text("not known in Hounsfield units (HU)")
    choose(page, "rotation")
    expect(page.locator(f"{PART} .says")).not_to_contain_text("not known")
    page.locator(f"{PART} .strength").press("End")
    shown(page, "rotation", 40)
    now, before = (int((changed("rotation", angle).predicted.probability >= 128).sum()) for angle in (40, 0))
    expect(page.locator(f"{PART} .found")).to_have_text(
        f"{now:,} pixels found; {before:,} unchanged. Dice needs a mask."
    )
    expect(page.locator(f"{PART} .here")).to_have_count(0)
    expect(page.locator("#results-accuracy .beside")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 768])
def test_nothing_is_cut_off(browser, app_url, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{app_url}/?tab=results&change=window width")
    shown(page, "window width", 350)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
