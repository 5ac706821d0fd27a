import threading

import h5py
import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image

from space.model.bundle import BUNDLED, open_bundle
from space.model.segmenter import Segmenter
from space.preprocessing import centre_box

BUNDLE = open_bundle(BUNDLED, "")
GEOMETRY = BUNDLE.contract["slice"]


@pytest.fixture(scope="module")
def segmenter():
    return Segmenter(BUNDLED / "model.onnx", GEOMETRY)


@pytest.fixture(scope="module")
def pixels():
    return np.asarray(Image.open(BUNDLE.samples[0].image))


def test_a_whole_slice_gets_what_bare_onnx_runtime_says_of_its_middle(segmenter, pixels):
    session = ort.InferenceSession(str(BUNDLED / "model.onnx"), providers=["CPUExecutionProvider"])
    crop = GEOMETRY["crop"]
    top = (pixels.shape[0] - crop) // 2
    middle = pixels[top : top + crop, top : top + crop]
    inputs = {
        "slice": (middle / np.float32(255))[None, :, :, None],
        "skip_gain": np.ones(GEOMETRY["levels"], np.float32),
    }
    expected = np.rint(session.run(["probability"], inputs)[0][0, :, :, 0] * 255)
    got = segmenter.predict(pixels)
    assert np.abs(got.probability[top : top + crop, top : top + crop] - expected).max() <= 1
    assert got.probability[:top].max() == 0
    assert got.field == f"the central {crop} x {crop} pixels"


@pytest.mark.parametrize("shape", [(256, 256), (100, 300), (33, 47), (512, 512), (600, 512), (1024, 768)])
def test_every_shape_gets_a_map_of_its_own_shape(segmenter, shape):
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    got = segmenter.predict(noise)
    assert got.probability.shape == shape
    assert got.probability.dtype == np.uint8


def test_a_slice_twice_as_large_is_found_in_the_same_place(segmenter, pixels):
    twice = pixels.repeat(2, 0).repeat(2, 1)
    large = segmenter.predict(twice)
    small = segmenter.predict(pixels).probability.astype(int)
    assert np.abs(large.probability[::2, ::2].astype(int) - small).mean() < 2
    assert large.field.startswith("the slice shrunk to 512 x 512")


def test_threads_do_not_disturb_one_another(segmenter, pixels):
    alone = [segmenter.predict(np.roll(pixels, shift, 1)).probability for shift in range(4)]
    together: dict[int, np.ndarray] = {}

    def ask(shift):
        together[shift] = segmenter.predict(np.roll(pixels, shift, 1)).probability

    threads = [threading.Thread(target=ask, args=(shift,)) for shift in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(a, b) for a, b in zip(alone, (together[i] for i in range(4)), strict=True))


def test_a_level_gives_its_own_maps_and_a_cut_skip_changes_the_answer(segmenter, pixels):
    session = ort.InferenceSession(str(BUNDLED / "model.onnx"), providers=["CPUExecutionProvider"])
    crop = GEOMETRY["crop"]
    image = (pixels[centre_box(pixels.shape, crop).region] / np.float32(255))[None, :, :, None]
    gain = np.ones(GEOMETRY["levels"], np.float32)
    gain[2] = 0
    for level in segmenter.levels:
        got = segmenter.predict(pixels, gain, level.name)
        expected = session.run([level.name], {"slice": image, "skip_gain": gain})[0][0]
        assert got.maps.shape == (level.filters, crop // level.stride, crop // level.stride)
        np.testing.assert_allclose(got.maps, expected, rtol=1e-3, atol=1e-3)
    assert np.abs(got.probability.astype(int) - segmenter.predict(pixels).probability).max() > 3


def test_the_levels_come_in_the_order_in_which_a_slice_passes_them(segmenter):
    strides = [level.stride for level in segmenter.levels]
    middle = len(strides) // 2
    assert strides == [2**depth for depth in (*range(middle + 1), *reversed(range(middle)))]
    assert segmenter.levels[middle].name == "bottleneck"


def test_a_plain_prediction_carries_no_maps(segmenter, pixels):
    assert segmenter.predict(pixels).maps is None


def test_the_first_kernels_are_those_of_the_keras_model(segmenter):
    with h5py.File(BUNDLED / "model.weights.h5") as file:
        stored = {}
        file.visititems(lambda name, node: stored.update({name: node[()]}) if isinstance(node, h5py.Dataset) else None)
    looking = {tuple(weights.shape): weights[:, :, 0] for weights in stored.values() if weights.shape[2:3] == (1,)}
    assert segmenter.first_kernels
    for kernel in segmenter.first_kernels.values():
        side, _, count = kernel.shape
        np.testing.assert_allclose(kernel, looking[(side, side, 1, count)], atol=1e-4)
