"""The page's handlers, payloads and texts, without a server."""

import dataclasses
import json
import shutil

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from space.answer import Responder
from space.metrics import count
from space.model.bundle import BUNDLED, open_bundle
from space.model.hub import Choice
from space.ui import LAUNCH, build_demo, texts
from space.ui.handlers import Handlers
from space.ui.inside import Inside, grid
from space.ui.payload import slice_data

BUNDLE = open_bundle(BUNDLED, "bundled with this app")
RESPONDER = Responder(BUNDLE)
HANDLERS = Handlers(RESPONDER)
INSIDE = Inside(RESPONDER)
FIRST, SECOND = BUNDLE.samples[:2]
EVIL = "<script>alert(1)</script>"


def data_of(update):
    """Return what an update of a part holds for the browser."""
    return update.props["data"]


def look(level="encoder_0", cut=(), mask=FIRST.mask):
    wish = json.dumps({"level": level, "cut": list(cut)})
    return data_of(INSIDE.show(str(FIRST.image), str(mask) if mask else None, wish))


def test_an_examples_mask_goes_when_another_slice_is_uploaded(tmp_path):
    copy = shutil.copy(FIRST.mask, tmp_path / "copied-by-the-browser.png")
    mask, viewer, *_ = HANDLERS.show_new_slice(str(SECOND.image), copy, 0.5)
    assert mask is None
    assert data_of(viewer)["truth"] is None


def test_a_mask_of_ones_own_stays_when_another_slice_is_uploaded(tmp_path):
    own = tmp_path / "own.png"
    Image.new("1", Image.open(SECOND.image).size).save(own)
    assert HANDLERS.show_new_slice(str(SECOND.image), str(own), 0.5)[0] == str(own)


def test_a_bad_slice_leaves_no_picture_and_no_download_of_the_one_before(tmp_path):
    (tmp_path / "bad.png").write_text("no picture")
    viewer, *downloads = HANDLERS.show(str(tmp_path / "bad.png"), None, 0.5)
    assert downloads == [None, None, None]
    assert data_of(viewer)["base"] is None
    assert "bad.png is no image" in data_of(viewer)["problem"]


def test_a_mask_that_does_not_fit_costs_only_the_scores(tmp_path):
    Image.new("1", (64, 64)).save(tmp_path / "small.png")
    viewer, mask, *_ = HANDLERS.show(str(FIRST.image), str(tmp_path / "small.png"), 0.5)
    assert "64 x 64 pixels" in data_of(viewer)["problem"]
    assert "shown without it" in data_of(viewer)["problem"]
    assert data_of(viewer)["table"] is None
    assert data_of(viewer)["prob"]
    assert np.array_equal(np.asarray(Image.open(mask)), RESPONDER.answer(FIRST.image, None, 0.5).mask())


def test_the_downloads_follow_the_threshold():
    for threshold in (0.2, 0.9):
        mask, picture, probability = (
            np.asarray(Image.open(path)) for path in HANDLERS.save(str(FIRST.image), str(FIRST.mask), threshold)
        )
        answer = RESPONDER.answer(FIRST.image, FIRST.mask, threshold)
        assert np.array_equal(mask, answer.mask())
        assert np.array_equal(picture, answer.overlay())
        assert np.array_equal(probability, answer.probability)


def test_the_viewer_gets_the_counts_at_every_threshold():
    answer = RESPONDER.answer(FIRST.image, FIRST.mask, 0.5)
    assert answer.reference is not None
    table = slice_data(answer)["table"]
    for level in (0, 1, 77, 128, 255):
        assert tuple(table[level]) == count(answer.probability >= level, answer.reference)


def test_hu_are_named_only_where_they_are_known(tmp_path):
    grey = np.asarray(Image.open(FIRST.image)).astype(np.float64)
    Image.fromarray(np.rint(grey * 350 / 255 - 40 + 1024).astype(np.uint16)).save(tmp_path / "raw.png")
    Image.open(SECOND.image).save(tmp_path / "own.png", compress_level=9)
    known = {path: data_of(HANDLERS.show(str(path), None, 0.5)[0])["hu"] for path in (FIRST.image, *tmp_path.iterdir())}
    assert known == {FIRST.image: [-40, 310], tmp_path / "raw.png": [-40, 310], tmp_path / "own.png": None}


def test_a_link_opens_its_example_and_anything_else_the_first():
    def asked(case):
        return HANDLERS.open(0.5, gr.Request(query_params={"case": case}))

    image, mask, viewer, *_ = asked(SECOND.name)
    assert (image, mask) == (str(SECOND.image), str(SECOND.mask))
    assert data_of(viewer)["case"] == SECOND.name
    assert all(value == gr.skip() for value in asked("../../etc/passwd")[:3])


def test_inside_describes_the_network_that_is_loaded():
    data = look()
    levels = {level["name"]: level for level in data["levels"]}
    settings, skips = BUNDLE.contract["settings"], BUNDLE.contract["slice"]["levels"]
    assert len(levels) == 2 * skips + 1
    widths = [settings["stem"], *settings["filters"]]
    assert [levels[f"encoder_{depth}"]["filters"] for depth in range(skips)] == widths[:-1]
    assert levels["bottleneck"]["filters"] == widths[-1]
    crop = BUNDLE.contract["slice"]["crop"]
    assert [levels[f"decoder_{depth}"]["width"] for depth in range(skips)] == [crop >> depth for depth in range(skips)]


def test_inside_shows_every_map_of_a_level():
    for level in look()["levels"]:
        shown = look(level["name"])["grid"]
        assert shown["count"] == level["filters"]
        assert shown["rows"] * shown["columns"] >= level["filters"] > (shown["rows"] - 1) * shown["columns"]


def test_cutting_skip_connections_changes_the_prediction_and_its_dice():
    whole, cut = look(), look(cut=[2])
    scores = RESPONDER.answer(FIRST.image, FIRST.mask, 0.5).scores
    assert scores is not None
    assert whole["dice"] == whole["diceCut"] == cut["dice"] == scores.dice
    assert cut["diceCut"] < whole["dice"]
    assert cut["picture"] != whole["picture"]


@pytest.mark.parametrize("wish", ["", "[]", '{"level": "nowhere", "cut": []}', '{"level": "encoder_0", "cut": ["x"]}'])
def test_a_wish_that_cannot_be_falls_back_to_the_whole_network(wish):
    data = data_of(INSIDE.show(str(FIRST.image), None, wish))
    assert (data["level"], data["cut"], data["dice"]) == ("encoder_0", [], None)


def test_a_skip_that_is_not_there_is_not_cut():
    assert look(cut=[1, 99, -1, 1])["cut"] == [1]


def test_large_maps_are_halved_by_their_mean():
    maps = np.arange(4 * 200 * 202, dtype=np.float32).reshape(4, 200, 202)
    shown = grid(maps)
    assert (shown["height"], shown["width"], shown["columns"], shown["rows"]) == (100, 101, 2, 2)


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
    problem = data_of(HANDLERS.show_new_slice(gone, gone, 0.5)[1])["problem"]
    assert "upload.png is not there any more" in problem
    assert "nowhere" not in problem
