"""``python -m tests.benchmarks.volumes``: a series on the page, from the zip to what is taken home, in Chromium.

The rate at which the page has all slices segmented is held against the bare network on the same slices, two callers at
a time as in the app, measured right after it on the same machine. Memory is that of the app and of what it starts.
"""

import argparse
import re
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import nibabel
import numpy as np
from playwright.sync_api import Page, expect

from space.model.bundle import BUNDLED
from space.model.segmenter import Segmenter
from space.ui.network import AT_A_TIME
from tests import segs
from tests.browser.chromium import chromium
from tests.serving import ROOT, running_app
from tests.volumes import ORIGIN, SPACING, abdomen, dicom_bytes

SIDE, MM = 512, 0.8
PATIENCE = 600_000  # ms
MEASURED = re.compile("^(From|No) surface")


def series(depth: int) -> np.ndarray:
    """Return HU with the noise of a scanner, int16 [depth, 512, 512]: noise is what takes time to pack and to send."""
    hu = abdomen(depth, SIDE, SIDE)
    return np.clip(hu + np.random.default_rng(0).normal(0, 12, hu.shape), -1024, 3071).astype(np.int16)


def zipped(hu: np.ndarray, folder: Path) -> Path:
    """Write a DICOM series as a PACS gives it away."""
    path = folder / "series.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, dataset in enumerate(segs.series(hu, PixelSpacing=[MM, MM])):
            archive.writestr(f"{place:04d}", dicom_bytes(dataset))
    return path


def labelled(hu: np.ndarray, folder: Path) -> Path:
    """Write a label volume that lies where the series does: an ellipsoid in the middle."""
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in hu.shape), indexing="ij", sparse=True)
    organ = (z / 0.3) ** 2 + (y / 0.1) ** 2 + (x / 0.2) ** 2 < 1
    affine = np.diag([-MM, -MM, SPACING[0], 1])
    affine[:3, 3] = [-ORIGIN[0], -ORIGIN[1], ORIGIN[2]]
    path = folder / "labels.nii.gz"
    nibabel.save(nibabel.Nifti1Image(organ.astype(np.uint8).transpose(2, 1, 0), affine), path)
    return path


def opening(page: Page, path: Path, depth: int) -> tuple[float, float]:
    """Return the seconds from a chosen zip to the first picture, which comes with its answer, and to the last slice."""
    start = time.perf_counter()
    page.locator("#slice-file input").set_input_files(str(path))
    page.locator(f"#viewer form[data-shown$='of {depth}']").wait_for(timeout=PATIENCE)
    first = time.perf_counter() - start
    page.get_by_text(f"all {depth} slices segmented").wait_for(timeout=PATIENCE)
    return first, time.perf_counter() - start


def taking(page: Page, labels: Path) -> dict[str, float]:
    """Return the seconds until a label volume is measured against, and until each file is taken home."""
    start = time.perf_counter()
    page.locator("#mask-file input").set_input_files(str(labels))
    expect(page.locator("#volume .distances")).to_have_text(MEASURED, timeout=PATIENCE)
    times = {"all slices again, against a label volume, and the distances": time.perf_counter() - start}
    for kind in ("nifti", "seg", "png", "csv"):
        start = time.perf_counter()
        with page.expect_download(timeout=PATIENCE) as given:
            page.locator(f"#cases [data-home][value={kind}]").click()
        given.value.path()
        times[f"taken home as {kind}"] = time.perf_counter() - start
    return times


def moving(page: Page, depth: int) -> float:
    """Return the median seconds from a step to another slice, seen for the first time on the page, to its picture."""
    times = []
    for place in range(2, depth - 2, max(1, depth // 20)):
        start = time.perf_counter()
        page.locator("#viewer .place").fill(str(place))
        page.locator(f"#viewer form[data-shown$='slice {place + 1} of {depth}']").wait_for()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def bare(hu: np.ndarray) -> float:
    """Return the slices per second of the network alone."""
    segmenter = Segmenter(BUNDLED / "model.onnx")
    start = time.perf_counter()
    with ThreadPoolExecutor(AT_A_TIME) as callers:
        list(callers.map(lambda one: segmenter.predict(one, pixel_mm=(MM, MM)), hu))
    return len(hu) / (time.perf_counter() - start)


@contextmanager
def most_memory() -> Iterator[list[float]]:
    """Yield a list whose last entry will be the most memory, in MB, of the app with all that it has started (Linux)."""
    ended, peaks = threading.Event(), [0.0]

    def watch() -> None:
        while not ended.wait(0.5):
            peaks.append(max(peaks[-1], sum(map(resident_mb, family()))))

    thread = threading.Thread(target=watch)
    thread.start()
    yield peaks
    ended.set()
    thread.join()


def family() -> list[Path]:
    """Return the processes of the app and of its readers, which run in the demo's folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if (folder / "cwd").resolve() == ROOT and (b"app.py" in words or b"space.readers.worker" in words):
                found.append(folder)
        except OSError:
            continue
    return found


def resident_mb(process: Path) -> float:
    """Return what a process holds without the files that are mapped: the system drops those as it likes."""
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssShmem"))) / 1024


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=240)
    depth = parser.parse_args().slices
    hu = series(depth)
    with tempfile.TemporaryDirectory() as folder:
        path = zipped(hu, Path(folder))
        print(f"{depth} slices of {SIDE} x {SIDE}, zip of {path.stat().st_size / 2**20:.0f} MB")
        with running_app() as url, chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(url)
            page.locator("#viewer form[data-shown]").wait_for()
            page.wait_for_load_state("networkidle")
            with most_memory() as peaks:
                first, last = opening(page, path, depth)
                step = moving(page, depth)
                times = taking(page, labelled(hu, Path(folder)))
        alone = bare(hu)
    rate = (depth - 1) / (last - first)
    print(f"from the chosen file to the first picture and its answer: {first:.1f} s; to the last slice: {last:.1f} s")
    print(f"{rate:.1f} slices per second, {100 * rate / alone:.0f}% of the bare network's {alone:.1f}")
    print(f"to a slice that the network has seen and the page has not shown: {1000 * step:.0f} ms")
    for what, seconds in times.items():
        print(f"{what}: {seconds:.1f} s")
    print(f"most memory of the app: {peaks[-1]:.0f} MB")


if __name__ == "__main__":
    main()
