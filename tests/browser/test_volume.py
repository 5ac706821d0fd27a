"""A whole volume on the page: segmented while one reads, its figures and curves against NumPy's and SciPy's."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy.ndimage import binary_erosion, distance_transform_edt

from space.metrics import Counts, score
from tests.browser.asked import questions
from tests.browser.both import BOTH
from tests.browser.gestures import click_example
from tests.browser.stack import PLACES, SPACING, expect_complete, expect_place, open_stack, stack


def set_level(page, level, *kinds):
    page.locator("#viewer .threshold").evaluate(
        "(slider, [level, kinds]) => { slider.value = level;"
        " for (const kind of kinds) slider.dispatchEvent(new Event(kind, {bubbles: true})); }",
        [level, kinds or ("input", "change")],
    )


def volume_scores(page):
    return page.locator("#volume form").evaluate(
        "form => Object.fromEntries([...form.querySelectorAll('[data-volume]')]"
        ".map(({dataset}) => [dataset.volume, Number(dataset.value)]))"
    )


def surfaces(level):
    """Mean, 95th percentile and largest distance from surface to surface, by distance maps."""
    masks = [stack().probability >= level, stack().mask]
    edges = [mask & ~binary_erosion(mask) for mask in masks]
    far = [distance_transform_edt(~edge, sampling=SPACING) for edge in edges]
    apart = np.concatenate([far[1][edges[0]], far[0][edges[1]]])
    return apart.mean(), np.percentile(apart, 95), apart.max()


@BOTH
def test_a_volume_is_segmented_by_itself_and_scored_as_a_whole_at_every_threshold(page, tmp_path):
    open_stack(page, tmp_path)
    expect_complete(page)
    for level in (1, 60, 128, 200):
        set_level(page, level)
        counts = Counts(*map(int, stack().counts(level).sum(0)))
        assert volume_scores(page) == pytest.approx(score(counts)._asdict())
        ml = np.prod(SPACING) / 1000
        expect(page.locator("#volume .predicted-volume")).to_have_text(f"{counts.predicted * ml:.1f} mL")
        expect(page.locator("#volume .mask-volume")).to_have_text(f"{stack().mask.sum() * ml:.1f} mL")
        mean, most, largest = surfaces(level)
        words = f"From surface to surface: mean {mean:.1f} mm, 95 % within {most:.1f} mm, largest {largest:.1f} mm."
        expect(page.locator("#volume .distances")).to_have_text(words)
    expect(page.locator("#viewer .dice-says")).to_have_text("Dice of this slice")
    expect(page.locator("#volume dt").first).to_have_text("Volume Dice")


def test_while_the_threshold_is_dragged_nothing_is_asked_and_distances_wait_for_its_release(page, tmp_path):
    open_stack(page, tmp_path)
    expect(page.locator("#volume .distances")).to_contain_text("mean")
    requests = []
    page.on("request", lambda request: requests.append(request))
    for level in range(100, 160, 5):
        set_level(page, level, "input")
        assert volume_scores(page)["dice"] == score(Counts(*map(int, stack().counts(level).sum(0)))).dice
    assert set(questions(requests)) <= {"plane"}  # the cuts may come yet
    expect(page.locator("#volume .distances")).to_contain_text("when you let the threshold go")
    set_level(page, 155, "change")
    expect(page.locator("#volume .distances")).to_contain_text("mean")
    assert [name for name in questions(requests) if name != "plane"] == ["distances"]


def test_the_curves_hold_every_slice_and_a_click_goes_there(page, tmp_path):
    open_stack(page, tmp_path)
    expect_complete(page)
    counts = stack().counts(128)
    pixel = SPACING[1] * SPACING[2] / 100
    plot = page.locator("#volume .area-plot svg")
    plot.scroll_into_view_if_needed()
    for place in (0, 3, PLACES - 1):
        point_at(page, plot, place)
        tip = page.locator("#volume .area-plot .chart-tip")
        predicted, traced = counts[place, :2].sum() * pixel, counts[place, [0, 2]].sum() * pixel
        expect(tip).to_have_text(f"slice {place + 1}: mask {traced:.3f}, predicted {predicted:.3f}")
    point_at(page, page.locator("#volume .dice-plot svg"), 1)
    dice = score(Counts(*map(int, counts[1]))).dice
    expect(page.locator("#volume .dice-plot .chart-tip")).to_have_text(f"slice 2: Dice {dice:.3f}")
    point_at(page, page.locator("#volume .dice-plot svg"), PLACES - 1)  # nothing there: no Dice
    expect(page.locator("#volume .dice-plot .chart-tip")).to_have_text(f"slice {PLACES}:")
    point_at(page, plot, 2)
    page.mouse.down()
    page.mouse.up()
    expect_place(page, 2)


def point_at(page, svg, place):
    svg.scroll_into_view_if_needed()
    box = svg.bounding_box()
    along = 40 + place / (PLACES - 1) * (box["width"] - 50)  # the margins of space/page/chart.js
    page.mouse.move(box["x"] + along, box["y"] + 60)


def test_the_largest_and_the_worst_slice_are_found(page, tmp_path):
    open_stack(page, tmp_path)
    expect_complete(page)
    counts = stack().counts(128)
    page.locator("#volume .worst").click()
    expect_place(page, 6)  # all of it is predicted, none of it traced
    assert score(Counts(*map(int, counts[6]))).dice == 0
    page.locator("#volume .largest").click()
    expect_place(page, int(counts[:, :2].sum(1).argmax()))


def test_without_a_mask_the_volume_is_measured_and_nothing_is_scored(page, tmp_path):
    open_stack(page, tmp_path, mask=False)
    expect_complete(page)
    ml = np.prod(SPACING) / 1000
    predicted = (stack().probability >= 128).sum()
    expect(page.locator("#volume .predicted-volume")).to_have_text(f"{predicted * ml:.1f} mL")
    for hidden in ("[data-volume=dice]", ".dice-plot", ".distances", ".worst"):
        expect(page.locator(f"#volume {hidden}")).to_be_hidden()


def test_it_can_be_stopped_and_goes_on_and_says_so_far_until_all_is_seen(page, tmp_path):
    held = []
    hold = True

    def later(route):
        if hold and '"tables"' in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route(re.compile("component_server"), later)
    open_stack(page, tmp_path)
    expect(page.locator("#volume .progress-text")).to_have_text(f"segmented 1 of {PLACES} slices")
    expect(page.locator("#volume .so-far")).to_have_text(", so far")
    page.locator("#volume .stop").click()
    expect(page.locator("#volume .stop")).to_have_text("Go on")
    hold = False
    for route in held:
        route.continue_()
    expect(page.locator("#volume .progress-text")).to_have_text(re.compile(rf"segmented [2-7] of {PLACES} slices"))
    expect(page.locator("#volume .distances")).to_contain_text("when all slices are segmented")
    page.locator("#volume .stop").click()
    expect_complete(page)
    expect(page.locator("#volume .so-far")).to_have_text("")


def test_a_single_slice_has_nothing_of_a_volume(page, tmp_path):
    single = [
        "#volume form",
        "#viewer .places",
        "#viewer .place-says",
        "#viewer .letters",
        "#viewer .crosses",
        "#viewer [data-turn=quarter]",
        "#cases [data-home][value=nifti]",
    ]
    for part in single:
        expect(page.locator(part)).to_be_hidden()
    open_stack(page, tmp_path)
    for part in single:
        expect(page.locator(part)).to_be_visible()
    click_example(page, 1)
    for part in single:
        expect(page.locator(part)).to_be_hidden()
