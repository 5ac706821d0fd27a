"""Inside the U-Net: what a click shows, against the network's own answers."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from space.answer import Responder
from space.drawing import overlay, tiles
from space.metrics import count, score
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import centre_box, grey_to_hu
from tests.browser.canvas import painted

BUNDLE = open_bundle(BUNDLED, "")
FIRST = BUNDLE.samples[0]
RESPONDER = Responder(BUNDLE)
SEGMENTER = RESPONDER.segmenter
ANSWER = RESPONDER.answer(FIRST.image, FIRST.mask, 0.5)
assert ANSWER.reference is not None
TRACED = ANSWER.reference
HU = grey_to_hu(ANSWER.pixels, BUNDLE.contract.window)


@pytest.fixture(scope="module")
def opened(browser, either_url):
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(f"{either_url}/?tab=inside")
    shown(page, "encoder_0")
    yield page
    page.close()


@pytest.fixture
def tab(opened):
    """The tab at the first level, with every skip connection."""
    opened.bring_to_front()  # a page behind another one draws once a second
    for box in opened.locator("#network [data-skip]:not(:checked)").all():
        box.check()
    opened.locator("#network [data-level=encoder_0]").click()
    shown(opened, "encoder_0")
    return opened


def shown(page, level, cut="", network=""):
    page.locator(f"#network form[data-shown='{network}/{level}/{cut}']").wait_for()


def dice_without(*cut, level=128):
    gain = SEGMENTER.all_skips.copy()
    gain[list(cut)] = 0
    return score(count(SEGMENTER.predict(HU, gain=gain).probability >= level, TRACED)).dice


def test_the_drawing_is_that_of_the_loaded_network(tab):
    buttons = tab.locator("#network [data-level]")
    texts = {button.get_attribute("data-level"): button.inner_text() for button in buttons.all()}
    assert set(texts) == {level.name for level in SEGMENTER.levels}
    crop = BUNDLE.contract.slice.crop
    for level in SEGMENTER.levels:
        assert f"{level.filters} maps" in texts[level.name]
        assert f"{crop // level.stride} x {crop // level.stride}" in texts[level.name]


@pytest.mark.parametrize("level", ["encoder_2", "bottleneck", "decoder_1"])
def test_a_click_shows_the_levels_maps(tab, level):
    tab.locator(f"#network [data-level={level}]").click()
    shown(tab, level)
    levels = SEGMENTER.predict(HU, maps=True).maps
    assert levels is not None
    maps = levels[level]
    expect(tab.locator("#network .level-says")).to_contain_text(
        f"{len(maps)} maps of {maps.shape[2]} x {maps.shape[1]}"
    )
    url = tab.locator("#network .maps .tiles").evaluate("tiles => tiles.style.backgroundImage.slice(5, -2)")
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))))
    expected = tiles(maps, picture.shape[1] // maps.shape[2])
    assert np.abs(picture.astype(int) - expected).max() <= 1


def test_a_map_is_enlarged_at_a_click(tab):
    tiles_shown = tab.locator("#network .maps .tiles")
    box = tiles_shown.bounding_box()
    tiles_shown.click(position={"x": box["width"] - 5, "y": box["height"] - 5})
    expect(tab.locator("#network figcaption")).to_contain_text(f"Map {SEGMENTER.levels[0].filters} of")


def test_cutting_a_skip_says_what_it_costs(tab):
    expect(tab.locator("#network .cut-says")).to_have_text(f"Dice {dice_without():.3f} with every skip connection.")
    tab.locator("#network [data-skip='2']").uncheck()
    shown(tab, "encoder_0", "2")
    said = tab.locator("#network .cut-says")
    expect(said).to_have_text(f"Dice {dice_without(2):.3f} without skip 3; {dice_without():.3f} with all of them.")
    tab.locator("#network [data-skip='1']").uncheck()
    shown(tab, "encoder_0", "1,2")
    expect(said).to_contain_text(f"Dice {dice_without(1, 2):.3f} without skip 2, 3")
    tab.locator("#network [data-skip='1']").check()
    tab.locator("#network [data-skip='2']").check()
    shown(tab, "encoder_0")
    expect(said).to_contain_text("with every skip connection")


def picture(page):
    return painted(page.locator("#network .picture"))[..., :3]


def test_picture_and_dice_follow_the_threshold_of_the_page_without_a_question(tab):
    tab.locator("#network [data-skip='2']").uncheck()
    shown(tab, "encoder_0", "2")
    expect(tab.locator("#network .cut-says")).to_contain_text("without skip 3")
    tab.get_by_role("tab", name="Segment").click()
    tab.locator("#viewer .stage.filled").wait_for()
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    gain = SEGMENTER.all_skips.copy()
    gain[2] = 0
    probability = SEGMENTER.predict(HU, gain=gain).probability
    middle = centre_box(ANSWER.pixels.shape, BUNDLE.contract.slice.crop).region
    for level in (40, 128):
        tab.locator("#viewer .threshold").fill(str(level))
        tab.get_by_role("tab", name="Inside").click()
        expected = f"Dice {dice_without(2, level=level):.3f} without skip 3; {dice_without(level=level):.3f} with all"
        expect(tab.locator("#network .cut-says")).to_contain_text(expected)
        assert np.array_equal(picture(tab), overlay(ANSWER.pixels, probability >= level, TRACED)[middle])
        tab.get_by_role("tab", name="Segment").click()
    tab.get_by_role("tab", name="Inside").click()
    assert asked == []


def test_what_the_stem_reads_is_said(tab):
    assert "stem" in SEGMENTER.first_kernels
    expect(tab.locator("#network .stem")).to_contain_text("the slice enters twice")


def test_a_link_opens_level_and_cuts(browser, app_url):
    page = browser.new_page()
    page.goto(f"{app_url}/?tab=inside&level=decoder_1&cut=0,3")
    shown(page, "decoder_1", "0,3")
    assert json.loads(
        page.locator("#network [data-skip]").evaluate_all("b => JSON.stringify(b.map((x) => x.checked))")
    ) == [skip not in (0, 3) for skip in range(len(SEGMENTER.all_skips))]
    page.close()


def test_every_network_shows_what_it_finds_and_can_be_looked_into(browser, app_url):
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(f"{app_url}/?tab=inside")
    shown(page, "encoder_0")
    found = RESPONDER.compare(RESPONDER.open(FIRST.image, FIRST.mask), None)
    assert set(found) == {"article-today", "no-skips"}
    for name, predicted in found.items():
        dice = score(count(predicted.probability >= 128, TRACED)).dice
        button = page.locator(f"#network [data-network={name}]")
        expect(button.locator(".dice-here")).to_have_text(f"Dice {dice:.3f} on this slice")
        button.click()
        shown(page, "encoder_0", network=name)
        expect(page.locator("#network .cut-says")).to_contain_text(f"Dice {dice:.3f}")
        expect(page.locator("#network [data-skip]")).to_have_count(0 if name == "no-skips" else 5)
    page.close()


def test_the_kernels_of_the_first_layers_are_shown(tab):
    for kernel in SEGMENTER.first_kernels.values():
        side, _, number = kernel.shape
        expect(tab.locator("#network .kernels")).to_contain_text(f"{number} of {side} x {side}")
    assert tab.locator("#network .kernels .tiles").count() == len(SEGMENTER.first_kernels) > 0
