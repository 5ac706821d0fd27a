"""A case from the bucket to files: checked, kept, shared between those who wait, and never half."""

from __future__ import annotations

import io
import os
import threading
import time

import numpy as np
import pydicom
import pytest

from space.errors import UserError
from space.preprocessing import ABDOMEN
from space.readers.reading import read_case
from space.real import bucket as bucket_module
from space.real import download, shelf, waiting
from space.real.waiting import Progress, RealCases
from tests.bucket import local_bucket
from tests.real import phantom, table_of
from tests.serving import free_port
from tests.volumes import dicom_bytes

ONE, TWO = phantom(1), phantom(2)
SEG = f"{ONE.case.seg.folder}/"
CT = f"{ONE.case.ct.folder}/"
NAME = ONE.case.patient


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(bucket_module, "PAUSE", 0.01)


@pytest.fixture
def served():
    with local_bucket(ONE.objects | TWO.objects) as served:
        yield served


def cases_of(served, tmp_path, *phantoms, **settings):
    table = table_of(*(phantoms or (ONE, TWO)))
    return RealCases(table, address=getattr(served, "url", served), root=tmp_path / "kept", **settings)


@pytest.fixture
def cases(served, tmp_path):
    return cases_of(served, tmp_path)


def wait(cases, name=NAME, who="me", *, whole=False):
    """Ask until the case is there; return all that was said."""
    said = []
    while True:
        said.append(cases.fetch(name, who, whole=whole))
        if said[-1].ready:
            return said
        time.sleep(0.01)


def refusal(cases, name=NAME, *, whole=False):
    with pytest.raises(UserError) as refused:
        wait(cases, name, whole=whole)
    return str(refused.value)


def until(true):
    while not true():
        time.sleep(0.01)


def rows(tmp_path):
    return sorted(path.name for path in (tmp_path / "kept").rglob("*") if path.is_file())


def test_a_few_slices_are_a_regular_stack_over_what_is_traced_with_its_mask(cases, served, tmp_path):
    last = wait(cases)[-1]
    slices, mask = cases.files(NAME, whole=False)
    case = read_case(slices, ABDOMEN)
    assert np.array_equal(case.hu, ONE.hu[9:33:2])
    assert case.spacing == (10.0, 3.5, 4.0)
    assert not any("evenly" in note for note in case.notes)
    seg = pydicom.dcmread(mask)
    assert seg.Modality == "SEG"
    assert np.array_equal(seg.pixel_array.astype(bool), ONE.mask[9:32])
    assert last.done == last.of
    assert abs(last.of - sum(path.stat().st_size for path in (*slices, mask))) < 0.01 * last.of
    assert served.asked(rf"^/{CT}\S+ bytes=0-") == 40
    assert served.asked(rf"^/{CT}\S+$") == 12


def test_the_whole_series_is_all_of_it_and_brings_no_headers_first(cases, served):
    wait(cases, whole=True)
    slices, _ = cases.files(NAME, whole=True)
    assert np.array_equal(read_case(slices, ABDOMEN).hu, ONE.hu)
    assert served.asked("bytes=0-") == 0


def test_what_was_fetched_once_is_there_at_once_without_a_network(cases, served, tmp_path):
    wait(cases)
    count = len(served.requests)
    assert cases.fetch(NAME, "you", whole=False).ready
    assert len(served.requests) == count
    offline = cases_of(f"http://127.0.0.1:{free_port()}", tmp_path)
    assert offline.fetch(NAME, "me", whole=False).ready
    assert refusal(offline, whole=True) == bucket_module.UNREACHABLE


def test_the_whole_series_takes_over_what_the_few_brought(cases, served):
    wait(cases)
    wait(cases, whole=True)
    assert served.asked(rf"^/{CT}\S+$") == 40
    assert served.asked(rf"^/{SEG}\S+$") == 1


def test_progress_grows_to_the_whole(cases, served):
    served.fail(rf"{CT}\S+dcm", "hang", times=20)
    cases.fetch(NAME, "me", whole=True)
    until(lambda: cases.fetch(NAME, "me", whole=True).done > 0)
    part = cases.fetch(NAME, "me", whole=True)
    assert 0 < part.done < part.of
    assert not part.ready
    served.gate.set()
    last = wait(cases, whole=True)[-1]
    assert last == Progress(last.of, last.of, True)


def test_two_people_share_one_download(cases, served):
    served.fail("list-type", "hang", times=1)
    cases.fetch(NAME, "me", whole=False)
    cases.fetch(NAME, "you", whole=False)
    served.gate.set()
    wait(cases, who="me")
    wait(cases, who="you")
    assert served.asked("list-type") == 2
    assert served.asked(rf"^/{SEG}\S+$") == 1


