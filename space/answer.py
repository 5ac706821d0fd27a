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
from space.metrics import Counts, Scores, score
from space.model.bundle import Bundle
from space.model.segmenter import Prediction, Segmenter
from space.preprocessing import threshold_level
from space.readers.image import read_slice
from space.readers.mask import misplaced, read_mask


@dataclass(frozen=True)
class Answer:
    """A segmented slice.

    Attributes
    ----------
    name : the slice's file name without its ending.
    pixels, probability : uint8 [h, w]
    table : int64 [256, 3], tp, fp and fn at every level of the probability; None without a mask.
    prediction, reference : bool [h, w]; the reference is None without a mask.
    scores : NaN where undefined; None without a mask.
    notes : how the files were read and which part of the slice the network saw, a sentence each.
    in_hu : whether the grey levels are known to stand for HU.
    reading : how the slice's values were read, a key of `space.readers.values.READINGS`.
    """

    name: str
    pixels: np.ndarray
    probability: np.ndarray
    table: np.ndarray | None
    prediction: np.ndarray
    reference: np.ndarray | None
    scores: Scores | None
    notes: tuple[str, ...]
    in_hu: bool
    reading: str

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
        self.segmenter = Segmenter(bundle.folder / "model.onnx")
        if self.segmenter.window != bundle.contract.window:
            raise UserError("the model's contract.json names another window than its model file: publish it anew")

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

        Parameters
        ----------
        values : how the slice's values are to be read, a key of `space.readers.values.READINGS`.
        label : which of several structures of the mask is the organ.

        Raises
        ------
        Question
            if it is not safe to guess how a file is meant.
        UserError
            if there is no slice, a file cannot be used, or the threshold is not within 0..1.
        """
        if not slice_path:
            raise UserError("There is no slice yet: choose an example or upload a PNG, JPEG or TIFF file.")
        if threshold is None or not 0 <= threshold <= 1:
            raise UserError(f"The threshold must lie within 0 and 1, not {threshold}.")
        contract = self.bundle.contract
        case = read_slice(slice_path, contract.window, values)
        height, width = case.hu.shape[1:]
        mask = read_mask(mask_path, contract.target, shape=(height, width), label=label) if mask_path else None
        reference = mask.labels.mask(contract.target)[0] if mask else None
        predicted = self.segmenter.predict(case.hu[0], reference, pixel_mm=case.pixel_mm)
        level = threshold_level(threshold)
        prediction = predicted.probability >= level
        hint = "" if reference is None else misplaced(prediction, reference)
        return Answer(
            name=case.name,
            pixels=predicted.pixels,
            probability=predicted.probability,
            table=None if mask is None else predicted.table,
            prediction=prediction,
            reference=reference,
            scores=None if mask is None else score(Counts(*map(int, predicted.table[level]))),
            notes=(
                f"{width} x {height} pixels.",
                *case.notes,
                *(mask.notes if mask else ()),
                f"The network saw {predicted.field.words((height, width), case.pixel_mm)}.",
                *([hint] if hint else []),
            ),
            in_hu=case.in_hu,
            reading=case.reading,
        )

    def look(self, slice_path: Path, gain: np.ndarray, level: str, *, values: str = "auto") -> Prediction:
        """Return what a level sees in a slice, and what is predicted with skips at `gain`: one run of the network."""
        case = read_slice(slice_path, self.bundle.contract.window, values)
        return self.segmenter.predict(case.hu[0], pixel_mm=case.pixel_mm, gain=gain, level=level)

    def figures(self, answer: Answer, threshold: float) -> dict[str, Any]:
        """Return the answer's numbers as JSON-ready values; None where undefined or without a mask."""
        scores = answer.scores._asdict() if answer.scores else dict.fromkeys(Scores._fields)
        return {
            **{name: None if value is None or math.isnan(value) else value for name, value in scores.items()},
            "area_pixels": answer.area,
            "area_percent": 100 * answer.area / answer.prediction.size,
            "reference_pixels": None if answer.reference is None else int(answer.reference.sum()),
            "threshold": threshold,
            "model": self.bundle.contract.title,
            "notes": list(answer.notes),
        }
