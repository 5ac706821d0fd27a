"""Hostile networks: `python -m tests.fuzz.graphs --inputs 200 --seed 0`.

Each is put into a bundle whose hashes are right, and tried as the app tries what it pulls. What is taken must answer
for slices of other sizes, too. An input takes seconds: it is tried in a process of its own.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper

from space.answer import Responder
from space.metrics import table_of
from space.model.bundle import BUNDLED, open_bundle
from space.model.trial import try_out
from tests.bundles import change_contract, rehash
from tests.fuzz.mutate import mutant
from tests.fuzz.outcomes import Outcomes, Wrong

OTHER_SIZES = ((511, 300), (32, 900), (200, 200))
Change = Callable[[onnx.ModelProto], None]


def small(folder: Path) -> None:
    """Copy the bundled model with one network and one sample."""
    names = ("*.h5", "networks", "overfitting", "README.md", "curves.png", "phantom-[2-6]*")
    shutil.copytree(BUNDLED, folder, ignore=shutil.ignore_patterns(*names))
    table = folder / "samples" / "samples.csv"
    table.write_text("\n".join(table.read_text("utf-8").splitlines()[:2]) + "\n", "utf-8")

    def keep(contract: dict[str, Any]) -> None:
        contract["sha256"] = {name: value for name, value in contract["sha256"].items() if (folder / name).is_file()}

    change_contract(folder, keep)
    rehash(folder, "samples/samples.csv")


def bundled() -> onnx.ModelProto:
    """Return the bundled model file."""
    return onnx.load(BUNDLED / "model.onnx")


def maker(model: onnx.ModelProto, output: str) -> onnx.NodeProto:
    """Return the node that makes a tensor."""
    return next(node for node in model.graph.node if output in node.output)


def in_place_of(model: onnx.ModelProto, output: str, *steps: onnx.NodeProto) -> None:
    """Have other nodes, which read 'before', make a tensor."""
    maker(model, output).output[list(maker(model, output).output).index(output)] = "before"
    for node in model.graph.node:
        node.input[:] = ["before" if name == output else name for name in node.input]
    model.graph.node.extend(steps)


def constant(model: onnx.ModelProto, name: str, value: Any, dtype: type = np.int64) -> str:
    """Add a constant."""
    model.graph.initializer.append(numpy_helper.from_array(np.array(value, dtype), name))
    return name


def external(place: str) -> Change:
    """Return a change that has the weights read from another file."""

    def change(model: onnx.ModelProto) -> None:
        one = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
        one.ClearField("raw_data")
        one.data_location = T.EXTERNAL
        one.external_data.add(key="location", value=place)

    return change


def endless(model: onnx.ModelProto) -> None:
    """Put a loop without an end before the map."""
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["goes"]), helper.make_node("Identity", ["x"], ["y"])],
        "body",
        [value("turn", T.INT64, []), value("go", T.BOOL, []), value("x", T.UINT8, None)],
        [value("goes", T.BOOL, []), value("y", T.UINT8, None)],
    )
    constant(model, "yes", True, np.bool_)
    in_place_of(model, "map", helper.make_node("Loop", ["", "yes", "before"], ["map"], body=body))


def branches(model: onnx.ModelProto) -> None:
    """Nest branches, twelve deep."""
    value = helper.make_tensor_value_info
    inner = helper.make_graph([helper.make_node("Identity", ["before"], ["r0"])], "b", [], [value("r0", T.UINT8, None)])
    for depth in range(1, 12):
        node = helper.make_node("If", ["yes"], [f"r{depth}"], then_branch=inner, else_branch=inner)
        inner = helper.make_graph([node], "b", [], [value(f"r{depth}", T.UINT8, None)])
    constant(model, "yes", True, np.bool_)
    in_place_of(model, "map", helper.make_node("If", ["yes"], ["map"], then_branch=inner, else_branch=inner))


def huge(model: onnx.ModelProto) -> None:
    """Ask for 100 GB."""
    constant(model, "sides", [5_000_000, 5_000])
    steps = [helper.make_node("ConstantOfShape", ["sides"], ["much"]), helper.make_node("ReduceSum", ["much"], ["sum"])]
    steps += [helper.make_node("Cast", ["sum"], ["small"], to=T.UINT8)]
    in_place_of(model, "map", *steps, helper.make_node("Add", ["before", "small"], ["map"]))


def slow(model: onnx.ModelProto) -> None:
    """Multiply large matrices for hours."""
    constant(model, "sides", [9000, 9000])
    steps = [helper.make_node("ConstantOfShape", ["sides"], ["m0"])]
    steps += [helper.make_node("MatMul", [f"m{n}", f"m{n}"], [f"m{n + 1}"]) for n in range(500)]
    steps += [
        helper.make_node("ReduceSum", ["m500"], ["sum"]),
        helper.make_node("Cast", ["sum"], ["small"], to=T.UINT8),
    ]
    in_place_of(model, "map", *steps, helper.make_node("Add", ["before", "small"], ["map"]))


def many(model: onnx.ModelProto) -> None:
    """Add a hundred thousand nodes."""
    steps = [helper.make_node("Identity", [f"n{n}" if n else "before"], [f"n{n + 1}"]) for n in range(100_000)]
    in_place_of(model, "map", *steps, helper.make_node("Identity", ["n100000"], ["map"]))


def joined(model: onnx.ModelProto) -> None:
    """Join a tensor with what is made of it, forty times over: 2 to the power of 40 ways lead through it."""
    steps = []
    for n in range(40):
        before = f"n{n}" if n else "before"
        steps.append(helper.make_node("Relu", [before], [f"r{n}"]))
        steps.append(helper.make_node("Concat", [before, f"r{n}"], [f"n{n + 1}"], axis=3))
    constant(model, "first", [0]), constant(model, "one_more", [1]), constant(model, "last_axis", [3])
    end = helper.make_node("Slice", ["n40", "first", "one_more", "last_axis"], ["probability"])
    in_place_of(model, "probability", *steps, end)


def larger_than(side: int, op: str) -> Change:
    """Return a change that has the map differ on slices of more rows than `side` only."""

    def change(model: onnx.ModelProto) -> None:
        constant(model, "side", side), constant(model, "zeroth", 0), constant(model, "no_value", 0, np.uint8)
        constant(model, "one_value", 255, np.uint8)
        steps = [
            helper.make_node("Shape", ["before"], ["of_map"]),
            helper.make_node("Gather", ["of_map", "zeroth"], ["rows"]),
            helper.make_node("Greater", ["rows", "side"], ["is_larger"]),
            helper.make_node("Where", ["is_larger", "one_value", "no_value"], ["more"]),
        ]
        in_place_of(model, "map", *steps, helper.make_node(op, ["before", "more"], ["map"]))

    return change


def other_shape(output: str) -> Change:
    """Return a change that gives an output another shape."""

    def change(model: onnx.ModelProto) -> None:
        in_place_of(model, output, helper.make_node("Transpose", ["before"], [output]))

    return change


def counts(model: onnx.ModelProto) -> None:
    """Count one pixel more than there is."""
    constant(model, "one_pixel", 1)
    in_place_of(model, "table", helper.make_node("Add", ["before", "one_pixel"], ["table"]))


def no_numbers(model: onnx.ModelProto) -> None:
    """Divide 0 by 0."""
    constant(model, "nought", 0, np.float32)
    steps = [
        helper.make_node("Mul", ["before", "nought"], ["none"]),
        helper.make_node("Div", ["none", "none"], ["bottleneck"]),
    ]
    in_place_of(model, "bottleneck", *steps)


def negative(model: onnx.ModelProto) -> None:
    """Give pixels a window upside down."""
    in_place_of(model, "pixels", helper.make_node("BitwiseNot", ["before"], ["pixels"]))


def words(model: onnx.ModelProto) -> None:
    """Give out words for numbers."""
    in_place_of(model, "field", helper.make_node("Cast", ["before"], ["field"], to=T.STRING))
    next(one for one in model.graph.output if one.name == "field").type.tensor_type.elem_type = T.STRING


def foreign(model: onnx.ModelProto) -> None:
    """Use an operator of somebody's own."""
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    in_place_of(model, "map", helper.make_node("Identity", ["before"], ["map"], domain="com.example"))


