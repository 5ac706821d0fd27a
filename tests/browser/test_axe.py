"""axe-core finds nothing: in any tab, light and dark, at three widths, embedded, and in what a click opens.

A page per theme: it is resized and goes from tab to tab, so that the whole takes little time.
"""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from space.model.bundle import BUNDLED, open_bundle
from tests.browser.axe import violations, violations_at_every_width
from tests.browser.gestures import choose_mask, drop
from tests.browser.pictures import READY
from tests.browser.stack import open_stack
from tests.browser.tabs import open_tab, tabs_of
from tests.playground.site import static_site

FIRST = open_bundle(BUNDLED, "").samples[0]


@pytest.fixture(scope="module", params=["light", "dark"])
def themed(browser, app_url, request):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{app_url}/?theme={request.param}")
    page.locator(READY["segment"]).wait_for()
    yield page
    page.close()


@pytest.fixture
def page(themed):
    themed.bring_to_front()
    themed.set_viewport_size({"width": 1440, "height": 900})
    return themed


def test_every_tab_with_all_that_is_folded_away_in_it(page):
    assert "segment" in tabs_of(page)
    found = {}
    for tab in tabs_of(page):
        open_tab(page, tab)
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        found[tab] = violations_at_every_width(page)
    assert found == {tab: [] for tab in found}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_tab_of_the_page_without_a_server(browser, site_url, theme):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{site_url}/?theme={theme}")
    page.locator(READY["segment"]).wait_for()
    test_every_tab_with_all_that_is_folded_away_in_it(page)
    page.close()


def test_every_kind_of_operation(page):
    open_tab(page, "inside")
    steps = page.locator("#network .step")
    kinds = sorted(set(steps.evaluate_all("all => all.map((one) => one.dataset.kind)")))
    assert "convolution" in kinds
    found = {}
    for kind in kinds:
        page.locator(f"#network .step[data-kind='{kind}']").first.click()
        page.locator(f"#network .bench[data-shown^='{kind}']").wait_for()
        found[kind] = violations(page)
    page.set_viewport_size({"width": 390, "height": 900})
    found["on a telephone"] = violations(page)
    page.locator("#network .bench .close").click()
    assert found == {kind: [] for kind in found}


def test_a_drawing_that_is_compared(page):
    open_tab(page, "draw")
    box = page.locator("#draw-pad .stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
    page.mouse.down()
    for x, y in ((2, 1), (2, 2), (1, 2)):
        page.mouse.move(box["x"] + x * box["width"] / 3, box["y"] + y * box["height"] / 3)
    page.mouse.up()
    page.get_by_role("button", name="Compare with the U-Net").click()
    expect(page.locator("#draw-pad table")).to_be_visible()
    assert violations_at_every_width(page) == []


def test_a_lesson_of_the_playground_and_a_run_that_is_kept(page):
    open_tab(page, "playground")
    playground = page.locator("#playground")
    playground.get_by_role("button", name="Overfitting").click()
    playground.locator(".lesson summary").click()
    playground.get_by_role("button", name="One step").click()
    page.locator("#playground [data-step='1']").wait_for()
    playground.get_by_role("button", name="Keep this run").click()
    expect(playground.locator(".comparison table")).to_be_visible()
    assert violations_at_every_width(page) == []


def test_a_problem_and_a_question(page, tmp_path):
    open_tab(page, "segment")
    Image.new("1", (64, 64), 1).save(tmp_path / "small.png")
    choose_mask(page, tmp_path / "small.png")
    expect(page.locator("#page p.notice")).to_be_visible()
    assert violations(page) == []
    labels = 2 * (np.asarray(Image.open(str(FIRST.mask)).convert("L")) > 0)
    labels[:40, :40] = 1  # another structure, far away
    Image.fromarray(labels.astype(np.uint8)).save(tmp_path / "organs.png")
    drop(page, "body", tmp_path / "organs.png")
    expect(page.locator("#page .question")).to_be_visible()
    assert violations_at_every_width(page) == []


def test_a_volume(page, tmp_path):
    open_tab(page, "segment")
    open_stack(page, tmp_path)
    expect(page.locator("#volume .distances")).to_contain_text("mean")
    assert violations_at_every_width(page) == []


def test_what_is_embedded(browser, app_url):
    page = browser.new_page(viewport={"width": 768, "height": 900})
    page.goto(app_url)
    page.locator(READY["segment"]).wait_for()
    tabs = tabs_of(page)
    found = {}
    for tab in tabs:
        page.goto(f"{app_url}/?tab={tab}&embed=1")
        page.locator(READY.get(tab, f"#panel-{tab}")).first.wait_for()
        found[tab] = violations(page)
    page.close()
    assert found == {tab: [] for tab in tabs}


def test_the_playground_that_stands_alone(browser):
    with static_site() as site:
        page = browser.new_page(viewport={"width": 768, "height": 900})
        page.goto(site.url)
        page.locator("[data-step='0']").wait_for()
        assert violations_at_every_width(page) == []
        page.close()
