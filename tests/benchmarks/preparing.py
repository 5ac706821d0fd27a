"""``python -m tests.benchmarks.preparing SOURCE``: time and memory of `prepare`."""

import resource
import subprocess
import sys
import tempfile
import time

from tests.serving import ROOT


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as temporary:
        start = time.perf_counter()
        command = [sys.executable, "-m", "trainer", "prepare", sys.argv[1], temporary]
        subprocess.run(command, cwd=ROOT, check=True)
        seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{seconds:.0f} s, {memory:.0f} MB of memory at most")


if __name__ == "__main__":
    main()
