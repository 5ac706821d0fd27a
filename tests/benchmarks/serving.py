"""``python -m tests.benchmarks.serving``: how long the app takes to start and to answer, against bare ONNX Runtime.

An answer is a whole one: the slice sent, the figures received, the three pictures fetched. `gradio_client` opens a
connection with new certificates for each of its six requests; plain HTTP keeps one.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import numpy as np
import onnxruntime as ort
from gradio_client import Client, handle_file
from PIL import Image

from space.model.bundle import BUNDLED, open_bundle
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


def ask(http: httpx2.Client, image: Path) -> None:
    """Segment a slice through the HTTP API and fetch the pictures."""
    with image.open("rb") as file:
        path = http.post("/gradio_api/upload", files={"files": (image.name, file)}).json()[0]
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, None, 0.5]
    event = http.post("/gradio_api/call/segment", json={"data": data}).json()["event_id"]
    answer = http.get(f"/gradio_api/call/segment/{event}").text
    for picture in json.loads(answer.split("data: ", 1)[1])[:3]:
        http.get(picture["url"]).raise_for_status()


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
        image = open_bundle(BUNDLED, "").samples[0].image
        client = Client(url, verbose=False)
        bare = median_ms(bare_network())
        print(f"bare network, one thread: {bare:.1f} ms")
        with httpx2.Client(base_url=url) as http:
            plain = median_ms(lambda: ask(http, image))
        print(f"512 x 512 PNG through plain HTTP: {plain:.1f} ms, {plain / bare:.2f} times the bare network")
        api = median_ms(lambda: client.predict(handle_file(str(image)), None, 0.5, api_name="/segment"))
        print(f"the same through gradio_client: {api:.1f} ms, {api / bare:.2f} times")
        print(f"memory of the app after {2 * ROUNDS + 2} answers: {memory_mb(app.pid):.0f} MB at most")
    finally:
        app.terminate()
        app.wait()


if __name__ == "__main__":
    main()
