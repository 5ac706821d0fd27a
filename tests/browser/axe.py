"""What axe-core finds on a page that is open: every rule that it has, those of good practice, too."""

from typing import Any

from playwright.sync_api import Page

from tests.packages import installed

WIDTHS = (390, 768, 1440)


def violations(page: Page) -> list[str]:
    """Return a line for each element that breaks a rule: the rule, the element, and what axe says of it."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate((installed() / "axe-core" / "axe.min.js").read_text("utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html'][:200]} {' '.join(node['failureSummary'].split())}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def violations_at_every_width(page: Page) -> list[str]:
    """Return what is found at the width of a telephone, a tablet and a desk, each once."""
    found: dict[str, None] = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found |= dict.fromkeys(violations(page))
    return list(found)
