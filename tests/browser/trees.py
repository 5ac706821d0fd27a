"""The page as a screen reader has it, a tree of each tab kept as a file: ``python -m tests.browser.trees`` writes them.

Numbers are left out, so that a new network or a faster machine leaves a tree as it is; so are the rows of tables beyond
the first few, which other tests read.
"""

import re
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.chromium import chromium
from tests.browser.tabs import open_tab, tabs_of
from tests.serving import running_app

AROUND = ("#header", "#page", "#share", "#explanation", "#embedded-note")
"""What stands above and below every tab."""
FOLDER = Path(__file__).parent / "trees"
NUMBER = re.compile(r"(?<!level=)\d[\d,]*(\.\d+)?")
ROWS = 3
"""Of each table; the others are like these."""


def tree(page: Page, *selectors: str) -> str:
    """Return the trees of some elements, one after another."""
    text = "\n".join(page.locator(selector).aria_snapshot() for selector in selectors)
    lines = NUMBER.sub("#", text).splitlines()
    return "\n".join(without_more_rows(lines)) + "\n"


def without_more_rows(lines: list[str]) -> list[str]:
    """Leave out the rows of a table beyond the first ones, and say so; a row is one with its cells."""
    kept: list[str] = []
    rows: dict[int, int] = {}  # by indent
    skipped = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if skipped is not None and indent > skipped:
            continue
        skipped = None
        rows = {at: count for at, count in rows.items() if at <= indent}
        if line.lstrip().startswith("- row "):
            rows[indent] = rows.get(indent, 0) + 1
            if rows[indent] > ROWS:
                skipped = indent
                if rows[indent] == ROWS + 1:
                    kept.append(" " * indent + "- text: and so on")
                continue
        else:
            rows.pop(indent, None)
        kept.append(line)
    return kept


def visit(page: Page, url: str) -> dict[str, str]:
    """Return the trees of all tabs, and of what stands around them."""
    page.goto(url)
    page.locator("#viewer form[data-shown]").wait_for()
    trees = {"around": tree(page, *AROUND)}
    for tab in tabs_of(page):
        open_tab(page, tab)
        settle(page, tab)
        trees[tab] = tree(page, f"#panel-{tab}")
    return trees


def settle(page: Page, tab: str) -> None:
    """Wait for what comes last in some tabs."""
    if tab == "segment":
        page.wait_for_function("document.querySelector('#viewer .spoken').textContent")
    if tab == "inside":
        page.locator("#network [data-waiting]").first.wait_for(state="detached")
    if tab == "results":
        page.locator("#results-robustness form[data-shown^='window']").wait_for()
    if tab == "playground":
        page.locator("#playground .examples canvas").first.wait_for()


def main() -> None:
    """Write the trees anew."""
    FOLDER.mkdir(exist_ok=True)
    with running_app() as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for tab, said in visit(page, url).items():
            (FOLDER / f"{tab}.yml").write_text(said, "utf-8")
            print(FOLDER / f"{tab}.yml")


if __name__ == "__main__":
    main()
