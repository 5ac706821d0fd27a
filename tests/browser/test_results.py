"""The tab 'Results': tables, curves and pictures as a person reads them, against `metrics.json`."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from space.answer import Responder
from space.metrics import Counts, reliability, score
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.reading import hover

METRICS = json.loads((BUNDLED / "metrics.json").read_text())
BUNDLE = open_bundle(BUNDLED, "")
RESPONDER = Responder(BUNDLE)


def open_tab(browser, url, more="", width=1280):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{url}/?tab=results{more}")
    page.locator("#results-threshold svg path.line").nth(2).wait_for()
    return page


@pytest.fixture(scope="module")
def opened(browser, app_url):
    opened = open_tab(browser, app_url)
    yield opened
    opened.close()


@pytest.fixture
def tab(opened):
    opened.bring_to_front()  # a page behind another one draws once a second
    return opened


def test_each_dice_stands_under_its_own_name(tab):
    table = tab.locator("#results-figures table").first
    for name, key in (("Mean volume Dice", "mean_volume_dice"), ("Mean slice Dice", "mean_slice_dice")):
        row = table.get_by_role("row").filter(has_text=name)
        expect(row.get_by_role("cell")).to_have_text([f"{METRICS[split][key]:.3f}" for split in ("test", "validation")])
    pooled = [f"{METRICS[split]['pooled']['dice']:.3f}" for split in ("test", "validation")]
    expect(table.get_by_role("row").filter(has_text="Pooled Dice").get_by_role("cell")).to_have_text(pooled)


@pytest.mark.parametrize("split", ["test", "validation"])
def test_every_subject_has_a_bar_as_long_as_its_dice(tab, split):
    table = tab.get_by_role("table", name=f"{split.capitalize()} subjects")
    for subject in METRICS[split]["per_subject"]:
        row = table.get_by_role("row").filter(has_text=subject["subject"])
        shown = [f"{subject[name]:.3f}" for name in ("dice", "precision", "recall")]
        expect(row.get_by_role("cell")).to_have_text(["", *shown])
        cell = row.get_by_role("cell").first
        share = cell.evaluate(
            "cell => cell.firstChild.getBoundingClientRect().width"
            " / (cell.clientWidth - parseFloat(getComputedStyle(cell).paddingRight))"
        )
        assert share == pytest.approx(subject["dice"], abs=0.01)


@pytest.mark.parametrize("split", ["test", "validation"])
def test_the_pointer_reads_the_whole_split_at_a_threshold(tab, split):
    tab.locator("#results-threshold").get_by_text(split.capitalize(), exact=True).click()
    told: dict[str, list[str]] = {}
    for level, counts in enumerate(METRICS[split]["table"]):
        scores = score(Counts(*counts))
        line = f"recall {scores.recall:.3f}, precision {scores.precision:.3f}, Dice {scores.dice:.3f}"
        told.setdefault(f"threshold {level / 255:.2f}", []).append(line)
    seen = set()
    for share in (0.1, 0.37, 0.62, 0.9):
        place, line = hover(tab, "#results-threshold", share).split(": ")
        assert line in told[place]
        assert place == f"threshold {share:.2f}"
        seen.add(line)
    assert len(seen) == 4


def test_the_threshold_that_is_used_is_marked(tab):
    expect(tab.locator("#results-threshold .chart-key .marked")).to_have_text("used: 0.50")


def test_the_split_can_be_chosen_with_the_keyboard_and_is_kept_in_the_address(browser, app_url):
    page = open_tab(browser, app_url)
    expect(page.locator("#results-threshold h3")).to_contain_text("5 test subjects, 505 slices")
    page.locator("#results-threshold").get_by_role("radio", name="Test").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#results-threshold h3")).to_contain_text("8 validation subjects, 893 slices")
    expect(page).to_have_url(re.compile("split=Validation"))
    again = open_tab(browser, app_url, "&split=Validation")
    expect(again.locator("#results-threshold").get_by_role("radio", name="Validation")).to_be_checked()
    again.close()
    page.close()


def test_the_reliability_is_read_at_the_pointer(tab):
    curve = reliability(np.array(METRICS["test"]["table"]))
    said, share = min(curve, key=lambda point: abs(point[0] - 0.85))
    read = hover(tab, "#results-reliability", said)
    assert read == f"probability {said:.2f}: if calibrated {said:.3f}, inside the mask {share:.3f}"


def test_a_change_of_the_slices_is_chosen_and_read_at_the_pointer(tab):
    changes = {change["name"]: change for change in METRICS["robustness"]["changes"]}
    chart = tab.locator("#results-robustness")
    for name in ("rotation", "window level"):
        chart.locator(".choices").get_by_text(name, exact=True).click()
        change = changes[name]
        expect(chart.locator(".marker text")).to_have_text(f"training: {change['trained']:g}")
        middle = dict(zip(change["strengths"], change["dice"], strict=True))[change["trained"]]
        assert f"mean volume Dice {middle:.3f}" in hover(tab, "#results-robustness", 0.5)


def test_best_median_and_worst_example_are_shown_with_their_overlays(tab):
    answers = [RESPONDER.answer(sample.image, sample.mask, BUNDLE.contract.threshold) for sample in BUNDLE.samples]
    dice = {answer.name: answer.scores.dice for answer in answers if answer.scores}
    ranked = sorted(answers, key=lambda answer: -dice[answer.name])
    figures = tab.locator("#results-pictures figure")
    expect(figures).to_have_count(3, timeout=30_000)
    for place, title, answer in ((0, "Best", ranked[0]), (1, "Median", ranked[2]), (2, "Worst", ranked[-1])):
        expect(figures.nth(place)).to_have_text(f"{title} {answer.name}, Dice {dice[answer.name]:.3f}")
        source = figures.nth(place).locator("img").get_attribute("src")
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))
        assert np.array_equal(pixels, answer.overlay()[96:416, 96:416])
        assert figures.nth(place).locator("img").evaluate("image => image.naturalWidth") == 320
    expect(tab.locator("#results-pictures .waiting")).to_be_hidden()
    expect(tab.locator("#results-pictures-heading")).to_contain_text("synthetic")


def test_the_examples_are_segmented_when_the_tab_is_opened_by_hand(browser, app_url):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(app_url)
    page.locator("#viewer form[data-shown]").wait_for()
    expect(page.locator("#results-pictures img")).to_have_count(0)
    page.get_by_role("tab", name="Results").click()
    expect(page.locator("#results-pictures img")).to_have_count(3, timeout=30_000)
    page.close()


def test_slices_without_the_organ_and_the_lowest_ones_are_told_in_words(tab):
    text = tab.locator("#results-limits")
    empty = METRICS["test"]["without_organ"]
    expect(text).to_contain_text(f"{empty['slices_with_false_positives']} of {empty['slices']} test slices")
    rows = sorted((row for row in METRICS["test"]["per_slice"] if row["tp"] + row["fn"]), key=lambda row: row["dice"])
    told = [
        f"Subject {row['subject']}, slice {row['slice']}: Dice {row['dice']:.3f}, "
        f"{row['tp'] + row['fn']:,} pixels traced, "
        + (f"{row['tp'] + row['fp']:,} marked, {row['tp']:,} of them right" if row["tp"] + row["fp"] else "none marked")
        for row in rows[:10]
    ]
    expect(text.locator("ol li")).to_have_text(told)
    expect(text.locator("ul li")).to_have_text(list(BUNDLE.contract.limits))


def test_nothing_is_cut_off_on_a_telephone(browser, app_url):
    page = open_tab(browser, app_url, width=360)
    expect(page.locator("#results-pictures img")).to_have_count(3, timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for table in page.locator("#results-figures table").all():
        box = table.bounding_box()
        assert box["x"] + box["width"] <= 360
    page.close()
