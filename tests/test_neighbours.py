"""Neighbouring slices, against places found by hand."""

import numpy as np

from space.model.settings import Settings
from trainer.neighbours import masks_asked_for, neighbours
from trainer.presets import PRESETS


def test_neighbours_are_the_slices_of_those_numbers():
    places = neighbours(np.array(["ann"] * 5), np.arange(10, 15), 2)
    assert places.tolist() == [[0, 2], [0, 3], [0, 4], [1, 4], [2, 4]]


def test_where_slices_are_further_apart_the_nearest_serves():
    places = neighbours(np.array(["ann"] * 4), np.array([1, 2, 5, 8]), 2)
    assert places.tolist() == [[0, 1], [0, 2], [1, 3], [2, 3]]


def test_no_slice_has_a_neighbour_in_another_subject():
    subjects, numbers = np.array(["ann", "bob", "ann", "bob"]), np.array([1, 2, 2, 3])
    assert neighbours(subjects, numbers, 1).tolist() == [[0, 2], [1, 3], [0, 2], [1, 3]]


def test_every_subject_of_a_mixed_list_keeps_to_itself():
    rng = np.random.default_rng(0)
    subjects, heights = rng.choice(["ann", "bob", "eve", "zoe"], 60), rng.permutation(60)
    for place, found in enumerate(neighbours(subjects, heights, 3)):
        own = np.flatnonzero(subjects == subjects[place])
        for at, wanted in zip(found, (heights[place] - 3, heights[place] + 3), strict=True):
            assert at in own
            assert abs(heights[at] - wanted) == np.abs(heights[own] - wanted).min()


def test_the_articles_networks_are_asked_for_their_own_mask_alone():
    assert masks_asked_for(Settings()) == 3
    assert masks_asked_for(PRESETS["article"]) == masks_asked_for(PRESETS["notebook"]) == 1
