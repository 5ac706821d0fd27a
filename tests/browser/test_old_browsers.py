"""The page without a server in a browser that lacks something: a sentence, and what needs no network works."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import click_example
from tests.browser.test_site import BUNDLE, LOADED, right_dice, shown_dice

LACKS = {
    "no WebAssembly": "delete window.WebAssembly",
    "no SIMD in its WebAssembly": "WebAssembly.validate = () => false",
    "no workers": "delete window.Worker",
    "no workers made of modules": "const Old = Worker; Worker = class extends Old { constructor(url) { super(url); } }",
    "no DecompressionStream": "delete window.DecompressionStream",
}
TOO_OLD = (
    "This browser is too old to run the network (it has {}): please open this page in a current Chrome, Edge, Firefox"
)


@pytest.mark.parametrize("lack", LACKS)
def test_what_is_missing_is_said_and_the_rest_works(browser, site_url, lack):
    context = browser.new_context()
    context.add_init_script(LACKS[lack])
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(site_url)
    said = re.compile("^" + re.escape(TOO_OLD.format(lack)))
    expect(page.locator("#loading p")).to_have_text(said)
    expect(page.locator("main > .only-read[role=status]")).to_have_text(said)
    page.locator("#loading").get_by_role("button", name="Close").click()
    expect(page.locator("#loading")).to_be_hidden()
    if lack != "no DecompressionStream":
        assert shown_dice(page) == right_dice(BUNDLE.samples[0].image, BUNDLE.samples[0].mask)
    click_example(page, 1)
    expect(page.locator("#page p.notice")).to_have_text(said)
    page.locator("#tab-dice").click()
    expect(page.locator("#dice-by-hand canvas").first).to_be_visible()
    page.locator("#tab-results").click()
    expect(page.locator("#results-pictures img")).to_have_count(3)
    if lack == "no workers":
        page.locator("#tab-playground").click()
        expect(page.locator("#playground .verdict")).to_contain_text("This browser cannot train here")
    page.goto(f"{site_url}/?lesson=overfitting")
    expect(page.locator("#panel-lessons canvas:visible, #panel-lessons svg:visible").first).to_be_visible()
    context.close()
    assert [problem for problem in problems if "outside a module" not in problem] == []  # the worker's, as of old


def test_a_computer_that_refuses_the_memory_is_said_so(browser, site_url):
    page = browser.new_page()
    refuse = "WebAssembly.Memory = function () { throw new RangeError('could not allocate memory'); };\n"

    def without_memory(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=refuse + answer.text())

    page.route("**/browser/worker.js", without_memory)
    page.goto(site_url)
    expect(page.locator("#loading p")).to_have_text(
        re.compile("^There is not enough memory for the network"), timeout=LOADED
    )
    click_example(page, 1)
    expect(page.locator("#page p.notice")).to_contain_text("close other tabs and programs", timeout=LOADED)
    page.close()


@pytest.mark.parametrize("script", ["off", "in a later JavaScript"])
def test_a_page_whose_script_does_not_run_says_so(browser, site_url, script):
    context = browser.new_context(java_script_enabled=script != "off")
    page = context.new_page()
    page.route(
        "**/page/site.js", lambda route: route.fulfill(body="syntax of the future {", content_type="text/javascript")
    )
    page.goto(site_url)
    expect(page.locator("#not-started")).to_have_css("height", re.compile(r"^[1-9]\d"))
    expect(page.locator("#not-started")).to_contain_text("It needs JavaScript, and a current Chrome")
    context.close()


def test_a_page_whose_script_runs_does_not_say_so(browser, site_url):
    page = browser.new_page()
    page.goto(f"{site_url}/?tab=dice")
    page.locator("#dice-by-hand canvas").first.wait_for()
    expect(page.locator("#not-started")).to_have_count(0)
    page.close()
