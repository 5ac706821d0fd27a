"""What a screen reader says by itself: one sentence when a result has come to rest, none on the way."""

import pytest

from space.model.bundle import BUNDLED, open_bundle
from tests.browser.tabs import open_tab

FIRST = open_bundle(BUNDLED, "").samples[0]

LISTEN = """() => {
    window.heard = [];
    for (const place of document.querySelectorAll("[role=status], [role=alert]")) {
        const hear = () => place.offsetParent && place.textContent && heard.push(place.textContent.trim());
        new MutationObserver(hear).observe(place, {childList: true, characterData: true, subtree: true});
    }
}"""


def heard(page, selector):
    """Return what was said since `LISTEN`, after the part's own sentence has changed."""
    before = page.locator(f"{selector} .spoken").inner_text()
    page.wait_for_function(
        "([selector, before]) => document.querySelector(`${selector} .spoken`).textContent !== before",
        arg=[selector, before],
    )
    return page.evaluate("heard")


def test_the_dice_is_told_once_after_the_threshold_has_come_to_rest(page):
    page.wait_for_function("document.querySelector('#viewer .spoken').textContent")
    page.evaluate(LISTEN)
    slider = page.locator("#viewer .threshold")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    dice = page.locator("#viewer [data-score=dice]").inner_text()
    assert heard(page, "#viewer") == [f"{FIRST.name}: Dice {dice}, at threshold 0.54."]


@pytest.mark.parametrize(
    ("tab", "root", "control", "start"),
    [
        ("dice", "#dice-by-hand", ".shape[data-shape=mask]", "Dice 0."),
        ("results", "#results-accuracy", ".share", "8% of the network's mask is marked: accuracy "),
        ("results", "#results-robustness", ".strength", "window level "),
    ],
)
def test_so_are_other_results(page, tab, root, control, start):
    open_tab(page, tab)
    if tab == "results":
        page.locator("#results-robustness form[data-shown^='window level/']").wait_for()
    page.evaluate(LISTEN)
    page.locator(f"{root} {control}").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    said = [sentence for sentence in heard(page, root) if not sentence.startswith("Your own shapes")]
    assert len(said) == 1
    assert said[0].startswith(start)
    assert said[0].endswith(".")
