"""``python -m tests.benchmarks.serving``: how long the app takes to start and to answer, against bare ONNX Runtime.

An answer of `/segment` is a whole one: the slice sent, the figures received, the three pictures fetched.
`gradio_client` opens a connection with new certificates for each of its six requests; plain HTTP keeps one. Each is
measured in turn with the bare network, because other work on the machine slows both.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
from gradio_client import Client, handle_file

from space.model.bundle import BUNDLED, open_bundle
from space.model.segmenter import Segmenter
from space.readers.image import read_slice
from tests.serving import ROOT, free_port, wait_for

ROUNDS = 20


def ms(call: Callable[[], object]) -> float:
    """Return the time of a call."""
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def beside(name: str, call: Callable[[], object], bare: Callable[[], object]) -> str:
    """Return the median time of `ROUNDS` calls after one to warm up, and what it is in bare runs of the network."""
    call()
    pairs = [(ms(call), ms(bare)) for _ in range(ROUNDS)]
    whole, alone = (statistics.median(times) for times in zip(*pairs, strict=True))
    return f"{name}: {whole:.1f} ms, {whole / alone:.2f} times the bare network ({alone:.1f} ms)"


def bare_network() -> Callable[[], object]:
    """Return the model file's own run on one slice in HU, on one thread: nothing read, nothing written."""
    bundle = open_bundle(BUNDLED, "")
    hu = read_slice(bundle.samples[0].image, bundle.contract.window).hu[0]
    segmenter = Segmenter(BUNDLED / "model.onnx")
    return lambda: segmenter.predict(hu)


def upload(http: httpx2.Client, image: Path) -> str:
    """Return where a slice lies on the server."""
    with image.open("rb") as file:
        return str(http.post("/gradio_api/upload", files={"files": (image.name, file)}).json()[0])


def engine_of(http: httpx2.Client) -> int:
    """Return the component that the page's questions go to."""
    components = http.get("/config").json()["components"]
    return next(int(one["id"]) for one in components if one["props"].get("elem_id") == "page")


def ask_as_the_page(http: httpx2.Client, engine: int, image: Path) -> None:
    """Open a slice as the page does: an upload, one question, one answer."""
    piece = {"uploads": [upload(http, image)]}
    data: dict[str, object] = {
        "slice": piece,
        "mask": None,
        "files": [],
        "values": "auto",
        "label": None,
        "order": None,
        "place": None,
        "turn": 0,
    }
    body = {"data": data, "component_id": engine, "fn_name": "open_case", "session_hash": "benchmark"}
    assert "probability" in http.post("/gradio_api/component_server/", json=body).json()


def ask(http: httpx2.Client, image: Path) -> None:
    """Segment a slice through the HTTP API and fetch the pictures."""
    path = upload(http, image)
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, None, 0.5, "auto", None, None, None, 0]
    event = http.post("/gradio_api/call/segment", json={"data": data}).json()["event_id"]
    answer = http.get(f"/gradio_api/call/segment/{event}").text
    for picture in json.loads(answer.split("data: ", 1)[1])[:3]:
        http.get(picture["url"]).raise_for_status()


def memory_mb(process: int) -> float:
    """Return the resident memory of a process (Linux)."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000, help="how many the memory is read after")
    requests = parser.parse_args().requests
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
        bare = bare_network()
        with httpx2.Client(base_url=url) as http:
            print(beside("/segment, a 512 x 512 PNG through plain HTTP", lambda: ask(http, image), bare))
            segment = lambda: client.predict(handle_file(str(image)), None, 0.5, api_name="/segment")  # noqa: E731
            print(beside("the same through gradio_client", segment, bare))
            engine = engine_of(http)
            print(beside("opened as the page does", lambda: ask_as_the_page(http, engine, image), bare))
            for number in range(1, requests + 1):
                ask(http, image)
                if number in (100, requests):
                    print(f"memory of the app after {number} more requests: {memory_mb(app.pid):.0f} MB")
    finally:
        app.terminate()
        app.wait()


if __name__ == "__main__":
    main()
