"""Screenshots of the page, light and dark, wide and narrow: ``python -m tests.browser.pictures FOLDER``.

``--readme`` writes the one picture that README.md shows. Phantoms only: nobody's slices are on it.
"""

import sys
from pathlib import Path

from tests.browser.chromium import chromium
from tests.serving import ROOT, running_app

VIEWS = [(theme, width) for theme in ("light", "dark") for width in (360, 768, 1440)]


def take(url: str, path: Path, theme: str, width: int) -> None:
    """Save the whole page as a PNG."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(f"{url}/?__theme={theme}")
        page.locator("#panel .dice b").wait_for()
        page.wait_for_load_state("networkidle")
        page.locator("#examples img").last.wait_for()
        page.wait_for_timeout(500)
        page.screenshot(path=path, full_page=True)
        print(path)


def main() -> None:
    """Take the pictures."""
    with running_app() as url:
        if sys.argv[1:] == ["--readme"]:
            take(url, ROOT / "docs" / "page.png", "light", 1100)
            return
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True, exist_ok=True)
        for theme, width in VIEWS:
            take(url, folder / f"{theme}-{width}.png", theme, width)


if __name__ == "__main__":
    main()
