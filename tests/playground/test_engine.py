"""The playground's engine by itself: gradients, schedules, runs."""

import numpy as np
import pytest
from keras.optimizers import schedules

from tests.playground.node import run


def test_every_gradient_is_that_of_finite_differences():
    for name, pairs in run("gradients.mjs").items():
        analytic, numeric = np.array(pairs).T
        assert np.abs(analytic - numeric).max() < 2e-3 * np.abs(numeric).max(), name
        assert np.abs(numeric).max() > 1e-3, f"{name} has no gradient to compare"


def test_schedules_are_those_of_keras():
    ours = run("schedules.mjs", "300")
    theirs = {
        "constant": lambda step: 0.01,
        "halving": schedules.ExponentialDecay(0.01, 80, 0.5, staircase=True),
        "linear": schedules.PolynomialDecay(0.01, 240, end_learning_rate=0.0),
        "cosine": schedules.CosineDecay(0.01, 240),
        "warmup": schedules.CosineDecay(0.0, 216, warmup_target=0.01, warmup_steps=24),
    }
    assert set(ours) == set(theirs)
    for name, schedule in theirs.items():
        assert ours[name] == pytest.approx([float(schedule(step)) for step in range(300)], abs=2e-9), name


def test_a_run_is_the_same_each_time_and_another_with_another_seed():
    few = {"subjects": 1, "noise": 0, "dropout": 0.2, "augment": True}
    first = run("train.mjs", "16", few)
    assert first == run("train.mjs", "16", few)
    assert first != run("train.mjs", "16", few | {"seed": 2})


def test_a_change_of_the_rate_is_felt_from_its_step_on():
    few = {"subjects": 1, "noise": 0}
    plain, changed = (run("train.mjs", "32", few, changes) for changes in ([], [{"step": 16, "rate": 0.001}]))
    assert changed[:2] == plain[:2]
    assert changed[2] != plain[2]
    assert run("train.mjs", "16", few | {"rate": 0.001}) == run("train.mjs", "16", few, [{"step": 0, "rate": 0.001}])


def test_a_run_that_diverges_says_so():
    curve = run(
        "train.mjs",
        "16",
        {"subjects": 1, "norm": "none", "rate": 3e38, "optimizer": "momentum", "loss": "bce", "pools": 1},
    )
    assert curve[-1]["loss"] is None  # JSON has no NaN
