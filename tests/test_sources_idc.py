"""Pancreas-CT from a bucket that behaves like the public one: the data set, and a download that was stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from space.errors import UserError
from space.model.schema import read_record
from space.preprocessing import ABDOMEN
from space.real import bucket as module
from space.real.table import Table, the_table
from tests.bucket import LocalBucket, local_bucket
from tests.real import phantom, table_of
from trainer.prepare import prepare
from trainer.sources import idc
from trainer.sources.source import Asked

CASES = [phantom(number, depth=12 + number, traced=(3, 9)) for number in (1, 2, 3)]
OBJECTS = {key: data for case in CASES for key, data in case.objects.items()}


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)


def asked(tmp_path: Path) -> Asked:
    return Asked("pancreas", ABDOMEN, downloads=tmp_path / "downloads")


@contextmanager
def phantoms_in_the_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalBucket]:
    """Put phantoms in the place of the collection."""
    table_of(*CASES).write(tmp_path / "table.json")
    with local_bucket(OBJECTS) as bucket:
        monkeypatch.setattr(idc, "WHOLE_TABLE", tmp_path / "table.json")
        monkeypatch.setattr(idc, "IDC_BUCKET", bucket.url)
        yield bucket


def test_the_collection_becomes_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with phantoms_in_the_bucket(tmp_path, monkeypatch) as bucket:
        data = prepare("idc:pancreas_ct", tmp_path / "out")
        np.testing.assert_array_equal(np.load(tmp_path / "out" / "hu.npy"), np.concatenate([case.hu for case in CASES]))
        masks = np.load(tmp_path / "out" / "masks.npy")
        np.testing.assert_array_equal(masks, np.concatenate([case.mask for case in CASES]))
        assert (data.source, data.splits.train.subjects) == ("Phantoms", 1)
        assert "doi:10.0000/phantom. CC BY 4.0." in data.citation
        before = len(bucket.requests)
        prepare("idc:pancreas_ct", tmp_path / "out")
        assert len(bucket.requests) == before


def test_a_download_that_was_stopped_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = CASES[1].case.ct.folder
    with phantoms_in_the_bucket(tmp_path, monkeypatch) as bucket:
        bucket.fail(f"{second}/", "busy", 1000)
        with pytest.raises(UserError, match="too busy"):
            idc.fetched(asked(tmp_path))
        bucket.faults.clear()
        sent = bucket.bytes_sent
        source = idc.fetched(asked(tmp_path))
        first = sum(len(data) for data in CASES[0].objects.values())
        assert bucket.bytes_sent - sent <= sum(map(len, OBJECTS.values())) - first + 20_000  # and two listings each
    assert [item.subject for item in source.items] == [case.case.patient for case in CASES]


def test_another_collection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="only idc:pancreas_ct is known here, not idc:lung"):
        prepare("idc:lung", tmp_path / "out")


def test_the_table_has_all_patients_and_agrees_with_that_of_the_page() -> None:
    whole = {case.patient: case for case in read_record(Table, idc.WHOLE_TABLE).cases}
    assert len(whole) == 80
    assert all(whole[case.patient] == case for case in the_table().cases)
