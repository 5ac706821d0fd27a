"""A network's operations, one by one: how they are wired, and what they make of a slice.

ONNX Runtime runs the same model file, of which the result of each operation is made an output.
"""

from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime as ort

from space.model.layout import Layouts
from space.model.segmenter import SECONDS, on_one_thread, run_within
from space.model.wiring import JOIN, Operation, read_wiring


class Passage(NamedTuple):
    """What passes through an operation.

    Attributes
    ----------
    operation : which one.
    inputs : float32 [maps, h, w] each; one, but for a concatenation: first the maps of the skip connection, times what
        it is scaled with, then those from below.
    output : float32 [maps, h', w']
    kernel : float32 [maps out, maps in, rows, columns] of a convolution; of a transposed one [maps in, maps out, rows,
        columns]; None of others.
    bias : float32 [maps out]; zeros for a convolution without one; None of others.
    """

    operation: Operation
    inputs: tuple[np.ndarray, ...]
    output: np.ndarray
    kernel: np.ndarray | None
    bias: np.ndarray | None


class Probe(NamedTuple):
    """Where in a model file that is which passes through an operation.

    Attributes
    ----------
    inputs, output : names of tensors.
    maps_last : of the inputs and of the output, whether the last axis counts the maps, and not the second.
    kernel, bias : names of a convolution's constants; None without one.
    """

    inputs: tuple[str, ...]
    output: str
    maps_last: tuple[bool, ...]
    kernel: str | None
    bias: str | None


class Microscope:
    """Looks into a model file. One object serves several threads at once."""

    def __init__(self, model: Path) -> None:
        import onnx  # only who looks into a network needs it: it takes a while

        self._model = onnx.load(model)
        self.arrows = read_wiring(self._model)
        """See `space.model.wiring.Arrow`."""
        self.operations = {one.name: one for arrow in self.arrows for one in arrow.operations}
        """By name, in the order in which a slice passes them."""
        self._makers = {output: node for node in self._model.graph.node for output in node.output}
        self._layouts = Layouts(self._model.graph)
        self._tensors = self._read_tensors()

    def look(self, name: str, feed: dict[str, np.ndarray]) -> Passage:
        """Run the network, and return what passes through one of its operations.

        Parameters
        ----------
        name : of the operation.
        feed : what goes into the network, see `space.model.segmenter.Segmenter.feed`.
        """
        probe = self.probe(name)
        found = [one[0] for one in run_within(SECONDS, self._session, [*probe.inputs, probe.output], feed)]
        layouts = zip(found, probe.maps_last, strict=True)
        *inputs, output = (one.transpose(2, 0, 1) if last else one for one, last in layouts)
        return Passage(self.operations[name], tuple(inputs), output, *self._weights(probe, len(output)))

    def probe(self, name: str) -> Probe:
        """Return where in the file that is which passes through an operation."""
        *inputs, output = tensors = self._tensors[name]
        operation = self.operations[name]
        weights = list(self._makers[operation.tensor].input[1:]) if "convolution" in operation.kind else []
        kernel, bias = [*weights, None, None][:2]
        return Probe(tuple(inputs), output, tuple(map(self._layouts.maps_last, tensors)), kernel, bias)

    @property
    def outputs(self) -> list[str]:
        """The tensors that the file gives out by itself."""
        return [value.name for value in self._model.graph.output]

    def _read_tensors(self) -> dict[str, tuple[str, ...]]:
        """Return the tensors that go into each operation, and last the one that comes out."""
        found: dict[str, tuple[str, ...]] = {}
        for arrow in self.arrows:
            inputs: tuple[str, ...] = (arrow.source,)
            for operation in arrow.operations:
                if operation.kind == JOIN:
                    inputs = tuple(self._makers[operation.tensor].input)
                folded = operation.kind in ("enlarging", "group norm")
                output = self._layouts.unfolded(operation.tensor) if folded else operation.tensor
                found[operation.name] = (*inputs, output)
                inputs = (output,)
        return found

    @cached_property
    def _session(self) -> ort.InferenceSession:
        """Runs the network, up to its operations and no further: the counts of the model file are left out."""
        import onnx

        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        wanted = {tensor for tensors in self._tensors.values() for tensor in tensors}
        known = {value.name: value for value in model.graph.output}
        del model.graph.output[:]
        for tensor in sorted(wanted):
            shapeless = onnx.helper.make_tensor_value_info(tensor, onnx.TensorProto.FLOAT, None)
            model.graph.output.append(known.get(tensor, shapeless))
        return ort.InferenceSession(model.SerializeToString(), on_one_thread(), providers=["CPUExecutionProvider"])

    @cached_property
    def _constants(self) -> dict[str, np.ndarray]:
        import onnx

        return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in self._model.graph.initializer}

    def _weights(self, probe: Probe, maps: int) -> tuple[np.ndarray | None, np.ndarray | None]:
        if probe.kernel is None:
            return None, None
        offsets = np.zeros(maps, np.float32) if probe.bias is None else self._constants[probe.bias]
        return self._constants[probe.kernel], offsets
