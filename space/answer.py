"""One question to the demo and its answer: files and a threshold in; pixels, masks and scores out.

The page, the HTTP API and MCP all ask here, so that they cannot disagree. No state is kept.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from space.drawing import overlay
from space.errors import UserError
from space.metrics import Scores, count, score
from space.model.bundle import Bundle
from space.model.segmenter import Prediction, Segmenter
from space.preprocessing import threshold_level
from space.readers.image import read_mask, read_slice


@dataclass(frozen=True)
class Answer:
    """A segmented slice.

    Attributes
    ----------
    name : the slice's file name without its ending.
    pixels, probability : uint8 [h, w]
    prediction, reference : bool [h, w]; the reference is None without a mask.
    scores : NaN where undefined; None without a mask.
    notes : how the file was read and which part of it the network saw.
    in_hu : whether the grey levels are known to stand for HU.
    reading : the reading of the values that was taken; empty if there was nothing to choose.
    """

    name: str
    pixels: np.ndarray
    probability: np.ndarray
    prediction: np.ndarray
    reference: np.ndarray | None
    scores: Scores | None
    notes: tuple[str, ...]
    in_hu: bool
    reading: str = ""

    @property
    def area(self) -> int:
        """Predicted pixels."""
        return int(self.prediction.sum())

    def overlay(self) -> np.ndarray:
        """Slice, prediction and reference in one picture, uint8 [h, w, 3]."""
        return overlay(self.pixels, self.prediction, self.reference)

    def mask(self) -> np.ndarray:
        """Return the prediction as an image, uint8 [h, w] of 0 and 255."""
        return self.prediction.astype(np.uint8) * 255


class Responder:
    """Answers questions with the network of one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.segmenter = Segmenter(bundle.folder / "model.onnx", bundle.contract["slice"])

    def answer(
        self,
        slice_path: str | Path | None,
        mask_path: str | Path | None,
        threshold: float,
        *,
        values: str = "auto",
        label: str | None = None,
    ) -> Answer:
        """Segment a slice and score it.

        Raises
        ------
        UserError
            if there is no slice, a file cannot be used, or the threshold is not within 0..1.
        """
        if not slice_path:
            raise UserError("There is no slice yet: choose an example or upload a PNG, JPEG or TIFF file.")
        if threshold is None or not 0 <= threshold <= 1:
            raise UserError(f"The threshold must lie within 0 and 1, not {threshold}.")
        read = read_slice(slice_path)
        reference = read_mask(mask_path, read.pixels.shape) if mask_path else None
        predicted = self.segmenter.predict(read.pixels)
        prediction = predicted.probability >= threshold_level(threshold)
        height, width = read.pixels.shape
        return Answer(
            name=Path(slice_path).stem,
            pixels=read.pixels,
            probability=predicted.probability,
            prediction=prediction,
            reference=reference,
            scores=None if reference is None else score(count(prediction, reference)),
            notes=(f"{width} x {height} pixels, {read.origin}.", f"The network saw {predicted.field}."),
            in_hu=read.in_hu,
        )

    def look(self, slice_path: Path, gain: np.ndarray, level: str, *, values: str = "auto") -> Prediction:
        """Return what a level sees in a slice, and what is predicted with skips at `gain`: one run of the network."""
        return self.segmenter.predict(read_slice(slice_path).pixels, gain, level)

    def figures(self, answer: Answer, threshold: float) -> dict[str, Any]:
        """Return the answer's numbers as JSON-ready values; None where undefined or without a mask."""
        scores = answer.scores._asdict() if answer.scores else dict.fromkeys(Scores._fields)
        return {
            **{name: None if value is None or math.isnan(value) else value for name, value in scores.items()},
            "area_pixels": answer.area,
            "area_percent": 100 * answer.area / answer.prediction.size,
            "reference_pixels": None if answer.reference is None else int(answer.reference.sum()),
            "threshold": threshold,
            "model": self.bundle.title,
            "notes": list(answer.notes),
        }
