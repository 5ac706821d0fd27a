"""How a network is wired, read from its model file: what flows from where to where, and by which operations.

Nothing is assumed of the network but that the maps of its levels are outputs of the file. What the exporter adds (axes
turned, shapes computed, paddings of 0) is left out; a normalisation, which is a dozen nodes, counts as one operation.
"""

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from space.errors import UserError

if TYPE_CHECKING:
    import onnx

SLICE, PROBABILITY = "slice", "probability"
SINGLE = {
    "Conv": "convolution",
    "ConvTranspose": "transposed convolution",
    "MaxPool": "max pooling",
    "Tile": "enlarging",
    "Sigmoid": "sigmoid",
    "Relu": "ReLU",
    "Elu": "ELU",
    "LeakyRelu": "leaky ReLU",
    "Selu": "SELU",
    "Softplus": "softplus",
    "Tanh": "tanh",
}
"""Operations that are one node of the file, and what they are called."""
JOIN = "concatenation"
ARITHMETIC = {"Add", "Sub", "Mul", "Div", "Neg", "Sqrt", "Reciprocal", "ReduceMean"}
"""What a normalisation is made of."""
MOST_ARROWS = 1000
UNKNOWN = "This network cannot be drawn: its file is wired in a way that this page does not know."
UNCHANGED = {"Transpose", "Reshape", "Squeeze", "Unsqueeze", "Slice", "Pad", "Identity", "Cast"}
"""What only turns or renames a tensor, or crops and pads it by nothing."""


class Operation(NamedTuple):
    """A step of the network.

    Attributes
    ----------
    kind : one of the words of `SINGLE`, or 'concatenation', 'batch norm', 'layer norm', 'group norm', 'curve' (the
        parts of which a calibration is made: logit, softplus, sigmoid).
    tensor : what the file calls its result, [1, maps, height, width].
    kernel : height and width of its kernel, or of the window of a pooling; (1, 1) where it looks at single pixels.
    stride : by how much its kernel moves; of a transposed convolution, by how much its patches lie apart.
    before : rows of 0 above its input, and columns on its left; of a transposed convolution, what is cut off there.
    name : its kind and a number, counted in the order in which a slice passes the network: 'max pooling 2'.
    """

    kind: str
    tensor: str
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    before: int = 0
    name: str = ""


class Arrow(NamedTuple):
    """What flows from one point of the drawing to another; a skip connection is an arrow without an operation.

    Attributes
    ----------
    source, target : 'slice', the name of a level, 'join LEVEL' (what is concatenated on the way into the level), or
        'probability'.
    operations : in the order in which they work; after a join the first one is the concatenation.
    """

    source: str
    target: str
    operations: tuple[Operation, ...]


def read_wiring(model: "onnx.ModelProto") -> tuple[Arrow, ...]:
    """Return the arrows of a model file's network, in the order in which a slice passes them.

    Raises
    ------
    UserError
        if the file is of a kind that cannot be followed.
    """
    try:
        return _named(_ordered(_Graph(model.graph).arrows()))
    except (LookupError, ValueError, RecursionError) as error:  # what a file that is wired in another way leads to
        raise UserError(UNKNOWN) from error


def _ordered(arrows: list[Arrow]) -> list[Arrow]:
    """Sort arrows so that what leads to a point comes before what leaves it."""
    ordered: list[Arrow] = []
    while len(ordered) < len(arrows):
        waiting = [arrow for arrow in arrows if arrow not in ordered]
        reached = {arrow.target for arrow in waiting}
        ready = [arrow for arrow in waiting if arrow.source not in reached]
        if not ready:
            raise UserError(UNKNOWN)
        ordered += ready
    return ordered


def _named(arrows: list[Arrow]) -> tuple[Arrow, ...]:
    """Give the operations their names."""
    counted: Counter[str] = Counter()

    def name(operation: Operation) -> Operation:
        counted[operation.kind] += 1
        return operation._replace(name=f"{operation.kind} {counted[operation.kind]}")

    return tuple(arrow._replace(operations=tuple(map(name, arrow.operations))) for arrow in arrows)


