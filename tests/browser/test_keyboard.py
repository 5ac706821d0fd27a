"""Every tab played by the keyboard alone: what a mouse can do is reached with Tab, and works."""

import re

import pytest
from playwright.sync_api import Page, expect

from space.model.bundle import BUNDLED, open_bundle
from tests.browser.stack import PLACES, expect_place, write_stack
from tests.browser.tabs import open_tab, tabs_of

SAMPLES = open_bundle(BUNDLED, "").samples
FARTHEST = 150
"""Presses of Tab; a tab of the page has fewer places that can have the focus."""


def go_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(FARTHEST):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


def press(page: Page, selector: str, *keys: str) -> None:
    """Go to an element and press keys there."""
    go_to(page, selector)
    for key in keys:
        page.keyboard.press(key)


def test_the_first_press_leads_to_the_tabs_and_arrows_open_each(page):
    first, *others = tabs_of(page)
    page.keyboard.press("Tab")
    expect(page.locator(f"#tab-{first}")).to_be_focused()
    for tab in others:
        page.keyboard.press("ArrowRight")
        expect(page.locator(f"#tab-{tab}")).to_be_focused()
        expect(page.locator(f"#panel-{tab}")).to_be_visible()


def test_threshold_mode_window_and_examples(page):
    press(page, "#viewer .threshold", "ArrowRight")
    expect(page.locator("#viewer .threshold-text")).to_have_text("0.51")
    press(page, "#viewer [name=mode]", "ArrowRight")
    expect(page.locator("#viewer [value=contour]")).to_be_checked()
    press(page, "#viewer .show-truth", "Space")
    expect(page.locator("#viewer .show-truth")).not_to_be_checked()
    press(page, "#viewer .view summary", "Enter")
    press(page, "#viewer .level", "ArrowRight")
    expect(page.locator("#viewer .level")).to_have_value("129")
    press(page, "#viewer .best", "Enter")
    expect(page.locator("#viewer .best-says")).to_contain_text("That is cheating")
    press(page, f"#cases .examples [value={SAMPLES[1].name}]", "Enter")
    page.locator(f"#viewer form[data-shown={SAMPLES[1].name}]").wait_for()


