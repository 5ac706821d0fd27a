"""Threads share heaps, and what is free goes back to the system."""

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


HOLES = """
from pathlib import Path
from space.memory import give_memory_back

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) >> 10

pieces = [bytearray(2000) for _ in range(50_000)]
kept = pieces[::100]
del pieces
full = resident()
give_memory_back()
print(full - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep memory in other ways")
def test_what_lies_free_between_what_is_used_goes_back_to_the_system() -> None:
    told = subprocess.run([sys.executable, "-c", HOLES], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert int(told) > 50  # megabytes, of the 95 that were freed
