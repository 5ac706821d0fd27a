"""What the schema of `metrics.json` refuses beyond its types, and what it reads off the figures."""

import pytest
from pydantic import ValidationError

from space.model.figures import Change, Robustness
from tests.bundles import BUNDLE

METRICS = BUNDLE.metrics
CHANGE = METRICS.robustness.changes[0].model_dump()


@pytest.mark.parametrize("entries", [{"dice": (0.5,)}, {"strengths": (1.0,), "dice": (0.5,)}, {"strengths": ()}])
def test_a_change_needs_a_dice_for_each_of_its_strengths_and_two_of_them(entries):
    Change(**CHANGE)
    with pytest.raises(ValidationError):
        Change(**CHANGE | entries)


def test_robustness_needs_a_change():
    with pytest.raises(ValidationError):
        Robustness(subjects=1, slices=1, changes=())


def test_the_splits_that_are_shown_are_those_that_were_measured():
    assert METRICS.splits == {"test": METRICS.test, "validation": METRICS.validation}
