"""The pinned table: sound, cited, and honest about what a model knows of each case."""

from __future__ import annotations

import json
import re

import pytest

from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle
from space.model.schema import read_record
from space.real.choices import KNOWN, choices
from space.real.table import TABLE, Table, split_of, the_table

CONTRACT = open_bundle(BUNDLED, "").contract
FIGURES = open_bundle(BUNDLED, "").metrics


def number(patient):
    return patient.removeprefix("PANCREAS_")


def test_all_of_the_test_split_some_of_the_others_and_some_of_none_can_be_chosen():
    found = [split_of(case.patient, CONTRACT, the_table()) for case in the_table().cases]
    assert found.count("test") == FIGURES.test.subjects == 5
    assert min(found.count(split) for split in ("validation", "train", "")) >= 3
    assert 10 <= len(found) <= 20


def test_the_splits_of_the_table_are_those_that_the_bundle_was_measured_on():
    [splits] = the_table().splits
    for split in ("validation", "test"):
        measured = {row.subject for row in getattr(FIGURES, split).per_subject}
        assert {number(patient) for patient in getattr(splits, split)} == measured
    counts = CONTRACT.data.splits
    assert len(splits.train) == counts.train.subjects
    assert not set(splits.train) & {*splits.validation, *splits.test}


def test_no_case_is_the_scan_of_another_one_in_the_data():
    # 0070 is the scan of 0002 and 0025, traced anew
    assert not {"0002", "0025", "0070"} & {number(case.patient) for case in the_table().cases}


def test_every_case_is_a_ct_of_single_slices_of_512_x_512_and_one_mask():
    cases = the_table().cases
    for case in cases:
        assert case.seg.objects == 1
        assert 2 * 512 * 512 < case.ct.bytes / case.ct.objects < 2 * 512 * 512 + 4096
    folders = [series.folder for case in cases for series in (case.ct, case.seg)]
    assert len(set(folders)) == len(folders) == 2 * len({case.patient for case in cases})


def changed(**entries):
    return CONTRACT.model_copy(update=entries)


@pytest.mark.parametrize(
    "other",
    [
        changed(start="somebody/else"),
        changed(settings=CONTRACT.settings.model_copy(update={"subjects": 8})),
        changed(data=CONTRACT.data.model_copy(update={"sha256": {"slices.csv": "0" * 64}})),
        changed(data=CONTRACT.data.model_copy(update={"sha256": {}})),
    ],
)
def test_of_another_model_nothing_is_claimed(other):
    assert {split_of(case.patient, other, the_table()) for case in the_table().cases} == {None}
    assert {case["known"] for case in choices(the_table(), other)["cases"]} == {KNOWN[None]}


def test_the_page_says_what_the_model_knows_how_much_there_is_to_fetch_and_whose_it_is():
    said = choices(the_table(), CONTRACT)
    [case] = [case for case in said["cases"] if case["patient"] == "PANCREAS_0080"]
    assert case["name"] == "Patient 80"
    assert "test set" in case["known"]
    assert case["few"] == {"slices": 12, "megabytes": 9}
    assert case["whole"] == {"slices": 181, "megabytes": 98}
    assert [(credit["what"], credit["licence"]) for credit in said["credits"]] == [
        ("CT", "CC BY 3.0"),
        ("Mask", "CC BY 4.0"),
    ]
    assert all(re.fullmatch(r"https://doi\.org/10\.\d+/\S+", credit["url"]) for credit in said["credits"])
    assert json.loads(json.dumps(said)) == said


@pytest.mark.parametrize(
    ("entry", "value"), [("folder", "../../etc"), ("objects", 0), ("uid", "1.2; x"), ("bytes", -1)]
)
def test_a_table_that_cannot_be_is_refused(tmp_path, entry, value):
    table = json.loads(TABLE.read_text("utf-8"))
    table["cases"][0]["ct"][entry] = value
    (tmp_path / "cases.json").write_text(json.dumps(table))
    with pytest.raises(UserError, match=entry):
        read_record(Table, tmp_path / "cases.json")
