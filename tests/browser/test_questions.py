"""A file that can be understood in several ways asks back, and the answer is the person's."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from space.answer import Responder
from space.errors import Choice, Question
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.counting import app_here
from tests.browser.gestures import choose_mask, drop

BUNDLE = open_bundle(BUNDLED, "bundled with this app")
FIRST = BUNDLE.samples[0]
CHOICES = (Choice("1", "value 1, 1,225 pixels"), Choice("2", "value 2, 400 pixels"))


class Asking(Responder):
    """A responder whose masks hold two organs: it wants to know which."""

    def answer(self, slice_path, mask_path, threshold, *, values="auto", label=None):
        if mask_path and mask_path != FIRST.mask and label is None:
            raise Question(f"{mask_path.name} holds several structures: which one is the pancreas?", "label", CHOICES)
        self.label = label
        return super().answer(slice_path, mask_path, threshold, values=values)


@pytest.fixture(scope="module")
def served():
    responder = Asking(BUNDLE)
    with app_here(responder) as url:
        yield url, responder


@pytest.mark.parametrize("dropped", [True, False])
def test_the_question_is_asked_with_a_menu_and_the_file_is_read_as_answered(browser, served, tmp_path, dropped):
    url, responder = served
    mask = tmp_path / "organs.png"
    Image.fromarray(np.asarray(Image.open(FIRST.mask).convert("L"))).save(mask)
    page = browser.new_page()
    page.goto(url)
    page.locator("#viewer form[data-shown]").wait_for()
    if dropped:
        drop(page, "body", mask)
    else:
        choose_mask(page, mask)
    question = page.locator("#page .question")
    expect(question).to_contain_text("organs.png holds several structures")
    expect(question.locator("option")).to_have_text([choice.words for choice in CHOICES])
    question.locator("select").select_option(label=CHOICES[1].words)
    question.get_by_role("button").click()
    expect(page.locator("#mask-file .name")).to_have_text("organs.png")
    expect(question).to_be_hidden()
    assert responder.label == "2"
    page.close()
