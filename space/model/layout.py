"""In which order a tensor of a model file holds maps, rows and columns: there are two, and turns between them."""

from typing import TYPE_CHECKING

from space.errors import UserError

if TYPE_CHECKING:
    import onnx

FIRST = {"Conv", "ConvTranspose", "MaxPool"}
"""These read and make [1, maps, height, width]."""
TURN = "Transpose"
REFOLDED = {"Reshape", "Shape", "Gather", "Squeeze", "Unsqueeze", "Tile"}
"""What comes behind these says nothing about what comes before."""


class Layouts:
    """Knows how the tensors of a graph lie."""

    def __init__(self, graph: "onnx.GraphProto") -> None:
        self._makers = {output: node for node in graph.node for output in node.output}
        self._readers: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)
        self._outputs = {value.name for value in graph.output if len(value.type.tensor_type.shape.dim) == 4}

    def unfolded(self, tensor: str) -> str:
        """Return the form of a result that has four axes: enlarging and group norms give maps or pixels a fifth one."""
        folds = [node for node in self._readers.get(tensor, []) if node.op_type == "Reshape"]
        if folds:
            return str(folds[0].output[0])
        turns = [node for node in self._readers.get(tensor, []) if node.op_type == TURN]
        return self.unfolded(turns[0].output[0]) if turns else tensor

    def maps_last(self, tensor: str) -> bool:
        """Tell whether a tensor is [1, height, width, maps], and not [1, maps, height, width].

        Raises
        ------
        UserError
            if nothing around it tells.
        """
        found = self._by_maker(tensor)
        found = self._by_readers(tensor) if found is None else found
        if found is None:
            raise UserError(
                "This operation cannot be shown: the model file does not say which values belong to which map."
            )
        return found

    def _by_maker(self, tensor: str) -> bool | None:
        node = self._makers.get(tensor)
        if node is None or node.op_type in REFOLDED:
            return None
        if node.op_type in FIRST:
            return False
        for name in node.input:
            found = self._by_maker(name)
            if found is not None:
                return not found if node.op_type == TURN else found
        return None

    def _by_readers(self, tensor: str) -> bool | None:
        if tensor in self._outputs:
            return tensor in ("slice", "probability")
        for node in self._readers.get(tensor, []):
            if node.op_type in FIRST:
                return False
            found = None if node.op_type in REFOLDED else self._by_readers(node.output[0])
            if found is not None:
                return not found if node.op_type == TURN else found
        return None
