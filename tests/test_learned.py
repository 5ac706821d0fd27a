"""The tab 'Training', without a browser: what it shows of a bundle."""

import dataclasses
from html import escape

import gradio as gr
import pytest

from space.model.bundle import Bundle
from space.ui.learned import build_learned
from tests.bundles import BUNDLE, EVIL, OTHER, with_contract, with_metrics

HEADINGS = {"ablation": "What each ingredient is worth", "recipes": "Other recipes on the same slices"}


def page_of(bundle: Bundle) -> str:
    """Return all that the tab holds."""
    with gr.Blocks() as demo:
        build_learned(bundle)
    return str(demo.get_config_file()["components"])


@pytest.mark.parametrize("entry", HEADINGS)
def test_a_bundle_shows_the_tables_that_it_has(entry):
    none = {"ablation": (), "recipes": ()}
    assert not [heading for heading in HEADINGS.values() if heading in page_of(with_metrics(**none))]
    one = page_of(with_metrics(**none | {entry: getattr(BUNDLE.metrics, entry)}))
    assert [name for name, heading in HEADINGS.items() if heading in one] == [entry]


def test_a_bundle_without_a_run_that_overfits_shows_its_own():
    assert "A run that overfits" not in page_of(dataclasses.replace(BUNDLE, overfitting=None))
    assert "A run that overfits: 3 epochs" in page_of(dataclasses.replace(BUNDLE, overfitting=OTHER))


def test_what_comes_from_outside_is_text_and_never_html():
    bundle = with_contract(
        preset=EVIL,
        start=EVIL,
        target=EVIL,
        settings=BUNDLE.contract.settings.but(activation=EVIL),
        data=BUNDLE.contract.data.model_copy(update={"citation": EVIL, "licence": EVIL}),
        training=BUNDLE.contract.training.model_copy(update={"device": f"{EVIL}, {EVIL}"}),
    )
    page = page_of(bundle)
    assert page.count(escape(EVIL)) > 7
    assert EVIL not in page
