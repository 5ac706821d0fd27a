"""``python -m tests.benchmarks.site``: the page without a server: requests, bytes, and the time to see and to compute.

The bytes are those of the built files as a plain web server sends them, without compression of its own.
"""

import json
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from space.answer import Responder
from space.model.bundle import BUNDLED, Bundle, open_bundle
from tests.browser.chromium import chromium
from tests.browser.gestures import choose_slice, click_example
from tests.site.building import built_site, served

OPENED = "#viewer form[data-shown{}]"
LOADED = 120_000  # ms
ROUNDS = 3


def first_visit(browser: Browser, url: str, own: Path) -> dict[str, float]:
    """Open the page with an empty cache, and then a slice of one's own, at once."""
    context = browser.new_context()
    page = context.new_page()
    sizes: list[int] = []
    context.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
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
    """Return milliseconds for a slice in Python, on one thread."""
    responder = Responder(bundle)
    times = []
    for sample in bundle.samples * ROUNDS:
        hu = responder.open(sample.image, None).case.hu[0]
        begun = time.perf_counter()
        responder.segmenter.predict(hu)
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times[1:])


def main() -> None:
    """Print the figures."""
    bundle = open_bundle(BUNDLED, "")
    with tempfile.TemporaryDirectory() as folder:
        built_site(Path(folder))
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
            found["the network in Python, ms"] = natively(bundle)
    print(json.dumps({name: round(value, 2) for name, value in found.items()}, indent=1))


if __name__ == "__main__":
    main()
