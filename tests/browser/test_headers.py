"""The page, all its tabs opened once, does nothing that its own Content-Security-Policy forbids."""

import pytest

from tests.browser.tabs import open_tab, tabs_of


@pytest.mark.parametrize("query", ["", "?engine=browser"])
def test_no_tab_does_what_the_policy_forbids(browser, app_url, query):
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{app_url}/{query}")
    page.locator("#viewer form[data-shown]").wait_for()
    for tab in tabs_of(page):
        open_tab(page, tab)
    page.close()
    assert [text for text in said if "Content Security Policy" in text or "violates" in text] == []