def function(model: onnx.ModelProto) -> None:
    """Hide what is done in a function of the file's own."""
    model.opset_import.append(helper.make_opsetid("own", 1))
    inside = [helper.make_node("Identity", ["x"], ["y"])]
    model.functions.append(helper.make_function("own", "F", ["x"], ["y"], inside, list(model.opset_import)[:1]))
    in_place_of(model, "map", helper.make_node("F", ["before"], ["map"], domain="own"))


def without(output: str) -> Change:
    """Return a change that takes an output away."""

    def change(model: onnx.ModelProto) -> None:
        model.graph.output.remove(next(one for one in model.graph.output if one.name == output))

    return change


def says(name: str, value: str) -> Change:
    """Return a change of what the file says of itself."""

    def change(model: onnx.ModelProto) -> None:
        entry = next(one for one in model.metadata_props if one.key == name)
        entry.value = value

    return change


HOSTILE: dict[str, Change] = {
    "weights in /etc/passwd": external("/etc/passwd"),
    "weights in ../../etc/passwd": external("../../../../../../../../etc/passwd"),
    "weights in contract.json": external("contract.json"),
    "a loop without an end": endless,
    "branches in branches": branches,
    "100 GB": huge,
    "hours of multiplying": slow,
    "a hundred thousand nodes": many,
    "2 to the power of 40 ways": joined,
    "counts that are not the map's": counts,
    "another map on larger slices": larger_than(600, "BitwiseOr"),
    "a turned map": other_shape("map"),
    "turned pixels": other_shape("pixels"),
    "turned counts": other_shape("table"),
    "NaN in a level": no_numbers,
    "pixels upside down": negative,
    "words for numbers": words,
    "an operator of its own": foreign,
    "a function of its own": function,
    **{f"without {name}": without(name) for name in ("map", "table", "field", "slice", "probability", "bottleneck")},
    "a window of words": says("window_hu", '["a", "b"]'),
    "a window that is none": says("window_hu", "[NaN, 1e400]"),
    "another window": says("window_hu", "[0, 100]"),
    "no JSON": says("window_hu", "{"),
    "kernels that are ragged": says("first_kernels", '{"stem": [[[1, 2]], [[1]]]}'),
    "kernels that are none": says("first_kernels", '{"stem": []}'),
    "kernels deep down": says("first_kernels", "[" * 100_000 + "]" * 100_000),
    "a hundred thousand kernels": says("first_kernels", json.dumps({str(n): [[[0.0]]] for n in range(100_000)})),
}


