"""Accuracy against Dice on one slider, against scikit-learn's accuracy of the very picture that is shown."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from sklearn.metrics import accuracy_score, f1_score

from space.answer import Responder
from space.drawing import overlay
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.canvas import painted
from tests.browser.gestures import choose_mask

BUNDLE = open_bundle(BUNDLED, "")
FIRST = BUNDLE.samples[0]
ANSWER = Responder(BUNDLE).answer(FIRST.image, FIRST.mask, 0.5)
assert ANSWER.reference is not None
assert ANSWER.scores is not None
TRACED, DICE = ANSWER.reference, ANSWER.scores.dice
PART = "#results-accuracy"


@pytest.fixture(scope="module")
def opened(browser, either_url):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{either_url}/?tab=results")
    expect(page.locator(f"{PART} .title")).to_contain_text("All black is")
    yield page
    page.close()


@pytest.fixture
def tab(opened):
    opened.bring_to_front()  # a page behind another one draws once a second
    return opened


def marked(share, level=128):
    """Return the most probable pixels of the prediction, bool [h, w]; among equals, in reading order."""
    flat = ANSWER.probability.ravel().astype(int)
    order = np.argsort(-flat, kind="stable")[: int((flat >= level).sum())]
    chosen = np.zeros(flat.size, bool)
    chosen[order[: int(share * len(order) / 100 + 0.5)]] = True
    return chosen.reshape(ANSWER.probability.shape)


def number(page, name):
    return float(page.locator(f"{PART} [data-score={name}]").get_attribute("data-value"))


@pytest.mark.parametrize("share", [0, 1, 35, 80, 100])
def test_accuracy_and_dice_are_scikit_learns(tab, share):
    tab.locator(f"{PART} .share").fill(str(share))
    chosen = marked(share)
    assert number(tab, "accuracy") == pytest.approx(accuracy_score(TRACED.ravel(), chosen.ravel()), abs=1e-12)
    assert number(tab, "dice") == pytest.approx(f1_score(TRACED.ravel(), chosen.ravel()), abs=1e-12)
    assert np.array_equal(painted(tab.locator(f"{PART} .picture"))[..., :3], overlay(ANSWER.pixels, chosen, TRACED))
    right = int((chosen == TRACED).sum())
    expect(tab.locator(f"{PART} .counts")).to_contain_text(f"{right:,} of {TRACED.size:,} pixels are right")


def test_the_title_is_the_accuracy_of_marking_nothing(tab):
    accuracy = accuracy_score(TRACED.ravel(), np.zeros(TRACED.size, bool))
    expect(tab.locator(f"{PART} .title")).to_have_text(f"All black is {100 * accuracy:.1f}% accurate")
    expect(tab.locator(f"{PART} .says")).to_contain_text(f"covers {100 * TRACED.mean():.1f}% of this slice")


def test_the_arrow_keys_move_dice_and_hardly_the_accuracy(tab):
    slider = tab.locator(f"{PART} .share")
    slider.press("Home")
    assert number(tab, "dice") == 0
    slider.press("ArrowRight")
    assert number(tab, "dice") > 0
    slider.press("End")
    assert number(tab, "dice") == pytest.approx(DICE)
    assert number(tab, "accuracy") < 1


def test_the_networks_mask_is_that_at_the_pages_threshold(tab):
    tab.locator(f"{PART} .share").press("End")
    tab.get_by_role("tab", name="Segment").click()
    tab.locator("#viewer .stage.filled").wait_for()
    tab.locator("#viewer .threshold").fill("40")
    tab.get_by_role("tab", name="Results").click()
    chosen = ANSWER.probability >= 40
    expect(tab.locator(f"{PART} [data-score=dice]")).to_have_text(f"{f1_score(TRACED.ravel(), chosen.ravel()):.3f}")
    assert number(tab, "accuracy") == pytest.approx(accuracy_score(TRACED.ravel(), chosen.ravel()), abs=1e-12)
    tab.get_by_role("tab", name="Segment").click()
    tab.locator("#viewer .threshold").fill("128")
    tab.get_by_role("tab", name="Results").click()


def test_an_empty_mask_is_named(page, tmp_path):
    Image.new("L", (512, 512)).save(tmp_path / "empty.png")
    choose_mask(page, tmp_path / "empty.png")
    expect(page.locator("#mask-file .name")).to_have_text("empty.png")
    page.get_by_role("tab", name="Results").click()
    expect(page.locator(f"{PART} .title")).to_have_text("All black is 100.0% accurate")
    expect(page.locator(f"{PART} .says")).to_contain_text("No pancreas is traced on this slice")
    expect(page.locator(f"{PART} [data-score=dice]")).to_have_text("n/a")
