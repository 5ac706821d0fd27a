"""One's own CT on the page, from the files to what is taken home: ``python -m tests.browser.own_ct FOLDER FILE...``.

The files are chosen as slices, those of ``--mask`` as their mask, and ``--label`` answers which structure is the organ.
Screenshots, masks and figures are left in the folder; times and what the page says are printed. ``--at`` names a page
that is served already, as the one without a server; without it the app is started.
"""

import argparse
import time
from contextlib import nullcontext
from pathlib import Path

from playwright.sync_api import Download, Page, expect

from tests.browser.chromium import chromium
from tests.serving import running_app

PATIENCE = 600_000  # ms
WIDTHS = {"wide": (1280, "light"), "phone": (390, "dark")}


def open_files(page: Page, files: list[Path], masks: list[Path], label: str | None) -> None:
    """Choose the slices, then the mask; say how long it took."""
    start = time.perf_counter()
    before = page.locator("#viewer form").get_attribute("data-shown")
    page.locator("#slice-file input").set_input_files([str(file) for file in files])
    page.locator(f"#viewer form:not([data-shown='{before}'])").wait_for(timeout=PATIENCE)
    print(f"first picture, with its answer: {time.perf_counter() - start:.1f} s")
    if masks:
        page.locator("#mask-file input").set_input_files([str(file) for file in masks])
        asked = page.locator("form.question:visible")
        expect(page.locator("#viewer form.has-mask").or_(asked)).to_be_visible(timeout=PATIENCE)
        if label and asked.is_visible():
            asked.locator("select").select_option(label)
            asked.locator("button.primary").click()
        page.locator("#viewer form.has-mask").wait_for(timeout=PATIENCE)
    if page.locator("#volume .progress-text").is_visible():
        expect(page.locator("#volume .progress-text")).to_contain_text("all", timeout=PATIENCE)
        print(f"all slices: {time.perf_counter() - start:.1f} s")
    page.wait_for_timeout(1500)  # the cuts and the distances


def take_home(page: Page, folder: Path) -> None:
    """Save what the page offers; print its sentence where something cannot be had."""
    got: list[Download] = []
    page.on("download", lambda download: got.append(download))
    for button in page.locator("#cases [data-home]:visible").all():
        before = len(got)
        button.click()
        expect(page.locator("#cases .home-says")).to_be_empty(timeout=PATIENCE)
        page.wait_for_timeout(300)
        if len(got) == before:
            print(f"{button.inner_text()}: {page.locator('.notice[role=alert]:visible').inner_text()}")
            continue
        got[-1].save_as(folder / got[-1].suggested_filename)
        print(f"taken home: {got[-1].suggested_filename}")


def main() -> None:
    """Do it all, wide and light, then narrow and dark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--mask", type=Path, nargs="+", default=[])
    parser.add_argument("--label")
    parser.add_argument("--at")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with nullcontext(asked.at) if asked.at else running_app() as url, chromium() as browser:
        for name, (width, theme) in WIDTHS.items():
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(f"{url}/?theme={theme}")
            page.locator("#viewer form[data-shown]").wait_for()
            print(f"{name}, {theme}")
            open_files(page, asked.files, asked.mask, asked.label)
            page.screenshot(path=asked.folder / f"{name}.png", full_page=True)
            print(page.locator("#viewer .notes").inner_text())
            if page.locator("#volume .whole").is_visible():
                print(" ".join(page.locator("#volume .whole").inner_text().split()))
            if name == "wide":
                take_home(page, asked.folder)
            page.close()


if __name__ == "__main__":
    main()
