"""The tab 'Results', without a browser: its pictures, and what it shows of a bundle."""

import dataclasses
from html import escape

import gradio as gr
import pytest

from space.answer import Responder
from space.disk import FULL
from space.errors import Lacking
from space.model.bundle import Bundle
from space.ui.results import build_results, ranked_pictures
from tests.bundles import BUNDLE, EVIL, with_contract, with_metrics

RESPONDER = Responder(BUNDLE)


def page_of(bundle: Bundle) -> str:
    """Return all that the tab holds."""
    with gr.Blocks() as demo:
        build_results(Responder(bundle))
    return str(demo.get_config_file()["components"])


def test_the_pictures_are_best_median_and_worst_of_the_samples():
    dice = {}
    for sample in BUNDLE.samples:
        scores = RESPONDER.answer(sample.image, sample.mask, BUNDLE.contract.threshold).scores
        assert scores is not None
        dice[sample.name] = scores.dice
    names = sorted(dice, key=lambda name: -dice[name])
    shown = ranked_pictures(RESPONDER)["pictures"]
    assert [picture["title"] for picture in shown] == ["Best", "Median", "Worst"]
    for picture, name in zip(shown, (names[0], names[2], names[-1]), strict=True):
        assert picture["caption"] == f"{name}, Dice {dice[name]:.3f}"
        assert picture["url"].startswith("data:image/png;base64,")


def test_what_the_computer_lacks_costs_no_picture(monkeypatch):
    def full(*_, **__):
        raise Lacking(FULL)

    monkeypatch.setattr(RESPONDER, "answer", full)
    with pytest.raises(Lacking):
        ranked_pictures(RESPONDER)


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_samples_are_fewer_pictures(count):
    few = Responder(dataclasses.replace(BUNDLE, samples=BUNDLE.samples[:count]))
    assert len(ranked_pictures(few)["pictures"]) == count


def test_a_sample_that_cannot_be_scored_is_a_picture_less(tmp_path):
    (tmp_path / "broken.png").write_text("no picture")
    broken = BUNDLE.samples[0].model_copy(update={"image": tmp_path / "broken.png"})
    without = BUNDLE.samples[0].model_copy(update={"mask": None})
    data = ranked_pictures(Responder(dataclasses.replace(BUNDLE, samples=(broken, without, BUNDLE.samples[1]))))
    assert [picture["title"] for picture in data["pictures"]] == ["Best"]
    none = ranked_pictures(Responder(dataclasses.replace(BUNDLE, samples=(broken, without))))
    assert none["problem"] == "None of the model's examples can be scored."


def test_what_comes_from_outside_is_text_and_never_html():
    test = BUNDLE.metrics.test
    evil = {
        name: tuple(row.model_copy(update={"subject": EVIL}) for row in getattr(test, name))
        for name in ("per_subject", "per_slice")
    }
    contract = with_contract(target=EVIL, limits=(EVIL,), intended_use=EVIL, measured=EVIL).contract
    metrics = with_metrics(test=test.model_copy(update=evil)).metrics
    page = page_of(dataclasses.replace(BUNDLE, contract=contract, metrics=metrics))
    assert page.count(escape(EVIL)) > 10
    assert page.count(EVIL) == page.count(f"'data': {{'target': '{EVIL}'}}") == 1  # accuracy.js writes it as text
