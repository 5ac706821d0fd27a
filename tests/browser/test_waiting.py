"""While something is on its way, a sentence says so: no broken picture, no black box. Nothing moves for who asks so."""

import re

import pytest
from playwright.sync_api import expect

BLACK = """() => [...document.querySelectorAll("[role=tabpanel].open *")].filter((element) => (
    element.offsetParent && element.offsetHeight > 20 && getComputedStyle(element).backgroundColor === "rgb(0, 0, 0)"
)).map((element) => element.outerHTML.slice(0, 200))"""
MOVING = """() => [...document.querySelectorAll(".part, .part *")].filter((element) => (
    getComputedStyle(element).transitionDuration.split(", ").some((time) => parseFloat(time))
)).map((element) => element.outerHTML.slice(0, 200))"""
BROKEN = """() => [...document.querySelectorAll("[role=tabpanel].open img")]
    .filter((image) => image.complete && !image.naturalWidth).map((image) => image.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize(
    ("tab", "says"),
    [
        ("segment", "the slice is on its way"),
        ("draw", "which stay hidden until then"),
        ("inside", "The network is looking at the slice."),
        ("results", "The network is looking at the examples."),
    ],
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_waiting_is_a_sentence(browser, app_url, tab, says, theme):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    question = re.compile("component_server")
    page.route(question, lambda route: None)  # the server has not answered yet
    with page.expect_request(question):
        page.goto(f"{app_url}/?tab={tab}&theme={theme}")
    expect(page.locator(f"#panel-{tab}").get_by_text(says).first).to_be_visible()
    page.wait_for_timeout(500)
    assert page.evaluate(BLACK) == []
    assert page.evaluate(BROKEN) == []
    page.close()


def test_nothing_moves_for_those_who_ask_so(browser, app_url):
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.goto(f"{app_url}/?tab=inside")
    page.locator("#network form.is-shown").wait_for()
    moving = page.evaluate(MOVING)
    assert moving == []
    page.evaluate("Element.prototype.scrollIntoView = (how) => { window.scrolled = how; }")
    page.locator("#network .step").first.click()
    page.locator("#network .bench[data-shown]").wait_for()
    assert page.evaluate("scrolled.behavior") == "auto"
    page.close()
