"""What the page gets to see of an operation, against the whole passage and SciPy."""

import base64
import zlib

import numpy as np
import pytest
from scipy.signal import convolve2d, correlate2d

from space.answer import Responder
from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle
from space.ui.operation import operation, products
from tests.test_ui import ask, example, source

BUNDLE = open_bundle(BUNDLED, "")
RESPONDER = Responder(BUNDLE)
FIRST = BUNDLE.samples[0]
OPENED = RESPONDER.open(FIRST.image, FIRST.mask)
NAMES = list(RESPONDER.microscope("").operations)
CONVOLUTIONS = [name for name in NAMES if name.startswith("convolution")]


def passage(name, cut=()):
    return RESPONDER.pass_through(OPENED, None, "", list(cut), name)


def seen(name, input_map=None, output_map=None, cut=()):
    chosen = {"input_map": input_map, "output_map": output_map}
    return operation(RESPONDER, OPENED, None, network="", cut=list(cut), name=name, **chosen)


def values(plane):
    found = np.frombuffer(zlib.decompress(base64.b64decode(plane["values"])), "<f4")
    return found.reshape(plane["height"], plane["width"])


def slid(plane, kernel, stride, before, shape):
    """What a kernel makes of a map, by SciPy."""
    rows, columns = kernel.shape
    padded = np.pad(plane.astype(np.float64), ((before, rows + stride), (before, columns + stride)))
    full = correlate2d(padded, kernel.astype(np.float64), "valid")
    return full[::stride, ::stride][: shape[0], : shape[1]]


@pytest.mark.parametrize(
    "name", ["convolution 1", "convolution 2", "convolution 5", "convolution 21", "convolution 22"]
)
def test_the_products_of_all_input_maps_and_the_bias_are_the_output(name):
    whole = passage(name)
    answer = seen(name)
    number = answer["output"]["number"]
    sums = np.stack(
        [
            slid(plane, kernel, answer["stride"], answer["before"], whole.output.shape[1:])
            for plane, kernel in zip(whole.inputs[0], whole.kernel[number], strict=True)
        ]
    )
    expected = values(answer["output"])
    size = np.abs(sums).sum(axis=0).max()
    assert np.abs(sums.sum(axis=0) + answer["bias"] - expected).max() < 1e-6 * size
    assert products(whole.inputs[0], whole.kernel[number], whole) == pytest.approx(sums, abs=1e-6 * size)
    assert answer["input"]["number"] == np.abs(sums).mean(axis=(1, 2)).argmax()


def test_a_kernel_is_the_one_between_the_two_maps():
    answer = seen("convolution 5", 7, 21)
    assert (answer["input"]["number"], answer["output"]["number"]) == (7, 21)
    whole = passage("convolution 5")
    assert answer["kernel"] == whole.kernel[21, 7].tolist()
    assert np.array_equal(values(answer["input"]), whole.inputs[0][7])
    assert np.array_equal(values(answer["output"]), whole.output[21])


def test_the_stem_moves_by_two_pixels():
    answer = seen("convolution 2")
    assert (answer["window"], answer["stride"], answer["before"]) == ([5, 5], 2, 1)
    assert answer["input"]["width"] == 2 * answer["output"]["width"]


@pytest.mark.parametrize("name", NAMES[::9])
def test_left_open_it_is_the_output_map_that_varies_most(name):
    whole = passage(name)
    deviations = [plane.astype(np.float64).std() for plane in whole.output]
    assert deviations[seen(name)["output"]["number"]] == pytest.approx(max(deviations), rel=1e-5)


def test_patches_of_a_transposed_convolution_are_its_output():
    whole = passage("transposed convolution 5")
    answer = seen("transposed convolution 5")
    number, read = answer["output"]["number"], answer["input"]["number"]
    apart = np.zeros((len(whole.inputs[0]), *whole.output.shape[1:]))
    apart[:, ::2, ::2] = whole.inputs[0]
    sums = [convolve2d(plane, kernel)[:-1, :-1] for plane, kernel in zip(apart, whole.kernel[:, number], strict=True)]
    assert np.sum(sums, axis=0) + answer["bias"] == pytest.approx(values(answer["output"]), abs=1e-3)
    assert read == np.abs(sums).mean(axis=(1, 2)).argmax()
    assert answer["kernel"] == whole.kernel[read, number].tolist()


def test_a_pooling_reads_the_map_of_the_same_number():
    answer = seen("max pooling 1", output_map=3)
    before, after = values(answer["input"]), values(answer["output"])
    height, width = after.shape
    assert answer["input"]["number"] == 3
    assert np.array_equal(before.reshape(height, 2, width, 2).max(axis=(1, 3)), after)


@pytest.mark.parametrize("name", ["ReLU 1", "concatenation 5", "sigmoid 1"])
def test_what_works_on_single_pixels_reads_the_map_of_the_same_number(name):
    answer = seen(name)
    before, after = (values(answer[side]).astype(np.float64) for side in ("input", "output"))
    expected = {"ReLU 1": np.maximum(before, 0), "sigmoid 1": 1 / (1 + np.exp(-before))}.get(name, before)
    assert after == pytest.approx(expected, abs=1e-6)


def test_a_cut_skip_brings_zeros():
    assert np.any(values(seen("concatenation 5", output_map=0)["output"]))
    assert not np.any(values(seen("concatenation 5", output_map=0, cut=[0])["output"]))
    assert seen("concatenation 5")["parts"] == [8, 8]


@pytest.mark.parametrize("name", ["batch norm 1", "batch norm 9"])
def test_a_batch_norm_multiplies_and_adds(name):
    answer = seen(name)
    before, after, norm = values(answer["input"]), values(answer["output"]), answer["norm"]
    assert after == pytest.approx(norm["factor"] * before.astype(np.float64) + norm["offset"], abs=1e-4)
    for side, plane in (("before", before), ("after", after)):
        counted, _ = np.histogram(plane, bins=len(norm[side]["counts"]))
        assert norm[side]["counts"] == counted.tolist()
        assert norm[side]["mean"] == pytest.approx(plane.mean(dtype=np.float64))
        assert norm[side]["deviation"] == pytest.approx(plane.std(dtype=np.float64))


def test_the_page_is_told_when_there_is_no_such_operation_or_map():
    with pytest.raises(UserError, match="no operation that is called 'max pooling 9'"):
        seen("max pooling 9")
    with pytest.raises(UserError, match="16 go in and 32 come out"):
        seen("convolution 5", 16, 0)


def test_the_question_passes_the_schema():
    question = source(example(FIRST.name)) | {"network": "", "cut": [0], "input_map": None, "output_map": 2}
    answer = ask("operation", question | {"name": "max pooling 1"}, RESPONDER)
    assert (answer["kind"], answer["output"]["number"]) == ("max pooling", 2)
    assert "refused" in ask("operation", question | {"name": "max pooling 1", "output_map": -1}, RESPONDER)
    assert "refused" in ask("operation", question | {"name": "no such thing"}, RESPONDER)
