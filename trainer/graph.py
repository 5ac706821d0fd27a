"""The whole way of a slice in one ONNX file: HU in; windowed pixels, an 8-bit probability map and counts out.

    hu -> window -> zoom -> central field -> padding -> network -> paste -> zoom back -> 256 levels -> counts

Whoever runs the file, in Python or in a browser, gets the same numbers to the last bit, and nobody writes window,
field, padding, scale and paste a second time. `space.preprocessing` says the same in NumPy, for training.

References
----------
ONNX operators, opset 18, https://onnx.ai/onnx/operators/. `Round` is half to even, as `numpy.rint`.
"""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import compose, helper, numpy_helper

from space.metrics import LEVELS
from space.model.contract import Slices
from space.preprocessing import LARGER, LARGEST_ZOOM, Window


class Steps:
    """Nodes of a graph in the order in which they run, and the constants that they use."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def number(self, name: str, value: Any, dtype: type = np.int64) -> str:
        """Add a constant; return its name."""
        self.constants.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def do(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a step; return its output's name."""
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output


def whole_graph(network: onnx.ModelProto, window: Window, slices: Slices) -> onnx.ModelProto:
    """Wrap a network, so that the file does the whole way.

    Parameters
    ----------
    network : its inputs are `slice` float32 [1, h', w', 1] and, if it has skip connections, `skip_gain` [levels]; its
        outputs are `probability` and the maps of each level.

    Returns
    -------
    a model with the inputs `hu` float32 [h, w], `reference` uint8 [h, w] (the mask; all 0 without one), `pixel_mm`
    float32 [2] (height and width of a pixel; 0 if not known) and `skip_gain`; and the outputs `pixels` uint8 [h, w],
    `map` uint8 [h, w] (255 stands for 1), `table` int64 [256, 3] (tp, fp, fn of map >= level), `field` int64 [6] (what
    the network saw: height and width of the zoomed slice; top, left, height and width of the part of it), `slice` (what
    went into the network), and the network's own.
    """
    steps = Steps()
    _numbers(steps, window, slices)
    _to_network(steps)
    before, steps.nodes = steps.nodes, []
    _from_network(steps)
    _count(steps)
    # the names inside the network are not ours: none of them may be one of the steps'
    inner = compose.add_prefix(network, "network/", rename_inputs=False, rename_outputs=False).graph
    for node in inner.node:
        for names in (node.input, node.output):
            names[:] = ["network/answer" if name == "probability" else name for name in names]
    value = helper.make_tensor_value_info
    square = ["height", "width"]
    graph = helper.make_graph(
        [*before, *inner.node, *steps.nodes],
        "slice_to_counts",
        [
            value("hu", T.FLOAT, square),
            value("reference", T.UINT8, square),
            value("pixel_mm", T.FLOAT, [2]),
            *(entry for entry in inner.input if entry.name != "slice"),
        ],
        [
            value("pixels", T.UINT8, square),
            value("map", T.UINT8, square),
            value("table", T.INT64, [LEVELS, 3]),
            value("field", T.INT64, [6]),
            value("slice", T.FLOAT, [1, "network_height", "network_width", 1]),
            value("probability", T.FLOAT, [1, "network_height", "network_width", 1]),
            *(entry for entry in inner.output if entry.name != "probability"),
        ],
        [*inner.initializer, *steps.constants],
    )
    made = helper.make_model(graph, opset_imports=network.opset_import, ir_version=network.ir_version)
    onnx.checker.check_model(made, full_check=True)
    return made


def _numbers(s: Steps, window: Window, slices: Slices) -> None:
    """Write down every constant; here, and nowhere else, window, field and pixel size enter the file."""
    for name, value in {"crop": slices.crop, "divisor": slices.divisor, "two": 2, "one": 1, "axis_0": 0}.items():
        s.number(name, value)
    for name, values in {
        "rows_columns": [0, 1],
        "batch_channel": [0, 3],
        "batch_and_channel": [0, 1],
        "ones": [1, 1],
        "no_pad": [0, 0],
        "all_pixels": [-1],
        "axis_1": [1],
        "first": [0],
        "levels": np.zeros(LEVELS),
    }.items():
        s.number(name, values)
    for name, real in {
        "low": window.low,
        "per_hu": 255 / window.width,
        "f0": 0,
        "f1": 1,
        "f255": 255,
        "matrix": slices.matrix,
        "too_large": LARGER * slices.matrix,
        "coarsest_mm": slices.coarsest_mm,
        "refined_mm": slices.refined_mm,
        "largest_zoom": LARGEST_ZOOM,
    }.items():
        s.number(name, real, np.float32)
    s.number("black", 0, np.uint8)


