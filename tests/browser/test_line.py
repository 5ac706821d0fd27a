"""Many ask at once: the page says how long it is going to take, and a question that is sent away comes again."""

import json
import re
from typing import Any

from playwright.sync_api import Route, expect

LONG, SHORT = {"ahead": 512, "seconds": 0.5}, {"ahead": 37, "seconds": 4.2}


def test_the_page_says_how_many_come_before_and_no_question_is_lost(browser, app_url):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked: list[Any] = []
    held: list[Route] = []
    seen: list[str] = []

    def busy(route: Route) -> None:
        body: Any = route.request.post_data_json
        asked.append(body)
        opened = [one["data"]["ticket"] for one in asked if one["fn_name"] == "open_case"]
        if body["fn_name"] == "waiting":
            assert body["data"]["ticket"] in opened
            route.fulfill(body=json.dumps(SHORT if seen else LONG), content_type="application/json")
        elif not seen:
            route.fulfill(body=json.dumps({"full": LONG}), content_type="application/json")
        else:
            held.append(route)

    page.route(re.compile("component_server"), busy)
    page.goto(app_url)
    told = page.locator("#waiting")
    expect(told).to_contain_text("512 questions come before yours. It will take about 1 second; you keep your place.")
    expect(page.get_by_role("status").filter(has_text="Many people are asking")).to_have_count(1)
    seen.append("512")
    expect(told).to_contain_text("37 questions come before yours. It will take about 4 seconds")
    tickets = {one["data"]["ticket"] for one in asked if one["fn_name"] == "open_case"}
    assert len(tickets) == 1
    for route in held:
        route.continue_()
    page.unroute(re.compile("component_server"))
    page.locator("#viewer form[data-shown][aria-busy=false]").wait_for()
    expect(told).to_be_hidden()
    page.close()
