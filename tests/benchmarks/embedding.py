"""``python -m tests.benchmarks.embedding``: what one embedded view costs, and three on one page of somebody else's.

Requests, bytes, and milliseconds: until the tab stands in its place (there), and until its first picture is drawn and
it answers (ready). Each with an empty cache.
"""

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, Response

from tests.browser.chromium import chromium
from tests.browser.hosting import hosted
from tests.browser.pictures import READY
from tests.serving import running_app

LOADS = 3
WIDTH = 760
THREE = ("segment", "dice", "inside")
THERE = """window.look = () => {
    if (document.querySelector(".tab-panel.open")?.offsetHeight) window.there = performance.now();
    else requestAnimationFrame(look);
}; look();"""


def one(browser: Browser, url: str, tab: str) -> dict[str, float]:
    """Return what the first visit of a view costs, with an empty cache."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 700})
    page = context.new_page()
    got = listened(page)
    page.add_init_script(THERE)
    page.goto(f"{url}/?tab={tab}&embed=1")
    page.locator(READY[tab]).first.wait_for()
    ready = page.evaluate("performance.now()")
    there = page.evaluate("window.there")
    page.wait_for_load_state("networkidle")
    found = {"requests": len(got), "kB": transferred(got) / 1000, "there, ms": there, "ready, ms": ready}
    context.close()
    return found


def three(browser: Browser, url: str, folder: Path) -> dict[str, float]:
    """Return what a page with three views costs, with an empty cache, until the last of them answers."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 2400})  # all three are in view
    page = context.new_page()
    got = listened(page)
    with hosted(folder, [f"{url}/?tab={tab}&embed=1" for tab in THREE], WIDTH) as host:
        begun = time.perf_counter()
        page.goto(host, wait_until="commit")
        for number, tab in enumerate(THREE):
            page.locator("iframe").nth(number).content_frame.locator(READY[tab]).first.wait_for()
        ready = 1000 * (time.perf_counter() - begun)
        page.wait_for_timeout(1000)
        found = {"requests": len(got), "kB": transferred(got) / 1000, "ready, ms": ready}
    context.close()
    return found


def listened(page: Page) -> list[Response]:
    """Return the list that fills with what the page is sent."""
    got: list[Response] = []
    page.on("response", lambda response: got.append(response))
    return got


def transferred(got: list[Response]) -> int:
    """Return the bytes of the answers, as they were sent."""
    return sum(response.request.sizes()["responseBodySize"] for response in got if response.url.startswith("http"))


def line(name: str, runs: list[dict[str, float]]) -> str:
    """Return the medians of some runs in a line."""
    medians = {what: statistics.median(run[what] for run in runs) for what in runs[0]}
    return f"{name:12}" + "  ".join(f"{what} {value:.0f}" for what, value in medians.items())


def main() -> None:
    """Print the figures."""
    with running_app() as url, chromium() as browser, tempfile.TemporaryDirectory() as folder:
        one(browser, url, "segment")  # the server's first answer
        for tab in READY:
            print(line(tab, [one(browser, url, tab) for _ in range(LOADS)]))
        print(line("three", [three(browser, url, Path(folder)) for _ in range(LOADS)]))


if __name__ == "__main__":
    main()
