"""The bench: every number that is shown, against what the network computes, NumPy and SciPy."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy.signal import convolve2d, correlate2d

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle

BUNDLE = open_bundle(BUNDLED, "")
FIRST = BUNDLE.samples[0]
RESPONDER = Responder(BUNDLE)
OPENED = RESPONDER.open(FIRST.image, FIRST.mask)
PIXELS = RESPONDER.answer(FIRST.image, FIRST.mask, 0.5).pixels.astype(np.float32) / np.float32(255)
BENCH = "#network .bench"


def passage(name):
    return RESPONDER.pass_through(OPENED, None, "", [], name)


@pytest.fixture(scope="module")
def near(either_url: str, app_url: str) -> Callable[[Any], Any]:
    """What compares with the network's numbers: WebAssembly's convolutions add in another order than native ones."""
    return pytest.approx if either_url == app_url else partial(pytest.approx, rel=1e-4, abs=1e-5)


@pytest.fixture(scope="module")
def page(browser, either_url):
    opened = browser.new_page(viewport={"width": 1280, "height": 1000})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(f"{either_url}/?tab=inside&operation=max pooling")
    bench(opened, "max pooling 1")
    yield opened
    opened.close()
    assert errors == []


def bench(page, name):
    page.locator(f"{BENCH}[data-shown^='{name}/'][aria-busy=false]").wait_for(timeout=120_000)


def look(page, name):
    """Click an operation in the figure; return the numbers of its input and its output map."""
    page.bring_to_front()
    page.locator(f"#network [data-operation='{name}']").click()
    bench(page, name)
    _, read, written = page.locator(BENCH).get_attribute("data-shown").split("/")
    return int(read), int(written)


def point(page, side, x, y, size, frame=".content > .frame"):
    """Point at a pixel of a map that has `size` columns."""
    plane = page.locator(f"{BENCH} {frame} [data-plane={side}] .plane")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    page.mouse.move(box["x"] + (x + 0.5) * box["width"] / size, box["y"] + (y + 0.5) * box["width"] / size)


def at(page, frame=".content > .frame"):
    return tuple(map(int, page.locator(f"{BENCH} {frame}").get_attribute("data-at").split(",")))


def number(page, name, within=".content > .frame"):
    return float(page.locator(f"{BENCH} {within} [data-number={name}]").get_attribute("data-value"))


def cells(page, name, within=".content > .frame"):
    grid = page.locator(f"{BENCH} {within} [data-grid={name}]")
    values = grid.locator(".cells > *, :scope > span").evaluate_all("cells => cells.map((cell) => +cell.dataset.value)")
    side = round(len(values) ** 0.5)
    return np.array(values).reshape(side, side)


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [("convolution 5", 40, 30), ("convolution 5", 0, 0), ("convolution 2", 0, 79), ("convolution 22", 9, 8)],
)
def test_products_bias_and_the_other_maps_are_the_networks_own_number(page, near, name, x, y):
    read, written = look(page, name)
    whole = passage(name)
    point(page, "output", x, y, whole.output.shape[2])
    assert at(page) == (x, y)
    operation = whole.operation
    rows, columns = operation.kernel
    padded = np.pad(whole.inputs[0], ((0, 0), (rows, rows), (columns, columns)))
    top, left = (rows + operation.stride * place - operation.before for place in (y, x))
    window = padded[:, top : top + rows, left : left + columns].astype(np.float64)
    sums = (window * whole.kernel[written]).sum(axis=(1, 2))
    assert cells(page, "pixels") == near(window[read])
    assert cells(page, "weights") == near(whole.kernel[written, read])
    assert cells(page, "products") == near(window[read] * whole.kernel[written, read])
    assert number(page, "sum") == pytest.approx(sums[read], rel=1e-5, abs=1e-5)
    assert number(page, "others") == pytest.approx(sums.sum() - sums[read], rel=1e-3, abs=1e-3)
    assert number(page, "bias") == near(whole.bias[written])
    assert number(page, "total") == near(whole.output[written, y, x])
    outside = page.locator(f"{BENCH} .content > .frame [data-grid=pixels] .outside").count()
    beyond = np.ones_like(padded[0], bool)
    beyond[rows:-rows, columns:-columns] = False
    assert outside == beyond[top : top + rows, left : left + columns].sum()


def test_of_four_numbers_the_largest_survives(page, near):
    _, written = look(page, "max pooling 1")
    whole = passage("max pooling 1")
    point(page, "output", 33, 40, whole.output.shape[2])
    assert cells(page, "pixels") == near(whole.inputs[0][written, 80:82, 66:68])
    assert number(page, "after") == near(whole.output[written, 40, 33])
    chosen = page.locator(f"{BENCH} [data-grid=pixels] .chosen")
    assert float(chosen.get_attribute("data-value")) == near(whole.output[written, 40, 33])


def test_keys_go_from_pixel_to_pixel_and_a_tap_goes_to_one(page):
    look(page, "max pooling 1")
    point(page, "output", 33, 40, 80)
    page.locator(f"{BENCH} [data-plane=output] .plane").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    assert at(page) == (32, 41)
    box = page.locator(f"{BENCH} [data-plane=input] .plane").bounding_box()
    page.locator(f"{BENCH} [data-plane=input] .plane").dispatch_event(
        "pointerdown", {"clientX": box["x"] + box["width"] / 4, "clientY": box["y"] + box["height"] / 2}
    )
    assert at(page) == (20, 40)


@pytest.mark.parametrize("name", ["ReLU 5", "batch norm 1", "concatenation 5", "sigmoid 1"])
def test_a_number_before_and_after(page, near, name):
    read, written = look(page, name)
    whole = passage(name)
    height, width = whole.output.shape[1:]
    point(page, "input", width // 3, height // 2, width)
    assert number(page, "before") == near(np.concatenate(whole.inputs)[read, height // 2, width // 3])
    assert number(page, "after") == near(whole.output[written, height // 2, width // 3])


def test_the_share_of_zeros_is_told(page):
    _, written = look(page, "ReLU 5")
    share = 100 * np.mean(passage("ReLU 5").output[written] == 0)
    expect(page.locator(f"{BENCH} .share")).to_have_text(f"{share:.1f}% of the pixels of this map are 0 now.")


def test_a_patch_is_one_number_times_the_kernel(page, near):
    read, written = look(page, "transposed convolution 5")
    whole = passage("transposed convolution 5")
    point(page, "input", 50, 60, whole.inputs[0].shape[2])
    one = float(whole.inputs[0][read, 60, 50])
    assert number(page, "before") == near(one)
    assert cells(page, "products") == near(one * whole.kernel[read, written])
    assert cells(page, "result") == near(whole.output[written, 120:122, 100:102])
    expect(page.locator(f"{BENCH} .beside")).to_contain_text("they lie side by side")
    page.locator(f"{BENCH} [aria-label='pixel in row 2, column 1']").fill("-3")
    apart = np.zeros((3, 3))
    apart[::2, ::2] = [[1, 2], [-3, 4]]
    expected = convolve2d(apart, [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    assert cells(page, "overlap", ".overlap") == pytest.approx(expected)


def test_histograms_tell_the_spread(page, near):
    _, written = look(page, "batch norm 1")
    whole = passage("batch norm 1")
    for side, plane in (("before", whole.inputs[0][written]), ("after", whole.output[written])):
        told = page.locator(f"{BENCH} [data-bars={side}] figcaption")
        assert float(told.get_attribute("data-mean")) == near(plane.mean(dtype=np.float64))
        assert float(told.get_attribute("data-deviation")) == near(plane.std(dtype=np.float64))
    point(page, "output", 30, 30, whole.output.shape[2])
    factor, offset, before, after = (number(page, name) for name in ("factor", "offset", "before", "after"))
    assert factor * before + offset == pytest.approx(after, abs=1e-4)


def test_the_sigmoid_follows_the_pages_threshold_and_softmax_says_the_same(page):
    look(page, "sigmoid 1")
    logits = passage("sigmoid 1").inputs[0][0]
    y, x = np.unravel_index(np.abs(logits - 1).argmin(), logits.shape)  # a probability of about 0.73
    point(page, "output", int(x), int(y), logits.shape[1])
    probability = 1 / (1 + np.exp(-float(logits[y, x])))
    assert number(page, "after") == pytest.approx(probability, abs=1e-6)
    assert number(page, "organ", ".softmax") == pytest.approx(probability, abs=1e-6)
    assert number(page, "background", ".softmax") == pytest.approx(1 - probability, abs=1e-6)
    for level, verdict in ((230, "Not marked: below"), (128, "Marked: at or above")):
        page.get_by_role("tab", name="Segment").click()
        page.locator("#viewer .stage.filled").wait_for()
        page.locator("#viewer .threshold").fill(str(level))
        page.get_by_role("tab", name="Inside").click()
        expect(page.locator(f"{BENCH} .verdict")).to_have_text(f"{verdict} the page's threshold of {level / 255:.2f}.")


def test_all_maps_of_a_concatenation_can_be_chosen(page):
    look(page, "concatenation 5")
    expect(page.locator(f"{BENCH} .parts")).to_contain_text("8 maps of the skip connection + 8 maps from below = 16")
    page.locator(f"{BENCH} .strip button").nth(2).click()
    page.locator(f"{BENCH}[data-shown='concatenation 5/2/2']").wait_for()
    assert page.locator(f"{BENCH} .strip .of-skip").count() == 8


def test_steps_go_to_other_maps_and_hovering_asks_nothing(page):
    read, written = look(page, "convolution 5")
    page.locator(f"{BENCH} [data-plane=output] [aria-label='the next map']").first.click()
    page.locator(f"{BENCH}[data-shown='convolution 5/{read}/{written + 1}']").wait_for()
    page.locator(f"{BENCH} [data-plane=input] [aria-label='the map before']").first.click()
    page.locator(f"{BENCH}[data-shown='convolution 5/{(read - 1) % 16}/{written + 1}']").wait_for()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for x in range(10, 20):
        point(page, "output", x, 40, 80)
    assert asked == []


@pytest.mark.parametrize("change", ["", "padding", "stride", "relu"])
def test_ones_own_kernel_slides_over_the_slice(page, change):
    look(page, "convolution 5")
    own = ".own"
    page.locator(f"{BENCH} [data-preset=sharpen]").click()
    page.locator(f"{BENCH} {own} [aria-label='weight in row 1, column 1']").fill("0.5")
    page.locator(f"{BENCH} [data-switch=bias]").fill("-0.25")
    if change:
        page.locator(f"{BENCH} [data-switch={change}]").click()
    kernel = np.array([[0.5, -1, 0], [-1, 5, -1], [0, -1, 0]])
    padding, stride = int(change != "padding"), 1 + (change == "stride")
    expected = correlate2d(np.pad(PIXELS, padding).astype(np.float64), kernel, "valid")[::stride, ::stride] - 0.25
    if change == "relu":
        expected = np.maximum(expected, 0)
    height, width = expected.shape
    expect(page.locator(f"{BENCH} {own} [data-plane=output] figcaption")).to_contain_text(f"{width} x {height} pixels")
    for share in (0.02, 0.31, 0.52):
        x, y = int(share * width), int(share * height)
        point(page, "output", x, y, width, f"{own} .frame")
        found = at(page, f"{own} .frame")  # a pixel of a large slice is smaller than one of the screen
        assert abs(found[0] - x) <= 1
        assert number(page, "total", f"{own} .frame") == pytest.approx(expected[found[1], found[0]], abs=1e-5)
    if change:
        page.locator(f"{BENCH} [data-switch={change}]").click()


def test_the_address_holds_the_operation_and_an_unknown_one_is_left_out(browser, either_url, page):
    look(page, "ReLU 5")
    assert "operation=ReLU+5" in page.url
    page.locator(f"{BENCH} .close").click()
    expect(page.locator(BENCH)).to_be_hidden()
    assert "operation" not in page.url
    other = browser.new_page()
    other.goto(f"{either_url}/?tab=inside&operation=no such thing")
    other.locator("#network form[data-shown]").wait_for()
    expect(other.locator(BENCH)).to_be_hidden()
    assert "operation" not in other.url
    other.close()
