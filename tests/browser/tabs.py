"""The tabs of the page, and when each of them shows what it has."""

from playwright.sync_api import Page

from tests.browser.pictures import READY


def tabs_of(page: Page) -> list[str]:
    """Return the names of all tabs, as the address has them."""
    names: list[str] = page.get_by_role("tab").evaluate_all("tabs => tabs.map((tab) => tab.value)")
    return names


def open_tab(page: Page, tab: str) -> None:
    """Open a tab and wait until it shows what it has."""
    page.locator(f"#tab-{tab}").click()
    page.locator(f"#panel-{tab}").wait_for()
    if tab in READY:
        page.locator(READY[tab]).first.wait_for()
    page.wait_for_timeout(500)  # what comes a moment later: a run that trains, or a volume, keeps the network busy
