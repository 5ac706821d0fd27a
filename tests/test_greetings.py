"""What TensorFlow's C++ prints when it starts is held back, and nothing else is."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

SEEN = """WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795625134.404339   18555 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will \
not be used.
E0000 00:00:1795625188.800540   19253 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to \
cuInit: UNKNOWN ERROR (303)
"""
REAL = "E0000 00:00:1795625188.800540   19253 cuda_dnn.cc:52] no room left on the GPU\nInformation of another kind\n"

PROGRAM = f"""
import os, sys
from trainer.greetings import without_greetings
print("before", file=sys.stderr)
with without_greetings():
    os.write(2, {(SEEN + REAL).encode()!r})
    END
print("after", file=sys.stderr)
"""


@pytest.mark.parametrize("end", ["pass", "sys.exit(3)", "os.abort()", "raise KeyError('mine')"])
def test_only_the_greetings_are_held_back_however_the_program_ends(end, monkeypatch):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    command = [sys.executable, "-c", PROGRAM.replace("END", end)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stderr
    assert said.startswith("before\n")
    for line in REAL.splitlines():
        assert line in said
    for line in SEEN.splitlines():
        assert line not in said
    assert ("after" in said) == (end == "pass")
    assert ("KeyError: 'mine'" in said) == ("KeyError" in end)


def test_who_asks_for_the_greetings_gets_them(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    command = [sys.executable, "-c", PROGRAM.replace("END", "pass")]
    assert SEEN in subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stderr
