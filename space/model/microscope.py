"""A network's operations, one by one: how they are wired, and what they make of a slice."""

from pathlib import Path

from space.model.wiring import read_wiring


class Microscope:
    """Looks into a model file."""

    def __init__(self, model: Path) -> None:
        import onnx  # only who looks into a network needs it

        self._model = onnx.load(model)
        self.arrows = read_wiring(self._model)
        """See `space.model.wiring.Arrow`."""
