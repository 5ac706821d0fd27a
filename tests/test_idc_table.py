"""What goes into the pinned table from the index of the Imaging Data Commons, and what stops its making."""

from __future__ import annotations

import hashlib

import pytest

from space.errors import UserError
from space.real.table import the_table
from trainer.idc_table import OFFERED, case_of, source_of, splits_of

CT = {
    "Modality": "CT",
    "StudyInstanceUID": "1.2.3",
    "SeriesInstanceUID": "1.2.3.4",
    "analysis_result_id": None,
    "aws_bucket": "idc-open-data",
    "license_short_name": "CC BY 3.0",
    "crdc_series_uuid": "ceb10f86-5ed4-4187-a613-b9c24dcf5024",
    "instanceCount": 240,
    "series_size_MB": 126.12169,
}
SEG = CT | {
    "Modality": "SEG",
    "SeriesInstanceUID": "1.2.3.5",
    "analysis_result_id": "pancreas_ct_seg",
    "license_short_name": "CC BY 4.0",
    "crdc_series_uuid": "823b9a8e-6892-452f-85f1-b2220910f007",
    "instanceCount": 1,
    "series_size_MB": 2.366784,
}


def test_a_case_is_its_two_series_with_their_sizes_in_bytes():
    case = case_of("PANCREAS_0001", [SEG, CT])
    assert (case.ct.objects, case.ct.bytes, case.ct.folder) == (240, 126121690, CT["crdc_series_uuid"])
    assert (case.seg.objects, case.seg.bytes, case.seg.uid) == (1, 2366784, "1.2.3.5")


@pytest.mark.parametrize(
    "rows",
    [
        [CT],
        [CT, SEG, SEG],
        [CT, SEG | {"StudyInstanceUID": "9"}],
        [CT, SEG | {"license_short_name": "CC BY-NC 4.0"}],
        [CT | {"aws_bucket": "idc-open-data-cr"}, SEG],
        [CT, SEG | {"analysis_result_id": "by_a_machine"}],
    ],
)
def test_what_is_no_openly_licensed_pair_stops_it(rows):
    with pytest.raises(UserError, match="PANCREAS_0001"):
        case_of("PANCREAS_0001", rows)


def test_a_citation_is_plain_text():
    row = {
        "license": {"license_short_name": "CC BY 4.0"},
        "source_doi": "10.5281/zenodo.12130275",
        "citation": "Ciausu, C., &amp; Fedorov, A. (2024). <i>Manual\nsegmentations</i> [Data set].",
    }
    assert source_of(row).citation == "Ciausu, C., & Fedorov, A. (2024). Manual segmentations [Data set]."


def test_the_splits_are_those_of_a_prepared_data_set(tmp_path):
    text = "subject,slice,split,mask_pixels\n0001,1,train,5\n0001,2,train,0\n0070,1,validation,3\n0078,1,test,3\n"
    (tmp_path / "slices.csv").write_text(text)
    splits = splits_of(tmp_path / "slices.csv")
    assert splits.slices_csv == hashlib.sha256(text.encode()).hexdigest()
    assert (splits.train, splits.validation, splits.test) == (
        ("PANCREAS_0001",),
        ("PANCREAS_0070",),
        ("PANCREAS_0078",),
    )


def test_the_table_in_the_repo_holds_the_cases_that_its_maker_offers():
    offered = {f"PANCREAS_{number:04d}" for numbers in OFFERED.values() for number in numbers}
    assert {case.patient for case in the_table().cases} == offered
