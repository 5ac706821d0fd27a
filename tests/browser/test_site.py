"""The page without a server in a real browser: on a plain web server below a path, and offline once it has loaded."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Route, expect

from space.answer import Responder
from space.metrics import Counts, score
from space.model.bundle import BUNDLED, open_bundle
from space.site.html import ONLY_SERVED, STAYS
from space.ui.texts import SENT
from tests.browser.gestures import choose_mask, choose_slice, click_example, download, drop
from tests.site.building import files_of

BUNDLE = open_bundle(BUNDLED, "")
RESPONDER = Responder(BUNDLE)
TABS = ("segment", "lessons", "draw", "dice", "inside", "learned", "playground", "results")
LOADED = 120_000  # ms, until the network has loaded and answered on a busy machine


@pytest.fixture(scope="module")
def opened(browser, site_url):
    """The page with the network loaded, and every request that it made."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    problems: list[str] = []
    requests: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    context.on("request", lambda request: requests.append(request.url))
    page.goto(site_url)
    page.locator("#viewer form[data-shown]").wait_for()
    yield page, requests
    context.close()
    assert problems == []


@pytest.fixture
def page(opened):
    page, _ = opened
    page.context.set_offline(False)
    page.locator("#tab-segment").click()
    return page


def shown_dice(page) -> float:
    return float(page.locator("#viewer [data-score=dice]").get_attribute("data-value"))


def right_dice(image, mask, level=128) -> float:
    table = RESPONDER.answer(image, mask, 0.5).table
    assert table is not None
    return score(Counts(*map(int, table[level]))).dice


@pytest.mark.parametrize("cut", ["before", "halfway"])
def test_a_network_that_does_not_come_is_said_and_can_be_tried_again(browser, site_url, site_folder, cut):
    page = browser.new_page()
    half = (files_of(site_folder) / "model.onnx.gz").read_bytes()[:2_000_000]
    page.route("**/model.onnx.gz", lambda route: route.abort() if cut == "before" else route.fulfill(body=half))
    page.goto(site_url)
    page.locator("#viewer form[data-shown]").wait_for()
    first = BUNDLE.samples[0]
    assert shown_dice(page) == right_dice(first.image, first.mask)  # the first example is there already
    loading = page.locator("#loading")
    expect(loading).to_contain_text("could not be loaded: please check the connection", timeout=LOADED)
    click_example(page, 1)
    expect(page.locator("#page p.notice")).to_contain_text("could not be loaded", timeout=LOADED)
    page.unroute("**/model.onnx.gz")  # the connection is back
    loading.get_by_role("button", name="Try again").click()
    expect(loading).to_be_hidden(timeout=LOADED)
    click_example(page, 1)
    expect(page.locator("#viewer form")).to_have_attribute("data-shown", BUNDLE.samples[1].name, timeout=LOADED)
    page.close()


def test_one_sees_how_far_the_network_has_come(browser, site_url):
    page = browser.new_page()
    held: list[Route] = []
    page.route("**/model.onnx.gz", lambda route: held.append(route))
    page.goto(site_url)
    loading = page.locator("#loading")
    expect(loading.locator("p")).to_have_text(re.compile(r"^The network is loading: \d\.\d of 8\.\d MB$"))
    expect(loading.locator("progress")).to_have_attribute("max", re.compile(r"^8\d{6}$"))
    spoken = page.locator("main > .only-read[role=status]")
    expect(spoken).to_have_text("The network is loading.")
    held[0].continue_()
    expect(spoken).to_have_text("The network is ready.", timeout=LOADED)
    expect(loading).to_be_hidden()
    page.close()


def test_dice_is_pythons_to_the_last_digit_on_every_example(page):
    for place, sample in enumerate(BUNDLE.samples):
        click_example(page, place)
        page.locator(f"#viewer form[data-shown={sample.name}]").wait_for(timeout=LOADED)
        assert shown_dice(page) == right_dice(sample.image, sample.mask), sample.name


def test_nothing_is_asked_of_another_host(opened, site_url):
    _, requests = opened
    assert len(requests) > 5
    assert [url for url in requests if not url.startswith((site_url, "blob:", "data:"))] == []


def test_it_answers_offline_once_it_has_loaded(page, tmp_path):
    click_example(page, 0)
    sample = BUNDLE.samples[2]
    mine = tmp_path / "mine.png"
    Image.fromarray(np.asarray(Image.open(sample.image))[:, ::-1]).save(mine)
    click_example(page, 5)
    page.locator(f"#viewer form[data-shown={BUNDLE.samples[5].name}]").wait_for(timeout=LOADED)
    page.context.set_offline(True)
    choose_slice(page, mine)
    page.locator("#viewer form[data-shown=mine]").wait_for(timeout=LOADED)
    expect(page.locator("#viewer .notes")).to_contain_text("read as a picture that is windowed already")
    _, probability = download(page, "#download-probability", tmp_path / "probability.png")
    np.testing.assert_array_equal(probability, RESPONDER.answer(mine, None, 0.5).probability)


