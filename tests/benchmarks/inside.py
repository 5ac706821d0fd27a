"""``python -m tests.benchmarks.inside``: how long the tab Inside lets one wait, in Chromium; medians in milliseconds.

A level is clicked: until its maps and all pictures of the U stand there, which takes one run of the network. A pixel is
pointed at: until what it has seen is framed in every picture and said, layout included; a frame is 16.7 ms.
"""

import statistics

from playwright.sync_api import Page

from tests.browser.chromium import chromium
from tests.serving import running_app

ROUNDS = 21
CLICK = """async (level) => {
  const form = document.querySelector("#network form");
  const started = performance.now();
  document.querySelector(`#network [data-level=${level}]`).click();
  while (!form.dataset.shown.includes(`/${level}/`)) await new Promise(requestAnimationFrame);
  return performance.now() - started;
}"""
POINT = """([point, share]) => {
  const picture = document.querySelector(`#network .u [data-point=${point}]`);
  const box = picture.getBoundingClientRect();
  const place = { bubbles: true, clientX: box.left + share * box.width, clientY: box.top + share * box.height };
  const started = performance.now();
  picture.dispatchEvent(new PointerEvent("pointermove", place));
  document.querySelector("#network .region-says").getBoundingClientRect();
  return performance.now() - started;
}"""


def clicks(page: Page) -> list[float]:
    """Return the milliseconds from a click on a level to its maps."""
    levels = page.locator("#network [data-level]").evaluate_all("all => all.map((one) => one.dataset.level)")
    return [page.evaluate(CLICK, levels[(3 * turn + 1) % len(levels)]) for turn in range(ROUNDS)]


def points(page: Page) -> list[float]:
    """Return the milliseconds from a pixel under the pointer to what is said of it."""
    levels = page.locator("#network .u .level").evaluate_all("all => all.map((one) => one.dataset.level)")
    return [page.evaluate(POINT, [level, 0.1 + 0.3 * turn / ROUNDS]) for turn in range(ROUNDS) for level in levels]


def main() -> None:
    with running_app() as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(f"{url}/?tab=inside")
        page.locator("#network form.is-shown").wait_for()
        for words, figures in (("a level is clicked", clicks(page)), ("a pixel is pointed at", points(page))):
            worst = max(figures)
            print(f"{words}: {statistics.median(figures):.1f} ms, at the most {worst:.1f} ms, {len(figures)} times")


if __name__ == "__main__":
    main()
