"""A run's best weights -> the Keras model as published, and the same network as the model file, in ONNX.

Export works from the TensorFlow backend, in float32 only: a bfloat16 model exports without a word and then
does not load. The lesson's inputs and outputs (`skip_gain`, every level's maps) are in the same file; they
cost 2 to 4% of its time.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import onnx

from space.errors import UserError
from space.model.contract import Slices
from space.model.segmenter import Segmenter
from space.model.settings import Settings
from space.preprocessing import Window
from trainer.calibration import fold
from trainer.dataset import REFINED_MM, WHOLE_SLICE, coarsest_mm
from trainer.files import load_weights
from trainer.graph import whole_graph
from trainer.neighbours import masks_asked_for
from trainer.run import RunFolder
from trainer.unet import build_unet, divisor, levels

OPSET = 18
TOLERANCE = 1e-4  # a fortieth of the step in which the page shows a probability; rounding alone stays below half of it


def load_best(run: RunFolder) -> keras.Model:
    """Return the network of a run as it is published.

    It is in float32, with the weights of the best epoch, calibrated if `fit` came to that, and rounded: see `rounded`.
    """
    if not run.best.exists():
        raise UserError(f"{run.path} has no {run.best.name} yet: its first epoch is not finished.")
    keras.mixed_precision.set_global_policy("float32")
    settings = run.config().settings
    trained = build_unet(settings, masks=masks_asked_for(settings))
    load_weights(trained, run.best)
    calibration = run.calibration()
    model = build_unet(settings, curve=bool(calibration and calibration.curve))
    for layer in trained.layers:
        own = slice(1) if layer.name == "logit" else slice(None)  # not the neighbours' masks
        model.get_layer(layer.name).set_weights([part[..., own] for part in layer.get_weights()])
    if calibration:
        fold(model, calibration)
    return rounded(model)


def load_published(folder: Path) -> keras.Model:
    """Return the Keras model of a bundle."""
    model = keras.saving.load_model(folder)
    if (folder / "assets").exists():  # made by loading, and empty
        (folder / "assets").rmdir()
    return model


def rounded(model: keras.Model) -> keras.Model:
    """Round the kernels of a network to float16, and keep them as float32; return the network.

    The ONNX file then compresses by 40%, and a probability moves by one of 256 levels at most. The Keras file holds the
    same numbers, so that a comparison of the two still proves the export.
    """
    for layer in model.layers:
        parts = layer.get_weights()
        layer.set_weights([part.astype(np.float16).astype(np.float32) if part.ndim > 1 else part for part in parts])
    return model


def export_onnx(model: keras.Model, settings: Settings, window: Window, slices: Slices, path: Path) -> None:
    """Write a network, with the lesson's inputs and outputs and the whole way of a slice, as an ONNX file."""
    if keras.backend.backend() != "tensorflow":
        raise UserError("ONNX is written from the TensorFlow backend only: unset KERAS_BACKEND for this command.")
    lesson = build_unet(settings, lesson=True, curve=any(layer.name == "curve" for layer in model.layers))
    for layer in model.layers:
        lesson.get_layer(layer.name).set_weights(layer.get_weights())
    blank = np.zeros((1, 64, 64, 1), np.float32)
    lesson([blank, np.ones(slices.levels, np.float32)] if slices.levels else blank)  # the exporter wants a called one
    lesson.export(path, format="onnx", verbose=False, opset_version=OPSET)
    network = onnx.load(path)
    for value in (*network.graph.input, *network.graph.output):  # a slice at a time; its sizes arrive without names
        first = slices.levels if value.name == "skip_gain" else 1
        value.type.tensor_type.shape.dim[0].dim_value = first
    average_axis_by_axis(network.graph)
    whole = whole_graph(network, window, slices)
    facts = {"window_hu": list(window), "first_kernels": first_kernels(model)}
    onnx.helper.set_model_props(whole, {name: json.dumps(value) for name, value in facts.items()})
    onnx.checker.check_model(whole)
    onnx.save(whole, path)


class Exported(NamedTuple):
    """A network, and how its model file shows slices to it."""

    model: keras.Model
    slices: Slices


def export_run(run: RunFolder, path: Path) -> Exported:
    """Write the model file of a run's best epoch."""
    config, model = run.config(), load_best(run)
    slices = slice_geometry(config.settings, max(config.data.shape[1:]), config.data.refined_mm)
    export_onnx(model, config.settings, Window(*config.data.window_hu), slices, path)
    return Exported(model, slices)


def slice_geometry(settings: Settings, side: int = WHOLE_SLICE, refined_mm: float = REFINED_MM) -> Slices:
    """Return the contract's `slice`: how the model file shows slices to the network.

    Parameters
    ----------
    side : of the slices that the network was trained on, in pixels.
    refined_mm : the size that their coarser pixels were refined to.
    """
    return Slices(
        matrix=max(WHOLE_SLICE, side),  # data may be crops, uploads are whole slices
        crop=settings.crop,
        divisor=divisor(settings),
        levels=len(levels(settings)) - 1 if settings.skips == "joined" else 0,
        coarsest_mm=coarsest_mm(refined_mm),
        refined_mm=refined_mm,
    )


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


def largest_difference(model: keras.Model, segmenter: Segmenter, slices: Iterable[np.ndarray]) -> float:
    """Return by how much the probabilities of Keras and of the model file differ at most; slices are [h, w] in HU."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_tensor_float_32_execution(False)  # recent GPUs round float32 otherwise
    worst = 0.0
    for hu in slices:
        seen, got = segmenter.network(hu)
        worst = max(worst, float(np.abs(np.asarray(model(seen, training=False)) - got).max()))
    return worst


def check_agreement(model: keras.Model, segmenter: Segmenter, slices: Iterable[np.ndarray]) -> float:
    """Return the largest difference, or refuse a file that is not the same network."""
    worst = largest_difference(model, segmenter, slices)
    if not worst <= TOLERANCE:
        raise UserError(
            f"Keras and ONNX differ by {worst:.1e}, more than {TOLERANCE:.0e}: the export is not to be trusted."
        )
    return worst
