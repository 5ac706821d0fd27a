"""Networks by somebody who means ill, in a bundle whose hashes are right; `python -m tests.fuzz.graphs` has more."""

import errno

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from space.errors import UserError
from space.model import trial
from space.model.bundle import BUNDLED, open_bundle
from space.model.examined import examine
from space.model.hub import choose_model
from space.model.segmenter import run_within
from space.model.trial import try_out
from space.model.wiring import read_wiring
from space.preprocessing import ABDOMEN
from tests.bundles import rehash
from tests.fuzz.graphs import HOSTILE, bundled, small


@pytest.fixture
def folder(tmp_path):
    small(tmp_path / "bundle")
    return tmp_path / "bundle"


def changed(name):
    model = bundled()
    HOSTILE[name](model)
    return model


def test_the_bundled_model_passes():
    try_out(open_bundle(BUNDLED, ""))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a loop without an end", "contains a loop or a branch"),
        ("weights in /etc/passwd", "keeps its weights in other files"),
        ("100 GB", "cannot be run"),
        ("another map on larger slices", "on a slice of 700 x 1000 pixels, returns counts that do not match its map"),
    ],
)
def test_a_hostile_network_is_not_served_and_the_page_says_why(folder, name, sentence):
    onnx.save(changed(name), folder / "model.onnx")
    rehash(folder, "model.onnx")
    choice = choose_model(str(folder), "", 1)
    assert choice.responder.bundle.folder == BUNDLED
    assert sentence in choice.problem


@pytest.mark.parametrize(
    "name",
    [
        "weights in contract.json", "branches in branches", "counts that are not the map's", "a turned map",
        "turned counts", "NaN in a level", "pixels upside down", "words for numbers", "an operator of its own",
        "a function of its own", "without map", "without probability", "without bottleneck", "a window of words",
        "a window that is none", "another window", "no JSON", "kernels that are ragged", "kernels that are none",
        "kernels deep down",
    ],
)  # fmt: skip
def test_a_network_that_is_none_of_this_apps_is_refused_in_words(tmp_path, name):
    onnx.save(changed(name), tmp_path / "model.onnx")
    with pytest.raises(UserError, match=r"^model\.onnx"):
        examine(tmp_path / "model.onnx", ABDOMEN)


def test_a_trial_ends_in_time(folder):
    with pytest.raises(UserError, match="take more than 0 seconds for a few test slices"):
        try_out(open_bundle(folder, ""), seconds=0)


def test_a_trial_that_cannot_be_started_is_not_the_models_fault(folder, monkeypatch):
    def no_memory(*_, **__):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(trial.subprocess, "run", no_memory)
    choice = choose_model(str(folder), "", 1)
    assert choice.responder.bundle.folder == BUNDLED
    assert "it could not be tried on this computer (Cannot allocate memory)" in choice.problem


def test_an_example_that_is_no_picture_is_found_before_the_page_is_built(folder):
    (folder / "samples" / "phantom-1.png").write_bytes(b"no picture")
    rehash(folder, "samples/phantom-1.png")
    choice = choose_model(str(folder), "", 1)
    assert choice.responder.bundle.folder == BUNDLED
    assert "phantom-1.png" in choice.problem


def test_a_file_that_is_no_network_is_refused_in_words(folder):
    (folder / "model.onnx").write_bytes(b"junk")
    rehash(folder, "model.onnx")
    assert "is not served: it does not work" in choose_model(str(folder), "", 1).problem


def test_a_network_that_goes_on_for_ever_is_ended():
    session = ort.InferenceSession(changed("a loop without an end").SerializeToString())
    still = np.zeros((64, 64), np.float32)
    inputs = {"hu": still, "pixel_mm": np.zeros(2, np.float32), "skip_gain": np.ones(5, np.float32)}
    with pytest.raises(UserError, match="cannot answer"):
        run_within(0.5, session, ["map"], inputs | {"reference": still.astype(np.uint8)})


def test_a_network_through_which_endless_ways_lead_is_not_drawn():
    with pytest.raises(UserError, match="cannot be drawn"):
        read_wiring(changed("2 to the power of 40 ways"))
