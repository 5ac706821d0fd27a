"""``python -m tests.benchmarks.pipeline [DATA]``: images/s of the input pipeline alone, at preset `default`.

Without DATA (a prepared data set) on phantoms. Counted in the processor's time as well as by the clock: other
programs take turns on a machine, and the time of the process is its own. Nothing trains here; the batches are thrown
away.
"""

import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np

from tests.serving import ROOT
from trainer.ahead import usable_cores
from trainer.batches import TrainingSlices
from trainer.dataset import load_split
from trainer.presets import PRESETS

IMAGES = 800  # of each measurement
ROUNDS = 3


def speeds(training: TrainingSlices, batch: int, threads: int) -> tuple[float, float]:
    """Return images a second of the processor's time, and by the clock."""
    batches = training.batches(0, threads)
    for _ in islice(batches, 4 + threads):  # files get into memory, threads start
        pass
    processor, clock, steps = time.process_time(), time.perf_counter(), IMAGES // batch
    for _ in islice(batches, steps):
        pass
    processor, clock = time.process_time() - processor, time.perf_counter() - clock
    batches.close()  # type: ignore[attr-defined]
    return steps * batch / processor, steps * batch / clock


def main() -> None:
    """Print the speed of one to all cores."""
    settings = PRESETS["default"]
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary) / "data"
        if len(sys.argv) == 1:
            command = [sys.executable, "-m", "trainer", "prepare", "phantom", str(data), "--subjects", "18"]
            subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        training = TrainingSlices(load_split(data, "train"), settings)
        for threads in range(1, usable_cores() + 1):
            found = [speeds(training, settings.batch, threads) for _ in range(ROUNDS)]
            per_core, by_clock = np.median(found, axis=0)
            print(f"{threads} threads: {per_core:.0f} images/s per core, {by_clock:.0f} by the clock", flush=True)


if __name__ == "__main__":
    main()