def changed(rng: Random, model: onnx.ModelProto) -> bytes:
    """Return a model file with one or a few changes, in its structure or its bytes."""
    if rng.random() < 0.25:
        return mutant(rng, [model.SerializeToString()])
    for _ in range(rng.choice((1, 1, 2, 4))):
        node = rng.choice(model.graph.node)
        what = rng.choice(("op", "input", "input", "output", "lost", "number", "weights", "weights", "shape"))
        if what == "op":
            node.op_type = rng.choice(model.graph.node).op_type
        elif what == "input" and node.input:
            node.input[rng.randrange(len(node.input))] = rng.choice(rng.choice(model.graph.node).output)
        elif what == "output":
            node.output[0] = rng.choice(rng.choice(model.graph.node).output)
        elif what == "lost":
            model.graph.node.remove(node)
        elif what == "number" and node.attribute:
            one = rng.choice(node.attribute)
            one.i = rng.choice((-1, 0, 1, 7, 2**31, -(2**63)))
            one.ints[:] = [rng.choice((-1, 0, 1, 2, 10**6)) for _ in one.ints]
        elif what == "shape":
            one = rng.choice(rng.choice((model.graph.initializer, model.graph.output)))
            dims = one.dims if isinstance(one, onnx.TensorProto) else one.type.tensor_type.shape.dim
            if len(dims):
                del dims[rng.randrange(len(dims))]
        else:
            tensor = rng.choice(model.graph.initializer)
            values = numpy_helper.to_array(tensor).copy()
            values.flat[: rng.choice((1, values.size))] = rng.choice((0, 1, -1, 3, 100))
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return bytes(model.SerializeToString())


def tried(folder: Path, data: bytes) -> None:
    """Try a model file as the app does; what is taken must answer rightly for other sizes."""
    (folder / "model.onnx").write_bytes(data)
    rehash(folder, "model.onnx")
    bundle = open_bundle(folder, "")
    try_out(bundle, seconds=30)
    segmenter = Responder(bundle).segmenter
    for size in OTHER_SIZES:
        hu = np.random.default_rng(0).integers(-100, 400, size, np.int16)
        found = segmenter.predict(hu, hu > 100)
        if not np.array_equal(found.table, table_of(found.probability, hu > 100)):
            raise Wrong(f"counts that are not the map's, on {size}")


def main() -> None:
    """Print a line for what is made by hand, and one for what is changed at random."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        folder = Path(temporary, "bundle")
        small(folder)
        by_hand, at_random = Outcomes("made by hand"), Outcomes("changed at random")
        for name, change in HOSTILE.items():
            model = bundled()
            change(model)
            by_hand.attempt(name, partial(tried, folder, model.SerializeToString()))
        print(
            by_hand.line(), *(f"  {times} x {said}" for said, times in by_hand.sentences.items()), sep="\n", flush=True
        )
        for number in range(asked.inputs):
            rng = Random(f"{asked.seed} {number}")
            at_random.attempt(number, partial(tried, folder, changed(rng, bundled())))
        print(at_random.line())


if __name__ == "__main__":
    main()
