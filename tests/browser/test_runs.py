"""How often the network runs for what a person does, and that the newest wish wins."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from space.model.bundle import BUNDLED, open_bundle
from tests.browser.counting import counted_app
from tests.browser.gestures import choose_slice, click_example

BUNDLE = open_bundle(BUNDLED, "")
NAMES = [sample.name for sample in BUNDLE.samples]
# of two answers that are asked for one after the other, the first comes last
LATE = """() => {
    const real = window.fetch;
    let number = 0;
    window.fetch = async (...asked) => {
        const late = String(asked[0]).includes("component_server") && ++number % 2;
        const answer = await real(...asked);
        if (late) await new Promise((resolve) => setTimeout(resolve, 250));
        return answer;
    };
}"""


@pytest.fixture(scope="module")
def counted():
    with counted_app() as served:
        yield served


@pytest.fixture
def page(browser, counted):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def opened(page, name):
    page.locator(f"#viewer form[data-shown={name}]").wait_for()
    page.wait_for_load_state("networkidle")


def test_the_network_runs_for_what_is_new_and_for_nothing_else(page, counted, tmp_path):
    url, session = counted

    def runs_of(act, ready):
        before = session.runs
        act()
        ready()
        page.wait_for_timeout(500)
        return session.runs - before

    def tab(name):
        return lambda: page.get_by_role("tab", name=name).click()

    def seen_inside(what):
        return lambda: page.locator(f"#network form[data-shown='/{what}']").wait_for()

    assert session.runs == 1  # the first example, once a process
    assert runs_of(lambda: page.goto(url), lambda: opened(page, NAMES[0])) == 0
    slider = page.locator("#viewer .threshold")
    assert runs_of(lambda: slider.press("ArrowRight"), lambda: expect(slider).to_have_value("129")) == 0
    assert runs_of(tab("Draw"), lambda: page.locator("#draw-pad form[data-shown]").wait_for()) == 0
    assert runs_of(tab("Inside"), seen_inside("encoder_0/")) == 1
    assert runs_of(lambda: page.locator("[data-level=bottleneck]").click(), seen_inside("bottleneck/")) == 1
    assert runs_of(lambda: page.locator("[data-skip='1']").uncheck(), seen_inside("bottleneck/1")) == 1
    assert runs_of(tab("Segment"), lambda: opened(page, NAMES[0])) == 0
    assert runs_of(tab("Inside"), seen_inside("bottleneck/1")) == 0
    tab("Segment")()
    assert runs_of(lambda: click_example(page, 3), lambda: opened(page, NAMES[3])) == 1
    assert runs_of(lambda: page.goto(f"{url}/?tab=dice&embed=1"), page.locator("#dice-by-hand form").wait_for) == 0
    Image.open(BUNDLE.samples[1].image).save(tmp_path / "own.png")
    page.goto(url)
    opened(page, NAMES[0])
    assert runs_of(lambda: choose_slice(page, tmp_path / "own.png"), lambda: opened(page, "own")) == 1


@pytest.mark.parametrize("late", [True, False])
def test_of_two_examples_clicked_at_once_the_second_is_shown(page, counted, late):
    url, _ = counted
    if late:
        page.add_init_script(f"({LATE})()")
    page.goto(url)
    opened(page, NAMES[0])
    draw = np.random.default_rng(0)
    for _ in range(20):
        first, second = draw.choice(len(NAMES), 2, replace=False)
        page.evaluate(
            """async ([first, second]) => {
                const buttons = document.querySelectorAll("#cases .examples button");
                buttons[first].click();
                await new Promise((resolve) => setTimeout(resolve, 80));
                buttons[second].click();
            }""",
            [int(first), int(second)],
        )
        page.wait_for_timeout(400)
        expect(page.locator("#viewer form")).to_have_attribute("data-shown", NAMES[second])
        expect(page.locator("#cases .examples [aria-pressed=true]")).to_have_text(NAMES[second])
        assert f"case={NAMES[second]}" in page.url
