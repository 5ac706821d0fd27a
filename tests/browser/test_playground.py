"""The playground, as a person uses it: on a page of its own, as a tab, and inside another page."""

import re
import threading
import urllib.request
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.playground.node import run
from tests.playground.site import static_site

PATIENCE = 400_000  # ms; the machine may have other things to do
TINY = "play-filters=2&play-pools=1"


@pytest.fixture
def alone(browser):
    """The page of its own, which no error may come from; and its address."""
    errors = []
    with static_site() as site:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page, site.url
        context.close()
    assert errors == []


def score(page):
    """Training and validation Dice of the curve's last point."""
    return page.evaluate("JSON.parse(document.querySelector('[data-score]').dataset.score)")


def test_a_person_trains_changes_the_rate_moves_the_threshold_compares_and_shares_the_run(alone):
    page, url = alone
    page.goto(f"{url}?play-filters=4&play-pools=2")
    page.locator("[data-step='0']").wait_for()
    untrained = score(page)[1]
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("JSON.parse(document.querySelector('[data-score]').dataset.score)[1] > 0.3")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert untrained < 0.1
    page.get_by_label("Learning rate").select_option("0.001")
    expect(page.locator("[data-show=rate]")).to_have_text("0.001", timeout=PATIENCE)
    step = int(page.locator(".playground").get_attribute("data-step"))
    assert f"play-changes={step}%3A0.001" in page.url
    at_half = page.locator(".at-threshold").inner_text()
    assert f"{score(page)[1]:.2f}" in at_half
    page.get_by_role("slider", name="Threshold").fill("64")
    expect(page.locator(".at-threshold")).to_contain_text("Validation Dice at 0.25")
    assert page.locator(".at-threshold").inner_text() != at_half
    page.get_by_role("slider", name="Threshold").blur()
    page.get_by_role("button", name="Keep this run").click()
    page.get_by_label("People to learn from").select_option("4")
    page.locator("[data-step='0']").wait_for()
    page.get_by_role("button", name="One step").click()
    page.locator("[data-step='1']").wait_for()
    rows = page.locator(".comparison tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("people to learn from: 4")
    expect(rows.nth(2)).to_contain_text("the rate changed to 0.001")
    assert page.locator(".plot path.dashed").count() == 2
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("[data-step='0']").wait_for()
    for field in page.locator(".controls select").all():
        name = field.get_attribute("name")
        assert other.locator(f".controls [name={name}]").input_value() == field.input_value(), name
    assert other.get_by_role("slider", name="Threshold").input_value() == "64"


def test_a_link_with_a_changed_rate_is_the_run_that_was_shared(alone):
    page, url = alone
    page.goto(f"{url}?{TINY}&play-changes=4:0.1&play-until=16&play-start=1")
    page.locator("[data-step='16']").wait_for()
    last = run("train.mjs", "16", {"filters": 2, "pools": 1}, [{"step": 4, "rate": 0.1}])[-1]
    assert score(page) == [last["dice"], last["validationDice"]]
    page.get_by_role("button", name="Start anew").click()
    page.locator("[data-step='0']").wait_for()
    assert page.get_by_label("Learning rate").input_value() == "0.1"
    assert "play-changes" not in page.url


def test_a_lesson_asks_sets_the_controls_and_answers(alone):
    page, url = alone
    page.goto(url)
    page.locator("[data-step='0']").wait_for()
    page.get_by_role("button", name="Overfitting").click()
    expect(page.locator(".lesson .question")).to_contain_text("?")
    answer = page.locator(".lesson details p").first
    expect(answer).to_be_hidden()
    page.get_by_text("Answer").click()
    expect(answer).to_be_visible()
    page.get_by_role("button", name="▶ 4 people").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert page.get_by_label("People to learn from").input_value() == "4"
    assert "play-lesson=overfitting" in page.url
    assert "play-until=240" in page.url


def test_the_page_says_when_a_schedule_has_ended(alone):
    page, url = alone
    page.goto(f"{url}?{TINY}&play-subjects=1&play-schedule=linear")
    page.locator("[data-step='0']").wait_for()
    expect(page.locator("[data-show=schedule]")).to_have_text("The schedule ends at step 240, at a rate of 0.")
    page.goto(f"{url}?{TINY}&play-subjects=1&play-schedule=linear&play-until=240&play-start=1")
    page.locator("[data-step='240']").wait_for()
    expect(page.locator(".verdict")).to_contain_text("The schedule has ended")
    expect(page.locator("[data-show=rate]")).to_have_text("0")


def test_an_address_that_makes_no_sense_gives_the_defaults(alone):
    page, url = alone
    page.goto(
        f"{url}?play-pools=99&play-rate=abc&play-changes=x:y,-3:9,0:0.05&play-until=-1&play-threshold=7&play-lesson=none"
    )
    page.locator("[data-step='0']").wait_for()
    assert page.get_by_label("Poolings").input_value() == "3"
    expect(page.locator("[data-show=rate]")).to_have_text("0.01")
    assert page.get_by_role("slider", name="Threshold").input_value() == "128"
    assert page.locator(".lesson").is_hidden()


def test_the_tab_loads_it_when_it_is_opened_and_keeps_its_settings_in_the_address(browser, app_url):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{app_url}/?tab=dice&{TINY}&play-start=1&play-until=1&theme=dark")
    page.locator("#dice-by-hand form").wait_for()
    assert not [url for url in asked if "/playground/" in url and not url.endswith(".css")]
    page.get_by_role("tab", name="Playground").click()
    page.locator("#playground [data-step='1']").wait_for()
    page.locator("#playground").get_by_label("Slices per step").select_option("4")
    page.locator("#playground [data-step='0']").wait_for()
    assert "tab=playground" in page.url
    assert "play-batch=4" in page.url
    page.close()


def test_it_trains_inside_a_page_of_another_origin(browser, app_url, tmp_path):
    with urllib.request.urlopen(app_url, timeout=30) as answer:
        script, style = re.findall(r"assets/index-[\w-]+\.(?:js|css)", answer.read().decode())[:2]
    (tmp_path / "index.html").write_text(
        f'<!doctype html><link rel="stylesheet" href="{app_url}/{style}">'
        f'<script type="module" src="{app_url}/{script}"></script><gradio-app src="{app_url}/"></gradio-app>'
    )
    host = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=tmp_path))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"http://127.0.0.1:{host.server_port}/?tab=playground&{TINY}&play-start=1&play-until=1")
    page.locator("#playground [data-step='1']").wait_for()
    page.close()
    host.shutdown()
