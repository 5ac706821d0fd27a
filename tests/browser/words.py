"""How much there is to read in each tab, and how high it is: ``python -m tests.browser.words``.

Counted are the words that stand on the screen when a tab has opened: what is folded away, the header, the tabs' names
and what stands below every tab are left out. Heights are those of the tab's own panel, on a telephone and at a desk.
"""

from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium
from tests.browser.pictures import READY
from tests.serving import running_app

WIDTHS = (390, 1280)


def measured(page: Page, tab: str) -> tuple[int, int]:
    """Return the words of an open tab's panel, and its height in pixels."""
    panel = page.locator(f"#panel-{tab}")
    page.add_style_tag(content=".only-read { display: none; }")  # it is heard, not seen
    height = panel.bounding_box()
    assert height is not None
    return len(panel.inner_text().split()), round(height["height"])


def count(browser: Browser, url: str, tab: str) -> tuple[int, list[int]]:
    """Return the words of a tab, and its heights at `WIDTHS`."""
    page = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
    page.goto(f"{url}/?tab={tab}")
    page.locator(READY[tab]).first.wait_for()
    page.wait_for_load_state("networkidle")
    words, heights = 0, []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        words, height = measured(page, tab)
        heights.append(height)
    page.close()
    return words, heights


def main() -> None:
    """Print a line for each tab."""
    print("tab          words" + "".join(f"{width:>6} px" for width in WIDTHS))
    with running_app() as url, chromium() as browser:
        for tab in READY:
            words, heights = count(browser, url, tab)
            print(f"{tab:<12}{words:>6}" + "".join(f"{height:>9}" for height in heights))


if __name__ == "__main__":
    main()
