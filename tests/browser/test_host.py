"""Views of the demo in frames of another page: their height, what is above the fold, what they ask for and hide."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.asked import questions
from tests.browser.hosting import DOCUMENTED, FOLLOWING, hosted, settled
from tests.browser.pictures import READY

WIDTHS = (560, 760, 1100)
MOST = 55  # requests of one embedded view
QUESTIONS = {
    "segment": {"open_case"},
    "lessons": set(),
    "draw": {"open_case"},
    "dice": set(),
    "inside": {"open_case", "look_inside", "compare"},
    "learned": set(),
    "playground": set(),
    "results": {"open_case", "ranked"},
}
# who listens, and every timer that repeats, as far as the page's own code has to do with them
LISTENING = """() => {
    window.listeners = [];
    window.timers = 0;
    const ours = () => new Error().stack.includes("/built/");
    const { addEventListener } = EventTarget.prototype;
    EventTarget.prototype.addEventListener = function (...given) {
        if (this instanceof Element && ours()) listeners.push(this);
        return addEventListener.apply(this, given);
    };
    const { setInterval } = window;
    window.setInterval = (...given) => { timers += ours(); return setInterval(...given); };
}"""
ELSEWHERE = ".tab-panel:not(.open), .around:not([role=tablist])"
UNSEEN = "all => all.filter((one) => one.checkVisibility()).map((one) => one.dataset.control)"


def names(tab):
    """What docs/embed.md says can be hidden in a tab."""
    line = next(line for line in DOCUMENTED.splitlines() if line.startswith(f"| {tab} |"))
    return list(re.findall(r"`([a-z-]+)`", line))


@pytest.mark.parametrize("width", WIDTHS)
def test_three_frames_get_the_heights_that_they_tell_and_none_scrolls(browser, app_url, tmp_path, width):
    tabs = ["segment", "dice", "inside"]
    page = browser.new_page(viewport={"width": width, "height": 900})
    with hosted(tmp_path, [f"{app_url}/?tab={tab}&embed=1" for tab in tabs], width) as url:
        page.goto(url)
        for number, tab in enumerate(tabs):
            page.locator("iframe").nth(number).scroll_into_view_if_needed()
            frame = page.locator("iframe").nth(number).content_frame
            frame.locator(READY[tab]).first.wait_for()
            frame.locator("html.fits").wait_for()

        def measure():
            found = []
            for number in range(3):
                element = page.locator("iframe").nth(number)
                inside = "b => [b.getBoundingClientRect().height, b.parentElement.scrollHeight]"
                height = element.evaluate("f => f.clientHeight")
                found.append((height, *element.content_frame.locator("body").evaluate(inside)))
            return found

        heights = settled(page, measure)
        for height, needed, scrolled in heights:
            assert needed <= height < needed + 1
            assert scrolled == height
        assert len({height for height, *_ in heights}) == 3
        # the wheel over a frame moves the page
        page.evaluate("scrollTo(0, 0)")
        page.mouse.move(width / 2, 300)
        page.mouse.wheel(0, 400)
        page.wait_for_function("scrollY > 300")
        # what grows tells it again
        first = page.locator("iframe").first
        first.content_frame.locator("details.view summary").click()
        page.wait_for_function(f"document.querySelector('iframe').clientHeight > {heights[0][0]} + 40")
    page.close()


@pytest.mark.parametrize("width", [390, *WIDTHS])
def test_slice_dice_and_threshold_are_above_the_fold_of_a_frame_that_nobody_makes_higher(
    browser, app_url, tmp_path, width
):
    page = browser.new_page(viewport={"width": width, "height": 900})
    with hosted(tmp_path, [f"{app_url}/?tab=segment&embed=1"], width, follows=False) as url:
        page.goto(url)
        frame = page.locator("iframe").content_frame
        frame.locator(READY["segment"]).wait_for()
        places = ["#viewer .stage", "#viewer .dice b", "#viewer .threshold"]
        boxes = [frame.locator(place).evaluate("e => e.getBoundingClientRect().toJSON()") for place in places]
        assert boxes[0]["height"] > 0.45 * width or boxes[0]["height"] > 400
        assert all(box["top"] >= 0 and box["bottom"] < 700 and box["right"] <= width for box in boxes)
        assert frame.locator("html").evaluate("h => h.scrollWidth") <= width
    page.close()


TOGETHER = {
    "draw": ["#draw-pad .stage", "#draw-pad .tool", "#draw-pad .compare"],
    "dice": ["#dice-by-hand canvas", "#dice-by-hand .presets", "#dice-by-hand .dice b"],
    "playground": ["#playground .play", "#playground .predictions", "#playground [data-group=data]"],
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("tab", TOGETHER)
def test_what_one_moves_stands_with_what_it_changes(browser, app_url, tab, width):
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.goto(f"{app_url}/?tab={tab}&embed=1")
    page.locator(READY[tab]).first.wait_for()
    boxes = [page.locator(place).bounding_box() for place in TOGETHER[tab]]
    assert all(box["y"] + box["height"] < 700 and box["x"] + box["width"] <= width for box in boxes)
    page.close()


def test_at_twice_the_size_the_threshold_stays_beside_the_slice(browser, app_url):
    page = browser.new_page(viewport={"width": 640, "height": 450})  # 1280 x 900 at 200%
    page.goto(app_url)
    page.locator(READY["segment"]).wait_for()
    stage, threshold = (page.locator(f"#viewer .{name}").bounding_box() for name in ("stage", "threshold"))
    assert threshold["x"] > stage["x"] + stage["width"]
    assert stage["y"] < threshold["y"] < stage["y"] + stage["height"]
    page.close()


@pytest.mark.parametrize("tab", QUESTIONS)
def test_an_embedded_tab_starts_nothing_that_it_does_not_show(browser, app_url, tab):
    page = browser.new_page(viewport={"width": 760, "height": 700})
    requests = []
    page.on("request", lambda request: requests.append(request))
    page.add_init_script(f"({LISTENING})()")
    page.goto(f"{app_url}/?tab={tab}&embed=1")
    page.locator(READY[tab]).first.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    assert len(requests) <= MOST, [request.url for request in requests]
    assert sorted(questions(requests)) == sorted(QUESTIONS[tab])  # each once
    assert len(page.workers) == (tab == "playground")
    assert page.evaluate("listeners.length") > 0
    assert page.evaluate(f"listeners.filter((one) => one.closest('{ELSEWHERE}')).map((one) => one.outerHTML)") == []
    assert page.evaluate("timers") == 0
    assert page.locator("#share .hides label").count() == 0
    page.close()


def test_the_names_in_the_documentation_are_those_of_the_page(page):
    around = "[data-control]:not(.tab-panel [data-control])"
    found = "all => all.map((one) => one.dataset.control)"
    assert set(page.locator(around).evaluate_all(found)) == set(names("around all"))
    for tab in QUESTIONS:
        page.locator(f"#tab-{tab}").click()
        page.locator(READY[tab]).first.wait_for()
        there = set(page.locator(f"#panel-{tab} [data-control]").evaluate_all(found))
        assert there == set(names(tab)) - ({"tools", "view"} if tab == "lessons" else set())  # no lesson is open


@pytest.mark.parametrize("tab", QUESTIONS)
def test_what_the_address_hides_is_gone(browser, app_url, tab):
    page = browser.new_page(viewport={"width": 760, "height": 700})
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{app_url}/?tab={tab}&embed=1&hide={','.join(names(tab))},nothing-of-the-kind,%22%3E")
    page.locator(f"#panel-{tab}.open").wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    assert page.locator(f"#panel-{tab} [data-control]").evaluate_all(UNSEEN) == []
    assert "ranked" not in questions(requests)
    focused = []
    for _ in range(12):
        page.keyboard.press("Tab")
        focused.append(page.evaluate("document.activeElement.closest('[data-control]')?.dataset.control ?? null"))
    assert set(focused) == {None}
    assert page.get_by_text("Not a medical device").locator("visible=true").count() == 1
    assert errors == []
    page.close()


def test_what_is_not_hidden_stays(browser, app_url):
    page = browser.new_page(viewport={"width": 760, "height": 700})
    page.goto(f"{app_url}/?hide=header,tabs,chart,own")
    page.locator(READY["segment"]).wait_for()
    for gone in ("#header", "[role=tablist]", "#viewer .plot", "#cases .own"):
        expect(page.locator(gone)).to_be_hidden()
    for there in ("#viewer .threshold", "#viewer .figures", "#cases .examples", "#share"):
        expect(page.locator(there)).to_be_visible()
    assert page.locator("#viewer .stage").bounding_box()["y"] < 40  # and no gap in the header's place
    page.close()


def test_the_panel_offers_what_can_be_hidden_and_measures_the_view(browser, app_url, tmp_path):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{app_url}/?tab=segment")
    page.locator(READY["segment"]).wait_for()
    page.locator("#share summary").click()
    page.locator("#share .width").select_option("560")
    for name in ("chart", "modes"):
        page.locator(f"#share .hides input[value={name}]").check()
    preview = page.locator("#share .preview iframe").content_frame
    expect(preview.locator("#viewer form[data-shown]")).to_be_visible()
    expect(preview.locator("#viewer .modes")).to_be_hidden()
    snippet = settled(page, page.locator("#share [name=iframe]").input_value)
    [src], [height] = re.findall(r'src="(.+?)"', snippet), re.findall(r'height="(\d+)"', snippet)
    assert src == f"{app_url}/?tab=segment&amp;embed=1&amp;hide=chart,modes"
    assert page.locator("#share [name=host]").input_value() == FOLLOWING
    assert page.evaluate("history.length") == 2  # about:blank and the page: the previews are no steps back
    page.goto("about:blank")
    with hosted(tmp_path, [src.replace("&amp;", "&")], 560) as url:
        page.goto(url)
        page.locator("iframe").content_frame.locator("html.fits").wait_for()
        page.wait_for_function(f"document.querySelector('iframe').height === '{height}'")
    page.close()