def test_few_and_whole_of_one_case_at_once_are_both_right(cases):
    cases.fetch(NAME, "me", whole=False)
    cases.fetch(NAME, "you", whole=True)
    wait(cases)
    wait(cases, who="you", whole=True)
    assert np.array_equal(read_case(cases.files(NAME, whole=True)[0], ABDOMEN).hu, ONE.hu)
    assert np.array_equal(read_case(cases.files(NAME, whole=False)[0], ABDOMEN).hu, ONE.hu[9:33:2])


def running(cases, name=NAME, whole=True):
    return cases._running[name, whole]


def test_a_download_stops_when_the_last_who_waits_leaves_and_goes_on_where_it_was(cases, served, tmp_path):
    served.fail(rf"{CT}\S+dcm", "hang", times=8)
    cases.fetch(NAME, "me", whole=True)
    cases.fetch(NAME, "you", whole=True)
    until(lambda: served.asked(rf"^/{CT}\S+$") == 8)
    cases.leave(NAME, "me", whole=True)
    cases.leave(NAME, "me", whole=True)  # once more: it is not the other's
    assert not running(cases).ended
    cases.leave(NAME, "you", whole=True)
    served.gate.set()
    until(lambda: running(cases).ended)
    assert cases.files(NAME, whole=True) is None
    assert not any(row.startswith(".") or row.endswith("json") for row in rows(tmp_path))
    kept = len(rows(tmp_path))
    before = served.asked(rf"^/{CT}\S+$")
    wait(cases, whole=True)
    assert served.asked(rf"^/{CT}\S+$") - before == 41 - kept


def test_a_download_that_nobody_asks_after_any_more_stops(cases, served, monkeypatch):
    monkeypatch.setattr(waiting, "AWAY", 0.2)
    served.fail(CT, "hang")
    cases.fetch(NAME, "me", whole=True)
    abandoned = running(cases)
    until(lambda: abandoned.download._stop.is_set())
    served.gate.set()
    until(lambda: abandoned.ended)
    assert cases.files(NAME, whole=True) is None


def test_only_so_many_are_fetched_at_a_time_and_wait(served, tmp_path, monkeypatch):
    monkeypatch.setattr(waiting, "AT_A_TIME", 1)
    monkeypatch.setattr(waiting, "QUEUE", 1)
    cases = cases_of(served, tmp_path)
    served.fail("list-type", "hang")
    cases.fetch(NAME, "me", whole=True)
    cases.fetch(NAME, "me", whole=False)
    with pytest.raises(UserError) as refused:
        cases.fetch(TWO.case.patient, "me", whole=False)
    assert str(refused.value) == waiting.TOO_MANY
    served.gate.set()
    wait(cases, whole=True)
    wait(cases, whole=False)
    wait(cases, TWO.case.patient)


def test_an_unknown_case_is_refused(cases):
    for ask in (lambda: cases.fetch("PHANTOM_0009", "me", whole=False), lambda: cases.files("../x", whole=False)):
        with pytest.raises(UserError) as refused:
            ask()
        assert str(refused.value) == waiting.UNKNOWN


# whatever is wrong is a sentence, and nothing half is ever used


def test_without_a_network_the_case_is_refused_with_a_sentence_and_can_be_asked_for_again(served, tmp_path):
    cases = cases_of(served, tmp_path)
    served.fail("list-type", "login", times=1)
    assert refusal(cases) == bucket_module.NOT_IT
    wait(cases, who="again")


def test_all_who_wait_hear_why_it_failed(cases, served):
    served.fail("list-type", "hang", times=1)
    served.fail("list-type", "login", times=1)
    cases.fetch(NAME, "me", whole=False)
    cases.fetch(NAME, "you", whole=False)
    served.gate.set()
    until(lambda: running(cases, whole=False).ended)
    for who in ("me", "you"):
        with pytest.raises(UserError) as refused:
            cases.fetch(NAME, who, whole=False)
        assert str(refused.value) == bucket_module.NOT_IT
    wait(cases, who="me")


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("kind", ["wrong", "cut", "busy", "gone"])
def test_an_object_that_cannot_be_had_refuses_the_case(cases, served, tmp_path, kind, whole):
    victim = next(key for key in ONE.objects if key.startswith(CT) and ONE.places[key.removeprefix(CT)] == 15)
    served.fail(rf"{victim}", kind)
    expected = {
        "wrong": bucket_module.DAMAGED,
        "cut": bucket_module.UNREACHABLE,
        "busy": bucket_module.BUSY,
        "gone": bucket_module.MISSING,
    }
    assert refusal(cases, whole=whole) == expected[kind]
    assert cases.files(NAME, whole=whole) is None
    assert not any(row.startswith(".") or row.endswith("json") for row in rows(tmp_path))


