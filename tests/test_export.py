import json
import shutil

import keras
import numpy as np
import onnx
import pytest

from space.errors import UserError
from space.model.segmenter import Segmenter
from space.preprocessing import ABDOMEN
from trainer.export import check_agreement, export_onnx, load_best, rounded, slice_geometry
from trainer.neighbours import masks_asked_for
from trainer.presets import PRESETS
from trainer.run import Calibration, RunFolder
from trainer.unet import build_unet, divisor


@pytest.fixture(scope="module")
def exported(tiny_run, tmp_path_factory):
    """The settings of the tiny run and its model file."""
    run = RunFolder(tiny_run)
    settings = run.config().settings
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    export_onnx(load_best(run), settings, ABDOMEN, slice_geometry(settings), path)
    return settings, path


def noise(*shape):
    return np.random.default_rng(0).integers(-200, 400, shape, np.int16)


def test_inputs_outputs_and_sizes_have_their_names(exported):
    settings, path = exported
    graph = onnx.load(path).graph
    sizes = {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    levels = divisor(settings).bit_length() - 1
    assert sizes["hu"] == sizes["reference"] == sizes["pixels"] == sizes["map"] == ["height", "width"]
    assert sizes["skip_gain"] == [levels]
    assert sizes["pixel_mm"] == [2]
    assert sizes["table"] == [256, 3]
    assert {"encoder_0", "bottleneck", f"decoder_{levels - 1}"} <= set(sizes)
    assert len(sizes) == 11 + 2 * levels  # each level down and up, and the bottom


def test_a_network_without_skips_has_none_to_cut_and_all_its_levels(tmp_path):
    keras.utils.set_random_seed(0)
    settings = PRESETS["tiny"].but(stem=0, skips="none")
    model = build_unet(settings)
    export_onnx(model, settings, ABDOMEN, slice_geometry(settings), tmp_path / "model.onnx")
    segmenter = Segmenter(tmp_path / "model.onnx")
    assert "skip_gain" not in {value.name for value in onnx.load(tmp_path / "model.onnx").graph.input}
    assert segmenter.all_skips.size == slice_geometry(settings).levels == 0
    assert [level.name for level in segmenter.levels] == [
        "encoder_0", "encoder_1", "bottleneck", "decoder_1", "decoder_0",
    ]  # fmt: skip
    assert check_agreement(model, segmenter, [noise(64, 64), noise(90, 123)]) <= 1e-5


def test_keras_and_onnx_agree_on_slices_of_any_size(exported, tiny_run):
    _, path = exported
    slices = [noise(64, 64), noise(90, 123), noise(512, 400)]
    assert check_agreement(load_best(RunFolder(tiny_run)), Segmenter(path), slices) <= 1e-5


def test_weights_are_rounded_to_float16_in_both_files(exported, tiny_run):
    model = load_best(RunFolder(tiny_run))
    kernels = [part for layer in model.layers for part in layer.get_weights() if part.ndim > 1]
    assert kernels
    assert all(np.array_equal(part.astype(np.float16).astype(np.float32), part) for part in kernels)
    stored = [onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(exported[1]).graph.initializer]
    found = {np.sort(part, axis=None).tobytes() for part in stored}  # ONNX turns the kernels' axes
    assert all(np.sort(part, axis=None).tobytes() in found for part in kernels)


def test_a_layer_norm_over_a_whole_slice_keeps_its_digits(tmp_path):
    keras.utils.set_random_seed(0)
    settings = PRESETS["article"]
    model = build_unet(settings)
    kernel, bias = model.get_layer("logit").get_weights()
    model.get_layer("logit").set_weights([kernel * 20, bias])  # as sure of itself as a trained network
    export_onnx(model, settings, ABDOMEN, slice_geometry(settings), tmp_path / "model.onnx")
    assert check_agreement(model, Segmenter(tmp_path / "model.onnx"), [noise(256, 256)]) <= 3e-5


def test_another_network_is_not_taken_for_the_same(exported, tiny_run):
    model = load_best(RunFolder(tiny_run))
    kernel, bias = model.get_layer("logit").get_weights()
    model.get_layer("logit").set_weights([kernel, bias + 1])
    with pytest.raises(UserError, match="Keras and ONNX differ"):
        check_agreement(model, Segmenter(exported[1]), [noise(64, 64)])


def test_the_kernels_that_look_at_the_slice_travel_with_the_network(exported, tiny_run):
    model = load_best(RunFolder(tiny_run))
    entries = onnx.load(exported[1]).metadata_props
    stored = json.loads(next(entry.value for entry in entries if entry.key == "first_kernels"))
    assert set(stored) == {"stem", "encoder_0_1"}
    for name, kernel in stored.items():
        np.testing.assert_allclose(kernel, model.get_layer(name).get_weights()[0][:, :, 0], atol=1e-4)


def copied(run, folder):
    """Return a copy of the files that a network is read from."""
    for name in ("config.json", "best.weights.h5"):
        shutil.copy(run / name, folder)
    return RunFolder(folder)


def test_the_calibration_of_a_run_is_in_its_network(tiny_run, tmp_path):
    calibration = RunFolder(tiny_run).calibration()
    assert calibration
    kernel, bias = load_best(copied(tiny_run, tmp_path)).get_layer("logit").get_weights()
    calibrated_kernel, calibrated_bias = load_best(RunFolder(tiny_run)).get_layer("logit").get_weights()
    np.testing.assert_allclose(calibrated_kernel, kernel * calibration.scale, rtol=2e-3)  # both are rounded
    np.testing.assert_allclose(calibrated_bias, bias * calibration.scale + calibration.offset, rtol=1e-6)


def test_a_curve_is_in_the_network_and_in_the_model_file(tiny_run, tmp_path):
    run = copied(tiny_run, tmp_path)
    settings, plain = run.config().settings, load_best(run)
    run.keep_calibration(Calibration(scale=0.5, offset=-0.8, curve=(1.7, 0.6, -3, 1.1)))
    curved = load_best(run)
    export_onnx(curved, settings, ABDOMEN, slice_geometry(settings), tmp_path / "model.onnx")
    segmenter = Segmenter(tmp_path / "model.onnx")
    assert check_agreement(curved, segmenter, [noise(64, 64)]) < 1e-5
    seen, got = segmenter.network(noise(64, 64))
    logit = keras.Model(plain.input, plain.get_layer("logit").output)(seen).numpy()
    x = 0.5 * logit - 0.8
    sigmoid = 1 / (1 + np.exp(-x))
    expected = 1.7 * x + 0.6 * np.log1p(np.exp(x)) - 3 * sigmoid + 1.1
    np.testing.assert_allclose(got, 1 / (1 + np.exp(-expected)), atol=2e-3)  # the weights are rounded


def test_the_neighbours_masks_stay_in_training(tiny_run, tmp_path):
    run = copied(tiny_run, tmp_path)
    settings = run.config().settings
    trained = build_unet(settings, masks=masks_asked_for(settings))
    trained.save_weights(run.best)
    slices = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    asked, published = rounded(trained)(slices), load_best(run)(slices)
    assert (asked.shape[-1], published.shape[-1]) == (3, 1)
    np.testing.assert_allclose(published, asked[..., :1], atol=1e-6)


def test_a_run_without_a_finished_epoch_says_so(tiny_run, tmp_path):
    run = copied(tiny_run, tmp_path)
    run.best.unlink()
    with pytest.raises(UserError, match="its first epoch is not finished"):
        load_best(run)