class _Graph:
    """Follows the pixels backwards."""

    def __init__(self, graph: "onnx.GraphProto") -> None:
        self._makers = {output: node for node in graph.node for output in node.output}
        self._kernels = {tensor.name: tuple(tensor.dims[-2:]) for tensor in graph.initializer if len(tensor.dims) == 4}
        self._gains = {"skip_gain"}
        for node in graph.node:  # in the order in which they run
            if node.op_type in UNCHANGED and node.input[0] in self._gains:
                self._gains.update(node.output)
        maps = [value.name for value in graph.output if len(value.type.tensor_type.shape.dim) == 4]
        self._points = {self._origin(name): name for name in maps if name not in (SLICE, PROBABILITY)}
        self._points[SLICE] = SLICE

    def arrows(self) -> list[Arrow]:
        """Return all that leads to the probability."""
        found: list[Arrow] = []
        waiting = [(PROBABILITY, self._origin(PROBABILITY))]
        followed = {SLICE}
        while waiting:
            target, tensor = waiting.pop(0)
            if len(found) == MOST_ARROWS:
                raise UserError(UNKNOWN)
            operations: list[Operation] = []
            while tensor not in self._points or self._points[tensor] == target:
                node = self._makers[tensor]
                if node.op_type == "Concat" and len(self._bent(node)) > 1:
                    source = f"join {target}"
                    operations.insert(0, Operation(JOIN, tensor))
                    waiting += [(source, self._origin(name)) for name in node.input]
                    break
                operation, tensor = self._operation(tensor)
                operations.insert(0, operation)
            else:
                source = self._points[tensor]
                if source not in followed:
                    followed.add(source)
                    waiting.append((source, tensor))
            found.append(Arrow(source, target, tuple(operations)))
        return found

    def _origin(self, tensor: str) -> str:
        """Return the tensor that this one is another form of."""
        while tensor != SLICE:
            node = self._makers[tensor]
            scaled = [name for name in node.input if name not in self._gains]
            if node.op_type == "Mul" and len(scaled) == 1:  # a skip connection that can be cut
                tensor = scaled[0]
            elif node.op_type in UNCHANGED:
                tensor = node.input[0]
            else:
                break
        return tensor

    def _operation(self, tensor: str) -> tuple[Operation, str]:
        """Return what makes a tensor, and the tensor that it is made from."""
        node = self._makers[tensor]
        if node.op_type == "Concat":
            return Operation("curve", tensor), self._bent(node).pop()
        if node.op_type in ARITHMETIC:
            return self._normalisation(tensor)
        if node.op_type not in SINGLE:
            raise UserError(f"This network cannot be drawn: its file makes {tensor} by {node.op_type}.")
        sizes = {entry.name: tuple(entry.ints) for entry in node.attribute if entry.ints}
        kernel = self._kernels[node.input[1]] if "Conv" in node.op_type else sizes.get("kernel_shape", (1, 1))
        stride = sizes.get("strides", (1, 1))[0]
        # without 'pads' it is Keras' "same": what the kernel is longer than its stride, the smaller half before
        before = sizes["pads"][0] if "pads" in sizes else (kernel[0] - stride) // 2 if kernel[0] > stride else 0
        source = self._origin(node.input[0])
        if node.op_type == "Tile" and self._makers[source].op_type == "Tile":  # rows and columns, one after another
            source = self._origin(self._makers[source].input[0])
        return Operation(SINGLE[node.op_type], tensor, (kernel[0], kernel[1]), stride, before), source

    def _bent(self, node: "onnx.NodeProto") -> set[str]:
        """Return what the inputs of a concatenation are made from: one tensor, where a curve is put together."""
        makers = [self._makers[name] for name in map(self._origin, node.input) if name != SLICE]
        return {
            self._origin(maker.input[0] if maker.op_type in ("Softplus", "Sigmoid") else maker.output[0])
            for maker in makers
        }

    def _normalisation(self, tensor: str) -> tuple[Operation, str]:
        """Gather the arithmetic between a tensor and the one that it is computed from."""
        waiting, seen, sources, means = [tensor], set(), set(), []
        while waiting:
            origin = self._origin(waiting.pop())
            if origin in seen:
                continue
            seen.add(origin)
            node = self._makers[origin]
            if node.op_type not in ARITHMETIC:
                sources.add(origin)
                continue
            if node.op_type == "ReduceMean":
                means.append(self._makers[node.input[0]].op_type)
            waiting += [name for name in node.input if name in self._makers]  # not the constants
        if len(sources) != 1:
            raise UserError(f"This network cannot be drawn: its file computes {tensor} in an unknown way.")
        # a batch norm's means are constants by now; a group norm first gives its groups an axis of their own
        kind = "group norm" if "Reshape" in means else "layer norm" if means else "batch norm"
        return Operation(kind, tensor), sources.pop()