def _to_network(s: Steps) -> None:
    s.do("Mul", [s.do("Sub", ["hu", "low"], "above_low"), "per_hu"], "grey")
    s.do("Cast", [s.do("Round", [s.do("Clip", ["grey", "f0", "f255"], "in_window")], "rounded")], "pixels", to=T.UINT8)
    # zoom: coarse pixels are refined; without coarse pixels far too large a slice is shrunk
    s.do("Cast", [s.do("Shape", ["pixels"], "shape")], "sides", to=T.FLOAT)
    s.do("Min", [s.do("Div", ["pixel_mm", "refined_mm"], "finer"), "largest_zoom"], "refined")
    s.do("Where", [s.do("Greater", ["pixel_mm", "coarsest_mm"], "coarse"), "refined", "f1"], "refinement")
    s.do("ReduceMax", ["sides"], "longest", keepdims=0)
    s.do("Div", ["matrix", "longest"], "shrunk")
    s.do("Where", [s.do("Greater", ["longest", "too_large"], "large"), "shrunk", "f1"], "shrinkage")
    s.do("Greater", [s.do("ReduceMax", ["refinement"], "most", keepdims=0), "f1"], "some_coarse")
    s.do("Where", ["some_coarse", "refinement", "shrinkage"], "zoom")
    s.do("Cast", [s.do("Round", [s.do("Mul", ["sides", "zoom"], "zoomed_sides")], "whole_sides")], "some", to=T.INT64)
    s.do("Max", ["some", "one"], "zoomed")
    _resize(s, "pixels", "zoomed", "network_pixels", to=T.FLOAT)
    # the central field, padded at the bottom and at the right to a multiple of the stride
    s.do("Min", ["zoomed", "crop"], "size")
    s.do("Div", [s.do("Sub", ["zoomed", "size"], "beside"), "two"], "start")
    s.do("Slice", ["network_pixels", "start", s.do("Add", ["start", "size"], "end"), "rows_columns"], "seen")
    s.do("Concat", ["no_pad", s.do("Mod", [s.do("Neg", ["size"], "less"), "divisor"], "padding")], "pads", axis=0)
    s.do("Div", [s.do("Pad", ["seen", "pads", "f0"], "padded"), "f255"], "scaled")
    s.do("Unsqueeze", ["scaled", "batch_channel"], "slice")
    s.do("Concat", ["zoomed", "start", "size"], "field", axis=0)


def _from_network(s: Steps) -> None:
    # the exporter now and then leaves one axis of length 1 too many
    s.do("Reshape", ["network/answer", s.do("Shape", ["slice"], "slice_shape")], "probability")
    s.do("Squeeze", ["probability", "batch_channel"], "flat_answer")
    s.do("Slice", ["flat_answer", "no_pad", "size", "rows_columns"], "inside")
    s.do("Concat", ["start", s.do("Sub", ["zoomed", "end"], "after")], "around", axis=0)
    s.do("Pad", ["inside", "around", "f0"], "pasted")
    _resize(s, "pasted", "shape", "answer", to=T.FLOAT)
    s.do("Mul", [s.do("Clip", ["answer", "f0", "f1"], "in_0_1"), "f255"], "in_255")
    s.do("Cast", [s.do("Round", ["in_255"], "in_levels")], "map", to=T.UINT8)


def _count(s: Steps) -> None:
    """Count tp, fp and fn at every level at once: histograms, added up from the top."""
    s.do("Cast", [s.do("Reshape", ["map", "all_pixels"], "map_list")], "level_of", to=T.INT64)
    s.do("Reshape", [s.do("Greater", ["reference", "black"], "is_organ"), "all_pixels"], "organ_list")
    s.do("Sub", ["one", s.do("Cast", ["organ_list"], "organ", to=T.INT64)], "other")
    for name, who in (("tp", "organ"), ("fp", "other")):
        s.do("ScatterElements", ["levels", "level_of", who], f"{name}_at", axis=0, reduction="add")
        s.do("CumSum", [f"{name}_at", "axis_0"], name, reverse=1)
    s.do("Sub", [s.do("Gather", ["tp", "first"], "traced"), "tp"], "fn")
    columns = [s.do("Unsqueeze", [name, "axis_1"], f"{name}_column") for name in ("tp", "fp", "fn")]
    s.do("Concat", columns, "table", axis=1)


def _resize(s: Steps, image: str, sides: str, output: str, to: int) -> None:
    """Resize an image [h, w] to other sides; with the same sides it stays what it is, to the last bit."""
    s.do("Cast", [image], f"{output}_values", to=to)
    s.do("Unsqueeze", [f"{output}_values", "batch_and_channel"], f"{output}_4d")
    s.do("Concat", ["ones", sides], f"{output}_sides", axis=0)
    s.do("Resize", [f"{output}_4d", "", "", f"{output}_sides"], f"{output}_zoomed", mode="linear", antialias=1)
    s.do("Squeeze", [f"{output}_zoomed", "batch_and_channel"], output)
