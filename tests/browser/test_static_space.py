"""The page as `publish --site` leaves it on the Hub: taken from there, served below a path, shown in a frame."""

from pathlib import Path

import pytest
from huggingface_hub import HfApi, snapshot_download

from space.model.bundle import BUNDLED, open_bundle
from space.site.build import write_site
from tests.browser.gestures import click_example
from tests.browser.test_site import LOADED, right_dice
from tests.packages import installed
from tests.site.building import BELOW, served
from trainer.publish.push import connect, place_of_site, push_site

SITE, MODEL = "alice/demo-static", "alice/unet"
BUNDLE = open_bundle(BUNDLED, "")
# as the Hub frames a Space
FRAME = (
    '<!doctype html><title>The Hub</title><iframe width="1200" height="900" src="{}" sandbox="allow-forms allow-modals '
    'allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts allow-downloads"></iframe>'
)


@pytest.fixture
def space_url(hub, tmp_path):
    """The static Space's files, as they come from the Hub, served by a plain server."""
    installed()
    write_site(BUNDLE, tmp_path / "built", place_of_site(SITE), (MODEL, "v1.0.0"))
    push_site(connect(SITE), SITE, tmp_path / "built", MODEL, "v1.0.0", public=True)
    snapshot_download(SITE, repo_type="space", local_dir=tmp_path / "www" / BELOW)
    with served(tmp_path / "www") as url:
        yield url


def test_a_static_space_computes_below_a_path_and_in_the_hubs_frame(browser, space_url, tmp_path: Path):
    assert HfApi().space_info(SITE).sdk == "static"
    (tmp_path / "hub.html").write_text(FRAME.format(f"{space_url}/?case={BUNDLE.samples[1].name}"), "utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 950})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    with served(tmp_path) as other:  # another port, so another origin
        page.goto(other.removesuffix(BELOW) + "hub.html")
        shown = page.frame_locator("iframe")
        for place in (1, 4):
            sample = BUNDLE.samples[place]
            if place != 1:
                click_example(shown, place)
            shown.locator(f"#viewer form[data-shown={sample.name}]").wait_for(timeout=LOADED)
            dice = float(shown.locator("#viewer [data-score=dice]").get_attribute("data-value") or "nan")
            assert dice == right_dice(sample.image, sample.mask)
        shown.locator("#share summary").click()
        assert f'<iframe src="{space_url}/?case=' in shown.locator("#share textarea[name=iframe]").input_value()
        assert not shown.locator("#share textarea[name=component]").is_visible()
    context.close()
    assert problems == []
