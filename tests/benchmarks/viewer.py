"""``python -m tests.benchmarks.viewer``: first paint, time to interact, the slider's way to the pixels, in Chromium."""

import statistics
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium
from tests.serving import running_app

LOADS = 5
MOVES = 60
MODES = ("fill", "contour", "error", "heat")
# from the browser's input event to the first task after the frame that shows the new pixels
CLOCK = """() => {
  window.samples = [];
  const slider = document.querySelector("#viewer .threshold");
  slider.addEventListener("input", () => { window.begun = performance.now(); }, true);
  slider.addEventListener("input", (event) => {
    const sample = {event: event.timeStamp, begun: window.begun, handled: performance.now()};
    window.samples.push(sample);
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { sample.after = performance.now(); };
      channel.port2.postMessage(0);
    });
  });
}"""


def loading(browser: Browser, url: str) -> dict[str, float]:
    """Return milliseconds from the navigation to the first contentful paint and to a viewer that answers."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    page.locator("#viewer form[data-shown]").wait_for()
    interactive = page.evaluate("performance.now()")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.close()
    return {"first paint": paint, "slice shown, slider answers": interactive}


def dragging(page: Page) -> list[dict[str, float]]:
    """Drag the slider with the mouse and return the times of each step."""
    page.evaluate(CLOCK)
    box = page.locator("#viewer .threshold").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    for step in range(MOVES):
        page.mouse.move(box["x"] + box["width"] * (0.05 + 0.9 * step / MOVES), middle)
        page.wait_for_timeout(20)
    page.mouse.up()
    page.wait_for_timeout(300)
    samples: list[dict[str, float]] = page.evaluate("samples")
    return samples


def line(name: str, values: list[Any]) -> str:
    """Return median and 95th percentile."""
    ordered = sorted(values)
    return f"{name}: median {statistics.median(ordered):.1f} ms, 95% {ordered[int(0.95 * (len(ordered) - 1))]:.1f} ms"


def main() -> None:
    """Print the figures."""
    with running_app() as url, chromium() as browser:
        loads = [loading(browser, url) for _ in range(LOADS)]
        for name in loads[0]:
            print(line(name, [load[name] for load in loads]))
        for mode in MODES:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{url}/?mode={mode}")
            page.locator("#viewer form[data-shown]").wait_for()
            page.wait_for_load_state("networkidle")
            samples = dragging(page)
            print(line(f"{mode}, script", [sample["handled"] - sample["begun"] for sample in samples]))
            print(line(f"{mode}, input to the shown frame", [sample["after"] - sample["event"] for sample in samples]))
            page.close()


if __name__ == "__main__":
    main()
