"""The tab 'Training': the curves as a person reads them, against `history.csv`."""

import csv
import os
import re
import shutil

import pytest
from playwright.sync_api import expect

from space.model.bundle import BUNDLED, open_bundle
from space.model.history import COLUMNS, kept
from space.model.settings import Settings
from tests.browser.reading import hover
from tests.bundles import HISTORY, add_overfitting, remove_overfitting
from tests.serving import running_app

with (BUNDLED / "history.csv").open(newline="") as file:
    ROWS = {int(float(row["epoch"])): {name: float(row[name]) for name in COLUMNS} for row in csv.DictReader(file)}
KEPT = max(ROWS, key=lambda epoch: ROWS[epoch]["val_volume_dice"])
BUNDLE = open_bundle(BUNDLED, "")
CONTRACT = BUNDLE.contract
assert BUNDLE.overfitting is not None
OVERFITTING = BUNDLE.overfitting


def open_tab(browser, url, more="", width=1280):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{url}/?tab=learned{more}")
    page.locator("#learned-curves svg path.line").nth(1).wait_for()
    return page


@pytest.fixture(scope="module")
def opened(browser, either_url):
    opened = open_tab(browser, either_url)
    yield opened
    opened.close()


@pytest.fixture
def tab(opened):
    opened.bring_to_front()  # a page behind another one draws once a second
    return opened


def choose(tab, name):
    tab.locator("#learned-curves .choices label").filter(has_text=name).click()


def said(tip):
    """Return epoch, training and validation as the chart tells them."""
    match = re.fullmatch(r"epoch (\d+): training ([\d.]+), validation ([\d.]+)", tip)
    assert match, tip
    return int(match[1]), match[2], match[3]


@pytest.mark.parametrize(("choice", "columns"), [("Dice", ("dice", "val_volume_dice")), ("Loss", ("loss", "val_loss"))])
def test_the_pointer_reads_the_numbers_of_an_epoch(tab, choice, columns):
    choose(tab, choice)
    epochs = set()
    for share in (0.02, 0.2, 0.5, 0.7, 0.99):
        epoch, training, validation = said(hover(tab, "#learned-curves", share))
        assert [training, validation] == [f"{ROWS[epoch][column]:.3f}" for column in columns]
        epochs.add(epoch)
    assert {min(ROWS), max(ROWS)} <= epochs
    assert len(epochs) == 5


def test_the_kept_epoch_is_marked_where_validation_is_best(tab):
    choose(tab, "Dice")
    marker = tab.locator("#learned-curves .marker").first
    expect(marker.locator("text")).to_have_count(0)  # it would cover a curve
    expect(tab.locator("#learned-curves .chart-key .marked").first).to_have_text(f"kept: epoch {KEPT}")
    box = marker.locator("line").bounding_box()
    tab.mouse.move(box["x"], box["y"] + 50)
    assert said(tab.locator("#learned-curves .chart-tip").first.inner_text())[0] == KEPT
    expect(tab.locator("#learned-curves figcaption").first).to_contain_text(f"{ROWS[KEPT]['val_volume_dice']:.3f}")
    expect(tab.locator("#learned-reading")).to_contain_text(f"Epoch {KEPT} did best")


def test_a_higher_value_is_drawn_higher(tab):
    choose(tab, "Dice")
    heights = tab.locator("#learned-curves path.line-2").first.evaluate(
        "path => [...path.getAttribute('d').matchAll(/[ML]\\S+ ([\\d.]+)/g)].map((match) => Number(match[1]))"
    )
    assert len(heights) == len(ROWS)
    by_height = sorted(ROWS, key=lambda epoch: -heights[epoch - 1])
    values = [ROWS[epoch]["val_volume_dice"] for epoch in by_height]
    assert values == pytest.approx(sorted(values), abs=1e-3)  # a pixel's tenth


def test_the_address_keeps_the_choice(browser, app_url, tab):
    choose(tab, "Loss")
    expect(tab).to_have_url(re.compile("curves=Loss"))
    again = open_tab(browser, app_url, "&curves=Loss")
    expect(again.get_by_role("radio", name="Loss")).to_be_checked()
    epoch, training, _ = said(hover(again, "#learned-curves", 0.5))
    assert training == f"{ROWS[epoch]['loss']:.3f}"
    again.close()


