"""The stage under a mouse, a keyboard and fingers: double click, slices, swipe and pinch."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.asked import questions
from tests.browser.stack import PLACES, expect_complete, expect_place, open_stack

MIDDLE = PLACES // 2


def zoom(page):
    style = page.locator("#viewer .sheet").get_attribute("style")
    return float(style.split("scale(")[1].split(")")[0])


def at_stage(page, x, y):
    """Return where a share of the stage's width and height lies in the window."""
    stage = page.locator("#viewer .stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def test_a_double_click_zooms_at_its_point_and_another_shows_all_again(page):
    spot = at_stage(page, 0.25, 0.75)
    page.mouse.dblclick(*spot)
    assert zoom(page) == 2
    box, stage = (page.locator(f"#viewer {part}").bounding_box() for part in ("canvas.base", ".stage"))
    for axis, size, share in (("x", "width", 0.25), ("y", "height", 0.75)):
        assert box[axis] + share * box[size] == pytest.approx(stage[axis] + share * stage[size], abs=1)
    page.mouse.dblclick(*spot)
    assert zoom(page) == 1


def test_two_drags_and_two_clicks_far_apart_do_not_zoom(page):
    for x in (0.2, 0.7):
        page.mouse.click(*at_stage(page, x, 0.5))
    assert zoom(page) == 1
    page.get_by_label("Zoom in").first.dblclick()
    assert zoom(page) == 1.5**2


def test_arrow_keys_go_through_the_slices_and_pan_what_is_zoomed(page, tmp_path):
    open_stack(page, tmp_path)
    stage = page.locator("#viewer .stage")
    stage.focus()
    place = MIDDLE
    for key, step in (("ArrowUp", 1), ("ArrowRight", 1), ("ArrowDown", -1), ("ArrowLeft", -1), ("ArrowLeft", -1)):
        page.keyboard.press(key)
        place += step
        expect_place(page, place)
        expect(page.locator("#viewer .place-says")).to_have_text(f"Slice {place + 1} of {PLACES}")
    page.keyboard.press("+")
    before = page.locator("#viewer canvas.base").bounding_box()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#viewer canvas.base").bounding_box()["x"] == pytest.approx(before["x"] + 40, abs=1)
    expect_place(page, place)
    page.keyboard.press("PageUp")
    expect_place(page, place + 1)


def test_a_slice_that_was_seen_is_there_at_once_and_is_not_asked_for_again(page, tmp_path):
    open_stack(page, tmp_path)
    expect_complete(page)
    slider = page.locator("#viewer .place")
    slider.press("ArrowRight")
    expect_place(page, MIDDLE + 1)
    requests = []
    page.on("request", lambda request: requests.append(request))
    for key, place in (("ArrowLeft", MIDDLE), ("ArrowRight", MIDDLE + 1)):
        slider.press(key)
        shown = page.locator("#viewer form").get_attribute("data-shown")
        assert shown == f"CT volume, slice {place + 1} of {PLACES}"
    assert "open_case" not in questions(requests)


def test_another_mask_is_another_case_whose_slices_were_not_seen(page, tmp_path):
    open_stack(page, tmp_path)
    expect_complete(page)
    page.locator("#cases .no-mask").click()
    page.locator("#viewer form:not(.has-mask)").wait_for()
    expect_complete(page)
    page.locator("#viewer .place").press("ArrowRight")
    expect_place(page, MIDDLE + 1)
    page.locator("#viewer .place").press("ArrowLeft")
    expect_place(page, MIDDLE)
    expect(page.locator("#viewer .dice b")).to_have_text("?")


@pytest.fixture
def phone(browser, app_url):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(app_url)
    page.locator("#viewer form[data-shown]").wait_for()
    page.wait_for_load_state("networkidle")
    yield page
    context.close()


def touch(page, *frames):
    """Put fingers down at the first frame's points, move them through the others, and lift them."""
    session = page.context.new_cdp_session(page)
    for kind, points in [("touchStart", frames[0]), *(("touchMove", frame) for frame in frames[1:]), ("touchEnd", [])]:
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_finger_goes_through_the_slices_and_not_down_the_page(phone, tmp_path):
    open_stack(phone, tmp_path)
    x, y = at_stage(phone, 0.5, 0.5)
    before = phone.evaluate("scrollY")
    touch(phone, [(x, y)], *([(x, y - 6 * step)] for step in range(1, 6)))  # 30 px up: two slices towards the head
    expect_place(phone, MIDDLE + 2)
    touch(phone, [(x, y)], *([(x, y + 6 * step)] for step in range(1, 9)))
    expect_place(phone, MIDDLE - 1)
    assert phone.evaluate("scrollY") == before


def test_two_fingers_zoom_and_then_one_pans(phone, tmp_path):
    open_stack(phone, tmp_path)
    x, y = at_stage(phone, 0.5, 0.5)
    touch(phone, *([(x - d, y), (x + d, y)] for d in (30, 40, 50, 60)))
    assert zoom(phone) == pytest.approx(2, rel=0.05)
    before = phone.locator("#viewer canvas.base").bounding_box()
    touch(phone, [(x, y)], [(x, y + 20)], [(x, y + 40)])
    assert phone.locator("#viewer canvas.base").bounding_box()["y"] == pytest.approx(before["y"] + 40, abs=2)
    expect_place(phone, MIDDLE)


def test_a_tap_sets_the_crosshair_and_two_zoom(phone, tmp_path):
    open_stack(phone, tmp_path)
    x, y = at_stage(phone, 0.25, 0.5)
    phone.touchscreen.tap(x, y)
    expect(phone.locator("#viewer .cross path")).to_have_attribute("d", re.compile(r"M12[78]\.5 0V"))
    phone.touchscreen.tap(x, y)
    assert zoom(phone) == 2
