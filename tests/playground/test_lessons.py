"""The lessons' texts promise only what five seeds show, and the curves that say so are the engine's."""

import pytest

from tests.playground.node import run
from tests.playground.table import SEEDS, measured, table
from tests.serving import ROOT

CURVES = measured()
DEFAULTS = CURVES["{}"]
FOUR, NO_SKIPS, ENTROPY = '{"subjects":4}', '{"skips":false}', '{"loss":"bce"}'


@pytest.fixture(scope="module")
def answers():
    """The lessons' answers, by name."""
    return run("answers.mjs")


def at(step, settings="{}"):
    """Training and validation Dice at a step, of every seed."""
    return [next(point[1:] for point in CURVES[settings][seed] if point[0] == step) for seed in SEEDS]


def span(values):
    return f"{min(values):.2f} to {max(values):.2f}"


def test_the_document_has_the_table():
    assert table() in (ROOT / "docs/playground.md").read_text("utf-8")


def test_the_curves_are_what_the_engine_does():
    curve = run("train.mjs", "16", {})
    for point, (step, dice, validation) in zip(curve, DEFAULTS["1"], strict=False):
        assert point["step"] == step
        assert point["validationDice"] == pytest.approx(validation, abs=5e-5)
        assert dice is None or point["dice"] == pytest.approx(dice, abs=5e-5)


def test_what_the_lesson_on_epochs_says_holds_for_every_seed(answers):
    assert all(validation > 2 * training for training, validation in at(16))  # 'well above'
    for step in (48, 144):
        assert span([validation for _, validation in at(step)]).replace("to", "and") in answers["epoch"]
    assert "at step 240, one seed of five is at 0.69" in answers["epoch"]
    assert sorted(round(validation, 2) for _, validation in at(240))[:2] == [0.69, 0.81]


def test_what_the_lesson_on_overfitting_says_holds_for_every_seed(answers):
    four, everybody = (list(zip(*at(240, settings), strict=True)) for settings in (FOUR, "{}"))
    assert (
        f"training Dice is {span(four[0])} at step 240, and validation Dice {span(four[1])}," in answers["overfitting"]
    )
    worst, *rest = sorted(everybody[1])
    assert f"training ends at {span(everybody[0])} and validation beside it, at {span(rest)}" in answers["overfitting"]
    before = at(224)[everybody[1].index(worst)][1]
    assert f"a bad point at step 240, {worst:.2f}, after {before:.2f} at step 224" in answers["overfitting"]


def test_what_the_lesson_on_skip_connections_says_holds_for_every_seed(answers):
    without, given = ({step: [t for t, _ in at(step, key)] for step in (64, 240)} for key in (NO_SKIPS, "{}"))
    assert f"{span(without[64])} without them and {span(given[64])} with them at step 64" in answers["skips"]
    assert f"{span(without[240])} and {span(given[240])} at step 240" in answers["skips"]
    assert max(without[64]) < min(given[64])
    assert max(without[240]) < min(given[240])


def test_what_the_lesson_on_losses_says_holds_for_every_seed(answers):
    with_dice, with_entropy, at_the_end = (
        [validation for _, validation in at(step, key)] for step, key in ((96, "{}"), (96, ENTROPY), (240, ENTROPY))
    )
    assert f"validation Dice is {span(with_dice)} with the Dice loss, and 0.00 with cross-entropy" in answers["loss"]
    assert max(with_entropy) < 0.005
    assert "Three of them begin later; two mark nothing in all 240 steps." in answers["loss"]
    curves = [[point[2] for point in curve[1:]] for curve in CURVES[ENTROPY].values()]
    assert sum(max(curve) < 0.005 for curve in curves) == 2
    assert sum(validation > 0.5 for validation in at_the_end) == 3


def test_kernels_of_zeros_stay_so_and_every_pixel_gets_the_same_probability():
    for seed in SEEDS:
        found = run("zeros.mjs", seed)
        assert found["learned"] == ["logit/bias"]
        assert found["lowest"] == found["highest"] != 0.5
