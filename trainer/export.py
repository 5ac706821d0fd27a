"""A run's best weights -> the Keras model as published, and the same network as ONNX.

Export works from the TensorFlow backend, in float32 only: a bfloat16 model exports without a word and then
does not load. The lesson's inputs and outputs (`skip_gain`, every level's maps) are in the same file; they
cost 2 to 4% of its time.
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime as ort
import tensorflow as tf

from space.errors import UserError
from trainer.calibration import CALIBRATION, Calibration, fold
from trainer.neighbours import masks_asked_for
from trainer.presets import Settings
from trainer.unet import build_unet

OPSET = 18
TOLERANCE = 1e-4  # a fortieth of the step in which the page shows a probability; rounding alone stays below half of it


def load_best(run: Path, settings: Settings, *, lesson: bool = False) -> keras.Model:
    """Return the network in float32 with the weights of the best epoch, calibrated if `fit` came to that."""
    weights = run / "best.weights.h5"
    if not weights.exists():
        raise UserError(f"{run} has no best.weights.h5 yet: its first epoch is not finished.")
    keras.mixed_precision.set_global_policy("float32")
    trained = build_unet(settings, masks=masks_asked_for(settings))
    trained.load_weights(weights)
    model = build_unet(settings, lesson=lesson)
    for layer in trained.layers:
        own = slice(1) if layer.name == "logit" else slice(None)  # not the neighbours' masks
        model.get_layer(layer.name).set_weights([part[..., own] for part in layer.get_weights()])
    if (run / CALIBRATION).exists():
        fold(model, Calibration(**json.loads((run / CALIBRATION).read_text())))
    return model


def load_published(folder: Path) -> keras.Model:
    """Return the Keras model of a bundle."""
    model = keras.saving.load_model(folder)
    if (folder / "assets").exists():  # made by loading, and empty
        (folder / "assets").rmdir()
    return model


def export_onnx(run: Path, settings: Settings, path: Path) -> None:
    """Write the network, with the lesson's inputs and outputs, as an ONNX file."""
    if keras.backend.backend() != "tensorflow":
        raise UserError("ONNX is written from the TensorFlow backend only: unset KERAS_BACKEND for this command.")
    model = load_best(run, settings, lesson=True)
    levels = model.inputs[1].shape[0]
    model([np.zeros((1, 64, 64, 1), np.float32), np.ones(levels, np.float32)])  # the exporter wants a called model
    model.export(path, format="onnx", verbose=False, opset_version=OPSET)
    graph = onnx.load(path)
    for value in (*graph.graph.input, *graph.graph.output):  # its sizes arrive without names
        dimensions = value.type.tensor_type.shape.dim
        if value.name == "skip_gain":
            dimensions[0].dim_value = levels
            continue
        dimensions[0].dim_param = "batch"
        if value.name in ("slice", "probability"):
            dimensions[1].dim_param, dimensions[2].dim_param = "height", "width"
    average_axis_by_axis(graph.graph)
    onnx.helper.set_model_props(graph, {"first_kernels": json.dumps(first_kernels(model))})
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def average_axis_by_axis(graph: onnx.GraphProto) -> None:
    """Let every mean over several axes be taken one axis after another, which is the same number.

    ONNX Runtime adds up in float32 (microsoft/onnxruntime#28450): over a whole slice and all filters, as in the
    article's layer norm, the rounding alone moves probabilities by 1e-4.
    """
    axes = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes, replaced = [], set()
    for node in graph.node:
        if node.op_type != "ReduceMean" or axes[node.input[1]].size == 1:
            nodes.append(node)
            continue
        replaced.add(node.input[1])
        value = node.input[0]
        for place, axis in enumerate(sorted(axes[node.input[1]].tolist(), reverse=True)):  # the innermost first
            name = f"{node.output[0]}_axis_{axis}"
            result = node.output[0] if place == axes[node.input[1]].size - 1 else f"{name}_mean"
            graph.initializer.append(onnx.numpy_helper.from_array(np.array([axis], np.int64), name))
            nodes.append(onnx.helper.make_node("ReduceMean", [value, name], [result], keepdims=1))
            value = result
    kept = [tensor for tensor in graph.initializer if tensor.name not in replaced]
    for field, values in ((graph.node, nodes), (graph.initializer, kept)):
        del field[:]
        field.extend(values)


def first_kernels(model: keras.Model) -> dict[str, list[Any]]:
    """Return the kernels of the convolutions that look at the slice itself, by layer, as [side, side, n] lists.

    The app shows them in a lesson; an ONNX session does not give its weights away.
    """
    looking = (layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    return {
        layer.name: np.round(layer.get_weights()[0][:, :, 0], 4).tolist()
        for layer in looking
        if layer.input is model.inputs[0]
    }


def largest_difference(model: keras.Model, path: Path, slices: np.ndarray) -> float:
    """Return by how much Keras and ONNX Runtime differ at most on float32 [n, h, w, 1]."""
    tf.config.experimental.enable_tensor_float_32_execution(False)  # recent GPUs round float32 otherwise
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    levels = next(node.shape[0] for node in session.get_inputs() if node.name == "skip_gain")
    worst = 0.0
    for one in slices[:, None]:
        expected = np.asarray(model(one, training=False))
        (got,) = session.run(["probability"], {"slice": one, "skip_gain": np.ones(levels, np.float32)})
        worst = max(worst, float(np.abs(expected - np.asarray(got)).max()))
    return worst


def check_agreement(model: keras.Model, path: Path, slices: np.ndarray) -> float:
    """Return the largest difference, or refuse a file that is not the same network."""
    worst = largest_difference(model, path, slices)
    if not worst <= TOLERANCE:
        raise UserError(
            f"Keras and ONNX differ by {worst:.1e}, more than {TOLERANCE:.0e}: the export is not to be trusted."
        )
    return worst
