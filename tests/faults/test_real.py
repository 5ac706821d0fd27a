"""The bucket of real cases and the disk that keeps them: a case is opened whole, or refused with a sentence."""

import shutil
import subprocess
from typing import NamedTuple

import pytest

from space.real import bucket as module
from space.real import shelf
from tests.bucket import local_bucket
from tests.serving import free_port
from tests.test_real_cases import CT, NAME, ONE, SEG, cases_of, refusal, wait


class Fault(NamedTuple):
    """What goes wrong with which requests, and what the app says."""

    name: str
    pattern: str
    kind: str
    says: str


LISTING, SLICE = "list-type", rf"/{CT}\S+"
FAULTS = [
    Fault("is too busy (503)", LISTING, "busy", module.BUSY),
    Fault("limits the rate (429)", LISTING, "429", module.BUSY),
    *[Fault(f"has an error of its own ({status})", SLICE, status, module.BUSY) for status in ("500", "502", "504")],
    Fault("refuses (403)", LISTING, "403", module.REFUSED),
    Fault("refuses a slice (403)", SLICE, "403", module.REFUSED),
    Fault("does not have a slice (404)", SLICE, "gone", module.MISSING),
    Fault("does not have the mask (404)", f"/{SEG}", "gone", module.MISSING),
    Fault("lists a page in HTML", LISTING, "login", module.NOT_IT),
    Fault("gives a page in HTML for a slice", SLICE, "login", module.DAMAGED),
    Fault("redirects in a circle", LISTING, "circle", module.NOT_IT),
    Fault("lists without an end", LISTING, "endless", module.NOT_IT),
    Fault("cuts the listing off", LISTING, "cut", module.UNREACHABLE),
    Fault("cuts each slice off", SLICE, "cut", module.UNREACHABLE),
    Fault("gives other bytes", SLICE, "wrong", module.DAMAGED),
    Fault("hangs", LISTING, "hang", module.UNREACHABLE),
]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.01)
    monkeypatch.setattr(module, "TIMEOUT", 1.0)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_bucket(fault, tmp_path, told):
    """A case is refused, nothing of it is taken for whole, and it is there once the bucket is well."""
    with local_bucket(ONE.objects) as served:
        cases = cases_of(served, tmp_path, ONE)
        served.fail(fault.pattern, fault.kind)
        said = refusal(cases, whole=True)
        told(f"the bucket {fault.name}", said)
        assert said == fault.says
        assert cases.files(NAME, whole=True) is None
        served.faults.clear()
        served.gate.set()
        served.page = 1000
        wait(cases, who="again", whole=True)
        assert len(cases.files(NAME, whole=True)[0]) == ONE.case.ct.objects


def test_the_bucket_refuses_connections(tmp_path, told):
    said = refusal(cases_of(f"http://127.0.0.1:{free_port()}", tmp_path, ONE))
    told("the bucket refuses connections", said)
    assert said == module.UNREACHABLE


def test_a_case_that_is_kept_opens_whatever_the_bucket_does(tmp_path, told):
    with local_bucket(ONE.objects) as served:
        wait(cases_of(served, tmp_path, ONE), whole=True)
    later = cases_of(f"http://127.0.0.1:{free_port()}", tmp_path, ONE)
    assert wait(later, whole=True)[-1].ready
    told("the bucket is down, and the case was fetched before", "it is opened")


@pytest.mark.parametrize("noticed", [True, False], ids=["before", "meanwhile"])
def test_the_disk_is_full(noticed, tmp_path, monkeypatch, told):
    """Noticed before anything is fetched; or filled by somebody else while it comes."""
    folder = tmp_path / "kept"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "none", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only an administrator of Linux can mount a small disk")
    try:
        with local_bucket(ONE.objects) as served:
            cases = cases_of(served, tmp_path, ONE)
            if not noticed:
                monkeypatch.setattr(shelf.Shelf, "make_room", lambda *_: None)
            said = refusal(cases, whole=True)
            told(f"the disk for real cases is full ({'noticed before' if noticed else 'it fills meanwhile'})", said)
            assert said == module.NO_ROOM
            assert not list(folder.rglob(f"{shelf.UNFINISHED}*"))
            assert not list(folder.rglob("whole.json"))
            subprocess.run(["mount", "-o", "remount,size=400m", str(folder)], check=True)
            wait(cases, who="again", whole=True)
            assert len(cases.files(NAME, whole=True)[0]) == ONE.case.ct.objects
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
