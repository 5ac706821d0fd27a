"""Asking a bucket: all of a listing, checked objects, and a sentence for whatever else comes."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

import pytest

from space.errors import UserError
from space.real import bucket as module
from space.real.bucket import Bucket, Cancelled
from tests.bucket import local_bucket
from tests.proxies import forward_proxy
from tests.serving import free_port

DATA = {f"folder/{number:02d}.dcm": bytes([number]) * (1000 + number) for number in range(25)}
MORE = {"folder2/a.dcm": b"other", "fold/b.dcm": b"other"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.01)


@pytest.fixture
def served():
    with local_bucket(DATA | MORE) as served:
        yield served


@pytest.fixture
def bucket(served):
    with Bucket(served.url, threading.Event()) as bucket:
        yield bucket


def fetched(bucket, tmp_path, key="folder/07.dcm", seen=None):
    [stored] = [each for each in bucket.folder("folder") if each.key == key]
    bucket.fetch(stored, tmp_path / "here" / "file", (seen if seen is not None else []).append)
    return (tmp_path / "here" / "file").read_bytes()


def left_in(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("page", [1, 7, 25, 1000])
def test_a_folder_is_listed_page_by_page_and_no_other_is(served, bucket, page):
    served.page = page
    assert [(each.key, each.size) for each in bucket.folder("folder")] == [(k, len(v)) for k, v in sorted(DATA.items())]
    assert len(served.requests) == -(-25 // page)


def test_a_folder_that_is_not_there_is_empty(bucket):
    assert bucket.folder("nowhere") == []


def test_an_object_comes_whole_and_its_progress_is_told(bucket, tmp_path):
    seen: list[int] = []
    assert fetched(bucket, tmp_path, seen=seen) == DATA["folder/07.dcm"]
    assert sum(seen) == 1007


@pytest.mark.parametrize("ranges", [True, False])
def test_only_the_start_of_an_object_is_read(served, bucket, ranges):
    served.ranges = ranges
    [stored] = [each for each in bucket.folder("folder") if each.key == "folder/03.dcm"]
    assert bucket.start(stored, 10) == bytes([3]) * 10
    assert bucket.start(stored, 10**6) == DATA["folder/03.dcm"]
    assert served.asked("bytes=0-9$") == 1


@pytest.mark.parametrize("kind", ["busy", "cut", "wrong"])
def test_what_goes_wrong_once_is_tried_again(served, bucket, tmp_path, kind):
    served.fail("07.dcm", kind, times=2)
    seen: list[int] = []
    assert fetched(bucket, tmp_path, seen=seen) == DATA["folder/07.dcm"]
    assert sum(seen) == 1007
    assert served.asked("07.dcm") == 3


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("busy", module.BUSY),
        ("cut", module.UNREACHABLE),
        ("wrong", module.DAMAGED),
        ("gone", module.MISSING),
        ("login", module.DAMAGED),
    ],
)
def test_what_stays_wrong_is_a_sentence_and_leaves_no_file(served, bucket, tmp_path, kind, sentence):
    served.fail("07.dcm", kind)
    with pytest.raises(UserError) as refusal:
        fetched(bucket, tmp_path)
    assert str(refusal.value) == sentence
    assert left_in(tmp_path) == []
    assert served.asked("07.dcm") == (1 if kind == "gone" else module.TRIES)


def test_wrong_bytes_cannot_be_told_where_the_bucket_does_not_say_their_md5(served, bucket, tmp_path):
    served.in_parts.add("folder/07.dcm")
    assert fetched(bucket, tmp_path) == DATA["folder/07.dcm"]


def test_a_login_page_in_place_of_a_listing_is_named(served, bucket):
    served.fail("list-type", "login")
    with pytest.raises(UserError) as refusal:
        bucket.folder("folder")
    assert str(refusal.value) == module.NOT_IT


@pytest.mark.parametrize("key", ["folder/../../up.dcm", "folder/a/b.dcm", "folder/a b.dcm"])
def test_a_key_that_is_no_plain_name_is_refused(served, bucket, key):
    served.objects[key] = b"x"
    with pytest.raises(UserError) as refusal:
        bucket.folder("folder")
    assert str(refusal.value) == module.NOT_IT


def test_without_a_network_it_says_so(tmp_path):
    with Bucket(f"http://127.0.0.1:{free_port()}", threading.Event()) as bucket, pytest.raises(UserError) as refusal:
        bucket.folder("folder")
    assert str(refusal.value) == module.UNREACHABLE


@pytest.mark.parametrize(
    "address", ["http://name.invalid", "https://127.0.0.1:1", "http://[", "http://127.0.0.1:99999"]
)
def test_an_address_that_cannot_be_is_a_sentence(address):
    with pytest.raises(UserError), Bucket(address, threading.Event()) as bucket:
        bucket.folder("folder")


def test_a_full_disk_is_a_sentence_and_leaves_no_file(bucket, tmp_path, monkeypatch):
    class Full:
        name = str(tmp_path / ".part-x")

        def __enter__(self):
            Path(self.name).touch()
            return self

        def __exit__(self, *_):
            pass

        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

        close = __exit__

    monkeypatch.setattr(module.tempfile, "NamedTemporaryFile", lambda **_: Full())
    with pytest.raises(UserError) as refusal:
        fetched(bucket, tmp_path)
    assert str(refusal.value) == module.NO_ROOM
    assert left_in(tmp_path) == []


def test_waiting_for_a_bucket_ends_when_it_is_stopped(served, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 60)
    served.fail("list-type", "busy")
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    with Bucket(served.url, stop) as bucket, pytest.raises(Cancelled):
        bucket.folder("folder")


def test_the_bucket_is_asked_through_the_proxy(served, monkeypatch):
    asked: list[str] = []
    with forward_proxy(int(served.url.rpartition(":")[2]), asked) as address:
        monkeypatch.setenv("HTTP_PROXY", address)
        with Bucket("http://bucket.invalid", threading.Event()) as bucket:
            assert len(bucket.folder("folder")) == 25
    assert asked == ["bucket.invalid"]
