"""Hold back what TensorFlow's C++ says when it starts: information and warnings, and that there is no GPU's driver.

`TF_CPP_MIN_LOG_LEVEL` does not reach what is printed while its libraries are loaded, and Python sees nothing of it.
So the process's error stream goes through a second, small process, which passes on every other line, even if this
one crashes. Python itself goes on writing to the terminal directly.
"""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator

# absl's prefix: severity, day, time, thread, file
HELD_BACK = (
    rb"^[IW]\d{4} [\d:.]+ +\d+ \S+\.cc:\d+\] |"
    rb"^WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR$|"
    rb"failed call to cuInit: .*UNKNOWN ERROR \(303\)"
)
PASS_ON = f"""
import re, signal, sys
for stop in (signal.SIGINT, signal.SIGTERM):  # a queue sends them to every process
    signal.signal(stop, signal.SIG_IGN)
for line in iter(sys.stdin.buffer.readline, b""):
    if not re.search({HELD_BACK!r}, line.rstrip()):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
"""


@contextlib.contextmanager
def without_greetings() -> Iterator[None]:
    """Hold the lines back as long as the context lasts; with TF_CPP_MIN_LOG_LEVEL in the environment, none."""
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ or not isinstance(sys.stderr, io.TextIOWrapper):
        yield
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"  # errors only, once its libraries are loaded
    before, terminal = sys.stderr, os.dup(2)
    before.flush()
    command = [sys.executable, "-I", "-S", "-c", PASS_ON]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=terminal, bufsize=0) as passing,
        os.fdopen(terminal, "w", 1, before.encoding, before.errors) as direct,
    ):
        assert passing.stdin
        os.dup2(passing.stdin.fileno(), 2)
        passing.stdin.close()
        sys.stderr = direct
        try:
            yield
        finally:
            sys.stderr = before
            os.dup2(terminal, 2)  # the other process sees the end of its input, and ends