@pytest.mark.parametrize("change", ["one less", "one more", "none", "other sizes"])
def test_a_listing_that_differs_from_the_table_refuses_the_case(cases, served, change):
    key = next(key for key in served.objects if key.startswith(CT))
    if change == "one less":
        del served.objects[key]
    if change == "one more":
        served.objects[CT + "more.dcm"] = served.objects[key]
    if change == "none":
        for each in [each for each in served.objects if each.startswith(CT)]:
            del served.objects[each]
    if change == "other sizes":
        served.objects[key] += bytes(10000)
    expected = bucket_module.MISSING if change == "none" else download.INCONSISTENT
    assert refusal(cases, whole=True) == expected


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("what", ["no DICOM", "another series"])
def test_an_object_that_is_no_slice_of_the_series_refuses_the_case(cases, served, tmp_path, what, whole):
    key = next(key for key in served.objects if key.startswith(CT))
    other = next(key for key in TWO.objects if key.startswith(TWO.case.ct.folder))
    served.objects[key] = bytes(len(served.objects[key])) if what == "no DICOM" else TWO.objects[other]
    assert refusal(cases, whole=whole) == bucket_module.DAMAGED
    assert key.removeprefix(CT) not in rows(tmp_path)


def test_a_mask_of_another_series_refuses_the_few(served, tmp_path):
    [key] = [key for key in ONE.objects if key.startswith(SEG)]
    far = pydicom.dcmread(io.BytesIO(phantom(1).objects[key]))  # of other instances, and soon nowhere near
    for frame in far.PerFrameFunctionalGroupsSequence:
        frame.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 9000]
    far.SeriesInstanceUID = ONE.case.seg.uid
    served.objects[key] = dicom_bytes(far)
    assert refusal(cases_of(served, tmp_path)) == download.NOT_TRACED


def test_a_file_that_was_cut_on_the_disk_is_fetched_again(cases, served):
    wait(cases, whole=True)
    slices, _ = cases.files(NAME, whole=True)
    os.truncate(slices[3], 100)
    before = served.asked(rf"^/{CT}\S+$")
    assert cases.files(NAME, whole=True) is None
    wait(cases, who="again", whole=True)
    assert np.array_equal(read_case(cases.files(NAME, whole=True)[0], ABDOMEN).hu, ONE.hu)
    assert served.asked(rf"^/{CT}\S+$") == before + 1


def test_a_full_disk_is_a_sentence(cases, monkeypatch):
    usage = type("Usage", (), {"free": shelf.SPARE + 1000})
    monkeypatch.setattr(shelf.shutil, "disk_usage", lambda _: usage)
    assert refusal(cases) == bucket_module.NO_ROOM


def test_a_folder_that_cannot_be_written_to_is_a_sentence(served, tmp_path):
    (tmp_path / "kept").write_text("a file where a folder is to be")
    assert refusal(cases_of(served, tmp_path)) == bucket_module.NO_FOLDER


def test_the_case_unused_for_the_longest_time_gives_way(served, tmp_path):
    three = phantom(3)
    served.objects.update(three.objects)
    size = ONE.case.size(whole=True)
    cases = cases_of(served, tmp_path, ONE, TWO, three, limit=int(2.5 * size))
    wait(cases, whole=True)
    wait(cases, TWO.case.patient, whole=True)
    os.utime(tmp_path / "kept" / TWO.case.patient / "whole.json", (1, 1))
    assert cases.files(NAME, whole=True)
    wait(cases, three.case.patient, whole=True)
    assert cases.files(NAME, whole=True)
    assert cases.files(TWO.case.patient, whole=True) is None
    assert not list((tmp_path / "kept" / TWO.case.patient).glob("*.dcm"))


def test_what_killed_processes_left_is_swept(cases, tmp_path):
    folder = tmp_path / "kept" / TWO.case.patient
    folder.mkdir(parents=True)
    old, fresh = folder / ".part-old", folder / ".part-fresh"
    old.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(old, (1, 1))
    wait(cases)
    assert not old.exists()
    assert fresh.exists()


def test_what_breaks_is_a_sentence_and_a_trace_for_the_log(cases, monkeypatch, caplog):
    monkeypatch.setattr(download.Download, "run", lambda _: 1 / 0)
    assert refusal(cases) == waiting.FAILED
    assert "ZeroDivisionError" in caplog.text


def test_downloads_leave_no_thread_that_a_program_would_wait_for(cases, served):
    served.fail(CT, "hang")
    cases.fetch(NAME, "me", whole=True)
    until(lambda: served.asked(rf"^/{CT}\S+$") == 8)
    mine = [each for each in threading.enumerate() if each is not threading.main_thread()]
    assert all(each.daemon for each in mine)
    served.gate.set()
    wait(cases, whole=True)
