"""Slices turned and mirrored on the page: as NumPy turns them, and saved the way their file has them."""

from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from space.answer import Responder
from space.drawing import overlay
from space.preprocessing import ABDOMEN, hu_to_grey
from space.ui.component import PAGE
from tests.browser.both import BOTH
from tests.browser.canvas import expect_grey
from tests.browser.gestures import choose_slice, download
from tests.browser.stack import BUNDLE, PLACES, SPACING, expect_complete, expect_place, open_stack, stack

SEGMENTER = Responder(BUNDLE).segmenter
LEVEL = 2  # a slice that lies in an unusual way has hardly any probability
BUTTONS = {"quarter": lambda shown: np.rot90(shown, -1), "mirror": np.fliplr}


def grey():
    """Return the middle slice as the file has it, in the model's window."""
    return hu_to_grey(stack().hu[PLACES // 2], ABDOMEN)


def turn(pixels, number):
    """Return pixels turned by a number, as the engine's port says."""
    return np.rot90(np.fliplr(pixels) if number >= 4 else pixels, -(number % 4))


@pytest.fixture
def module(page, app_url):
    """Calls a function of space/page/turns.js."""
    path = f"{app_url}/gradio_api/file={quote((PAGE / 'turns.js').as_posix())}"
    call = "([path, name, given]) => import(path).then((module) => module[name](...given))"
    return lambda name, *given: page.evaluate(call, [path, name, given])


def test_the_eight_turns_are_a_group_and_each_is_undone(page, module, app_url):
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
    path = f"{app_url}/gradio_api/file={quote((PAGE / 'turns.js').as_posix())}"
    turned = """([path, bytes, width, height, number]) => import(path).then((module) => {
        const out = module.turned(Uint8Array.from(bytes), width, height, number);
        return [[...out.pixels], out.height, out.width];
    })"""

    def in_page(pixels, number):
        height, width = pixels.shape[:2]
        out, h, w = page.evaluate(turned, [path, pixels.ravel().tolist(), width, height, number])
        return np.array(out).reshape(h, w, *pixels.shape[2:])

    colours = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    for number in range(8):
        assert np.array_equal(in_page(picture, number), turn(picture, number))
        assert np.array_equal(in_page(colours, number), turn(colours, number))
        assert np.array_equal(in_page(turn(picture, number), module("inverse", number)), picture)
        assert np.array_equal(turn(picture, module("quarter", number)), np.rot90(turn(picture, number), -1))
        assert np.array_equal(turn(picture, module("mirrored", number)), np.fliplr(turn(picture, number)))


@BOTH
def test_buttons_turn_what_is_seen_and_what_is_saved_lies_as_in_the_file(page, tmp_path):
    open_stack(page, tmp_path)
    expect_complete(page)
    expect(page.locator("#viewer .letters")).to_be_visible()
    page.locator("#viewer .threshold").evaluate(
        "(slider, level) => { slider.value = level; slider.dispatchEvent(new Event('input', {bubbles: true})); }", LEVEL
    )
    expected = grey()
    for button, number in (("quarter", 1), ("mirror", 7), ("quarter", 4), ("quarter", 5)):
        page.locator(f"#viewer [data-turn={button}]").click()
        expected = BUTTONS[button](expected)
        assert np.array_equal(expected, turn(grey(), number))
        expect_shown(page, expected)
        expect_place(page, PLACES // 2)
        expect(page.locator("#viewer .turned")).to_be_visible()
        expect(page.locator("#viewer .letters")).to_be_hidden()
        expect_saved(page, tmp_path, number)
    expect_complete(page)
    page.locator("#viewer .turned button").click()
    expect_shown(page, grey())
    expect(page.locator("#viewer .turned")).to_be_hidden()
    expect(page.locator("#viewer .letters")).to_be_visible()


def expect_shown(page, expected):
    expect_grey(page.locator("#viewer canvas.base"), expected)


def expect_saved(page, folder, number):
    """The network looks at the turned slice; what it finds is saved on the slice as its file has it."""
    found = SEGMENTER.predict(
        np.ascontiguousarray(turn(stack().hu[PLACES // 2], number)), pixel_mm=turned_size(number)
    ).probability
    straight = turn(found, number if number >= 4 else -number % 4)
    _, probability = download(page, "#download-probability", folder / "probability.png")
    assert np.array_equal(probability, straight)
    assert straight.any()
    name, saved = download(page, "#download-mask", folder / "mask.png")
    assert name == f"CT volume, slice {PLACES // 2 + 1} of {PLACES}-pancreas-predicted-mask.png"
    assert np.array_equal(saved > 0, straight >= LEVEL)
    _, drawn = download(page, "#download-picture", folder / "overlay.png")
    expected = overlay(grey(), straight >= LEVEL, stack().mask[PLACES // 2])
    assert np.abs(drawn.astype(int) - expected).max() <= 1


def turned_size(number):
    return SPACING[1:] if number % 2 == 0 else SPACING[:0:-1]


def test_a_picture_of_ones_own_can_be_turned(page, tmp_path):
    pixels = np.asarray(Image.open(BUNDLE.samples[0].image))[:, 100:]
    Image.fromarray(pixels).save(tmp_path / "own.png")
    choose_slice(page, tmp_path / "own.png")
    page.locator("#viewer form[data-shown=own]").wait_for()
    page.locator("#viewer [data-turn=mirror]").click()
    expect_shown(page, np.fliplr(pixels))
    page.locator("#viewer [data-turn=quarter]").click()
    expect_shown(page, np.rot90(np.fliplr(pixels), -1))
    expect(page.locator("#viewer .turned")).to_be_visible()
    choose_slice(page, tmp_path / "own.png")  # a new one lies as its file has it
    expect_shown(page, pixels)
    expect(page.locator("#viewer .turned")).to_be_hidden()
