"""The page as a screen reader has it, against the trees that were read and found to make sense."""

import pytest

from tests.browser.trees import FOLDER, visit

KEPT = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.yml")}


@pytest.fixture(scope="module")
def trees(browser, app_url):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield visit(page, app_url)
    page.close()


def test_every_tab_has_its_tree(trees):
    assert set(trees) == set(KEPT)


@pytest.mark.parametrize("name", sorted(KEPT))
def test_what_is_read_is_what_was_written_down(trees, name):
    """Whoever means the difference reads it first, and writes the trees anew: ``python -m tests.browser.trees``."""
    assert trees[name].splitlines() == KEPT[name].splitlines()
