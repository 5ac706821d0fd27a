"""The lessons, each played to its end by mouse, touch and keyboard; answers against the model's and scikit-learn's."""

import re
from contextlib import suppress

import numpy as np
import pytest
from playwright.sync_api import expect
from sklearn.metrics import f1_score

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.canvas import painted

BUNDLE = open_bundle(BUNDLED, "")
RESPONDER = Responder(BUNDLE)
SLICES = [sample for sample in BUNDLE.samples if sample.mask]
LESSONS = {"find": 6, "dice": 5, "threshold": 5, "networks": 5, "overfitting": 5, "quiz": 10}
LESSON = "#lessons form.lesson"
COMMIT = f"{LESSON} .commit"


class Mouse:
    """Answers with a mouse."""

    touch = False

    def __init__(self, page):
        self.page = page

    def press(self, selector):
        self.page.locator(selector).click()

    def choose(self, option):
        self.page.locator(f"{LESSON} .option").nth(option).click()

    def slide(self, share):
        slider = self.page.locator(f"{LESSON} .control > .slider input")
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        self.page.mouse.click(box["x"] + 8 + share * (box["width"] - 16), box["y"] + box["height"] / 2)

    def trace(self, corners):
        points = [self._on_screen(corner) for corner in corners]
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point, steps=5)
        self.page.mouse.up()

    def _on_screen(self, corner):
        canvas = self.page.locator(f"{LESSON} canvas.base")
        box = canvas.bounding_box()
        scale = box["width"] / canvas.evaluate("canvas => canvas.width")
        return box["x"] + corner[0] * scale, box["y"] + corner[1] * scale


class Touch(Mouse):
    """Answers with a finger."""

    touch = True

    def press(self, selector):
        button = self.page.locator(selector)
        button.evaluate("""button => {
            button.dataset.untapped = "";
            button.addEventListener("click", () => delete button.dataset.untapped, { once: true, capture: true });
        }""")
        for _ in range(5):
            button.tap()
            with suppress(AssertionError):  # a busy browser may take a tap for a long press, and makes no click of it
                expect(button).not_to_have_attribute("data-untapped", "", timeout=3000)
                return
        raise AssertionError(f"{selector} cannot be tapped")

    def choose(self, option):
        self.page.locator(f"{LESSON} .option").nth(option).tap()

    def slide(self, share):
        slider = self.page.locator(f"{LESSON} .control > .slider input")
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        self.page.touchscreen.tap(box["x"] + 8 + share * (box["width"] - 16), box["y"] + box["height"] / 2)

    def trace(self, corners):
        self.page.locator(f"{LESSON} .stage").scroll_into_view_if_needed()
        client = self.page.context.new_cdp_session(self.page)
        kinds = ["touchStart", *["touchMove"] * (len(corners) - 1)]
        for kind, corner in zip(kinds, corners, strict=True):
            x, y = self._on_screen(corner)
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


