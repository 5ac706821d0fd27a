"""The display window of CT: presets and drags beyond the model's window, painted from the slice's own HU."""

import numpy as np
import pytest
from playwright.sync_api import expect

from space.preprocessing import ABDOMEN, hu_to_grey
from tests.browser.asked import questions
from tests.browser.both import BOTH
from tests.browser.canvas import expect_grey
from tests.browser.stack import PLACES, expect_complete, expect_place, open_stack, stack

WINDOWS = {"Abdomen": (40, 400), "Liver": (30, 150), "Lung": (-600, 1500), "Bone": (400, 1800)}


@pytest.fixture
def opened(page, tmp_path):
    open_stack(page, tmp_path)
    expect_complete(page)
    return page


def windowed(place, level, width):
    shown = (stack().hu[place] - level) / width + 0.5
    return np.clip(np.round(shown * 256), 0, 255)


def expect_painted(page, expected):
    expect_grey(page.locator("#viewer canvas.base"), expected)


@pytest.mark.parametrize("name", WINDOWS)
def test_a_preset_shows_the_slices_hu(opened, name):
    level, width = WINDOWS[name]
    opened.get_by_role("button", name=name).click()
    expect(opened.locator("#viewer .window-waits")).to_be_hidden()
    expect_painted(opened, windowed(PLACES // 2, level, width))
    expect(opened.locator("#viewer .window-says")).to_have_text(f"W {width} L {level} HU".replace("-", "\u2212"))
    expect(opened.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")


@BOTH
def test_the_window_stays_from_slice_to_slice_and_the_models_own_comes_back(opened):
    opened.get_by_role("button", name="Lung").click()
    opened.locator("#viewer .place").press("ArrowRight")
    expect_place(opened, PLACES // 2 + 1)
    expect_painted(opened, windowed(PLACES // 2 + 1, -600, 1500))
    expect(opened.locator("#volume .cuts-say")).to_have_text("The cuts are in the model's window.")
    opened.get_by_role("button", name="Model's").click()
    expect_painted(opened, hu_to_grey(stack().hu[PLACES // 2 + 1], ABDOMEN))
    expect(opened.locator("#viewer .window-says")).to_have_text("W 350 L 135 HU")
    expect(opened.locator("#volume .cuts-say")).to_have_text("")


def test_hu_are_asked_for_once_for_a_slice_and_never_within_the_models_window(opened):
    requests = []
    opened.on("request", lambda request: requests.append(request))
    opened.locator("#viewer details").evaluate("details => { details.open = true; }")
    slide(opened, "width", 100)
    assert "values" not in questions(requests)
    opened.get_by_role("button", name="Lung").click()
    expect_painted(opened, windowed(PLACES // 2, -600, 1500))
    opened.get_by_role("button", name="Liver").click()
    opened.get_by_role("button", name="Bone").click()
    expect_painted(opened, windowed(PLACES // 2, 400, 1800))
    assert questions(requests).count("values") == 1


def slide(page, name, value):
    page.locator(f"#viewer input.{name}").evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', {bubbles: true})); }", value
    )


def test_the_pointer_reads_the_hu_that_are_there(opened):
    canvas = opened.locator("#viewer canvas.base")
    canvas.scroll_into_view_if_needed()

    def point():  # a click on a button may scroll
        box = canvas.bounding_box()
        opened.mouse.move(box["x"] + 75.5 / 512 * box["width"], box["y"] + 215.5 / 512 * box["height"])

    point()
    expect(opened.locator("#viewer .readout")).to_contain_text("x 75, y 215: 310 HU or more")
    opened.get_by_role("button", name="Bone").click()
    expect_painted(opened, windowed(PLACES // 2, 400, 1800))
    point()
    expect(opened.locator("#viewer .readout")).to_contain_text("x 75, y 215: 900 HU")


def test_what_the_network_sees_is_said_and_does_not_change(opened):
    area = opened.locator("#viewer .area").inner_text()
    opened.get_by_role("button", name="Lung").click()
    expect(opened.locator("#viewer .presets p")).to_contain_text("The network always sees -40 to 310 HU.")
    expect(opened.locator("#viewer .area")).to_have_text(area)


def test_an_example_says_its_window_and_offers_what_its_picture_holds(page):
    expect(page.locator("#viewer .window-says")).to_have_text("W 350 L 135 HU")
    expect(page.locator("#viewer .presets button:visible")).to_have_text(["Model's", "Liver"])
    page.locator("#viewer details").evaluate("details => { details.open = true; }")
    slide(page, "width", 128)
    expect(page.locator("#viewer .window-says")).to_have_text("W 175 L 135 HU")
    page.locator("#viewer .reset-window").click()
    expect(page.locator("#viewer .window-says")).to_have_text("W 350 L 135 HU")
