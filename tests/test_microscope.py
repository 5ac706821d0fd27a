"""What the microscope sees of a network, against the layers of the Keras model that the file was written from."""

import re
from itertools import pairwise

import keras
import numpy as np
import pytest

from space.model.microscope import Microscope
from space.model.segmenter import Segmenter
from space.preprocessing import ABDOMEN
from trainer.export import export_onnx, slice_geometry
from trainer.presets import PRESETS
from trainer.unet import build_unet, levels

SMALL = {name: PRESETS[name].but(filters=(4, 8, 8)) for name in ("default", "article-today", "no-skips")}
NETWORKS = SMALL | {
    "group norm": SMALL["article-today"].but(normalization="group"),
    "enlarging": SMALL["article-today"].but(upsampling="resize", normalization="none", activation="elu"),
}
HU = np.random.default_rng(1).uniform(-60, 330, (64, 96)).astype(np.float32)


def with_random_weights(model, seed=0):
    """Give a network biases, means and spreads too that are not those of its first day."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        parts = [part + random.uniform(0.05, 0.4, part.shape).astype(np.float32) for part in layer.get_weights()]
        layer.set_weights([part if part.ndim == 1 else 0.5 * (part - part.mean()) for part in parts])
    return model


class Seen:
    """A network in both forms, and a slice that went through."""

    def __init__(self, settings, path, curve=False):
        self.model = with_random_weights(build_unet(settings, curve=curve))
        export_onnx(self.model, settings, ABDOMEN, slice_geometry(settings), path)
        self.segmenter, self.microscope = Segmenter(path), Microscope(path)
        plan, depth = levels(settings), len(levels(settings)) - 1
        self.ends = {f"{kind}_{d}": f"{kind}_{d}_{plan[d].convolutions}_act" for d in range(depth) for kind in KINDS}
        self.ends["bottleneck"] = f"bottleneck_{plan[-1].convolutions}_act"
        self.names = [layer.name for layer in self.model.layers]
        everything = keras.Model(self.model.input, [layer.output for layer in self.model.layers])
        seen, _ = self.segmenter.network(HU)
        outputs = [np.asarray(output)[0].transpose(2, 0, 1) for output in everything(seen)]
        self.outputs = dict(zip(self.names, outputs, strict=True))

    def look(self, name, cut=()):
        return self.microscope.look(name, self.segmenter.feed(HU, None, (0.0, 0.0), self.segmenter.without(cut)))

    def layer(self, operation):
        """The Keras layer that an operation is a part of."""
        tensor = operation.tensor
        found = re.search(r"unet_1/(\w+?)_1/", tensor)
        return self.model.get_layer(found[1] if found else self.ends.get(tensor, "logit"))


KINDS = ("encoder", "decoder")


@pytest.fixture(scope="module", params=NETWORKS)
def seen(request, tmp_path_factory):
    return Seen(NETWORKS[request.param], tmp_path_factory.mktemp("network") / "model.onnx")


def close(found, expected):
    return found.shape == expected.shape and np.abs(found - expected).max() < 1e-4 * max(1, np.abs(expected).max())


def test_every_tensor_is_that_of_the_keras_layer(seen):
    checked = set()
    for name, operation in seen.microscope.operations.items():
        layer = seen.layer(operation)
        own = getattr(layer, "activation", None)
        if operation.kind == "convolution" and own is not None and own.__name__ != "linear":
            continue  # the layer's output is that of its activation
        assert close(seen.look(name).output, seen.outputs[layer.name]), name
        checked.add(layer.name)
    unseen = {name for name in seen.names if not re.search("dropout|nearest|_act$|input|image|slice", name)}
    assert unseen <= checked | {seen.model.layers[0].name}


def test_what_goes_in_is_what_the_keras_layer_gets(seen):
    for name, operation in seen.microscope.operations.items():
        layer, passage = seen.layer(operation), seen.look(name)
        if isinstance(layer, keras.layers.Concatenate) or operation.kind in ("ReLU", "ELU"):
            continue
        (source,) = [tensor._keras_history.operation.name for tensor in layer._inbound_nodes[0].input_tensors]
        assert close(passage.inputs[0], seen.outputs[source]), name


def test_an_activation_gets_what_comes_before_it(seen):
    names = list(seen.microscope.operations)
    for before, after in pairwise(names):
        if after.startswith(("ReLU", "ELU")):
            assert np.array_equal(seen.look(after).inputs[0], seen.look(before).output)


def test_kernels_and_biases_are_those_of_the_keras_layer(seen):
    for name, operation in seen.microscope.operations.items():
        passage = seen.look(name)
        if "convolution" not in operation.kind:
            assert passage.kernel is None
            assert passage.bias is None
            continue
        kernel, *bias = seen.layer(operation).get_weights()
        assert np.allclose(passage.kernel, kernel.transpose(3, 2, 0, 1), atol=1e-6), name
        assert passage.bias == pytest.approx(bias[0] if bias else np.zeros(len(passage.output)), abs=1e-6)


@pytest.mark.parametrize("cut", [(), (1,)])
def test_a_concatenation_holds_the_skips_maps_and_then_those_from_below(cut, tmp_path):
    seen = Seen(SMALL["default"], tmp_path / "model.onnx")
    for name in ("concatenation 1", "concatenation 2", "concatenation 3"):
        operation = seen.microscope.operations[name]
        passage = seen.look(name, cut)
        skip, below = seen.layer(operation)._inbound_nodes[0].input_tensors
        depth = int(seen.layer(operation).name.split("_")[1])
        whole = seen.outputs[skip._keras_history.operation.name]
        assert close(passage.inputs[0], whole * (depth not in cut))
        assert passage.inputs[1].shape == seen.outputs[below._keras_history.operation.name].shape
        assert np.array_equal(passage.output, np.concatenate(passage.inputs))


def test_a_calibrations_curve_bends_the_logit(tmp_path):
    seen = Seen(SMALL["no-skips"], tmp_path / "model.onnx", curve=True)
    passage = seen.look("curve 1")
    assert close(passage.inputs[0], seen.outputs["logit"])
    assert close(passage.output, seen.outputs["bends"])
    assert close(seen.look("sigmoid 1").output, seen.outputs["probability"])