def test_settings_split_and_licence_are_the_contracts(tab):
    run = tab.locator("#learned-run")
    expect(run).to_contain_text(CONTRACT.data.citation)
    for name, split in (("training", "train"), ("validation", "validation"), ("test", "test")):
        counts = getattr(CONTRACT.data.splits, split)
        cells = [f"{number:,}" for number in (counts.subjects, counts.with_organ, counts.without_organ)]
        expect(run.get_by_role("row", name=f"{name} {' '.join(cells)}")).to_be_visible()
    run.get_by_text("Every setting").click()
    for name, knob in Settings.model_fields.items():
        values = [getattr(about.settings, name) for about in (CONTRACT, OVERFITTING.about)]
        both = " ".join(", ".join(map(str, value)) if isinstance(value, tuple) else str(value) for value in values)
        row = run.get_by_role("row", name=f"{name} {knob.description} {both}", exact=True)
        expect(row).to_be_visible()


def test_the_numbers_can_be_read_without_the_chart(tab):
    run = tab.locator("#learned-run")
    run.get_by_text("The numbers of every epoch").click()
    row = ROWS[KEPT]
    numbers = [f"{row[name]:.3f}" for name in ("dice", "val_volume_dice", "loss", "val_loss")]
    expect(run.get_by_role("row", name=f"{KEPT} {' '.join(numbers)}", exact=True)).to_be_visible()


def test_the_bundled_run_that_overfits_does(tab):
    choose(tab, "Dice")
    history = OVERFITTING.history
    figure = tab.locator("#learned-curves figure").nth(1)
    expect(figure).to_contain_text(f"A run that overfits: {len(history)} epochs")
    expect(figure).to_contain_text(f"{history[-1].dice:.3f}")
    best, last = kept(history), history[-1]
    assert last.dice > best.dice
    assert last.val_volume_dice < best.val_volume_dice
    assert last.dice - last.val_volume_dice > 0.25  # in the article 0.97 and 0.70


def test_nothing_is_cut_off_on_a_telephone(browser, app_url):
    page = open_tab(browser, app_url, width=360)
    page.locator("#learned-run").get_by_text("The numbers of every epoch").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert said(hover(page, "#learned-curves", 0.5))[0] in ROWS
    page.close()


def test_a_model_without_a_second_run_has_one_chart(browser, tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "bundle")
    remove_overfitting(folder)
    with running_app(os.environ | {"MODEL_REPO": str(folder)}) as url:
        page = open_tab(browser, url)
        expect(page.locator("#learned-curves figure")).to_have_count(1)
        expect(page.get_by_text("run that overfits")).to_have_count(0)
        page.close()


def test_a_run_that_overfits_stands_beside_the_model(browser, tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "bundle")
    add_overfitting(folder)
    with running_app(os.environ | {"MODEL_REPO": str(folder)}) as url:
        page = open_tab(browser, url)
        second = page.locator("#learned-curves figure").nth(1)
        expect(second).to_contain_text("A run that overfits: 3 epochs")
        expect(second).to_contain_text("from 6 subjects, without changing")
        expect(second.locator(".chart-key .marked")).to_have_text("kept: epoch 2")
        for share, row in ((0.36, HISTORY[0]), (0.67, HISTORY[1]), (1, HISTORY[2])):
            found = said(hover(page, "#learned-curves figure >> nth=1", share))
            assert found == (int(row[0]), f"{row[2]:.3f}", f"{row[5]:.3f}")
        boxes = [page.locator("#learned-curves svg").nth(place).bounding_box() for place in (0, 1)]
        assert boxes[0]["y"] == pytest.approx(boxes[1]["y"], abs=1)
        page.locator("#learned-run").get_by_text("Every setting").click()
        own = CONTRACT.settings.epochs
        expect(page.get_by_role("row", name=re.compile(rf"^epochs .* {own} 3$"))).to_be_visible()
        page.close()
