"""Screenshots of every tab, light and dark, at three widths, and embedded: ``python -m tests.browser.pictures FOLDER``.

``--readme`` writes the one picture that README.md shows. Phantoms only: nobody's slices are on it.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.serving import ROOT, running_app

READY = {
    "segment": "#viewer form[data-shown]",
    "draw": "#draw-pad form[data-shown]",
    "dice": "#dice-by-hand form",
    "inside": "#network form[data-shown]",
    "learned": "#learned-curves svg path",
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


if __name__ == "__main__":
    main()