def test_a_volume_of_ones_own_its_slices_and_its_crosshair(page, tmp_path):
    with page.expect_file_chooser() as chosen:  # before the way there: a busy browser takes a while to listen
        press(page, "#slice-file input", "Enter")
    chosen.value.set_files(write_stack(tmp_path))
    expect_place(page, PLACES // 2)
    press(page, "#page [role=tab]")
    press(page, "#viewer .stage", "PageUp")
    expect_place(page, PLACES // 2 + 1)
    press(page, "#viewer .place", "ArrowLeft")
    expect_place(page, PLACES // 2)
    cross = page.locator("#viewer .cross path")
    before = cross.get_attribute("d")
    press(page, "#volume .coronal .cut", "ArrowLeft")
    expect(cross).not_to_have_attribute("d", before)
    press(page, "#volume .sagittal .cut", "ArrowUp")
    expect_place(page, PLACES // 2 + 1)
    press(page, "#volume .largest", "Enter")


def test_shapes_and_cases_of_the_dice(page):
    open_tab(page, "dice")
    press(page, "#dice-by-hand [value=exact]", "Enter")
    expect(page.locator("#dice-by-hand .dice b")).to_have_text("1.000")
    press(page, "#dice-by-hand .shape[data-shape=mask]", "ArrowRight")
    expect(page.locator("#dice-by-hand .dice b")).not_to_have_text("1.000")


def test_levels_maps_cuts_and_operations(page):
    open_tab(page, "inside")
    page.locator("#network [data-waiting]").first.wait_for(state="detached")
    press(page, "#network [data-level=encoder_1]", "Enter")
    page.locator("#network form[data-shown='/encoder_1/']").wait_for()
    maps = page.locator("#network .maps .tiles")
    press(page, "#network .maps .tiles", "Home", "ArrowRight")
    expect(maps.locator("[aria-selected=true]")).to_have_attribute("aria-label", re.compile("^Map 2 of"))
    expect(page.locator("#network .one")).to_have_attribute(
        "aria-label", re.compile("^Map 2 of .* of Down 2, enlarged$")
    )
    columns = int(maps.evaluate("tiles => getComputedStyle(tiles).getPropertyValue('--columns')"))
    page.keyboard.press("ArrowDown")
    expect(maps).to_have_attribute("aria-activedescendant", f"map-{columns + 1}")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('.tiles')")  # one stop for all maps
    press(page, "#network [data-skip='0']", "Space")
    expect(page.locator("#network .cut-says")).to_contain_text("without skip 1")
    press(page, "#network [data-operation='convolution 1']", "Enter")
    expect(page.locator("#network .bench h3")).to_be_focused()
    page.locator("#network .bench[data-shown^='convolution 1/']").wait_for()
    frame = page.locator("#network .bench .frame").first
    before = frame.get_attribute("data-at")
    press(page, "#network .bench [data-plane=output] .plane", "ArrowRight")
    expect(frame).not_to_have_attribute("data-at", before)
    press(page, "#network .bench .close", "Enter")
    expect(page.locator("#network [data-operation='convolution 1']")).to_be_focused()


def test_curves_and_tables_of_the_training(page):
    open_tab(page, "learned")
    press(page, "#learned-curves [type=radio]", "ArrowRight")
    expect(page).to_have_url(re.compile("curves=Loss"))
    for summary in page.locator("#panel-learned summary").all():
        summary.evaluate("summary => summary.id = 'wanted'")
        press(page, "#wanted", "Enter")
        expect(summary.locator("..")).to_have_attribute("open", "")
        summary.evaluate("summary => summary.removeAttribute('id')")


def test_settings_lessons_and_the_run_of_the_playground(page):
    open_tab(page, "playground")
    page.locator("#playground [data-step='0']").wait_for()
    press(page, "#playground .lessons [value=overfitting]", "Enter")
    press(page, "#playground .lesson summary", "Enter")
    expect(page.locator("#playground .lesson details p").first).to_be_visible()
    press(page, "#playground [name=subjects]", "ArrowUp")
    expect(page).to_have_url(re.compile("play-subjects=32"))
    press(page, "#playground .one", "Enter")
    page.locator("#playground [data-step='1']").wait_for()
    press(page, "#playground .threshold input", "ArrowRight", "ArrowRight", "ArrowRight")
    expect(page.locator("#playground .at-threshold")).to_contain_text("0.51")
    press(page, "#playground .keep", "Enter")
    expect(page.locator("#playground .comparison table")).to_be_visible()


def test_sliders_and_choices_of_the_results(page):
    open_tab(page, "results")
    page.locator("#results-robustness form[data-shown^='window level/']").wait_for()
    press(page, "#results-accuracy .share", "ArrowRight")
    expect(page.locator("#results-accuracy .share-text")).to_have_text("1 %")
    press(page, "#results-robustness [name=change]", "ArrowRight")
    press(page, "#results-robustness .strength", "End")
    page.locator("#results-robustness form[data-shown^='window width/']").wait_for()
    press(page, "#results-robustness .back", "Enter")
    expect(page.locator("#results-robustness .back")).to_be_disabled()


@pytest.mark.parametrize(("width", "height"), [(720, 450), (320, 512)])
def test_nothing_is_lost_at_twice_and_four_times_the_size(page, width, height):
    """As 1440 and 1280 pixels are at 200% and 400%."""
    page.set_viewport_size({"width": width, "height": height})
    wide = {}
    for tab in tabs_of(page):
        open_tab(page, tab)
        wide[tab] = page.evaluate("document.documentElement.scrollWidth")
    assert wide == dict.fromkeys(wide, width)
