"""The charts of the tab 'Results', against `metrics.json`."""

import dataclasses

import numpy as np
import pytest

from space.metrics import reliability
from space.report.results_charts import over_probability, over_strength, over_threshold
from tests.bundles import BUNDLE, with_settings

METRICS = BUNDLE.metrics


def test_the_curves_over_the_threshold_count_every_pixel_of_the_split():
    views = over_threshold(BUNDLE)["views"]
    for view, name in zip(views, ("test", "validation"), strict=True):
        split = METRICS.splits[name]
        recall, precision, dice = (series["points"] for series in view["plots"][0]["series"])
        for level in (0, 77, 128, 255):
            tp, fp, fn = split.table[level]
            assert dice[level] == pytest.approx([level / 255, 2 * tp / (2 * tp + fp + fn)])
            # undefined where the network is that sure of no pixel
            assert precision[level][1] == (pytest.approx(tp / (tp + fp)) if tp + fp else None)
            assert recall[level][1] == pytest.approx(tp / (tp + fn))
        assert dice[128][1] == pytest.approx(split.pooled.dice)


def test_the_reliability_of_each_split_is_a_chart():
    views = {view["name"]: view["plots"][0] for view in over_probability(BUNDLE)["views"]}
    for name, split in METRICS.splits.items():
        table = np.array(split.table)
        plot = views[name.capitalize()]
        assert [tuple(point) for point in plot["series"][1]["points"]] == reliability(table)
        assert plot["title"] == f"{name.capitalize()} subjects"


@pytest.mark.parametrize(("calibration", "said"), [("platt", True), ("curve", True), ("none", False)])
def test_the_curve_of_slices_that_the_scaling_was_fitted_on_says_so(calibration, said):
    views = over_probability(with_settings(calibration=calibration))["views"]
    captions = {view["name"]: view["plots"][0]["caption"] for view in views}
    assert ("fitted on" in captions["Validation"]) == said
    assert "fitted on" not in captions["Test"]


def test_each_change_of_the_slices_has_its_measured_curve():
    found = over_strength(BUNDLE)
    assert f"{METRICS.robustness.subjects} validation subjects" in found["measured"]
    assert [change["name"] for change in found["changes"]] == [change.name for change in METRICS.robustness.changes]
    for shown, measured in zip(found["changes"], METRICS.robustness.changes, strict=True):
        assert dict(shown["curve"]) == dict(zip(measured.strengths, measured.dice, strict=True))
        assert (shown["trained"], shown["unit"]) == (measured.trained, measured.unit)
        assert (shown["x"]["from"], shown["x"]["to"]) == (shown["stops"][0], shown["stops"][-1])
        assert measured.unit in shown["x"]["label"]


def test_a_change_that_was_measured_otherwise_has_no_curve():
    changes = [change.model_copy(update={"trained": 2.0}) for change in METRICS.robustness.changes[:3]]
    other = METRICS.robustness.model_copy(update={"changes": tuple(changes)})
    bundle = dataclasses.replace(BUNDLE, metrics=METRICS.model_copy(update={"robustness": other}))
    found = over_strength(bundle)["changes"]
    assert len(found) == len(METRICS.robustness.changes)
    assert all(change["curve"] == [] for change in found)
