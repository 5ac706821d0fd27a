"""``python -m tests.benchmarks.serving``: how long the app takes to start and to answer, against bare ONNX Runtime."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime as ort
from gradio_client import Client, handle_file
from PIL import Image

from space.bundle import BUNDLED, open_bundle
from space.preprocessing import centre_box, network_input
from tests.serving import ROOT, free_port, wait_for

ROUNDS = 20


def median_ms(call: Callable[[], object]) -> float:
    """Return the median time of `ROUNDS` calls after one to warm up."""
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def bare_network() -> Callable[[], object]:
    """Return the network's own run on the field that the app gives it, on one thread."""
    bundle = open_bundle(BUNDLED, "")
    geometry = bundle.contract["slice"]
    pixels = np.asarray(Image.open(bundle.samples[0].image))
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(BUNDLED / "model.onnx"), options, providers=["CPUExecutionProvider"])
    inputs = {
        "slice": network_input(pixels, centre_box(pixels.shape, geometry["crop"]), geometry["divisor"]),
        "skip_gain": np.ones(geometry["levels"], np.float32),
    }
    return lambda: session.run(["probability"], inputs)


def memory_mb(process: int) -> float:
    """Return the largest resident memory of a process so far (Linux)."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Print the figures."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port)}
    start = time.perf_counter()
    app = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        wait_for(url, app)
        print(f"start, process to first answered request: {time.perf_counter() - start:.1f} s")
        image = str(open_bundle(BUNDLED, "").samples[0].image)
        client = Client(url, verbose=False)
        bare = median_ms(bare_network())
        api = median_ms(lambda: client.predict(handle_file(image), None, 0.5, api_name="/segment"))
        print(f"bare network, one thread: {bare:.1f} ms; 512 x 512 PNG through the API: {api:.1f} ms")
        print(f"ratio: {api / bare:.2f}")
        print(f"memory of the app after {ROUNDS + 1} answers: {memory_mb(app.pid):.0f} MB at most")
    finally:
        app.terminate()
        app.wait()


if __name__ == "__main__":
    main()
