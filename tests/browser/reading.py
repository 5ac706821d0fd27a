"""Read a chart as a person does: with the pointer."""

from playwright.sync_api import Page

LEFT, RIGHT = 40, 10  # the margins of space/page/chart.js


def hover(page: Page, root: str, share: float) -> str:
    """Point at a chart, `share` of the way from its left axis to its right edge; return what it tells."""
    svg = page.locator(root).locator(".chart svg").first
    svg.scroll_into_view_if_needed()
    box = svg.bounding_box()
    assert box
    page.mouse.move(box["x"] + LEFT + share * (box["width"] - LEFT - RIGHT) - 0.5, box["y"] + box["height"] / 2)
    return page.locator(root).locator(".chart-tip").first.inner_text()
