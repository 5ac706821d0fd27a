"""Screenshots of every tab, light and dark, at three widths, and embedded: ``python -m tests.browser.pictures FOLDER``.

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
WIDTHS = (390, 768, 1440)


def take(browser: Browser, url: str, path: Path, tab: str, theme: str, width: int, *, embed: bool = False) -> None:
    """Save a tab as a PNG, at its whole height."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{url}/?tab={tab}&theme={theme}{'&embed=1' if embed else ''}")
    page.locator(READY[tab]).first.wait_for()
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
            take(browser, url, ROOT / "docs" / "page.png", "segment", "light", 1100)
            return
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True, exist_ok=True)
        for tab in READY:
            for theme in ("light", "dark"):
                for width in WIDTHS:
                    take(browser, url, folder / f"{tab}-{theme}-{width}.png", tab, theme, width)
            take(browser, url, folder / f"{tab}-embedded.png", tab, "light", 760, embed=True)
        for theme in ("light", "dark"):
            for width in WIDTHS:
                take_volume(browser, url, folder / f"volume-{theme}-{width}.png", theme, width)
        take_volume(browser, url, folder / "volume-embedded.png", "light", 760, embed=True)


if __name__ == "__main__":
    main()
