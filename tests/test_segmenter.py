import threading

import h5py
import numpy as np
import pytest
from PIL import Image

from space.model.bundle import BUNDLED, open_bundle
from space.model.segmenter import Segmenter
from space.preprocessing import ABDOMEN, grey_to_hu

BUNDLE = open_bundle(BUNDLED, "")
SLICES = BUNDLE.contract.slice


@pytest.fixture(scope="module")
def segmenter():
    return Segmenter(BUNDLED / "model.onnx")


@pytest.fixture(scope="module")
def hu():
    return grey_to_hu(np.asarray(Image.open(BUNDLE.samples[1].image)), ABDOMEN)


def test_the_network_sees_the_middle_and_marks_nothing_beyond(segmenter, hu):
    got, crop = segmenter.predict(hu), SLICES.crop
    top = (hu.shape[0] - crop) // 2
    assert got.probability[top : top + crop, top : top + crop].max() > 250
    assert got.probability[:top].max() == 0
    assert got.field == (*hu.shape, top, top, crop, crop)
    assert got.field.words(hu.shape) == f"the central {crop} x {crop} pixels"


@pytest.mark.parametrize("shape", [(256, 256), (100, 300), (33, 47), (512, 512), (600, 512), (1024, 768)])
def test_every_shape_gets_a_map_of_its_own_shape(segmenter, shape):
    noise = np.random.default_rng(0).integers(-1024, 3000, shape, np.int16)
    got = segmenter.predict(noise)
    assert got.pixels.shape == got.probability.shape == shape
    assert got.pixels.dtype == got.probability.dtype == np.uint8


def test_a_slice_twice_as_large_is_found_in_the_same_place(segmenter, hu):
    twice = hu.repeat(2, 0).repeat(2, 1)
    large = segmenter.predict(twice)
    small = segmenter.predict(hu).probability.astype(int)
    assert np.abs(large.probability[::2, ::2].astype(int) - small).mean() < 2
    assert "of the slice shrunk to 512 x 512" in large.field.words(twice.shape)


def test_a_slice_of_coarse_pixels_is_refined_and_found_in_the_same_place(segmenter, hu):
    fine = segmenter.predict(hu).probability >= 128
    small = hu.astype(np.float32).reshape(256, 2, 256, 2).mean((1, 3))
    got = segmenter.predict(small, pixel_mm=(1.6, 1.6))
    coarse = got.probability >= 128
    there = fine.reshape(256, 2, 256, 2).mean((1, 3)) >= 0.5
    assert 2 * (coarse & there).sum() / (coarse.sum() + there.sum()) > 0.9
    assert "of the slice refined to 512 x 512 (0.80 mm per pixel)" in got.field.words(small.shape, (1.6, 1.6))


def test_threads_do_not_disturb_one_another(segmenter, hu):
    alone = [segmenter.predict(np.roll(hu, shift, 1)).probability for shift in range(4)]
    together: dict[int, np.ndarray] = {}

    def ask(shift):
        together[shift] = segmenter.predict(np.roll(hu, shift, 1)).probability

    threads = [threading.Thread(target=ask, args=(shift,)) for shift in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(a, b) for a, b in zip(alone, (together[i] for i in range(4)), strict=True))


def test_each_level_gives_its_own_maps_and_a_cut_skip_changes_the_answer(segmenter, hu):
    gain = segmenter.all_skips.copy()
    gain[2] = 0
    got = segmenter.predict(hu, gain=gain, maps=True)
    for level in segmenter.levels:
        assert got.maps[level.name].shape == (level.filters, SLICES.crop // level.stride, SLICES.crop // level.stride)
    assert np.abs(got.probability.astype(int) - segmenter.predict(hu).probability).max() > 3


def test_the_levels_come_in_the_order_in_which_a_slice_passes_them(segmenter):
    strides = [level.stride for level in segmenter.levels]
    middle = len(strides) // 2
    assert strides == [2**depth for depth in (*range(middle + 1), *reversed(range(middle)))]
    assert segmenter.levels[middle].name == "bottleneck"


def test_a_plain_prediction_carries_no_maps(segmenter, hu):
    assert segmenter.predict(hu).maps is None


def test_the_first_kernels_are_those_of_the_keras_model(segmenter):
    with h5py.File(BUNDLED / "model.weights.h5") as file:
        stored = {}
        file.visititems(lambda name, node: stored.update({name: node[()]}) if isinstance(node, h5py.Dataset) else None)
    looking = {tuple(weights.shape): weights[:, :, 0] for weights in stored.values() if weights.shape[2:3] == (1,)}
    assert segmenter.first_kernels
    for kernel in segmenter.first_kernels.values():
        side, _, count = kernel.shape
        np.testing.assert_allclose(kernel, looking[(side, side, 1, count)], atol=1e-4)
