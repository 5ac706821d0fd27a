"""The table of concepts: every place that it names is there, and shows what the table says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs/concepts.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| [^|]+ \| `(/\?[^`]+)` \| ([^|]+) \| [^|]+ \|$", TABLE, re.M)


@pytest.fixture(scope="module")
def visited(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    yield page
    page.close()


def test_the_table_is_read():
    assert len(ROWS) == TABLE.count("| `/?") > 20


@pytest.mark.parametrize(("concept", "link", "text"), ROWS, ids=[concept for concept, _, _ in ROWS])
def test_a_concept_is_where_the_table_says(visited, either_url, concept, link, text):
    visited.goto(f"{either_url}{link}")
    here = visited.locator("[role=tabpanel]:visible").get_by_text(text, exact=False)
    here.locator("visible=true").first.wait_for()