class Keyboard(Mouse):
    """Answers with keys alone; Tab has to reach whatever is pressed."""

    def press(self, selector):
        self._tab_to(selector)
        self.page.keyboard.press("Enter")

    def choose(self, option):
        self._tab_to(f"{LESSON} .option input")
        self.page.keyboard.press("Space")
        for _ in range(option):
            self.page.keyboard.press("ArrowDown")

    def slide(self, share):
        self._tab_to(f"{LESSON} .control > .slider input")
        self.page.keyboard.press("Home")
        for _ in range(round(share * 10)):
            self.page.keyboard.press("PageUp")
        self.page.keyboard.press("ArrowRight")

    def trace(self, corners):
        self._tab_to(f"{LESSON} .stage")
        self.page.keyboard.press("Space")  # the cross appears in the middle
        width, height = self.page.locator(f"{LESSON} canvas.base").evaluate("canvas => [canvas.width, canvas.height]")
        x, y = width // 2, height // 2
        for to_x, to_y in corners:
            for low, high, by in (("ArrowLeft", "ArrowRight", to_x - x), ("ArrowUp", "ArrowDown", to_y - y)):
                key = high if by > 0 else low
                for _ in range(abs(by) // 10):
                    self.page.keyboard.press(f"Shift+{key}")
                for _ in range(abs(by) % 10):
                    self.page.keyboard.press(key)
            x, y = to_x, to_y
            self.page.keyboard.press("Space")
        self.page.keyboard.press("Enter")

    def _tab_to(self, selector):
        here = f"() => document.activeElement.matches({selector!r})"
        for _ in range(80):
            if self.page.evaluate(here):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {selector}")


WAYS = {"mouse": (Mouse, "app"), "touch": (Touch, "app"), "keyboard": (Keyboard, "app"), "site": (Mouse, "site")}


@pytest.fixture(scope="module", params=WAYS)
def way(request, browser):
    kind, target = WAYS[request.param]
    size = {"width": 390, "height": 844} if kind.touch else {"width": 1280, "height": 1000}
    context = browser.new_context(viewport=size, has_touch=kind.touch)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.app_url = request.getfixturevalue(f"{target}_url")
    yield kind(page)
    context.close()
    assert errors == []


def open_lesson(page, name, step=1):
    page.bring_to_front()
    page.goto(f"{page.app_url}/?lesson={name}" + (f"&step={step}" if step > 1 else ""))
    at_step(page, step)


def at_step(page, step):
    page.locator(f"{LESSON}[data-ready='{step}']").wait_for()


def corners_of(mask):
    rows, columns = np.nonzero(mask)
    left, right, top, bottom = (int(edge) for edge in (columns.min(), columns.max(), rows.min(), rows.max()))
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def answer_of(sample):
    answer = RESPONDER.answer(sample.image, sample.mask, BUNDLE.contract.threshold)
    assert answer.reference is not None
    return answer


def give(way, name, step):
    """Give some answer to a question, as a person would."""
    page = way.page
    if name == "find" and step % 2:
        shown = page.locator(f"{LESSON} .question").inner_text()
        assert shown == f"Where is the {BUNDLE.contract.target}?"
        way.trace(
            corners_of(answer_of(SLICES[[0, round((len(SLICES) - 1) / 2), len(SLICES) - 1][step // 2]]).reference)
        )
    elif page.locator(f"{LESSON} .option").count():
        way.choose(step % 2)
    else:
        way.slide(0.7)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_played_to_its_end(way, name):
    page, count = way.page, LESSONS[name]
    open_lesson(page, name)
    for step in range(1, count + 1):
        at_step(page, step)
        expect(page.locator(f"{LESSON} .progress")).to_have_text(f"Question {step} of {count}")
        expect(page.locator(COMMIT)).to_be_disabled()
        expect(page.locator(f"{LESSON} .answer")).to_be_hidden()
        give(way, name, step)
        expect(page.locator(COMMIT)).to_be_enabled()
        way.press(COMMIT)
        expect(page.locator(f"{LESSON} .answer")).to_contain_text(re.compile(r"(Right|Close|Not this time)\."))
        expect(page.locator(COMMIT)).to_have_text("Next question" if step < count else "See how you did")
        way.press(COMMIT)
    expect(page.locator(f"{LESSON} .total")).to_contain_text(f"of {count} right")
    assert page.locator(f"{LESSON} .sum tbody tr").count() == count
    way.press(f"{LESSON} .again")
    at_step(page, 1)


@pytest.fixture(scope="module")
def page(browser, app_url):
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.app_url = app_url
    yield page
    page.close()


def test_the_menu_lists_the_lessons_and_leads_back(page):
    page.goto(f"{page.app_url}/?tab=lessons")
    expect(page.locator("#lessons .cards button")).to_have_count(len(LESSONS))
    page.locator("#lessons .cards button[value=quiz]").click()
    at_step(page, 1)
    assert "lesson=quiz" in page.url
    page.get_by_role("button", name="All lessons").click()
    expect(page.locator("#lessons .cards")).to_be_visible()
    assert "lesson=" not in page.url


def test_a_lesson_that_is_not_there_leaves_the_menu_and_a_word(page):
    page.goto(f"{page.app_url}/?lesson=nowhere")
    expect(page.locator("#lessons .notice")).to_contain_text("There is no lesson 'nowhere' here")
    expect(page.locator("#lessons .cards")).to_be_visible()


def test_mask_and_prediction_stay_hidden_until_one_has_committed_oneself(page):
    open_lesson(page, "find")
    answer = answer_of(SLICES[0])
    mouse = Mouse(page)
    assert not painted(page.locator(f"{LESSON} canvas.ink"))[..., 3].any()
    mouse.trace(corners_of(answer.reference))
    drawn = painted(page.locator(f"{LESSON} canvas.ink"))
    mine = drawn[..., 3] > 0
    colours = {tuple(colour) for colour in drawn[mine][:, :3]}
    assert all(red > 200 and green > 190 and blue < 110 for red, green, blue in colours)  # yellow: one's own
    mouse.press(COMMIT)
    dice = f1_score(answer.reference.ravel(), mine.ravel())
    expect(page.locator(f"{LESSON} .answer")).to_contain_text(f"a Dice of {dice:.3f} with the mask")
    mouse.press(COMMIT)
    at_step(page, 2)
    mouse.choose(0)
    mouse.press(COMMIT)
    its = answer.scores.dice
    expect(page.locator(f"{LESSON} .answer")).to_contain_text(f"you {dice:.3f}, the U-Net {its:.3f}")
    right = "Right." if its >= dice else "Not this time."
    expect(page.locator(f"{LESSON} .answer b")).to_have_text(right)


def test_the_dice_to_be_guessed_is_that_of_the_two_outlines(page):
    open_lesson(page, "dice", 2)
    Mouse(page).slide(0.3)
    Mouse(page).press(COMMIT)
    said = page.locator(f"{LESSON} .answer").inner_text()
    tp, fp, fn = (
        int(number.replace(",", ""))
        for number in re.findall(r"([\d,]+) pixels are in both, ([\d,]+) extra, ([\d,]+)", said)[0]
    )
    answer = answer_of(SLICES[1])
    assert [tp, fp, fn] in answer.table.tolist()
    assert f"{2 * tp / (2 * tp + fp + fn):.2f}:" in said


def test_a_threshold_is_judged_by_the_dice_of_the_slice(page):
    open_lesson(page, "threshold")
    slider = page.locator(f"{LESSON} .control > .slider input")
    slider.fill("204")
    answer = answer_of(SLICES[0])
    tp, fp, fn = answer.table.T.astype(float)
    dice = 2 * tp / (2 * tp + fp + fn)
    Mouse(page).press(COMMIT)
    expect(page.locator(f"{LESSON} .answer")).to_contain_text(f"Your 0.80 has a Dice of {dice[204]:.3f}")
    expect(page.locator(f"{LESSON} .answer")).to_contain_text(f"The best would be {np.nanmax(dice):.3f}")


def test_the_networks_dice_are_those_of_the_networks(page):
    open_lesson(page, "networks")
    Mouse(page).choose(1)
    Mouse(page).press(COMMIT)
    answer = answer_of(SLICES[0])
    expect(page.locator(f"{LESSON} .answer")).to_contain_text(f"The network of this page: {answer.scores.dice:.3f}")
    expect(page.locator(f"{LESSON} .answer b")).to_have_text("Right.")


def test_the_epoch_to_keep_is_where_validation_is_highest(page):
    open_lesson(page, "overfitting", 3)
    page.locator(f"{LESSON} .control > .slider input").fill("5")
    Mouse(page).press(COMMIT)
    assert BUNDLE.overfitting is not None
    best = max(BUNDLE.overfitting.history, key=lambda row: row.val_volume_dice)
    expect(page.locator(f"{LESSON} .answer")).to_contain_text(
        f"highest after epoch {best.epoch}: {best.val_volume_dice:.3f}"
    )


def test_the_lessons_of_the_page_leave_the_open_case_alone(page):
    page.goto(f"{page.app_url}/?case={SLICES[1].name}")
    page.locator(f"#viewer form[data-shown={SLICES[1].name}]").wait_for()
    page.get_by_role("tab", name="Lessons").click()
    page.locator("#lessons .cards button[value=dice]").click()
    at_step(page, 1)
    page.get_by_role("tab", name="Segment").click()
    expect(page.locator("#viewer form")).to_have_attribute("data-shown", SLICES[1].name)
