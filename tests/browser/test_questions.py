"""A file that can be understood in several ways asks back, and the answer is the person's."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from space.model.bundle import BUNDLED, open_bundle
from tests.browser.gestures import choose_mask, drop

FIRST = open_bundle(BUNDLED, "").samples[0]


@pytest.fixture
def page(browser, either_url):
    page = browser.new_page()
    page.goto(either_url)
    page.locator("#viewer form[data-shown]").wait_for()
    yield page
    page.close()


@pytest.mark.parametrize("dropped", [True, False])
def test_a_mask_of_two_organs_is_asked_about_and_read_as_answered(page, tmp_path, dropped):
    mask = tmp_path / "organs.png"
    labels = 2 * (np.asarray(Image.open(str(FIRST.mask)).convert("L")) > 0)
    labels[:40, :40] = 1  # another structure, far away
    Image.fromarray(labels.astype(np.uint8)).save(mask)
    dice = page.locator("#viewer [data-score=dice]").inner_text()
    if dropped:
        drop(page, "body", mask)
    else:
        choose_mask(page, mask)
    question = page.locator("#page .question")
    expect(question).to_contain_text("organs.png has 2 values beside the background: which one is the pancreas?")
    expect(question.locator("option")).to_have_count(2)
    question.locator("select").select_option("2")
    question.get_by_role("button", name="Read it this way").click()
    expect(page.locator("#mask-file .name")).to_have_text("organs.png")
    expect(question).to_be_hidden()
    expect(page.locator("#viewer [data-score=dice]")).to_have_text(dice)


def test_a_slice_whose_values_could_be_anything_is_asked_about_and_read_as_answered(page, tmp_path):
    image = tmp_path / "scaled.tif"
    grey = np.asarray(Image.open(FIRST.image)).astype(np.float32)
    Image.fromarray((grey - grey.mean()) / grey.std()).save(image)  # z-scores
    drop(page, "body", image)
    question = page.locator("#page .question")
    expect(question).to_contain_text("does not say what they stand for")
    question.locator("select").select_option("stretched")
    question.get_by_role("button", name="Read it this way").click()
    expect(page.locator("#viewer form")).to_have_attribute("data-shown", "scaled")
    expect(page.locator("#viewer .notes")).to_contain_text("lowest value is black")
