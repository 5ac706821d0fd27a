"""A slice in, a probability map out. ONNX Runtime only: no TensorFlow, no Keras file is opened."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime as ort
from PIL import Image

from space.preprocessing import centre_box, network_input, paste

LARGER = 1.25  # slices whose longer side is this many times the usual matrix are shrunk to it


class Prediction(NamedTuple):
    """What the network says of a slice.

    Attributes
    ----------
    probability : uint8 [h, w], 255 stands for 1.
    field : which part of the slice the network saw, in words for the page.
    maps : float32 [filters, h', w'], the feature maps of the level that was asked for, or None.
    """

    probability: np.ndarray
    field: str
    maps: np.ndarray | None = None


class Level(NamedTuple):
    """One level of the U, on the way down (`encoder_0`, ...), at the bottom, or on the way up (`decoder_0`, ...)."""

    name: str
    filters: int
    stride: int
    """Pixels of the slice to a side of one pixel of its maps."""


class Segmenter:
    """A network in an ONNX file. One object serves several threads at once.

    Parameters
    ----------
    model : the file.
    geometry : `slice` of the contract: the usual `matrix` of a slice, the `crop` that the network sees, and
        the `divisor` of the network's input.

    Examples
    --------
    >>> from space.model.bundle import BUNDLED, open_bundle
    >>> bundle = open_bundle(BUNDLED, "example")
    >>> segmenter = Segmenter(bundle.folder / "model.onnx", bundle.contract["slice"])
    >>> segmenter.predict(np.zeros((512, 512), np.uint8)).probability.shape
    (512, 512)
    """

    def __init__(self, model: Path, geometry: Mapping[str, int]) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1  # measured: two callers on one thread each beat one on two
        options.log_severity_level = 3
        self.session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._geometry = geometry
        gain = next(node for node in self.session.get_inputs() if node.name == "skip_gain")
        self.all_skips = np.ones(gain.shape, np.float32)
        self.levels = self._levels()
        self.first_kernels = self._first_kernels()

    def predict(self, pixels: np.ndarray, gain: np.ndarray | None = None, level: str | None = None) -> Prediction:
        """Segment one slice.

        Parameters
        ----------
        pixels : uint8 [h, w], windowed.
        gain : float32 [skips], what each skip connection is multiplied with; without it, all with 1.
        level : the level whose maps are wanted.

        Returns
        -------
        a prediction of the same height and width. Slices up to the training field are seen whole, larger
        ones in their middle, as in training; far larger ones are shrunk to the usual matrix first.
        """
        height, width = pixels.shape
        matrix, crop = self._geometry["matrix"], self._geometry["crop"]
        if max(height, width) > LARGER * matrix:
            ratio = matrix / max(height, width)
            size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
            small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
            inner = self.predict(small, gain, level)
            grown = Image.fromarray(inner.probability).resize((width, height), Image.Resampling.BILINEAR)
            field = f"the slice shrunk to {size[0]} x {size[1]}, of it {inner.field}"
            return Prediction(np.asarray(grown), field, inner.maps)
        box = centre_box((height, width), crop)
        outputs = ["probability", level] if level else ["probability"]
        probability, *maps = self._run(network_input(pixels, box, self._geometry["divisor"]), outputs, gain)
        whole = (box.height, box.width) == (height, width)
        field = "the whole slice" if whole else f"the central {box.width} x {box.height} pixels"
        return Prediction(paste(probability, box, (height, width)), field, maps[0][0] if maps else None)

    def run(self, slices: np.ndarray) -> np.ndarray:
        """Run the network on float32 [n, h, w, 1] in 0..1; return probabilities of the same shape."""
        return self._run(slices, ["probability"], None)[0]

    def _run(self, slices: np.ndarray, outputs: list[str], gain: np.ndarray | None) -> list[np.ndarray]:
        inputs = {"slice": slices, "skip_gain": self.all_skips if gain is None else gain}
        return [np.asarray(output) for output in self.session.run(outputs, inputs)]

    def _levels(self) -> tuple[Level, ...]:
        """Return the levels in the order in which a slice passes them."""
        bottom = len(self.all_skips)
        filters = {node.name: node.shape[1] for node in self.session.get_outputs() if node.name != "probability"}
        down = [(f"encoder_{depth}", depth) for depth in range(bottom)]
        up = [(f"decoder_{depth}", depth) for depth in reversed(range(bottom))]
        order = [*down, ("bottleneck", bottom), *up]
        return tuple(Level(name, int(filters[name]), 2**depth) for name, depth in order)

    def _first_kernels(self) -> dict[str, np.ndarray]:
        """Return the kernels of the convolutions that look at the slice itself, by layer, float [side, side, n]."""
        stored = self.session.get_modelmeta().custom_metadata_map.get("first_kernels", "{}")
        return {name: np.array(kernel, np.float32) for name, kernel in json.loads(stored).items()}
