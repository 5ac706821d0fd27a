"""HU in; pixels, probability map and counts out. ONNX Runtime only: no TensorFlow, no Keras file is opened.

The whole way of a slice is in the model file (`trainer/graph.py` writes it); here it is only run.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime as ort

from space.errors import UserError
from space.metrics import LEVELS
from space.model.facts import read_facts
from space.preprocessing import Box, Window

UNKNOWN_MM = (0.0, 0.0)
SECONDS = 60.0
"""How long a network may take for a slice; it ends between two of its operations."""
NO_ANSWER = "The network cannot answer for this slice: please try another one."
SIGNATURE = {
    "hu": ("tensor(float)", 2),
    "reference": ("tensor(uint8)", 2),
    "pixel_mm": ("tensor(float)", 1),
    "pixels": ("tensor(uint8)", 2),
    "map": ("tensor(uint8)", 2),
    "table": ("tensor(int64)", 2),
    "field": ("tensor(int64)", 1),
    "slice": ("tensor(float)", 4),
    "probability": ("tensor(float)", 4),
}
"""Inputs and outputs of a model file, with their types and numbers of axes."""
LOG = logging.getLogger(__name__)


class Field(NamedTuple):
    """Which part of a slice the network saw: of the slice at height x width, a box; in pixels."""

    height: int
    width: int
    top: int
    left: int
    box_height: int
    box_width: int

    def on_slice(self, shape: tuple[int, ...]) -> Box:
        """Return the box in pixels of the slice itself, given its own height and width."""
        down, across = shape[0] / self.height, shape[1] / self.width
        top, left = round(self.top * down), round(self.left * across)
        return Box(top, left, round(self.box_height * down), round(self.box_width * across))

    def words(self, shape: tuple[int, int], pixel_mm: tuple[float, float] = UNKNOWN_MM) -> str:
        """Return it in words for the page, given the slice's own height and width."""
        whole = (self.box_height, self.box_width) == (self.height, self.width)
        part = "the whole slice" if whole else f"the central {self.box_width} x {self.box_height} pixels"
        if (self.height, self.width) == shape:
            return part
        change = "shrunk" if self.height * self.width < shape[0] * shape[1] else "refined"
        down, across = (mm * before / after for mm, before, after in zip(pixel_mm, shape, self[:2], strict=True))
        size = f"{across:.2f}" if round(down, 2) == round(across, 2) else f"{across:.2f} x {down:.2f}"
        to = f" ({size} mm per pixel)" if all(pixel_mm) else ""
        return f"{part}{',' if whole else ' of the slice'} {change} to {self.width} x {self.height}{to}"


class Prediction(NamedTuple):
    """What the model file says of a slice.

    Attributes
    ----------
    pixels : uint8 [h, w], the slice in the model's window.
    probability : uint8 [h, w], 255 stands for 1.
    table : int64 [256, 3]; row t holds tp, fp and fn of ``probability >= t`` against the reference.
    field : which part of the slice the network saw.
    maps : float32 [filters, h', w'] for each level, by its name; None if they were not asked for.
    """

    pixels: np.ndarray
    probability: np.ndarray
    table: np.ndarray
    field: Field
    maps: dict[str, np.ndarray] | None = None


class Level(NamedTuple):
    """One level of the U, on the way down (`encoder_0`, ...), at the bottom, or on the way up (`decoder_0`, ...)."""

    name: str
    filters: int
    stride: int
    """Pixels of the slice to a side of one pixel of its maps."""


