"""What a page has asked of the server."""

import json

from playwright.sync_api import Request


def questions(requests: list[Request]) -> list[str]:
    """Return the names of the questions among a page's requests, in order."""
    asked = [request.post_data or "{}" for request in requests if request.url.endswith("component_server/")]
    names = [json.loads(body)["fn_name"] for body in asked]
    return [name for name in names if name != "waiting"]  # asked where an answer takes long
