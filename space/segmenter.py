"""A slice in, a probability map out. ONNX Runtime only: no TensorFlow, no Keras file is opened."""

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
    """

    probability: np.ndarray
    field: str


class Segmenter:
    """A network in an ONNX file. One object serves several threads at once.

    Parameters
    ----------
    model : the file.
    geometry : `slice` of the contract: the usual `matrix` of a slice, the `crop` that the network sees, and
        the `divisor` of the network's input.

    Examples
    --------
    >>> from space.bundle import BUNDLED, open_bundle
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
        self._all_skips = np.ones(gain.shape, np.float32)

    def predict(self, pixels: np.ndarray) -> Prediction:
        """Segment one slice.

        Parameters
        ----------
        pixels : uint8 [h, w], windowed.

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
            inner = self.predict(small)
            grown = Image.fromarray(inner.probability).resize((width, height), Image.Resampling.BILINEAR)
            return Prediction(np.asarray(grown), f"the slice shrunk to {size[0]} x {size[1]}, of it {inner.field}")
        box = centre_box((height, width), crop)
        probability = self.run(network_input(pixels, box, self._geometry["divisor"]))
        whole = (box.height, box.width) == (height, width)
        field = "the whole slice" if whole else f"the central {box.width} x {box.height} pixels"
        return Prediction(paste(probability, box, (height, width)), field)

    def run(self, slices: np.ndarray) -> np.ndarray:
        """Run the network on float32 [n, h, w, 1] in 0..1; return probabilities of the same shape."""
        inputs = {"slice": slices, "skip_gain": self._all_skips}
        return np.asarray(self.session.run(["probability"], inputs)[0])
