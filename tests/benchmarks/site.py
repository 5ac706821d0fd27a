"""``python -m tests.benchmarks.site``: the page without a server: requests, bytes, and the time to see and to compute.

The bytes are those of the built files as a plain web server sends them, without compression of its own. What the
network itself takes, here and in Python, is processor time on one thread, the least of several rounds: on a machine
that does other things, too, only that can be compared.
"""

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from playwright.sync_api import Browser, Page

from space.answer import Responder
from space.model.bundle import BUNDLED, Bundle, open_bundle
from tests.browser.chromium import chromium
from tests.browser.gestures import choose_slice, click_example
from tests.browser.stack import SPACING, stack
from tests.site.building import built_site, files_of, served
from tests.site.node import run

OPENED = "#viewer form[data-shown{}]"
LOADED = 120_000  # ms
ROUNDS = 3
SLICES = 300  # of a large volume
LONG = 1_200_000  # ms


def first_visit(browser: Browser, url: str, own: Path) -> dict[str, float]:
    """Open the page with an empty cache, and then a slice of one's own, at once."""
    context = browser.new_context()
    page = context.new_page()
    sizes: list[int] = []
    kept: list[int] = []  # for a visit without a connection
    context.on(
        "requestfinished",
        lambda request: (kept if request.service_worker else sizes).append(request.sizes()["responseBodySize"]),
    )
    page.goto(url)
    page.locator(OPENED.format("")).wait_for()
    shown = float(page.evaluate("performance.now()"))
    painted = float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    choose_slice(page, own)
    page.locator(OPENED.format(f"={own.stem}")).wait_for(timeout=LOADED)
    answered = float(page.evaluate("performance.now()"))
    page.wait_for_load_state("networkidle")
    found = {
        "first paint, ms": painted,
        "first slice shown, segmented, ms": shown,
        "own slice answered, ms": answered,
        "requests": len(sizes),
        "megabytes": sum(sizes) / 1e6,
        "requests to keep the site for a visit without a connection": len(kept),
        "their megabytes, of those that were there already, too": sum(kept) / 1e6,
    }
    context.close()
    return found


def without_network(browser: Browser, url: str) -> dict[str, float]:
    """Open a tab that needs no network."""
    context = browser.new_context()
    page = context.new_page()
    sizes: list[int] = []
    context.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(f"{url}/?tab=dice")
    page.locator("#dice-by-hand canvas").first.wait_for()
    page.wait_for_load_state("networkidle")
    context.close()
    return {"requests for the tab Dice": len(sizes), "megabytes for the tab Dice": sum(sizes) / 1e6}


def slice_after_slice(page: Page, bundle: Bundle) -> float:
    """Return milliseconds from the click on an example to its answer, the network being loaded."""
    times = []
    for place, sample in [*enumerate(bundle.samples)] * ROUNDS:
        page.evaluate("performance.mark('clicked')")
        click_example(page, place)
        page.locator(OPENED.format(f"={sample.name}")).wait_for(timeout=LOADED)
        times.append(float(page.evaluate("performance.measure('answered', 'clicked').duration")))
    return statistics.median(times[len(bundle.samples) :])  # those of the first round are loaded first


def natively(bundle: Bundle) -> float:
    """Return milliseconds of processor time for a slice in Python, on one thread."""
    segmenter = Responder(bundle).segmenter
    hu = np.zeros((512, 512), np.int16)
    times = []
    for _ in range(20):
        begun = time.process_time()
        segmenter.predict(hu)
        times.append(1000 * (time.process_time() - begun))
    return min(times)


def write_volume(path: Path) -> None:
    """Write a large volume of phantoms as NIfTI."""
    slices = stack().hu
    hu = np.concatenate([np.roll(slices, k, axis=2) for k in range(SLICES // len(slices) + 1)])[:SLICES]
    image = nibabel.Nifti1Image(hu.transpose(2, 1, 0), np.diag([-SPACING[2], -SPACING[1], SPACING[0], 1]))
    nibabel.save(image, path)


def large_volume(browser: Browser, url: str, path: Path) -> dict[str, float]:
    """Open a large volume and let the network look at all of it; return how long that takes, and the most memory."""
    page = browser.new_page()
    page.goto(url)
    page.locator(OPENED.format("")).wait_for()
    page.evaluate("performance.mark('chosen')")
    choose_slice(page, path)
    page.locator("#viewer form.is-volume").wait_for(timeout=LOADED)
    opened = float(page.evaluate("performance.measure('opened', 'chosen').duration"))
    page.get_by_text(f"all {SLICES} slices segmented").wait_for(timeout=LONG)
    whole = float(page.evaluate("performance.measure('whole', 'chosen').duration"))
    most = max(_most_memory(process["id"]) for process in _processes(browser) if process["type"] == "renderer")
    page.close()
    return {
        f"{SLICES} slices opened, s": opened / 1000,
        f"{SLICES} slices segmented, s": whole / 1000,
        f"memory of the page with {SLICES} slices at the most, MB": most,
    }


def _processes(browser: Browser) -> list[dict[str, Any]]:
    return list(browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"])


def _most_memory(process: int) -> float:
    """Return the most megabytes that a process has held so far."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


def main() -> None:
    """Print the figures."""
    bundle = open_bundle(BUNDLED, "")
    with tempfile.TemporaryDirectory() as folder:
        site = built_site(Path(folder))
        own = Path(folder) / "own.png"
        own.write_bytes(bundle.samples[1].image.read_bytes())
        with served(Path(folder)) as url, chromium() as browser:
            visits = [first_visit(browser, url, own) for _ in range(ROUNDS)]
            found = {name: statistics.median(visit[name] for visit in visits) for name in visits[0]}
            found |= without_network(browser, url)
            page = browser.new_page()
            page.goto(url)
            page.locator(OPENED.format("")).wait_for()
            found["slice after slice, ms"] = slice_after_slice(page, bundle)
            page.close()
            write_volume(Path(folder) / "volume.nii.gz")
            found |= large_volume(browser, url, Path(folder) / "volume.nii.gz")
        inside = run("time.mjs", files_of(site), 30)
        native = natively(bundle)
        found |= {
            "the network's session, ms of processor time": inside["session"],
            "a slice in the network, the first, ms": inside["first"],
            "a slice in the network, later ones, ms": inside["later"],
            "the same in Python on one thread, ms": native,
            "times Python's": inside["later"] / native,
        }
    print(json.dumps({name: round(value, 2) for name, value in found.items()}, indent=1))


if __name__ == "__main__":
    main()
