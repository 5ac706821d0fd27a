"""The lowest slices in words, from slices whose counts are known."""

from typing import Any

from space.model.figures import Slice, SplitFigures
from space.report.lowest_slices import lowest
from tests.bundles import BUNDLE

TEST = BUNDLE.metrics.test


def counted(subject: str, number: int, tp: int, fp: int, fn: int) -> Slice:
    scores: dict[str, Any] = {"dice": 2 * tp / (2 * tp + fp + fn), "iou": None, "precision": None, "recall": None}
    return Slice(subject=subject, slice=number, tp=tp, fp=fp, fn=fn, **scores)


def split_of(*slices: Slice) -> SplitFigures:
    return TEST.model_copy(update={"per_slice": slices, "subjects": 3})


def test_they_are_the_ten_with_the_organ_and_the_lowest_dice():
    with_organ = [row for row in TEST.per_slice if row.tp + row.fn]
    ranked = sorted(with_organ, key=lambda row: 2 * row.tp / (2 * row.tp + row.fp + row.fn))[:10]
    lines = lowest(TEST, "test", "pancreas").lines
    assert [line.partition(":")[0] for line in lines] == [f"Subject {row.subject}, slice {row.slice}" for row in ranked]


def test_what_was_found_on_them_is_told_by_kind():
    missed, elsewhere, partly = counted("b", 1, 0, 0, 917), counted("a", 2, 0, 40, 10), counted("a", 3, 1, 30, 20)
    nothing_there = counted("c", 4, 0, 7, 0)
    found = lowest(split_of(partly, nothing_there, missed, elsewhere), "test", "liver")
    assert found.summary == (
        "The 3 test slices with the lowest Dice, of those that show the liver, come from 2 of 3 subjects. On 1 nothing "
        "is marked; on 1 only something other than the liver is marked; on 1 a part of the marking is right. On them "
        "10 to 917 pixels are traced; the median of all that show the liver is 21."
    )
    assert found.lines == [
        "Subject b, slice 1: Dice 0.000, 917 pixels traced, none marked",
        "Subject a, slice 2: Dice 0.000, 10 pixels traced, 40 marked, 0 of them right",
        "Subject a, slice 3: Dice 0.038, 21 pixels traced, 31 marked, 1 of them right",
    ]


def test_what_did_not_happen_is_not_told():
    said = lowest(split_of(counted("a", 3, 1, 30, 20)), "test", "liver").summary
    assert "nothing is marked" not in said
    assert "something other" not in said


def test_a_split_without_the_organ_has_none():
    assert lowest(split_of(counted("c", 4, 0, 7, 0)), "test", "liver") == ("No test slice shows the liver.", [])
