"""What is known of runs, from the files of runs whose numbers are known."""

from __future__ import annotations

import pytest

from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle
from space.model.figures import Figures, Headline
from tests.figures import epoch, robustness, split_figures, write_run
from trainer.compare import compare, minutes_to
from trainer.presets import PRESETS

VALIDATION = (0.2, 0.71, 0.69, 0.75)
FIGURES = Figures(validation=split_figures(0.75), test=split_figures(0.7))


def test_a_run_has_its_cost_and_its_scores(tmp_path):
    notebook = PRESETS["notebook"]
    (row,) = compare([write_run(tmp_path / "mine", "notebook", notebook, VALIDATION, FIGURES)])
    assert (row.run, row.preset, row.settings.model_dump()) == ("mine", "notebook", notebook.model_dump())
    assert (row.parameters, row.epochs, row.minutes, row.images_per_second) == (193_409, 4, 4, 30)
    assert row.minutes_to_useful == 2
    assert row.validation == Headline(mean_volume_dice=0.75, pooled_dice=0.74, mean_slice_dice=0.65)
    assert row.test is not None
    assert row.test.mean_volume_dice == 0.7
    assert row.changed is None


def test_a_run_that_was_not_tried_on_test_has_no_test_figures(tmp_path):
    run = write_run(tmp_path / "run", "tiny", PRESETS["tiny"], VALIDATION, FIGURES.model_copy(update={"test": None}))
    assert compare([run])[0].test is None


def test_dice_on_changed_slices_is_the_mean_over_all_changes(tmp_path):
    changed = robustness((0, (0, 1, 2), (0.9, 0.6, 0.3)), (0, (-1, 0, 1), (0.6, 0.9, None)))
    figures = FIGURES.model_copy(update={"robustness": changed})
    run = write_run(tmp_path / "run", "tiny", PRESETS["tiny"], VALIDATION, figures)
    assert compare([run])[0].changed == pytest.approx(0.5)


def test_a_bundle_stands_for_its_own_run_and_those_beside_it():
    bundle = open_bundle(BUNDLED, "")
    own, *beside = compare([BUNDLED])
    assert own.run == bundle.contract.title
    assert own.validation.mean_volume_dice == bundle.metrics.validation.mean_volume_dice
    assert tuple(beside) == bundle.metrics.recipes[1:]


@pytest.mark.parametrize(("dice", "minutes"), [(0.1, 1), (0.7, 2), (0.72, 4), (0.9, None)])
def test_the_time_to_a_dice_is_that_of_the_first_epoch_that_reached_it(dice, minutes):
    assert minutes_to(dice, [epoch(number, value) for number, value in enumerate(VALIDATION, 1)]) == minutes


def test_a_run_without_figures_is_refused_with_the_command(tmp_path):
    run = write_run(tmp_path / "run", "tiny", PRESETS["tiny"], VALIDATION, Figures(test=split_figures(0.7)))
    with pytest.raises(UserError, match=f"trainer evaluate {run} DATA --split validation"):
        compare([run])
