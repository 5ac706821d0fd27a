"""What the tab 'Results' says: every figure against `metrics.json`."""

import dataclasses

import numpy as np
import pytest

from space.metrics import brier_score
from space.report.results_text import (
    examples_heading,
    figures,
    how_measured,
    leftover,
    limits,
    lowest_html,
    probability_details,
    subjects,
    without_organ,
)
from tests.bundles import BUNDLE, with_contract, with_settings, with_test

METRICS = BUNDLE.metrics
TEST = METRICS.test


def test_each_dice_stands_under_its_own_name_test_first():
    text = figures(BUNDLE)
    for name, cells in (
        ("Mean volume Dice", (TEST.mean_volume_dice, METRICS.validation.mean_volume_dice)),
        ("Pooled Dice", (TEST.pooled.dice, METRICS.validation.pooled.dice)),
        ("Mean slice Dice", (TEST.mean_slice_dice, METRICS.validation.mean_slice_dice)),
        ("Recall", (TEST.pooled.recall, METRICS.validation.pooled.recall)),
    ):
        row = next(row for row in text.split("<tr>") if row.startswith(f"<th scope='row'>{name} "))
        assert "".join(f"<td class='number'>{value:.3f}</td>" for value in cells) in row


def test_figures_that_were_not_measured_with_this_file_say_so():
    assert how_measured(with_contract(measured="").contract) == ""
    other = with_contract(measured="with <others>")
    assert how_measured(other.contract) == "Measured with <others>."
    assert "Measured with &lt;others&gt;." in figures(other)
    assert "Measured" not in figures(with_contract(measured=""))


def test_the_articles_figures_stand_beside_its_own_collection_only():
    assert "The article reports" in figures(BUNDLE)
    other = BUNDLE.contract.data.model_copy(update={"source": "mine"})
    assert "The article reports" not in figures(with_contract(data=other))


def test_every_subject_has_its_numbers_and_a_bar_as_long_as_its_dice():
    text = subjects(METRICS)
    for split in METRICS.splits.values():
        for row in split.per_subject:
            assert row.dice is not None
            line = next(line for line in text.split("<tr>") if line.startswith(f"<th scope='row'>{row.subject}<"))
            assert f"width:{100 * row.dice:.1f}%" in line
            for value in (row.dice, row.precision, row.recall):
                assert f">{value:.3f}<" in line


def test_undefined_scores_are_shown_as_such():
    rows = tuple(row.model_copy(update={"dice": None}) for row in TEST.per_subject)
    bundle = with_test(per_subject=rows, mean_volume_dice=None)
    assert ">n/a<" in subjects(bundle.metrics)
    assert ">n/a<" in figures(bundle)


def test_phantoms_are_called_synthetic_and_real_slices_are_not():
    real = tuple(sample.model_copy(update={"synthetic": False}) for sample in BUNDLE.samples)
    assert "synthetic" in examples_heading(BUNDLE)
    assert "synthetic" not in examples_heading(dataclasses.replace(BUNDLE, samples=real))


def test_what_was_done_for_the_probabilities_is_said_where_it_was_done():
    assert "Platt scaling: two numbers" in probability_details(BUNDLE)
    assert "Platt" not in probability_details(with_settings(calibration="none"))


def test_the_brier_score_of_each_split_is_the_tables():
    for name, split in METRICS.splits.items():
        assert f"{brier_score(np.array(split.table)):.4f} on {name}" in probability_details(BUNDLE)


@pytest.mark.parametrize("split", ["test", "validation"])
def test_what_is_left_is_read_off_the_pixels_at_a_probability(split):
    """Count the pixels between two thresholds by hand: the parts are a tenth of the probabilities wide."""
    table = METRICS.splits[split].table
    said = {}
    for low, high in ((26, 52), (179, 205)):  # levels of 255: above 0.1 to 0.2, and above 0.7 to 0.8
        inside, outside = (table[low][column] - table[high][column] for column in (0, 1))
        said[low] = f"{inside / (inside + outside):.0%} lie inside"
    assert f"at 0.14, {said[26]}" in leftover(METRICS.splits[split])
    assert f"at 0.76, {said[179]}" in leftover(METRICS.splits[split])


def test_a_network_as_sure_as_it_is_right_leaves_nothing_to_say():
    """A pixel at each level and beyond: of those at level l, l of 255 lie inside."""
    table = tuple((sum(range(level, 256)), sum(255 - at for at in range(level, 256)), 0) for level in range(256))
    assert leftover(TEST.model_copy(update={"table": table})) == "It is nowhere off by more than 0.05."


def test_the_slices_without_the_organ_are_counted():
    entry = TEST.without_organ
    said = without_organ(BUNDLE)
    assert f"<b>{entry.slices_with_false_positives} of {entry.slices}</b>" in said
    assert f"{entry.mean_false_positive_pixels:.1f} pixels per slice" in said
    none = entry.model_copy(update={"slices": 0, "mean_false_positive_pixels": None})
    assert "There are none" in without_organ(with_test(without_organ=none))


def test_the_lowest_slices_and_the_limits_are_lists():
    assert lowest_html(BUNDLE).count("<li>") == 10
    assert limits(BUNDLE.contract).count("<li>") == len(BUNDLE.contract.limits)
