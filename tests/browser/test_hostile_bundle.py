"""A bundle whose every text is markup: the page shows it as text, in all tabs."""

import csv
import json
import os
import shutil

import pytest

from space.model.bundle import BUNDLED
from tests.bundles import change_contract, rehash
from tests.serving import running_app

MARKUP = "</title></script><img src=x onerror='window.evil=1'>\"${window.evil=1}{{window.evil=1}}"
NETWORKS = ("article-today", "no-skips")


@pytest.fixture
def folder(tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "bundle", ignore=shutil.ignore_patterns("*.h5"))
    metrics = json.loads((folder / "metrics.json").read_text())
    for split in (metrics["test"], metrics["validation"]):
        for row in split["per_subject"] + split["per_slice"]:
            row["subject"] = MARKUP
    for row in metrics["ablation"][1:] + [row for row in metrics["recipes"] if row["run"] not in NETWORKS]:
        row["run"] = row["preset"] = MARKUP
    (folder / "metrics.json").write_text(json.dumps(metrics))
    with (folder / "samples" / "samples.csv").open(newline="") as table:
        rows = list(csv.reader(table))
    with (folder / "samples" / "samples.csv").open("w", newline="") as table:
        csv.writer(table).writerows([rows[0], *([name + MARKUP, *rest] for name, *rest in rows[1:])])

    def change(contract):
        shown = ("name", "version", "target", "plane", "intended_use", "measured", "preset")
        contract.update(dict.fromkeys(shown, MARKUP))
        contract["limits"] = [MARKUP]
        contract["data"].update(citation=f"javascript:{MARKUP}", licence=MARKUP, label=MARKUP)
        contract["training"].update(device=MARKUP, code="javascript:window.evil=1")
        contract["sha256"] = {name: said for name, said in contract["sha256"].items() if (folder / name).is_file()}

    change_contract(folder, change)
    rehash(folder, "metrics.json", "samples/samples.csv")
    return folder


def test_markup_of_a_bundle_is_shown_as_text(folder, browser):
    with running_app(os.environ | {"MODEL_REPO": str(folder)}) as url:
        page = browser.new_page()
        page.goto(url)
        tabs = page.get_by_role("tab")
        tabs.first.wait_for()
        assert MARKUP in page.locator("#header").inner_text()  # it is this bundle that is served
        for tab in tabs.all():
            tab.click()
            page.wait_for_load_state("networkidle")
        found = page.evaluate(
            "[window.evil, document.querySelectorAll('img[onerror], a[href^=javascript]').length, document.title]"
        )
        assert found == [None, 0, f"Find the {MARKUP}"]
        page.close()
