import json
import shutil

import keras
import numpy as np
import onnx
import pytest

from space.errors import UserError
from trainer.export import check_agreement, export_onnx, load_best
from trainer.fit import load_run
from trainer.neighbours import masks_asked_for
from trainer.presets import PRESETS
from trainer.unet import build_unet, divisor


@pytest.fixture(scope="module")
def exported(tiny_run, tmp_path_factory):
    settings, _ = load_run(tiny_run)
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    export_onnx(tiny_run, settings, path)
    return settings, path


def test_inputs_outputs_and_sizes_have_their_names(exported):
    settings, path = exported
    graph = onnx.load(path).graph
    sizes = {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    levels = divisor(settings).bit_length() - 1
    assert sizes["slice"] == ["batch", "height", "width", 1]
    assert sizes["skip_gain"] == [levels]
    assert sizes["probability"] == ["batch", "height", "width", 1]
    assert len(sizes) == 3 + 2 * levels + 1  # each level down and up, and the bottleneck


def test_keras_and_onnx_agree_on_slices_of_any_size(exported, tiny_run):
    settings, path = exported
    model = load_best(tiny_run, settings)
    for shape in ((2, 64, 64, 1), (1, 96, 128, 1)):
        slices = np.random.default_rng(0).random(shape, np.float32)
        assert check_agreement(model, path, slices) <= 1e-5


def test_a_layer_norm_over_a_whole_slice_keeps_its_digits(tmp_path):
    keras.utils.set_random_seed(0)
    settings = PRESETS["article"]
    model = build_unet(settings)
    kernel, bias = model.get_layer("logit").get_weights()
    model.get_layer("logit").set_weights([kernel * 20, bias])  # as sure of itself as a trained network
    model.save_weights(tmp_path / "best.weights.h5")
    export_onnx(tmp_path, settings, tmp_path / "model.onnx")
    slices = np.random.default_rng(0).random((1, 256, 256, 1), np.float32)
    assert check_agreement(model, tmp_path / "model.onnx", slices) <= 3e-5


def test_another_network_is_not_taken_for_the_same(exported, tiny_run):
    settings, path = exported
    model = load_best(tiny_run, settings)
    kernel, bias = model.get_layer("logit").get_weights()
    model.get_layer("logit").set_weights([kernel, bias + 1])
    with pytest.raises(UserError, match="Keras and ONNX differ"):
        check_agreement(model, path, np.full((1, 64, 64, 1), 0.5, np.float32))


def test_the_kernels_that_look_at_the_slice_travel_with_the_network(exported, tiny_run):
    settings, path = exported
    model = load_best(tiny_run, settings)
    stored = json.loads(next(entry.value for entry in onnx.load(path).metadata_props if entry.key == "first_kernels"))
    assert set(stored) == {"stem", "encoder_0_1"}
    for name, kernel in stored.items():
        np.testing.assert_allclose(kernel, model.get_layer(name).get_weights()[0][:, :, 0], atol=1e-4)


def test_the_calibration_of_a_run_is_in_its_network(tiny_run, tmp_path):
    settings, _ = load_run(tiny_run)
    calibration = json.loads((tiny_run / "calibration.json").read_text())
    shutil.copy(tiny_run / "best.weights.h5", tmp_path)  # the same run without its calibration
    kernel, bias = load_best(tmp_path, settings).get_layer("logit").get_weights()
    calibrated_kernel, calibrated_bias = load_best(tiny_run, settings).get_layer("logit").get_weights()
    np.testing.assert_allclose(calibrated_kernel, kernel * calibration["scale"], rtol=1e-6)
    np.testing.assert_allclose(calibrated_bias, bias * calibration["scale"] + calibration["offset"], rtol=1e-6)


def test_the_neighbours_masks_stay_in_training(tmp_path):
    settings = PRESETS["tiny"]
    trained = build_unet(settings, masks=masks_asked_for(settings))
    trained.save_weights(tmp_path / "best.weights.h5")
    slices = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    asked, published = trained(slices), load_best(tmp_path, settings)(slices)
    assert (asked.shape[-1], published.shape[-1]) == (3, 1)
    np.testing.assert_allclose(published, asked[..., :1], atol=1e-6)


def test_a_run_without_a_finished_epoch_says_so(exported, tmp_path):
    with pytest.raises(UserError, match="its first epoch is not finished"):
        load_best(tmp_path, exported[0])
