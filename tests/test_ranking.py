"""Best, median and worst of some scores, against NumPy's."""

import numpy as np
import pytest

from space.report.ranking import best_median_worst


@pytest.mark.parametrize("count", [3, 4, 5, 6, 21])
def test_the_three_are_the_highest_the_middle_and_the_lowest_score(count):
    dice = np.random.default_rng(count).permutation(count) / count
    places = best_median_worst(list(dice))
    assert list(places) == ["best", "median", "worst"]
    assert dice[places["best"]] == dice.max()
    assert dice[places["worst"]] == dice.min()
    assert dice[places["median"]] == np.quantile(dice, 0.5, method="higher")


@pytest.mark.parametrize(("dice", "places"), [([], {}), ([0.5], {"best": 0}), ([0.4, 0.5], {"best": 1, "worst": 0})])
def test_fewer_scores_are_fewer_places(dice, places):
    assert best_median_worst(dice) == places