def test_a_slice_of_ones_own_is_compared_with_its_mask(page, tmp_path):
    sample = BUNDLE.samples[3]
    image, mask = tmp_path / "own.png", tmp_path / "own-mask.png"
    Image.open(sample.image).save(image)
    Image.open(str(sample.mask)).convert("L").point(lambda value: 255 * (value > 0)).save(mask)
    drop(page, "body", mask, image)
    page.locator("#viewer form[data-shown=own]").wait_for(timeout=LOADED)
    expect(page.locator("#mask-file .name")).to_have_text("own-mask.png")
    assert shown_dice(page) == right_dice(image, mask)
    small = tmp_path / "small.png"
    Image.open(mask).resize((100, 100)).save(small)
    choose_mask(page, small)
    expect(page.locator("#page p.notice")).to_contain_text("is 100 x 100 pixels, but its slice is 512 x 512")
    assert shown_dice(page) == right_dice(image, mask)


def test_a_mask_of_two_organs_is_asked_about(page, tmp_path):
    click_example(page, 0)
    first = BUNDLE.samples[0]
    page.locator(f"#viewer form[data-shown={first.name}]").wait_for(timeout=LOADED)
    labels = 2 * (np.asarray(Image.open(str(first.mask)).convert("L")) > 0)
    labels[:40, :40] = 1
    Image.fromarray(labels.astype(np.uint8)).save(tmp_path / "organs.png")
    choose_mask(page, tmp_path / "organs.png")
    question = page.locator("#page .question")
    expect(question).to_contain_text("organs.png has 2 values beside the background: which one is the pancreas?")
    question.locator("select").select_option("2")
    question.get_by_role("button", name="Read it this way").click()
    expect(page.locator("#mask-file .name")).to_have_text("organs.png")
    assert shown_dice(page) == right_dice(first.image, first.mask)


@pytest.mark.parametrize("name", ["mine.jpg", "mine.tif"])
def test_other_pictures_are_read_as_in_the_app(page, tmp_path, name):
    click_example(page, 0)
    sample = BUNDLE.samples[4]
    mine = tmp_path / name
    with Image.open(sample.image) as image:
        image.save(mine, **({"quality": 90} if name == "mine.jpg" else {"compression": "tiff_lzw"}))
    choose_slice(page, mine)
    page.locator("#viewer form[data-shown=mine]").wait_for(timeout=LOADED)
    _, probability = download(page, "#download-probability", tmp_path / "probability.png")
    apart = np.abs(probability.astype(int) - RESPONDER.answer(mine, None, 0.5).probability)
    assert apart.max() <= 1  # as docs/site.md says
    assert apart.mean() < 1e-4


def test_what_it_does_not_read_is_refused_with_the_way_to_the_app(page, tmp_path):
    click_example(page, 0)
    with Image.open(BUNDLE.samples[0].image) as image:
        image.convert("CMYK").save(tmp_path / "mine.jpg")
    choose_slice(page, tmp_path / "mine.jpg")
    notice = page.locator("#page p.notice")
    expect(notice).to_contain_text("mine.jpg is a JPEG of printing inks (CMYK)", timeout=LOADED)
    expect(notice).to_contain_text("python app.py")


def test_every_tab_shows_what_it_shows_in_the_app(page):
    click_example(page, 0)
    page.locator(f"#viewer form[data-shown={BUNDLE.samples[0].name}]").wait_for(timeout=LOADED)
    for tab in TABS:
        page.locator(f"#tab-{tab}").click()
        expect(page.locator(f"#panel-{tab}")).to_be_visible()
        expect(page.locator(".notice[role=alert]:visible")).to_have_count(0)
    page.locator("#tab-inside").click()
    expect(page.locator("#network")).to_contain_text(f"Dice {right_dice_of_first():.3f}", timeout=LOADED)
    page.locator("#tab-playground").click()
    expect(page.locator("#playground [data-step]").first).to_be_attached(timeout=LOADED)
    page.locator("#tab-results").click()
    expect(page.locator("#results-pictures img")).to_have_count(3)


def right_dice_of_first() -> float:
    return right_dice(BUNDLE.samples[0].image, BUNDLE.samples[0].mask)


def test_a_tab_that_needs_no_network_loads_none(browser, site_url):
    page = browser.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{site_url}/?tab=dice")
    expect(page.locator("#dice-by-hand canvas").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert [url for url in requests if url.endswith(".gz")] == []
    page.close()


def test_the_page_says_what_is_true_without_a_server(page):
    html = page.locator("html").inner_html()
    assert STAYS in html
    assert SENT not in html
    assert page.locator(",".join(f"#{name}" for name in ONLY_SERVED)).count() == 0


@pytest.mark.parametrize(
    ("scheme", "theme", "dark"), [("dark", "", True), ("dark", "light", False), ("light", "dark", True)]
)
def test_the_theme_follows_the_address_and_then_the_system(browser, site_url, scheme, theme, dark):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site_url}/?tab=dice{f'&theme={theme}' if theme else ''}")
    page.locator("#dice-by-hand canvas").first.wait_for()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(", "))) < 200) is dark
    context.close()


def test_one_file_opens_from_a_folder_and_computes(browser, one_file):
    context = browser.new_context(offline=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(one_file.as_uri())
    page.locator("#viewer form[data-shown]").wait_for(timeout=LOADED)
    sample = BUNDLE.samples[4]
    click_example(page, 4)
    page.locator(f"#viewer form[data-shown={sample.name}]").wait_for(timeout=LOADED)
    assert shown_dice(page) == right_dice(sample.image, sample.mask)
    page.locator("#tab-playground").click()
    expect(page.locator("#playground")).to_contain_text("Untrained: press Play", timeout=LOADED)
    page.locator("#tab-results").click()
    expect(page.locator("#results-pictures img")).to_have_count(3)
    context.close()
    assert problems == []
