"""The checks that read the code: format and lint, types, in Python and in JavaScript."""

import gzip
import subprocess
import sys

import pytest

from space.ui.component import BUNDLE
from tests.packages import installed, run_npm
from tests.serving import ROOT


@pytest.mark.parametrize(
    "check", ["ruff format --check --diff .", "ruff check .", "mypy"], ids=lambda check: check.split(" --")[0]
)
def test_python(check):
    command = [sys.executable, "-m", *check.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_javascript():
    installed()
    run_npm("run", "check")


def test_what_a_browser_loads_is_built_from_the_modules_as_they_are(tmp_path):
    installed()
    run_npm("run", "build", "--", str(tmp_path / "built"))
    fresh, committed = (
        {path.relative_to(folder).as_posix(): unpacked(path) for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "built", BUNDLE.parent)
    )
    assert sorted(fresh) == sorted(committed)
    stale = [name for name in fresh if fresh[name] != committed[name]]
    assert not stale, f"run `npm run build`: {', '.join(stale)} in space/page/built"


def unpacked(path):
    """The bytes of a file; another version of Node may pack them otherwise."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