def on_one_thread() -> ort.SessionOptions:
    """Return how ONNX Runtime is to run a network here."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # measured: two callers on one thread each beat one on two
    options.log_severity_level = 3
    return options


class Segmenter:
    """A network in an ONNX file. One object serves several threads at once.

    Examples
    --------
    >>> from space.model.bundle import BUNDLED
    >>> segmenter = Segmenter(BUNDLED / "model.onnx")
    >>> segmenter.predict(np.zeros((512, 512), np.int16)).probability.shape
    (512, 512)
    """

    def __init__(self, model: Path) -> None:
        self.session = _session(model)
        gain = next((node for node in self.session.get_inputs() if node.name == "skip_gain"), None)
        self.all_skips = np.ones(gain.shape if gain else 0, np.float32)
        """A 1 for each skip connection; empty for a network without."""
        self.levels = self._levels(model.name)
        facts = read_facts(self.session.get_modelmeta().custom_metadata_map, model.name)
        self.window = Window(*facts.window_hu)
        """The HU that the grey levels of its pixels stand for."""
        self.first_kernels = {name: np.array(kernel, np.float32) for name, kernel in facts.first_kernels.items()}
        """The kernels of the convolutions that look at the slice itself, by layer, float [side, side, n]."""

    def predict(
        self,
        hu: np.ndarray,
        reference: np.ndarray | None = None,
        *,
        pixel_mm: tuple[float, float] = UNKNOWN_MM,
        gain: np.ndarray | None = None,
        maps: bool = False,
    ) -> Prediction:
        """Segment one slice.

        Parameters
        ----------
        hu : int16 or float32 [h, w], in Hounsfield units.
        reference : bool [h, w], the mask to count against; without it, an empty one.
        pixel_mm : height and width of a pixel; 0 where not known.
        gain : float32 [skips], what each skip connection is multiplied with; without it, all with 1.
        maps : whether the levels' feature maps are wanted.
        """
        levels = self.levels if maps else ()
        inputs = self.feed(hu, reference, pixel_mm, gain)
        names = ["pixels", "map", "table", "field", *(level.name for level in levels)]
        pixels, probability, table, field, *of_levels = self._run(names, inputs)
        if (
            not pixels.shape == probability.shape == hu.shape
            or table.shape != (LEVELS, 3)
            or len(field) != len(Field._fields)
        ):
            raise UserError(NO_ANSWER)
        if any(values.shape[:2] != (1, level.filters) for level, values in zip(levels, of_levels, strict=True)):
            raise UserError(NO_ANSWER)
        found = {level.name: values[0] for level, values in zip(levels, of_levels, strict=True)}
        return Prediction(pixels, probability, table, Field(*map(int, field)), found if maps else None)

    def network(self, hu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what goes into the network for a slice, and the probability that comes out, float32 [1, h', w', 1]."""
        seen, probability = self._run(["slice", "probability"], self.feed(hu, None, UNKNOWN_MM, None))
        return seen, probability

    def without(self, cut: Iterable[int]) -> np.ndarray:
        """Return what the skip connections are multiplied with where some are cut; unknown ones are left out."""
        gain = self.all_skips.copy()
        gain[[skip for skip in cut if 0 <= skip < len(gain)]] = 0
        return gain

    def feed(
        self,
        hu: np.ndarray,
        reference: np.ndarray | None,
        pixel_mm: tuple[float, float],
        gain: np.ndarray | None,
    ) -> dict[str, np.ndarray]:
        """Return what goes into the model file, by the names of its inputs; see `predict`."""
        inputs: dict[str, np.ndarray] = {
            "hu": hu.astype(np.float32),
            "reference": np.zeros(hu.shape, np.uint8) if reference is None else reference.astype(np.uint8),
            "pixel_mm": np.array(pixel_mm, np.float32),
        }
        if self.all_skips.size:
            inputs["skip_gain"] = self.all_skips if gain is None else gain
        return inputs

    def _run(self, outputs: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        return run_within(SECONDS, self.session, outputs, inputs)

    def _levels(self, file: str) -> tuple[Level, ...]:
        """Return the levels in the order in which a slice passes them."""
        filters = {node.name: node.shape[1] for node in self.session.get_outputs() if len(node.shape) == 4}
        bottom = sum(name.startswith("encoder_") for name in filters)
        down = [(f"encoder_{depth}", depth) for depth in range(bottom)]
        up = [(f"decoder_{depth}", depth) for depth in reversed(range(bottom))]
        order = [*down, ("bottleneck", bottom), *up]
        for name, _ in order:
            if not isinstance(filters.get(name), int):
                raise UserError(
                    f"{file} is not a model file for this app: it does not say how many maps its level {name} has"
                )
        return tuple(Level(name, filters[name], 2**depth) for name, depth in order)


def run_within(
    seconds: float, session: ort.InferenceSession, outputs: Sequence[str], inputs: dict[str, np.ndarray]
) -> list[np.ndarray]:
    """Run a network, and end it after some time.

    Raises
    ------
    UserError
        if it does not answer, for whatever reason.
    """
    options = ort.RunOptions()
    clock = threading.Timer(seconds, setattr, (options, "terminate", True))
    clock.daemon = True
    clock.start()
    try:
        return [np.asarray(one) for one in session.run(list(outputs), inputs, options)]
    except Exception as error:  # ONNX Runtime has no type of its own for what a network does
        LOG.warning("The network gave no answer: %s", error)
        raise UserError(NO_ANSWER) from error
    finally:
        clock.cancel()


def _session(model: Path) -> ort.InferenceSession:
    """Return a model file ready to run, or refuse one that is of another kind."""
    try:
        session = ort.InferenceSession(str(model), on_one_thread(), providers=["CPUExecutionProvider"])
    except Exception as error:  # of which type depends on what is wrong with the file
        raise UserError(f"{model.name} cannot be run ({type(error).__name__})") from error
    there = {node.name: (node.type, len(node.shape)) for node in (*session.get_inputs(), *session.get_outputs())}
    for name, kind in SIGNATURE.items():
        if there.get(name) != kind:
            raise UserError(
                f"{model.name} is not a model file for this app: its '{name}' is missing, or of another type"
            )
    return session
