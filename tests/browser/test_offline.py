"""The page without a server, opened again when its server is gone, or has a newer build."""

import shutil
import time

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import choose_slice, click_example
from tests.browser.test_site import BUNDLE, LOADED, right_dice, shown_dice
from tests.serving import free_port
from tests.site.building import BELOW, files_of, served

KEPT = """async () => {
    const names = await caches.keys();
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return requests.flat().map(({url}) => url);
}"""


@pytest.fixture
def www(site_folder, tmp_path):
    """A folder of one's own with the site in it, and a port to serve it on."""
    shutil.copytree(site_folder, tmp_path / BELOW)
    return tmp_path, free_port()


@pytest.fixture
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


def open_once(page, url, site) -> list[str]:
    """Visit the site until it is kept as a whole; return the addresses that it should keep."""
    page.goto(url)
    folder = files_of(site)
    paths = [
        path for path in site.rglob("*") if path.is_file() and path.name != "offline.js" and folder in path.parents
    ]
    every = sorted([f"{url}/", *(f"{url}/{path.relative_to(site).as_posix()}" for path in paths)])
    deadline = time.monotonic() + LOADED / 1000
    while sorted(page.evaluate(KEPT)) != every and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    return every


def test_the_second_visit_needs_no_server(page, www, tmp_path):
    folder, port = www
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    with served(folder, port) as url:
        every = open_once(page, url, folder / BELOW)
    page.goto(f"{url}/?tab=inside")  # nobody serves it any more
    expect(page.locator("#network")).to_contain_text("Dice", timeout=LOADED)
    page.locator("#tab-segment").click()
    sample = BUNDLE.samples[3]
    click_example(page, 3)
    page.locator(f"#viewer form[data-shown={sample.name}]").wait_for(timeout=LOADED)
    assert shown_dice(page) == right_dice(sample.image, sample.mask)
    own = tmp_path / "own.png"
    shutil.copyfile(BUNDLE.samples[1].image, own)
    choose_slice(page, own)
    page.locator("#viewer form[data-shown=own]").wait_for(timeout=LOADED)
    page.locator("#tab-playground").click()
    expect(page.locator("#playground")).to_contain_text("Untrained: press Play", timeout=LOADED)
    assert sorted(page.evaluate(KEPT)) == every  # the site's files, and none of one's own
    assert problems == []


def test_a_newer_build_takes_the_place_of_an_older_one_as_a_whole(page, www):
    folder, port = www
    site = folder / BELOW
    with served(folder, port) as url:
        open_once(page, url, site)
    old = files_of(site).name
    rebuild(site, old, "b" * len(old))
    with served(folder, port) as url:
        page.reload()  # the newest, where there is a connection
        expect(page.locator("h1").first).to_contain_text("A newer build", timeout=LOADED)
        every = open_once(page, url, site)
        assert sorted(page.evaluate(KEPT)) == every
        assert not any(old in address for address in every)
    page.reload()
    expect(page.locator("h1").first).to_contain_text("A newer build", timeout=LOADED)
    click_example(page, 2)
    sample = BUNDLE.samples[2]
    page.locator(f"#viewer form[data-shown={sample.name}]").wait_for(timeout=LOADED)
    assert shown_dice(page) == right_dice(sample.image, sample.mask)


def rebuild(site, old: str, new: str) -> None:
    """Write a site anew as a build of another name, which its page shows."""
    files_of(site).rename(site / "files" / new)
    for name in ("index.html", "offline.js"):
        text = (site / name).read_text("utf-8").replace(old, new)
        (site / name).write_text(text.replace("<h1>", "<h1>A newer build: ", 1), "utf-8")


def test_an_old_page_never_meets_the_files_of_a_newer_build(page, www):
    folder, port = www
    site = folder / BELOW
    with served(folder, port) as url:
        page.goto(f"{url}/?tab=dice")
        page.locator("#dice-by-hand canvas").first.wait_for()
        rebuild(site, files_of(site).name, "c" * 12)
        page.locator("#tab-segment").click()
        click_example(page, 1)
        expect(page.locator("#page p.notice")).to_contain_text("reload the page", timeout=LOADED)
