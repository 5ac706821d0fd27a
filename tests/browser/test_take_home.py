"""What is taken home from the page: masks and figures of the whole case, read back by other libraries."""

import csv
import io
import json
import re
import zipfile

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image
from playwright.sync_api import expect
from pydicom.uid import generate_uid

from space.metrics import Counts, score
from tests.browser.both import BOTH
from tests.browser.gestures import drop
from tests.browser.stack import PLACES, open_stack, stack, write_stack
from tests.volumes import abdomen, dicom_bytes, slices, write


def take(page, kind, folder):
    """Click a button; return the file's name and its bytes."""
    with page.expect_download() as given:
        page.locator(f"#cases [data-home][value={kind}]").click()
    given.value.save_as(folder / "taken")
    return given.value.suggested_filename, (folder / "taken").read_bytes()


def set_level(page, level):
    page.locator("#viewer .threshold").evaluate(
        "(slider, level) => { slider.value = level; slider.dispatchEvent(new Event('input', {bubbles: true})); }", level
    )


@BOTH
def test_the_mask_comes_as_nifti_where_the_volume_lies_also_when_it_is_turned(page, tmp_path):
    open_stack(page, tmp_path)
    set_level(page, 60)
    name, data = take(page, "nifti", tmp_path)
    assert name == "CT volume-pancreas-predicted-mask.nii.gz"
    (tmp_path / name).write_bytes(data)
    image = nibabel.nifti1.load(tmp_path / name)
    assert np.array_equal(image.affine, nibabel.nifti1.load(write_stack(tmp_path)[0]).affine)
    assert np.array_equal(np.asarray(image.dataobj).transpose(2, 1, 0) > 0, stack().probability >= 60)
    page.locator("#viewer [data-turn=quarter]").click()
    expect(page.locator("#viewer .turned")).to_be_visible()
    set_level(page, 2)
    (tmp_path / name).write_bytes(take(page, "nifti", tmp_path)[1])
    turned = np.asarray(nibabel.nifti1.load(tmp_path / name).dataobj)
    assert turned.shape == image.shape
    shown = page.locator("#viewer .area").inner_text()
    assert f"{(turned[..., PLACES // 2] > 0).sum():,}" == shown


def test_the_masks_come_as_pictures_and_the_figures_as_tables(page, tmp_path):
    open_stack(page, tmp_path)
    name, data = take(page, "png", tmp_path)
    assert name.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        masks = [np.asarray(Image.open(packed.open(one))) > 0 for one in sorted(packed.namelist())]
    assert np.array_equal(np.stack(masks), stack().probability >= 128)
    dice = score(Counts(*map(int, stack().counts(128).sum(0)))).dice
    name, data = take(page, "json", tmp_path)
    assert name == "CT volume-pancreas-figures.json"
    assert f"{dice:.3f}" in re.sub(r"(0\.\d{3})\d+", lambda found: f"{float(found[0]):.3f}", data.decode())
    assert json.loads(data)
    name, data = take(page, "csv", tmp_path)
    assert name == "CT volume-pancreas-figures.csv"
    assert len(list(csv.reader(io.StringIO(data.decode())))) > PLACES


def test_a_series_gives_a_segmentation_that_pydicom_reads(page, tmp_path):
    drop(
        page,
        "body",
        *write(tmp_path, [dicom_bytes(dataset) for dataset in slices(abdomen(9), FrameOfReferenceUID=generate_uid())]),
    )
    page.locator("#viewer form[data-shown='CT series, slice 5 of 9']").wait_for()
    set_level(page, 1)
    name, data = take(page, "seg", tmp_path)
    assert name == "CT series-pancreas-predicted-mask.dcm"
    found = pydicom.dcmread(io.BytesIO(data))
    assert found.Modality == "SEG"
    assert found.NumberOfFrames == 9


def test_what_cannot_be_made_is_said_and_the_buttons_come_back(page, tmp_path):
    open_stack(page, tmp_path)
    page.locator("#cases [data-home][value=seg]").click()
    expect(page.locator("#cases .home-wrong").first).to_contain_text("DICOM")
    expect(page.locator("#cases [data-home][value=seg]")).to_be_enabled()
    expect(page.locator("#cases .home-says")).to_have_text("")


def test_while_it_is_being_made_the_page_says_so(page, tmp_path):
    held = []

    def later(route):
        if '"take_home"' in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route(re.compile("component_server"), later)
    open_stack(page, tmp_path)
    with page.expect_download():
        page.locator("#cases [data-home][value=csv]").click()
        expect(page.locator("#cases .home-says")).to_have_text(f"All {PLACES} slices are being put together.")
        expect(page.locator("#cases [data-home][value=json]")).to_be_disabled()
        page.locator("#viewer .place").press("ArrowRight")
        expect(page.locator("#cases [data-home][value=json]")).to_be_disabled()
        held[0].continue_()
    expect(page.locator("#cases [data-home][value=json]")).to_be_enabled()


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_example_has_its_figures_too(page, tmp_path, kind):
    name, data = take(page, kind, tmp_path)
    assert name == f"phantom-1-pancreas-figures.{kind}"
    assert data
