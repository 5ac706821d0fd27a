"""Threads share heaps."""

import subprocess
import sys

import pytest

from space.memory import ARENAS
from tests.serving import ROOT

HEAPS = """
import ctypes, sys, threading
from space.memory import keep_few_heaps

if sys.argv[1] == "few":
    keep_few_heaps()
gate = threading.Barrier(13)
held = []

def work():
    gate.wait()
    held.append([bytearray(2000) for _ in range(500)])
    gate.wait()

for _ in range(12):
    threading.Thread(target=work).start()
gate.wait()
gate.wait()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(library.fopen(b"/dev/stdout", b"w"))
library.malloc_info(0, out)
library.fclose(out)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep memory in other ways")
@pytest.mark.parametrize("few", [True, False])
def test_threads_share_two_heaps(few: bool) -> None:
    command = [sys.executable, "-c", HEAPS, "few" if few else "many"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (told.count("<heap nr=") <= ARENAS) is few
