"""A series on the page: dropped, gone through, and worked on at the slice that is shown."""

import re
import zipfile

import numpy as np
import pytest
from playwright.sync_api import expect

from space.preprocessing import ABDOMEN, hu_to_grey
from tests.browser.canvas import painted
from tests.browser.gestures import choose_slice, click_example, download, drop
from tests.volumes import IDENTIFIERS, abdomen, dicom_bytes, nifti, slices, write

HU = abdomen(9)


@pytest.fixture
def page(browser, either_url):
    errors = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(either_url)
    page.locator("#viewer form[data-shown]").wait_for()
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def files(tmp_path):
    return write(tmp_path, [dicom_bytes(dataset) for dataset in slices(HU, **IDENTIFIERS)])


def expect_slice(page, place):
    page.locator(f"#viewer form[data-shown='CT series, slice {place + 1} of 9']").wait_for()
    expect(page.locator("#viewer .place-text")).to_have_text(f"{place + 1} of 9")
    expect(page.locator("#viewer form")).to_have_attribute("aria-busy", "false")
    shown = painted(page.locator("#viewer canvas.base"))[..., 0]
    assert np.abs(shown.astype(int) - hu_to_grey(HU[place], ABDOMEN)).max() <= 1


def test_all_files_of_a_series_are_dropped_and_gone_through_by_slider_keys_and_wheel(page, files):
    drop(page, "body", *files)
    expect_slice(page, 4)
    expect(page.locator("#slice-file .name")).to_have_text("9 files")
    slider = page.locator("#viewer .place")
    slider.focus()
    slider.press("ArrowRight")
    expect_slice(page, 5)
    slider.press("Home")
    expect_slice(page, 0)
    stage = page.locator("#viewer .stage")
    stage.focus()
    stage.press("PageUp")
    expect_slice(page, 1)
    stage.hover()
    page.mouse.wheel(0, -300)
    expect_slice(page, 4)
    page.mouse.wheel(0, 900)
    expect_slice(page, 0)
    assert "yxwvut" not in page.content()


def test_window_and_zoom_stay_from_slice_to_slice_and_one_slice_leaves_the_wheel_to_the_page(page, files):
    expect(page.locator("#viewer .places")).to_be_hidden()
    drop(page, "body", *files)
    expect_slice(page, 4)
    page.get_by_label("Zoom in").first.click()
    before = page.locator("#viewer .sheet").get_attribute("style")
    assert before
    assert "scale(1.5)" in before
    page.locator("#viewer .place").press("End")
    expect_slice(page, 8)
    assert page.locator("#viewer .sheet").get_attribute("style") == before
    click_example(page, 0)
    expect(page.locator("#viewer .places")).to_be_hidden()
    page.locator("#viewer .stage").hover()
    page.mouse.wheel(0, 300)
    page.wait_for_function("() => window.scrollY > 0")


def test_fast_moves_end_at_the_last_slice_that_was_wanted(page, files):
    drop(page, "body", *files)
    expect_slice(page, 4)
    slider = page.locator("#viewer .place")
    for key in ("ArrowLeft",) * 4 + ("ArrowRight",) * 7:
        slider.press(key)
    expect_slice(page, 7)


def test_what_is_saved_and_looked_into_is_the_slice_on_the_screen(page, files, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for file in files:
            packed.write(file)
    choose_slice(page, tmp_path / "a.zip")
    expect_slice(page, 4)
    expect(page.locator("#slice-file .name")).to_have_text("one file")
    page.locator("#viewer .place").press("Home")
    expect_slice(page, 0)
    name, pixels = download(page, "#download-picture", tmp_path / "saved.png")
    assert re.fullmatch(r"CT series, slice 1 of 9-pancreas-overlay\.png", name)
    assert pixels.shape == (*HU.shape[1:], 3)
    page.get_by_role("tab", name="Draw").click()
    page.locator("#panel-draw form[data-shown='CT series, slice 1 of 9']").wait_for()
    page.get_by_role("tab", name="Inside").click()
    page.locator("#panel-inside form[data-shown]").wait_for()
    expect(page.locator("#panel-inside .picture")).to_have_js_property("width", HU.shape[2])


def test_of_two_labels_one_is_asked_for_and_each_slice_has_its_own_part_of_it(page, tmp_path):
    bones, liver = HU >= 700, (HU >= 110) & (HU < 200)
    liver[0] = False
    (tmp_path / "ct.nii").write_bytes(nifti(HU, "RAS").to_bytes())
    (tmp_path / "labels.nii").write_bytes(nifti((bones * 9 + liver * 7).astype(np.uint8), "RAS").to_bytes())
    drop(page, "body", tmp_path / "labels.nii", tmp_path / "ct.nii")
    question = page.locator("form.question")
    expect(question).to_contain_text("2 labels")
    question.locator("select").select_option("7")
    question.locator("button.primary").click()
    page.locator("#viewer form.has-mask[data-shown='CT volume, slice 2 of 9']").wait_for()
    expect(page.locator("#viewer .reference")).to_have_text(str(liver[1].sum()))
    page.locator("#viewer .place").press("Home")
    expect(page.locator("#viewer .reference")).to_have_text("0")
    expect(page.locator("#viewer .notes")).to_contain_text("the organ is not on this slice")
    page.locator("#viewer .place").press("End")
    expect(page.locator("#viewer .reference")).to_have_text(str(liver[8].sum()))


def test_a_folder_is_dropped_with_what_lies_deeper_in_it(page, tmp_path):
    folder = tmp_path / "study"
    deeper = folder / "series"
    deeper.mkdir(parents=True)
    write(deeper, [dicom_bytes(dataset) for dataset in slices(HU)])
    (folder / "DICOMDIR").write_bytes(b"no slice")
    (folder / ".hidden").write_bytes(b"no slice")
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 400, "data": data})
    expect_slice(page, 4)
    expect(page.locator("#slice-file .name")).to_have_text("9 files")


def test_right_and_left_are_named_only_where_the_file_says_them(page, tmp_path):
    letters = page.locator("#viewer .letters")
    series = {"said": slices(HU), "silent": slices(HU, ImageOrientationPatient=None)}
    for name, files in series.items():
        folder = tmp_path / name
        folder.mkdir()
        drop(page, "body", *write(folder, [dicom_bytes(dataset) for dataset in files]))
        expect_slice(page, 4)
        expect(letters).to_be_visible(visible=name == "said")
        click_example(page, 0)
        expect(letters).to_be_hidden()
