from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

expect.set_options(timeout=30_000)  # ms; the default of five seconds is short where tests run side by side


@pytest.fixture(scope="session", params=["app", "site"])
def either_url(request: pytest.FixtureRequest) -> str:
    """The app, and then the page without a server: for what both must do."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The app's page, or the site's (`BOTH`), open and ready; a test fails if the browser's console shows an error."""
    url = request.getfixturevalue(f"{getattr(request, 'param', 'app')}_url")
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(url)
    opened.locator("#viewer form[data-shown]").wait_for()
    opened.wait_for_load_state("networkidle")
    yield opened
    context.close()
    assert errors == []
