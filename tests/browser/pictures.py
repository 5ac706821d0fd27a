"""Screenshots of tabs and lessons, light, dark, small, large, embedded: ``python -m tests.browser.pictures FOLDER``.

``--readme`` writes the one picture that README.md shows. Phantoms only: nobody's slices are on it.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.chromium import chromium
from tests.browser.stack import open_stack
from tests.serving import ROOT, running_app

READY = {
    "segment": "#viewer form[data-shown]",
    "lessons": "#lessons .cards button",
    "draw": "#draw-pad form[data-shown]",
    "dice": "#dice-by-hand form",
    "inside": "#network form[data-shown]",
    "learned": "#learned-curves svg path",
    "playground": "#playground [data-step]",
    "results": "#results-pictures img",
}
LESSONS = ("find", "dice", "threshold", "networks", "overfitting", "quiz")
WIDTHS = (390, 768, 1440)
EMBEDDED = 560


def take(browser: Browser, url: str, path: Path, view: str, ready: str, width: int) -> None:
    """Save a view, as the address names it, as a PNG, at its whole height."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{url}/?{view}")
    page.locator(ready).first.wait_for()
    page.wait_for_timeout(1000)  # the examples' pictures
    page.screenshot(path=path, full_page=True)
    page.close()
    print(path)


def take_volume(browser: Browser, url: str, path: Path, theme: str, width: int, *, embed: bool = False) -> None:
    """Save the tab Segment with a whole volume of phantoms, when all of it is segmented and measured."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{url}/?theme={theme}{'&embed=1' if embed else ''}")
    page.locator(READY["segment"]).wait_for()
    with tempfile.TemporaryDirectory() as folder:
        open_stack(page, Path(folder))
    expect(page.locator("#volume .distances")).to_contain_text("mean")
    page.wait_for_timeout(1000)
    page.screenshot(path=path, full_page=True)
    page.close()
    print(path)


def main() -> None:
    """Take the pictures."""
    with running_app() as url, chromium() as browser:
        if sys.argv[1:] == ["--readme"]:
            take(browser, url, ROOT / "docs" / "page.png", "theme=light", READY["segment"], 1100)
            return
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True, exist_ok=True)
        views = {tab: (f"tab={tab}", ready) for tab, ready in READY.items()}
        views |= {f"lesson-{name}": (f"lesson={name}", "#lessons [data-ready]") for name in LESSONS}
        for name, (view, ready) in views.items():
            for theme in ("light", "dark"):
                for width in WIDTHS:
                    take(browser, url, folder / f"{name}-{theme}-{width}.png", f"{view}&theme={theme}", ready, width)
            take(browser, url, folder / f"{name}-embedded.png", f"{view}&theme=light&embed=1", ready, EMBEDDED)
        for theme in ("light", "dark"):
            for width in WIDTHS:
                take_volume(browser, url, folder / f"volume-{theme}-{width}.png", theme, width)
        take_volume(browser, url, folder / "volume-embedded.png", "light", EMBEDDED, embed=True)


if __name__ == "__main__":
    main()
