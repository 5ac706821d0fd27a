"""The tab 'Training', without a browser: its curves and its words."""

import dataclasses
import math
from html import escape

import gradio as gr
import pytest

from space.model.bundle import BUNDLED, Bundle, Run, open_bundle
from space.report.html import ticks
from space.report.run_settings import in_words
from space.report.training_text import caption, data_and_split, numbers, reading, settings
from space.ui.learned import build_learned, curves
from tests.bundles import ABOUT, HISTORY
from trainer.presets import PRESETS

BUNDLE = open_bundle(BUNDLED, "here")
OWN = Run(BUNDLE.history, BUNDLE.contract)
OTHER = Run([dict(zip(BUNDLE.history[0], row, strict=True)) for row in HISTORY], ABOUT)
EVIL = "<script>alert(1)</script>"


def page_of(bundle: Bundle) -> str:
    """Return all that the tab holds."""
    with gr.Blocks() as demo:
        build_learned(bundle)
    return str(demo.get_config_file()["components"])


def test_the_curves_are_the_columns_of_the_history():
    dice, loss = curves([OWN])["views"]
    for view, columns in ((dice, ("dice", "val_volume_dice")), (loss, ("loss", "val_loss"))):
        for series, column in zip(view["plots"][0]["series"], columns, strict=True):
            assert series["points"] == [[row["epoch"], row[column]] for row in BUNDLE.history]


def test_the_kept_epoch_is_marked_where_validation_is_best():
    for run, best in ((OWN, BUNDLE.contract["training"]["kept_epoch"]), (OTHER, 2)):
        for view in curves([run])["views"]:
            assert view["plots"][0]["mark"]["x"] == best


def test_a_run_that_overfits_stands_beside_it_in_every_view():
    views = curves([OWN, OTHER])["views"]
    assert [len(view["plots"]) for view in views] == [2, 2]
    assert views[0]["plots"][1]["title"] == "A run that overfits: 3 epochs"
    assert [len(view["plots"]) for view in curves([OWN])["views"]] == [1, 1]


def test_what_is_undefined_leaves_a_hole_in_the_curve():
    history = [row | {"val_loss": math.nan, "loss": math.inf} for row in OTHER.history]
    for series in curves([Run(history, ABOUT)])["views"][1]["plots"][0]["series"]:
        assert [y for _, y in series["points"]] == [None] * 3


def test_the_caption_says_how_the_overfitting_run_went():
    said = caption(OTHER, overfits=True)
    assert "from 6 subjects, without changing" in said
    assert "best at epoch 2: 0.630, with a training Dice of 0.800" in said
    assert "At the end training Dice is 0.970, validation Dice 0.520." in said
    augmented = Run(OTHER.history, ABOUT | {"settings": ABOUT["settings"] | {"rotate": 5.0, "subjects": 0}})
    assert "from 56 subjects, with changing" in caption(augmented, overfits=True)


@pytest.mark.parametrize("about", [{}, {"settings": 3}, {"settings": {}}, {"settings": {"subjects": "many"}}])
def test_a_run_that_overfits_with_odd_entries_still_has_its_curves(about):
    odd = Run(OTHER.history, about)
    assert "best at epoch 2" in caption(odd, overfits=True)
    page = page_of(dataclasses.replace(BUNDLE, overfitting=odd))
    assert "A run that overfits: 3 epochs" in page
    assert "does not hold what belongs here" in page


def test_the_reading_fits_the_run():
    assert "windows of 256 pixels that are turned" in reading([OWN])
    assert "running average of the weights" in reading([OWN])
    assert "run that overfits" not in reading([OWN])
    assert "turned" not in reading([OTHER])
    assert "running average" not in reading([OTHER])
    assert "plain to see in the run that overfits" in reading([OWN, OTHER])


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_told_in_words(preset):
    entries = PRESETS[preset].model_dump()
    said = in_words(ABOUT | {"settings": entries, "preset": preset})
    assert said["Preset of the trainer"] == preset
    assert str(entries["epochs"]) in said["Epochs"]
    assert all(said.values())


@pytest.mark.parametrize(("setting", "said"), [({"neighbours": 5}, "those 5 slices below"), ({}, "the slice's own")])
def test_the_masks_that_training_asked_for_are_named(setting, said):
    settings = {name: value for name, value in ABOUT["settings"].items() if name != "neighbours"}
    assert said in in_words(ABOUT | {"settings": settings | setting})["Masks to learn from"]


def test_every_setting_stands_in_the_table_for_both_runs():
    text = settings([OWN, OTHER])
    for name, value in ABOUT["settings"].items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        assert f"<tr><th>{name}</th>" in text
        assert f"<td>{shown}</td></tr>" in text


def test_the_split_and_the_licence_are_the_contracts():
    text = data_and_split(BUNDLE.contract)
    assert escape(BUNDLE.contract["data"]["citation"]) in text
    for split in BUNDLE.contract["data"]["splits"].values():
        assert f">{split['subjects']}</td>" in text
        assert f">{split['with_organ']:,}</td>" in text


def test_the_numbers_of_every_epoch_are_there():
    text = numbers(BUNDLE.history)
    for row in BUNDLE.history:
        assert f"{row['val_volume_dice']:.3f}" in text
    assert text.count("<tr>") == len(BUNDLE.history) + 1


def test_what_comes_from_outside_is_text_and_never_html():
    contract = BUNDLE.contract | {
        "preset": EVIL,
        "target": EVIL,
        "settings": BUNDLE.contract["settings"] | {"loss": EVIL, EVIL: EVIL},
        "data": BUNDLE.contract["data"] | {"citation": EVIL},
    }
    page = page_of(dataclasses.replace(BUNDLE, contract=contract))
    assert escape(EVIL) in page
    assert EVIL not in page


@pytest.mark.parametrize("entry", ["settings", "data", "training", "preset"])
def test_a_missing_entry_costs_a_sentence_and_not_the_page(entry):
    contract = {name: value for name, value in BUNDLE.contract.items() if name != entry}
    page = page_of(dataclasses.replace(BUNDLE, contract=contract))
    assert "does not hold what belongs here" in page
    assert "How to read the curves" in page


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (22, [0, 5, 10, 15, 20, 25]),
        (1.46, [0, 0.5, 1, 1.5]),
        (0.3, [0, 0.1, 0.2, 0.3]),
        (100, [0, 20, 40, 60, 80, 100]),
    ],
)
def test_axes_have_round_steps(top, expected):
    assert ticks(top, 5 if top > 5 else 4) == expected
