"""The wiring that is read from a model file, against the layers of the Keras model that it was written from."""

from collections.abc import Iterator

import keras
import onnx
import pytest

from space.model.bundle import BUNDLED, open_bundle
from space.model.settings import Settings
from space.model.wiring import read_wiring
from space.preprocessing import ABDOMEN
from trainer.export import export_onnx, slice_geometry
from trainer.presets import PRESETS
from trainer.unet import build_unet, levels

KINDS = {
    "Conv2D": "convolution",
    "Conv2DTranspose": "transposed convolution",
    "MaxPooling2D": "max pooling",
    "UpSampling2D": "enlarging",
    "LayerNormalization": "layer norm",
    "BatchNormalization": "batch norm",
    "GroupNormalization": "group norm",
}
ACTIVATIONS = {"relu": "ReLU", "elu": "ELU"}
Step = tuple[str, tuple[int, int], int]


def before(layer: keras.Layer) -> list[keras.Layer]:
    """The layers whose output a layer takes."""
    return [tensor._keras_history.operation for tensor in layer._inbound_nodes[0].input_tensors]


def steps(layer: keras.Layer) -> list[Step]:
    """What a layer does, the last step first."""
    if layer.name == "probability":
        return [("sigmoid", (1, 1), 1)]
    if isinstance(layer, keras.layers.Activation):
        return [(ACTIVATIONS[layer.activation.__name__], (1, 1), 1)]
    kind = KINDS[type(layer).__name__]
    if kind in ("convolution", "transposed convolution"):
        own = layer.activation.__name__
        ended = [] if own == "linear" else [(ACTIVATIONS[own], (1, 1), 1)]
        return [*ended, (kind, layer.kernel_size, layer.strides[0])]
    return [(kind, layer.pool_size, layer.strides[0]) if kind == "max pooling" else (kind, (1, 1), 1)]


def expected(settings: Settings) -> Iterator[tuple[str, str, list[Step]]]:
    """The arrows of a network, by its layers."""
    model = build_unet(settings)
    depth = len(levels(settings)) - 1
    points = {"slice": "slice"}
    for name, level in ((f"{kind}_{d}", d) for d in range(depth) for kind in ("encoder", "decoder")):
        points[f"{name}_{levels(settings)[level].convolutions}_act"] = name
    points[f"bottleneck_{levels(settings)[-1].convolutions}_act"] = "bottleneck"
    waiting = [("probability", model.get_layer("probability"))]
    followed = {"slice"}
    while waiting:
        target, layer = waiting.pop()
        found: list[Step] = []
        while layer.name not in points or points[layer.name] == target:
            if isinstance(layer, keras.layers.Concatenate):
                found.append(("concatenation", (1, 1), 1))
                waiting += [(f"join {target}", one) for one in before(layer)]
                break
            if not isinstance(layer, keras.layers.SpatialDropout2D):  # training only
                found += steps(layer)
            (layer,) = before(layer)
        else:
            if points[layer.name] not in followed:
                followed.add(points[layer.name])
                waiting.append((points[layer.name], layer))
        source = points.get(layer.name, f"join {target}")
        yield source, target, found[::-1]


def read(path):
    return sorted(
        (arrow.source, arrow.target, [(one.kind, one.kernel, one.stride) for one in arrow.operations])
        for arrow in read_wiring(onnx.load(path))
    )


NETWORKS = {name: PRESETS[name].but(filters=(4, 8, 8)) for name in ("default", "article-today", "no-skips", "notebook")}
NETWORKS |= {
    "group norm": NETWORKS["article-today"].but(normalization="group"),
    "no norm": NETWORKS["default"].but(normalization="none", activation="elu"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_arrow_is_a_path_of_the_keras_model_and_none_is_missing(name, tmp_path):
    settings = NETWORKS[name]
    export_onnx(build_unet(settings), settings, ABDOMEN, slice_geometry(settings), tmp_path / "model.onnx")
    assert read(tmp_path / "model.onnx") == sorted(expected(settings))


def test_the_wiring_of_the_bundled_networks_is_that_of_their_settings():
    bundle = open_bundle(BUNDLED, "")
    assert read(BUNDLED / "model.onnx") == sorted(expected(bundle.contract.settings))
    for network in bundle.networks:
        assert read(network.model) == sorted(expected(network.about.settings))


def test_a_stem_reads_the_slice_and_a_skip_is_an_arrow_without_an_operation():
    arrows = read_wiring(onnx.load(BUNDLED / "model.onnx"))
    assert {arrow.target for arrow in arrows if arrow.source == "slice"} == {"encoder_0", "encoder_1"}
    skips = {(arrow.source, arrow.target) for arrow in arrows if not arrow.operations}
    assert skips == {(f"encoder_{depth}", f"join decoder_{depth}") for depth in range(5)}


def test_the_curve_of_a_calibration_stands_between_logit_and_probability(tmp_path):
    settings = NETWORKS["no-skips"]
    model = build_unet(settings, curve=True)
    export_onnx(model, settings, ABDOMEN, slice_geometry(settings), tmp_path / "model.onnx")
    *others, last = read_wiring(onnx.load(tmp_path / "model.onnx"))
    assert [one.kind for one in last.operations] == ["convolution", "curve", "convolution", "sigmoid"]
    assert not {one.kind for arrow in others for one in arrow.operations} & {"curve", "sigmoid"}


def test_operations_are_counted_as_a_slice_passes_them():
    names = [one.name for arrow in read_wiring(onnx.load(BUNDLED / "model.onnx")) for one in arrow.operations]
    assert len(set(names)) == len(names)
    assert [name for name in names if name.startswith("max pooling")] == [f"max pooling {n}" for n in (1, 2, 3, 4)]
    assert names[0] == "convolution 1"
    assert names[-1] == "sigmoid 1"
