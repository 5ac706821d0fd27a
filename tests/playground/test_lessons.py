"""The lessons' texts promise only what five seeds show, and the curves that say so are the engine's."""

import pytest

from tests.playground.node import run
from tests.playground.table import SEEDS, measured, table
from tests.serving import ROOT

DEFAULTS = measured()["{}"]


def at(step):
    """Training and validation Dice of the defaults at a step, of every seed."""
    return [next(point[1:] for point in DEFAULTS[seed] if point[0] == step) for seed in SEEDS]


def test_the_document_has_the_table():
    assert table() in (ROOT / "docs/playground.md").read_text("utf-8")


def test_the_curves_are_what_the_engine_does():
    curve = run("train.mjs", "16", {})
    for point, (step, dice, validation) in zip(curve, DEFAULTS["1"], strict=False):
        assert point["step"] == step
        assert point["validationDice"] == pytest.approx(validation, abs=5e-5)
        assert dice is None or point["dice"] == pytest.approx(dice, abs=5e-5)


def test_what_the_lesson_on_epochs_says_holds_for_every_seed():
    assert all(validation > 2 * training for training, validation in at(16))
    assert all(0.445 < validation < 0.705 for _, validation in at(48))  # 'between 0.45 and 0.70'
    assert all(0.765 < validation < 0.825 for _, validation in at(144))  # 'between 0.77 and 0.82'
    assert sorted(round(validation, 2) for _, validation in at(240))[:2] == [
        0.69,
        0.81,
    ]  # 'one seed of five is at 0.69'
