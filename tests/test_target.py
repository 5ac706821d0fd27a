"""A run, a bundle and a repo, opened behind one type."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import ABDOMEN
from tests.figures import make_slices
from trainer.dataset import load_split
from trainer.publish.push import connect, push_model
from trainer.target import open_target

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 64, 64), np.uint8)
NOISE = make_slices(IMAGES, np.zeros_like(IMAGES), np.array(["a"] * 9))


def test_a_bundle_is_opened_and_its_networks_are_compared(capsys):
    target, bundle = open_target(str(BUNDLED)), open_bundle(BUNDLED, "")
    assert (target.name, target.threshold) == (bundle.contract.title, bundle.contract.threshold)
    assert target.figures.test == bundle.metrics.test
    segmenter = target.segmenter(NOISE)
    assert "Keras and ONNX agree on 8 slices" in capsys.readouterr().out
    assert segmenter.predict(NOISE.hu(0)).pixels.tolist() == NOISE.grey(0).tolist()


def test_a_bundle_whose_networks_differ_is_refused(tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "bundle")
    target = open_target(str(folder))
    model = target.keras()
    kernel, bias = model.get_layer("logit").get_weights()
    model.get_layer("logit").set_weights([kernel, bias + 1])
    model.save(folder, zipped=False)
    with pytest.raises(UserError, match="Keras and ONNX differ"):
        target.segmenter(NOISE)


def test_a_run_is_exported_before_it_is_measured(tiny_run, phantom_data):
    target = open_target(str(tiny_run))
    (tiny_run / "model.onnx").unlink(missing_ok=True)
    slices = load_split(phantom_data, "test")
    segmenter = target.segmenter(slices)
    assert (tiny_run / "model.onnx").exists()
    assert segmenter.predict(slices.hu(0)).probability.shape == slices.voxels.shape[1:]
    assert slices.window == ABDOMEN
    assert target.name == "tiny"
    told = json.loads(target.about.settings.model_dump_json())
    trained = json.loads((tiny_run / "config.json").read_text("utf-8"))["settings"]
    assert {name for name in told if told[name] != trained[name]} <= {"calibration"}  # it may have been refused


def test_a_repo_is_pulled_at_its_revision_and_has_no_keras_files_to_compare(hub, capsys):
    push_model(connect("alice/unet"), BUNDLED, "alice/unet", "1.0.0", public=False)
    target = open_target("alice/unet@v1.0.0")
    assert target.name == open_bundle(BUNDLED, "").contract.title
    assert target.segmenter(NOISE).predict(NOISE.hu(0)).probability.shape == (64, 64)
    assert "agree" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["nowhere", "a/b/c", "/no/such/folder"])
def test_what_is_neither_is_refused(hub, name):
    with pytest.raises(UserError, match="is not a run folder, a bundle folder or a model on the Hub"):
        open_target(name)


def test_data_of_another_organ_are_doubted():
    opened = open_target(str(BUNDLED))
    assert opened.doubts(replace(NOISE, target="pancreas")) == []
    (doubt,) = opened.doubts(replace(NOISE, target="liver"))
    assert doubt.endswith("marks the pancreas, and the masks of these data outline the liver.")
