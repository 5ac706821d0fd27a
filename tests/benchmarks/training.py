"""``python -m tests.benchmarks.training``: speed of `fit` at preset notebook against the notebook's loop.

Both train the same network on the same phantoms with batches of 64. The notebook keeps float32 arrays in
memory and calls ``model.fit(x, y)``; the first epoch, which compiles, is left out of both.
"""

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.serving import ROOT

BATCH = 64
NOTEBOOK = f"""
import sys, time
from pathlib import Path
import keras, numpy as np
from space.preprocessing import hu_to_grey
from trainer.dataset import load_split
from trainer.losses import dice
from trainer.presets import PRESETS
from trainer.unet import build_unet

slices = load_split(Path(sys.argv[1]), "train")
chosen = slices.indices[slices.has_organ]
x = hu_to_grey(slices.voxels[chosen, 128:384, 128:384, None], slices.window).astype("float32") / 255
y = slices.masks[chosen, 128:384, 128:384, None].astype("float32")
model = build_unet(PRESETS["notebook"])
model.compile(keras.optimizers.Adam(1e-4), loss=dice, jit_compile=False)
model.fit(x, y, batch_size={BATCH}, verbose=0)
start = time.perf_counter()
model.fit(x, y, batch_size={BATCH}, epochs=2, verbose=0)
print(2 * len(x) / (time.perf_counter() - start))
"""


def notebook_speed(data: Path) -> float:
    """Return the images a second of the notebook's loop."""
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK, str(data)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def fit_speed(data: Path, run: Path) -> float:
    """Return the images a second of ``python -m trainer fit``, as it reports them."""
    command = [
        "fit",
        str(data),
        "--preset",
        "notebook",
        "--epochs",
        "3",
        "--batch",
        str(BATCH),
        "--out",
        str(run),
    ]
    subprocess.run([sys.executable, "-m", "trainer", *command], cwd=ROOT, capture_output=True, check=True)
    with (run / "history.csv").open(newline="") as file:
        speeds = [float(row["images_per_second"]) for row in csv.DictReader(file)]
    return sum(speeds[1:]) / len(speeds[1:])


def main() -> None:
    """Print three pairs and the median ratio."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "data"
        command = [sys.executable, "-m", "trainer", "prepare", "phantom", str(data), "--subjects", "18"]
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        ratios = []
        for number in range(3):
            notebook, ours = notebook_speed(data), fit_speed(data, Path(temporary) / f"run{number}")
            ratios.append(ours / notebook)
            print(f"notebook's loop {notebook:.1f}, fit {ours:.1f} images/s, ratio {ratios[-1]:.2f}", flush=True)
        print(f"median ratio: {sorted(ratios)[1]:.2f}")


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"({time.perf_counter() - started:.0f} s)")
