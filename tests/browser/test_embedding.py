"""The address holds the view; a course page embeds three of them."""

import re
import shutil
import threading
import urllib.request
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.gestures import choose_slice, click_example
from tests.browser.hosting import settled

BUNDLE = open_bundle(BUNDLED, "")
RESPONDER = Responder(BUNDLE)
THIRD = BUNDLE.samples[2]
VIEWS = [f"tab=segment&case={THIRD.name}&threshold=0.2&mode=error", "tab=dice&theme=dark", "tab=inside&theme=light"]
READY = ["#viewer form[data-shown]", "#dice-by-hand form", "#network form[data-shown]"]


def dice_of(sample, threshold):
    scores = RESPONDER.answer(sample.image, sample.mask, threshold).scores
    assert scores is not None
    return f"{scores.dice:.3f}"


SEEN = """() => {
    window.seen = new Set();
    const look = () => {
        for (const panel of document.querySelectorAll("[id^=panel-]")) if (panel.offsetWidth) seen.add(panel.id);
        for (const form of document.querySelectorAll("form[data-shown]")) seen.add(form.dataset.shown);
        requestAnimationFrame(look);
    };
    look();
}"""


def test_a_link_opens_tab_example_threshold_and_mode(browser, app_url):
    page = browser.new_page()
    page.goto(f"{app_url}/?{VIEWS[0]}")
    page.locator(f"#viewer form[data-shown={THIRD.name}]").wait_for()
    expect(page.locator("#viewer .dice b")).to_have_text(dice_of(THIRD, 0.2))
    assert page.locator("#viewer [name=mode][value=error]").is_checked()
    page.close()


@pytest.mark.parametrize("tab", ["draw", "inside"])
def test_a_link_opens_another_tab_with_its_example_and_shows_nothing_else_first(browser, app_url, tab):
    page = browser.new_page()
    page.add_init_script(f"({SEEN})()")
    page.goto(f"{app_url}/?tab={tab}&case={THIRD.name}")
    if tab == "draw":
        page.locator(f"#draw-pad form[data-shown={THIRD.name}]").wait_for()
    else:
        expect(page.locator("#network .cut-says")).to_contain_text(f"Dice {dice_of(THIRD, 0.5)} with every")
    assert set(page.evaluate("[...seen]")) == {f"panel-{tab}", THIRD.name if tab == "draw" else "/encoder_0/"}
    page.close()


def test_a_link_to_an_example_that_is_not_there_opens_the_first_with_a_word(browser, app_url):
    page = browser.new_page()
    page.goto(f"{app_url}/?case=phantom-99")
    page.locator(f"#viewer form[data-shown={BUNDLE.samples[0].name}]").wait_for()
    expect(page.locator("#page p.notice")).to_have_text(
        f"There is no example 'phantom-99' here: this is {BUNDLE.samples[0].name}."
    )
    page.close()


def test_the_address_follows_what_a_person_does(page, app_url):
    page.get_by_text("Errors", exact=True).click()
    page.locator("#viewer .threshold").press("ArrowRight")
    click_example(page, 2)
    page.locator(f"#viewer form[data-shown={THIRD.name}]").wait_for()
    expected = dice_of(THIRD, 129 / 255)
    expect(page.locator("#viewer .dice b")).to_have_text(expected)
    page.wait_for_function("location.search.includes('case=')")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.locator(f"#viewer form[data-shown={THIRD.name}]").wait_for()
    expect(page.locator("#viewer .dice b")).to_have_text(expected)
    assert page.locator("#viewer [name=mode][value=error]").is_checked()
    assert page.locator("#viewer .threshold").input_value() == "129"


@pytest.mark.parametrize(
    "query", ["tab=nowhere", "case=..%2F..%2Fsecret", "threshold=abc&mode=%22%3E&opacity=x", "cut=9,x&tab=inside"]
)
def test_an_address_that_makes_no_sense_opens_the_page_all_the_same(browser, app_url, query):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{app_url}/?{query}")
    page.locator("form[data-shown]").first.wait_for()
    page.wait_for_load_state("networkidle")
    assert errors == []
    page.close()


def test_the_link_and_the_snippets_name_the_view(browser, app_url):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{app_url}/?tab=dice")
    page.locator("#dice-by-hand form").wait_for()
    page.locator("#share summary").click()
    page.locator("#share .theme").select_option("dark")
    page.locator("#share [value=link]").click()
    expect(page.locator("#share .copied")).to_have_text("Copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{app_url}/?tab=dice&theme=dark"
    iframe = page.locator("#share [name=iframe]").input_value()
    assert f'src="{app_url}/?tab=dice&amp;theme=dark&amp;embed=1"' in iframe
    assert f'IFrame("{app_url}/?tab=dice&theme=dark&embed=1"' in page.locator("#share [name=notebook]").input_value()
    assert f'<gradio-app src="{app_url}/">' in page.locator("#share [name=component]").input_value()
    context.close()


def test_the_demo_works_as_a_web_component_in_another_page(browser, app_url, tmp_path):
    with urllib.request.urlopen(app_url, timeout=30) as answer:
        script, style = re.findall(r"assets/index-[\w-]+\.(?:js|css)", answer.read().decode())[:2]
    (tmp_path / "index.html").write_text(
        f'<!doctype html><link rel="stylesheet" href="{app_url}/{style}">'
        f'<script type="module" src="{app_url}/{script}"></script>'
        f'<h1>Lesson 4</h1><gradio-app src="{app_url}/"></gradio-app>'
    )
    shutil.copy(THIRD.image, tmp_path / "own.png")
    host = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=tmp_path))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{host.server_port}/")
    page.locator("#viewer form[data-shown]").wait_for()
    choose_slice(page, tmp_path / "own.png")
    page.locator("#viewer form[data-shown=own]").wait_for()
    page.close()
    host.shutdown()


@pytest.mark.parametrize("width", [360, 900])
def test_a_course_page_embeds_three_views_and_their_heights_stay_put(browser, app_url, tmp_path, width):
    frames = [
        f'<iframe src="{app_url}/?{view.replace("&", "&amp;")}&amp;embed=1" width="100%" height="700"></iframe>'
        for view in VIEWS
    ]
    (tmp_path / "course.html").write_text("<!doctype html><h1>Lesson 4</h1>" + "<p>And then:</p>".join(frames))
    opened = browser.new_page(viewport={"width": width, "height": 900})
    opened.goto(f"file://{tmp_path}/course.html")
    inside = [opened.locator("iframe").nth(i).content_frame for i in range(3)]
    for frame, ready in zip(inside, READY, strict=True):
        frame.locator(ready).wait_for()
        expect(frame.locator("#header p").first).to_be_hidden()
        assert frame.locator("#header").bounding_box()["height"] <= 1  # its heading is for screen readers
        expect(frame.locator("#embedded-note")).to_contain_text("Not a medical device")
    expect(inside[0].locator("#viewer .dice b")).to_have_text(dice_of(THIRD, 0.2))
    size = "b => [b.scrollWidth, b.scrollHeight]"
    sizes = settled(opened, lambda: [frame.locator("body").evaluate(size) for frame in inside])
    assert all(wide <= width for wide, _ in sizes)
    dark = [bool(re.search(r"\bdark\b", frame.locator("body").get_attribute("class") or "")) for frame in inside]
    assert dark[1:] == [True, False]
    opened.close()
