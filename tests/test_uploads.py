"""Uploads are gone in time, however the app ends."""

import os
import subprocess
import sys
import time

import pytest

from space.uploads import OLDEST, PREFIX, SCRATCH, delete_old, delete_what_was_left
from tests.serving import ROOT

KEEPING = "import sys; from space.uploads import *; keep_uploads_to_this_process(); print(flush=True); sys.stdin.read()"


def homes(folder):
    return [path for path in folder.glob(f"{PREFIX}*") if path.is_dir()]


@pytest.fixture
def living(tmp_path):
    """A process that keeps uploads."""
    command = [sys.executable, "-c", KEEPING]
    env = os.environ | {"TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def test_what_a_killed_app_leaves_goes_when_the_next_one_starts(living, tmp_path):
    [home] = homes(tmp_path)
    (home / "somebody").mkdir()
    (home / "somebody" / "slice.png").write_bytes(b"private")
    delete_what_was_left(tmp_path)
    assert homes(tmp_path) == [home], "its process lives"
    living.kill()
    living.wait()
    assert (home / "somebody" / "slice.png").exists()
    delete_what_was_left(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")
def test_no_other_user_of_the_computer_can_read_them(living, tmp_path):
    [home] = homes(tmp_path)
    assert home.stat().st_mode & 0o077 == 0


def test_an_app_that_ends_leaves_nothing(living, tmp_path):
    assert homes(tmp_path)
    living.stdin.close()
    assert living.wait(30) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="making links takes a right there")
def test_links_in_the_shared_folder_lead_nowhere(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("mine")
    there = tmp_path / "tmp"
    there.mkdir()
    (there / f"{PREFIX}a").symlink_to(kept)
    (there / f"{PREFIX}a.lock").touch()
    (there / f"{PREFIX}b").mkdir()
    (there / f"{PREFIX}b.lock").symlink_to(kept / "file")
    (there / f"{PREFIX}c").mkdir()  # without a lock: of another program
    before = sorted(there.iterdir())
    delete_what_was_left(there)
    assert sorted(there.iterdir()) == before
    assert (kept / "file").read_text() == "mine"


def test_whatever_lies_there_unchanged_for_long_is_deleted_and_nothing_else(tmp_path):
    for name in ("hash", "empty", f"{SCRATCH}a"):
        (tmp_path / name).mkdir()
    (tmp_path / "hash" / "slice.dcm").write_bytes(b"private")
    (tmp_path / "tmp_broken_off").write_bytes(b"private")
    now = time.time()
    delete_old(tmp_path, now + OLDEST - 60)
    assert len(list(tmp_path.iterdir())) == 4
    delete_old(tmp_path, now + OLDEST + 60)
    assert [path.name for path in tmp_path.iterdir()] == [f"{SCRATCH}a"]
