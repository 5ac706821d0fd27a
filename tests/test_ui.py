"""The page's handlers and texts, without a server."""

import dataclasses
import shutil

import gradio as gr
import pytest
from PIL import Image

from space.answer import Responder
from space.bundle import BUNDLED, open_bundle
from space.hub import Choice
from space.ui import LAUNCH, build_demo, texts
from space.ui.handlers import OVERLAY, PROBABILITY, Handlers

BUNDLE = open_bundle(BUNDLED, "bundled with this app")
RESPONDER = Responder(BUNDLE)
HANDLERS = Handlers(RESPONDER)
FIRST, SECOND = BUNDLE.samples[:2]
EVIL = "<script>alert(1)</script>"


def test_an_examples_mask_goes_when_another_slice_is_uploaded(tmp_path):
    copy = shutil.copy(FIRST.mask, tmp_path / "copied-by-the-browser.png")
    mask, *_, panel, _, _ = HANDLERS.show_new_slice(str(SECOND.image), copy, 0.5, OVERLAY)
    assert mask is None
    assert "add a mask" in panel


def test_a_mask_of_ones_own_stays_when_another_slice_is_uploaded(tmp_path):
    own = tmp_path / "own.png"
    Image.new("1", Image.open(SECOND.image).size).save(own)
    assert HANDLERS.show_new_slice(str(SECOND.image), str(own), 0.5, OVERLAY)[0] == str(own)


def test_a_bad_slice_leaves_no_picture_and_no_download_of_the_one_before(tmp_path):
    (tmp_path / "bad.png").write_text("no picture")
    picture, legend, panel, mask, download = HANDLERS.show(str(tmp_path / "bad.png"), None, 0.5, OVERLAY)
    assert (picture, legend, mask, download) == (None, "", None, None)
    assert "role='alert'" in panel
    assert "bad.png is no image" in panel


def test_each_view_has_its_legend():
    assert "the mask" in HANDLERS.show(str(FIRST.image), str(FIRST.mask), 0.5, OVERLAY)[1]
    assert "the mask" not in HANDLERS.show(str(FIRST.image), None, 0.5, OVERLAY)[1]
    assert "probability" in HANDLERS.show(str(FIRST.image), None, 0.5, PROBABILITY)[1]


def test_what_comes_from_outside_is_text_and_never_html():
    bundle = dataclasses.replace(
        BUNDLE,
        source=EVIL,
        contract=BUNDLE.contract | {"name": EVIL, "version": EVIL, "target": EVIL},
    )
    assert EVIL not in texts.header(bundle, EVIL)
    assert EVIL not in texts.notice(EVIL)


def test_the_page_says_why_another_model_is_served():
    config = build_demo(Choice(RESPONDER, "The model you/unet at main is not served: the Hub hangs.")).get_config_file()
    assert "The model you/unet at main is not served" in str(config["components"])


def test_nothing_is_recorded_and_files_are_deleted():
    demo = build_demo(Choice(RESPONDER, ""))
    assert demo.analytics_enabled is False
    assert demo.delete_cache == (600, 600)
    assert LAUNCH["run_history"] is False


def test_real_slices_are_not_called_synthetic():
    assert "synthetic" in texts.examples_heading(True)
    assert "synthetic" not in texts.examples_heading(False)


@pytest.mark.parametrize("name", ["font", "font_mono"])
def test_no_font_is_fetched_from_elsewhere(name):
    theme = LAUNCH["theme"]
    assert isinstance(theme, gr.themes.Base)
    assert "http" not in str(getattr(theme, f"_{name}_css", "")) + str(getattr(theme, name))


def test_an_upload_that_was_deleted_meanwhile_says_so():
    gone = "/nowhere/upload.png"
    panel = HANDLERS.show_new_slice(gone, gone, 0.5, OVERLAY)[3]
    assert "upload.png is not there any more" in panel
    assert "nowhere" not in panel
