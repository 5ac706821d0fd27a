"""Coronal and sagittal cuts: every pixel against NumPy's, at the crosshair, in the slices' own proportions."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from space.preprocessing import ABDOMEN, hu_to_grey
from tests.browser.both import BOTH
from tests.browser.canvas import expect_grey, expect_painted, painted
from tests.browser.stack import PLACES, SPACING, expect_complete, expect_place, open_stack, stack
from tests.volumes import abdomen, nifti

HEIGHT, WIDTH = 512, 512


@pytest.fixture
def opened(page, tmp_path):
    open_stack(page, tmp_path)
    expect_complete(page)
    expect(page.locator("#volume .cuts-say")).to_have_text("")
    page.locator("#volume .cuts").scroll_into_view_if_needed()
    return page


def cut(page, plane):
    return page.locator(f"#volume .{plane} .cut")


def line_of(page, plane):
    """Where the lines of a cut cross: the column and the row, with fractions."""
    path = page.locator(f"#volume .{plane} .at").get_attribute("d")
    numbers = path.replace("M0 ", "").split("H")
    row = float(numbers[0])
    column = float(path.split("H" + str(WIDTH))[1].removeprefix("M").split(" ")[0])
    return column, row


def click_at(page, locator, x, y, size):
    """Click at a pixel of what is shown in an element."""
    box = locator.bounding_box()
    page.mouse.click(box["x"] + (x + 0.5) / size[0] * box["width"], box["y"] + (y + 0.5) / size[1] * box["height"])


def expect_cut(page, plane, at, level=128):
    """The pixels are those of the volume, head up."""
    region = (slice(None, None, -1), at) if plane == "coronal" else (slice(None, None, -1), slice(None), at)
    expect_grey(page.locator(f"#volume .{plane} canvas.base"), hu_to_grey(stack().hu[region], ABDOMEN))
    page.get_by_text("Filled", exact=True).click()
    found = stack().probability[region] >= level
    overlay = page.locator(f"#volume .{plane} canvas.overlay")  # of an earlier cut, until all slices are segmented
    expect_painted(overlay, lambda shown: np.array_equal(shown[..., 3] > 0, found))
    traced = painted(page.locator(f"#volume .{plane} canvas.truth"))[..., 3] > 0
    assert not (traced & ~stack().mask[region]).any()
    assert traced.any() == stack().mask[region].any()


@BOTH
def test_the_cuts_lie_at_the_crosshair_in_the_middle_of_the_organ_and_have_the_volumes_pixels(opened):
    y, x = (round(float(at.mean())) for at in np.nonzero(stack().probability[PLACES // 2] >= 128))
    expect_cut(opened, "coronal", y)
    expect_cut(opened, "sagittal", x)
    assert line_of(opened, "coronal") == (x + 0.5, PLACES - PLACES // 2 - 0.5)
    assert line_of(opened, "sagittal") == (y + 0.5, PLACES - PLACES // 2 - 0.5)


def test_they_have_the_proportions_of_the_patient(opened):
    for plane, across in (("coronal", WIDTH * SPACING[2]), ("sagittal", HEIGHT * SPACING[1])):
        box = cut(opened, plane).bounding_box()
        assert box["width"] / box["height"] == pytest.approx(across / (PLACES * SPACING[0]), rel=0.03)


def test_a_click_on_the_slice_moves_the_cuts_and_a_drag_does_not(opened):
    canvas = opened.locator("#viewer canvas.base")
    canvas.scroll_into_view_if_needed()
    click_at(opened, canvas, 300, 240, (WIDTH, HEIGHT))
    expect_cut(opened, "coronal", 240)
    expect_cut(opened, "sagittal", 300)
    assert opened.locator("#viewer .cross path").get_attribute("d").startswith("M0 240.5")
    box = canvas.bounding_box()
    opened.mouse.move(box["x"] + 50, box["y"] + 50)
    opened.mouse.down()
    opened.mouse.move(box["x"] + 90, box["y"] + 90, steps=3)
    opened.mouse.up()
    assert opened.locator("#viewer .cross path").get_attribute("d").startswith("M0 240.5")


def test_a_click_in_a_cut_goes_to_the_slice_and_moves_the_crosshair(opened):
    click_at(opened, cut(opened, "coronal"), 200, 1, (WIDTH, PLACES))
    expect_place(opened, PLACES - 2)
    expect_cut(opened, "sagittal", 200)
    assert line_of(opened, "coronal") == (200.5, 1.5)
    cut(opened, "sagittal").focus()
    opened.keyboard.press("ArrowDown")
    expect_place(opened, PLACES - 3)
    before = line_of(opened, "sagittal")
    opened.keyboard.press("ArrowRight")
    assert line_of(opened, "sagittal") == (before[0] + 1, 2.5)
    expect_cut(opened, "coronal", int(before[0] + 0.5))


def test_threshold_and_colours_are_those_of_the_slice(opened):
    y = round(float(np.nonzero(stack().probability[PLACES // 2] >= 128)[0].mean()))
    opened.locator("#viewer .threshold").evaluate(
        "slider => { slider.value = 20; slider.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    expect_cut(opened, "coronal", y, level=20)
    opened.get_by_text("Errors", exact=True).click()
    colours = painted(opened.locator("#volume .coronal canvas.overlay"))
    predicted, mask = stack().probability[::-1, y] >= 20, stack().mask[::-1, y]
    assert np.array_equal(colours[..., 3] > 0, predicted | mask)
    opened.locator("#viewer .show-truth").uncheck()
    expect(opened.locator("#volume .coronal canvas.truth")).to_have_css("visibility", "hidden")


def test_the_crosshair_can_be_switched_off_and_the_line_of_the_slice_stays(opened):
    assert opened.locator("#viewer .cross path").get_attribute("d")
    opened.locator("#viewer .show-cross").uncheck()
    assert opened.locator("#viewer .cross path").get_attribute("d") == ""
    path = opened.locator("#volume .coronal .at").get_attribute("d")
    assert "V" not in path
    assert path.endswith(f"H{WIDTH}")


def test_slices_that_nobody_has_looked_at_are_grey_and_said_to_be(page, tmp_path):
    def refuse(route):
        if '"tables"' in (route.request.post_data or ""):
            route.abort()
        else:
            route.continue_()

    page.route("**/component_server/**", refuse)
    page.route("**/component_server", refuse)
    open_stack(page, tmp_path)
    expect(page.locator("#volume .cuts-say")).to_have_text("Grey: not segmented yet.")
    bands = page.locator("#volume .coronal .unseen").get_attribute("d")
    assert bands.count("M") == PLACES - 1
    assert f"M0 {PLACES - 1 - PLACES // 2}h" not in bands
    expect(page.locator("#page .notice").first).to_contain_text("server does not answer")
    expect(page.locator("#volume .stop")).to_have_text("Go on")


def test_a_few_slices_have_no_cuts(page, tmp_path):
    (tmp_path / "ct.nii").write_bytes(nifti(abdomen(4), "RAS").to_bytes())
    page.locator("#slice-file input").set_input_files(str(tmp_path / "ct.nii"))
    page.locator("#viewer form[data-shown='CT volume, slice 3 of 4']").wait_for()
    expect(page.locator("#volume .progress-text")).to_have_text("all 4 slices segmented")
    expect(page.locator("#volume .cuts")).to_be_hidden()
    expect(page.locator("#viewer .crosses")).to_be_hidden()
    page.locator("#viewer .stage").click()
    assert not page.locator("#viewer .cross path").get_attribute("d")


def test_until_it_is_put_somewhere_the_crosshair_waits_for_the_first_slice_with_the_organ(opened):
    opened.locator("#cases .no-mask").click()
    opened.locator("#viewer form.is-volume:not(.has-mask)").wait_for()
    slider = opened.locator("#viewer .place")
    slider.press("End")
    expect_place(opened, PLACES - 1)
    opened.locator("#viewer [data-turn=mirror]").click()  # another case, first seen where no organ is
    expect(opened.locator("#viewer .cross path")).to_have_attribute("d", re.compile(rf"^M0 {HEIGHT // 2}\.5H"))
    assert line_of(opened, "coronal")[0] == WIDTH // 2 + 0.5
    slider.press("ArrowLeft")
    expect_place(opened, PLACES - 2)
    where = np.nonzero(painted(opened.locator("#viewer canvas.overlay"))[..., 3])
    assert line_of(opened, "coronal")[0] == pytest.approx(where[1].mean() + 0.5, abs=0.5)
    before = line_of(opened, "coronal")[0]
    slider.press("ArrowLeft")
    expect_place(opened, PLACES - 3)
    assert line_of(opened, "coronal")[0] == before
