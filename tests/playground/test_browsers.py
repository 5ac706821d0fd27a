"""The same address is the same run, to the last bit: in Node, in Chromium and in Firefox."""

from urllib.parse import urlencode

import pytest

from tests.browser.firefox import firefox
from tests.playground.node import run
from tests.playground.site import static_site

STEPS = 16
PATIENCE = 1200  # s; a run takes two where the machine has nothing else to do
SMALL = {"filters": 4, "pools": 2}
RUNS = [
    (SMALL, []),
    (
        SMALL
        | {"subjects": 4, "augment": True, "seed": 2, "upsampling": "resize", "activation": "elu", "norm": "batch"}
        | {"dropout": 0.2, "schedule": "cosine", "loss": "dice_bce"},
        [{"step": 8, "rate": 0.003}],
    ),
]


def query(settings, changes):
    texts = {f"play-{key}": str(value).lower() for key, value in settings.items()}
    told = {"play-changes": ",".join(f"{change['step']}:{change['rate']}" for change in changes)} if changes else {}
    return urlencode(texts | told | {"play-start": "1", "play-until": STEPS})


@pytest.fixture(scope="module")
def scores():
    """Training and validation Dice of each run in Node."""
    curves = [run("train.mjs", str(STEPS), settings, changes) for settings, changes in RUNS]
    return [[curve[-1]["dice"], curve[-1]["validationDice"]] for curve in curves]


def test_chromium_trains_as_node(browser, scores):
    with static_site() as site:
        for (settings, changes), score in zip(RUNS, scores, strict=True):
            page = browser.new_page()
            page.goto(site.watched(query(settings, changes), STEPS))
            assert site.reports.get(timeout=PATIENCE) == score
            page.close()


def test_firefox_trains_as_node(scores, tmp_path):
    with static_site() as site:
        for number, ((settings, changes), score) in enumerate(zip(RUNS, scores, strict=True)):
            profile = tmp_path / str(number)
            profile.mkdir()
            with firefox(site.watched(query(settings, changes), STEPS), profile):
                assert site.reports.get(timeout=PATIENCE) == score
