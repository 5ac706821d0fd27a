"""The curves of the tab 'Training', against the record of the run."""

import math

import pytest

from space.model.bundle import TrainingRun
from space.report.training_charts import curves, ticks
from tests.bundles import ABOUT, BUNDLE, EPOCHS, OTHER, OWN


def test_the_curves_are_the_columns_of_the_history():
    dice, loss = curves([OWN])["views"]
    for view, columns in ((dice, ("dice", "val_volume_dice")), (loss, ("loss", "val_loss"))):
        for series, column in zip(view["plots"][0]["series"], columns, strict=True):
            assert series["points"] == [[row.epoch, getattr(row, column)] for row in BUNDLE.history]


def test_the_kept_epoch_is_marked_where_validation_is_best():
    for run, best in ((OWN, BUNDLE.contract.training.kept_epoch), (OTHER, 2)):
        for view in curves([run])["views"]:
            assert view["plots"][0]["mark"]["x"] == best


def test_a_run_that_overfits_stands_beside_it_in_every_view():
    views = curves([OWN, OTHER])["views"]
    assert [len(view["plots"]) for view in views] == [2, 2]
    assert views[0]["plots"][1]["title"] == "A run that overfits: 3 epochs"
    assert [len(view["plots"]) for view in curves([OWN])["views"]] == [1, 1]


def test_charts_beside_each_other_have_one_scale_that_holds_all_of_their_values():
    for view in curves([OWN, OTHER])["views"]:
        first, second = (plot["y"] for plot in view["plots"])
        assert first == second
        values = [y for plot in view["plots"] for series in plot["series"] for _, y in series["points"]]
        assert max(values) <= first["to"]


def test_what_is_undefined_leaves_a_hole_in_the_curve():
    history = [row.model_copy(update={"val_loss": math.nan, "loss": math.inf}) for row in EPOCHS]
    for series in curves([TrainingRun(history, ABOUT)])["views"][1]["plots"][0]["series"]:
        assert [y for _, y in series["points"]] == [None] * 3


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
