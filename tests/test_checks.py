"""The checks that read the code: format and lint, types, in Python and in JavaScript."""

import subprocess
import sys

import pytest

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
