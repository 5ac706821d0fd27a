"""The page of a network that finds the liver, on CT or on MR: every word of every tab, and what is given to it."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.gestures import choose_slice
from tests.other import foreign_words, like_mr, other_bundle
from tests.serving import running_app
from tests.volumes import abdomen, dicom_bytes, nifti, slices, write

TABS = ("segment", "draw", "dice", "inside", "learned", "results")
HU = abdomen(9, 96, 96) + np.random.default_rng(0).normal(0, 20, (9, 96, 96)).round().astype(np.int16)
ATTRIBUTES = "e => ['aria-label', 'title', 'alt', 'placeholder'].map((name) => e.getAttribute(name) ?? '').join('\\n')"


@pytest.fixture(scope="module", params=["CT", "MR"])
def served(request, tmp_path_factory) -> Iterator[tuple[str, str]]:
    """Where a liver's network is served, and what it sees."""
    folder = tmp_path_factory.mktemp("other") / "bundle"
    other_bundle(folder, request.param)
    with running_app(os.environ | {"MODEL_REPO": str(folder)}) as url:
        yield url, request.param


@pytest.fixture
def scans(tmp_path) -> dict[str, Path]:
    """A volume of each modality."""
    paths = {}
    for modality, values in (("CT", HU), ("MR", like_mr(HU))):
        paths[modality] = tmp_path / f"{modality}.nii.gz"
        paths[modality].write_bytes(nifti(values).to_bytes())
    return paths


def opened(browser: Browser, url: str) -> Page:
    """Return the page, once it takes files."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    expect(page.locator("#cases .origin")).not_to_be_empty()
    return page


def words_of(page: Page) -> str:
    """Return all that can be read on a page, also what a click opens, and what only a screen reader says."""
    texts = page.locator("body *").evaluate_all(
        "all => all.map((e) => [...e.childNodes].filter((n) => n.nodeType === 3 && !e.closest('script, style'))"
        ".map((n) => n.textContent).join(' '))"
    )
    values = page.locator("textarea, input").evaluate_all("all => all.map((e) => e.value)")
    said = page.locator("body *").evaluate_all(f"all => all.map({ATTRIBUTES})")
    return "\n".join([page.title(), *texts, *values, *said])


def test_no_tab_speaks_of_another_organ_or_modality(browser: Browser, served, scans):
    url, modality = served
    page = opened(browser, url)
    choose_slice(page, scans[modality])
    page.locator(f"#viewer form[data-shown^='{modality} volume']").wait_for()
    for tab in TABS:
        page.locator(f"[role=tab][value={tab}]").click()
        page.locator(f"#panel-{tab}.open .part").first.wait_for()
        page.wait_for_load_state("networkidle")
        found = words_of(page)
        # the real cases, shown to networks that see CT, are of the collection Pancreas-CT, and are called so
        real = page.locator("#real")
        for line in words_of_real(real) if real.count() else ():
            found = found.replace(line, "")
        assert not foreign_words(found, modality), tab
    assert page.locator("#draw-pad .which").inner_text() == "Where is the liver?"
    page.locator("#share summary").click()
    expect(page.locator("#share .measured")).to_contain_text("px high")
    assert 'title="Find the liver"' in page.locator("textarea[name=iframe]").input_value()
    page.close()


def words_of_real(real: Locator) -> list[str]:
    """Return what the row of real cases says, longest first."""
    texts = [
        *real.locator("*").all_text_contents(),
        *real.locator("option").evaluate_all("all => all.map((e) => e.value)"),
    ]
    return sorted((text for text in texts if text.strip()), key=len, reverse=True)


def test_the_display_window_is_told_in_the_modalitys_own_values(browser: Browser, served, scans):
    url, modality = served
    page = opened(browser, url)
    choose_slice(page, scans[modality])
    page.locator(f"#viewer form[data-shown^='{modality} volume']").wait_for()
    seen = "-40 to 310 HU" if modality == "CT" else "grey values -40 to 310"
    expect(page.locator("#viewer .seen-by-network")).to_have_text(seen)
    expect(page.locator("#viewer .presets button:visible")).to_have_count(5 if modality == "CT" else 1)
    page.locator("#viewer .stage").hover(position={"x": 60, "y": 60})
    expect(page.locator("#viewer .readout")).to_contain_text("HU" if modality == "CT" else "grey value")
    if modality == "MR":
        expect(page.locator("#real")).to_have_count(0)
    page.close()


def test_a_series_of_another_modality_is_refused_by_its_name(browser: Browser, served, tmp_path):
    url, modality = served
    page = opened(browser, url)
    if modality == "MR":  # the phantoms of the app are CT, and no examples for it
        expect(page.locator("#viewer .dice-says")).to_have_text("no slice is open yet")
        expect(page.locator("#cases .origin")).to_have_text("none come with this model: open a slice of your own")
    of_mr = slices(like_mr(HU), Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
    series = slices(HU) if modality == "MR" else of_mr
    page.locator("#slice-file input").set_input_files(write(tmp_path, [dicom_bytes(one) for one in series]))
    said = "is a CT image, not MR" if modality == "MR" else "is an MR image, not CT"
    expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    page.close()
