"""The model file against NumPy, scikit-learn and Pillow: the whole way of a slice, from HU to counts."""

from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from PIL import Image
from sklearn.metrics import confusion_matrix

from space.model.bundle import BUNDLED, open_bundle
from space.model.contract import Slices
from space.model.segmenter import Segmenter
from space.preprocessing import ABDOMEN, Window, centre_box, grey_to_hu, hu_to_grey, network_input
from tests.figures import make_slices
from tests.reference import count_table, paste
from trainer.batches import centre_batches
from trainer.graph import whole_graph

BUNDLE = open_bundle(BUNDLED, "")
SLICES = BUNDLE.contract.slice
NARROW = Window(40, 240)


def echo(folder, window=ABDOMEN, crop=96, answer="Identity"):
    """Return a model file whose network answers with the slice that it is given."""
    sizes = [1, "height", "width", 1]
    graph = helper.make_graph(
        [
            helper.make_node("Constant", [], ["axes"], value_ints=[0]),
            helper.make_node(answer, ["slice", "axes"] if answer == "Unsqueeze" else ["slice"], ["probability"]),
        ],
        "echo",
        [
            helper.make_tensor_value_info("slice", TensorProto.FLOAT, sizes),
            helper.make_tensor_value_info("skip_gain", TensorProto.FLOAT, [1]),
        ],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, sizes)],
    )
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    slices = Slices(matrix=128, crop=crop, divisor=32, levels=1, coarsest_mm=0.85, refined_mm=0.8)
    path = folder / "echo.onnx"
    onnx.save(whole_graph(network, window, slices), path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def run(hu, reference=None, pixel_mm=(0, 0)):
        mask = np.zeros(hu.shape, np.uint8) if reference is None else reference.astype(np.uint8)
        names = ["pixels", "map", "table", "field", "slice"]
        inputs = {
            "hu": hu.astype(np.float32),
            "reference": mask,
            "pixel_mm": np.array(pixel_mm, np.float32),
            "skip_gain": np.ones(1, np.float32),
        }
        return dict(zip(names, session.run(names, inputs), strict=True))

    return run


@pytest.mark.parametrize("window", [ABDOMEN, NARROW, Window(-1000, 400)])
def test_the_window_is_numpys_on_every_value_of_16_bits(tmp_path, window):
    hu = np.arange(-32768, 32768, dtype=np.int16).reshape(256, 256)
    assert np.array_equal(echo(tmp_path, window)(hu)["pixels"], hu_to_grey(hu, window))


@pytest.mark.parametrize("shape", [(512, 512), (33, 500), (400, 321), (511, 77)])
@pytest.mark.parametrize("sample", BUNDLE.samples, ids=lambda sample: sample.name)
def test_pixels_map_and_counts_are_numpys_to_the_last_bit(sample, shape):
    segmenter = Segmenter(BUNDLED / "model.onnx")
    pixels = np.asarray(Image.open(sample.image))[: shape[0], : shape[1]]
    mask = np.asarray(Image.open(sample.mask))[: shape[0], : shape[1]] > 0
    got = segmenter.predict(grey_to_hu(pixels, ABDOMEN), mask)
    box = centre_box(pixels.shape, SLICES.crop)
    seen, probability = segmenter.network(grey_to_hu(pixels, ABDOMEN))
    assert np.array_equal(seen, network_input(pixels, box, SLICES.divisor))
    assert np.array_equal(got.pixels, pixels)
    assert np.array_equal(got.probability, paste(probability, box, pixels.shape))
    assert np.array_equal(got.table, count_table(got.probability, mask))


def test_the_counts_are_scikit_learns():
    rng = np.random.default_rng(0)
    sample = BUNDLE.samples[0]
    mask = rng.random((512, 512)) > 0.7
    got = Segmenter(BUNDLED / "model.onnx").predict(grey_to_hu(np.asarray(Image.open(sample.image)), ABDOMEN), mask)
    for level in (1, 2, 100, 128, 255):
        (_, fp), (fn, tp) = confusion_matrix(mask.ravel(), got.probability.ravel() >= level, labels=[False, True])
        assert got.table[level].tolist() == [tp, fp, fn]


def test_coarse_pixels_are_refined_and_the_answer_comes_back_to_their_grid(tmp_path):
    run = echo(tmp_path)
    rows, columns = np.mgrid[:64, :48].astype(np.float32)
    hu = grey_to_hu((2 * rows + columns).astype(np.uint8), ABDOMEN)
    got = run(hu, pixel_mm=(1.6, 1.6))
    assert got["field"].tolist() == [128, 96, 16, 0, 96, 96]
    large = np.asarray(Image.fromarray(got["pixels"].astype(np.float32)).resize((96, 128), Image.Resampling.BILINEAR))
    np.testing.assert_allclose(got["slice"][0, :, :, 0] * 255, large[16:112], atol=1e-3)
    inner = got["map"][10:54].astype(int)  # beyond lies what the network did not see
    assert np.abs(inner - got["pixels"][10:54]).max() <= 1


@pytest.mark.parametrize("pixel_mm", [(0, 0), (0.4, 0.4), (0.85, 0.85)])
def test_other_pixels_stay_as_they_are(tmp_path, pixel_mm):
    hu = np.random.default_rng(0).integers(-1024, 2000, (96, 80), np.int16)
    got = echo(tmp_path)(hu, pixel_mm=pixel_mm)
    assert got["field"].tolist() == [96, 80, 0, 0, 96, 80]
    assert np.array_equal(got["map"], hu_to_grey(hu))


def test_pixels_that_are_coarse_in_one_direction_become_square(tmp_path):
    got = echo(tmp_path)(np.zeros((48, 80), np.int16), pixel_mm=(1.6, 0.8))
    assert got["field"][:2].tolist() == [96, 80]


def test_a_far_too_large_slice_is_shrunk_by_averaging(tmp_path):
    grey = np.random.default_rng(0).integers(0, 256, (64, 80), np.uint8).repeat(4, 0).repeat(4, 1)
    got = echo(tmp_path, crop=128)(grey_to_hu(grey, ABDOMEN))
    assert got["field"].tolist() == [102, 128, 0, 0, 102, 128]
    assert abs(float(got["slice"][0, :102, :, 0].mean()) - grey.mean() / 255) < 0.005
    assert got["map"].shape == grey.shape


def test_the_largest_zoom_bounds_what_a_wrong_pixel_size_costs(tmp_path):
    got = echo(tmp_path)(np.zeros((40, 40), np.int16), pixel_mm=(100, 100))
    assert got["field"][:2].tolist() == [160, 160]


def test_an_axis_too_many_in_the_networks_answer_does_no_harm(tmp_path):
    hu = np.random.default_rng(0).integers(-1024, 2000, (96, 80), np.int16)
    assert np.array_equal(echo(tmp_path, answer="Unsqueeze")(hu)["map"], hu_to_grey(hu))


@pytest.mark.parametrize("pixel_mm", [(0.0, 0.0), (0.85, 0.85), (1.2, 1.2), (1.6, 1.0), (9.0, 9.0)])
def test_training_refines_coarse_pixels_as_the_file_does(tmp_path, pixel_mm):
    y, x = np.mgrid[:64, :64]
    hu = np.rint(100 + 80 * np.sin(x / 9) * np.cos(y / 7)).astype(np.int16)
    slices = make_slices(hu_to_grey(hu)[None], np.zeros((1, 64, 64), np.uint8), np.array(["a"]))
    slices = replace(slices, voxels=hu[None], spacing=np.array([(5, *pixel_mm)], np.float32))
    seen = echo(tmp_path)(hu, pixel_mm=slices.pixel_mm(0))["slice"]
    [(image, _)] = centre_batches(slices, 96, 32, 1)
    assert image.shape == seen.shape
    np.testing.assert_allclose(image, seen, atol=1e-4)
