"""One question to the demo and its answer: files and a threshold in; pixels, masks and scores out.

The page, the HTTP API and MCP all ask here, so that they cannot disagree. Nothing is kept but volumes, for their next
slices (`space/readers/kept.py`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from space.case import Case
from space.drawing import overlay
from space.errors import UserError
from space.metrics import Counts, Scores, score
from space.model.bundle import Bundle
from space.model.segmenter import Prediction, Segmenter
from space.preprocessing import threshold_level
from space.readers.label_volume import read_case_mask
from space.readers.mask import EMPTY, Mask, misplaced
from space.readers.reading import read_case


@dataclass(frozen=True)
class Answer:
    """A segmented slice.

    Attributes
    ----------
    name : of the case, and which of its slices it is.
    pixels, probability : uint8 [h, w]
    table : int64 [256, 3], tp, fp and fn at every level of the probability; None without a mask.
    prediction, reference : bool [h, w]; the reference is None without a mask.
    scores : NaN where undefined; None without a mask.
    notes : how the files were read and which part of the slice the network saw, a sentence each.
    in_hu : whether the grey levels are known to stand for HU.
    reading : how the slice's values were read, a key of `space.readers.values.READINGS`; empty if the file said it.
    place, places : which slice of how many it is, counted from 0 at the feet.
    pixel_mm : height and width of a pixel in mm; 0 where not known.
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
    place: int
    places: int
    pixel_mm: tuple[float, float]

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
        slice_path: str | Path | Sequence[str | Path] | None,
        mask_path: str | Path | None,
        threshold: float,
        *,
        values: str = "auto",
        label: str | None = None,
        place: int | None = None,
    ) -> Answer:
        """Segment a slice and score it.

        Parameters
        ----------
        slice_path : what `read_case` takes.
        values : how the slice's values are to be read, a key of `space.readers.values.READINGS`.
        label : which of several structures of the mask is the organ.
        place : which slice of a volume, counted from 0 at the feet; None for the middle one.

        Raises
        ------
        Question
            if it is not safe to guess how a file is meant.
        UserError
            if there is no slice, a file cannot be used, or the threshold is not within 0..1.
        """
        if not slice_path:
            raise UserError(
                "There is no slice yet: choose an example or upload a slice (DICOM, NIfTI, PNG, JPEG, TIFF)."
            )
        if threshold is None or not 0 <= threshold <= 1:
            raise UserError(f"The threshold must lie within 0 and 1, not {threshold}.")
        contract = self.bundle.contract
        case = read_case(slice_path, contract.window, values)
        places, height, width = case.hu.shape
        place = _place(place, places)
        mask = _mask(mask_path, case, contract.target, label) if mask_path else None
        reference = mask.labels.mask(contract.target)[place] if mask else None
        predicted = self.segmenter.predict(case.hu[place], reference, pixel_mm=case.pixel_mm)
        level = threshold_level(threshold)
        prediction = predicted.probability >= level
        hint = "" if reference is None else misplaced(prediction, reference)
        return Answer(
            name=case.name if places == 1 else f"{case.name}, slice {place + 1} of {places}",
            pixels=predicted.pixels,
            probability=predicted.probability,
            table=None if mask is None else predicted.table,
            prediction=prediction,
            reference=reference,
            scores=None if mask is None else score(Counts(*map(int, predicted.table[level]))),
            notes=(
                _size(case, place),
                *case.notes,
                *(mask.notes if mask else ()),
                *([EMPTY] if reference is not None and places > 1 and not reference.any() else []),
                f"The network saw {predicted.field.words((height, width), case.pixel_mm)}.",
                *([hint] if hint else []),
            ),
            in_hu=case.in_hu,
            reading=case.reading,
            place=place,
            places=places,
            pixel_mm=case.pixel_mm,
        )

    def look(
        self,
        slice_path: str | Path | Sequence[str | Path],
        gain: np.ndarray,
        level: str,
        *,
        values: str = "auto",
        place: int | None = None,
    ) -> Prediction:
        """Return what a level sees in a slice, and what is predicted with skips at `gain`: one run of the network."""
        case = read_case(slice_path, self.bundle.contract.window, values)
        hu = case.hu[_place(place, len(case.hu))]
        return self.segmenter.predict(hu, pixel_mm=case.pixel_mm, gain=gain, level=level)

    def figures(self, answer: Answer, threshold: float) -> dict[str, Any]:
        """Return the answer's numbers as JSON-ready values; None where undefined or without a mask."""
        scores = answer.scores._asdict() if answer.scores else dict.fromkeys(Scores._fields)
        return {
            **{name: None if value is None or math.isnan(value) else value for name, value in scores.items()},
            "area_pixels": answer.area,
            "area_percent": 100 * answer.area / answer.prediction.size,
            "reference_pixels": None if answer.reference is None else int(answer.reference.sum()),
            "place": answer.place,
            "places": answer.places,
            "pixel_mm": list(answer.pixel_mm) if all(answer.pixel_mm) else None,
            "threshold": threshold,
            "model": self.bundle.contract.title,
            "notes": list(answer.notes),
        }


def _place(wanted: int | None, places: int) -> int:
    """Return which slice is meant; the middle one if that is left open."""
    if wanted is None:
        return places // 2
    if not 0 <= wanted < places:
        raise UserError(f"There is no slice {wanted}: the slices are counted from 0 at the feet to {places - 1}.")
    return wanted


def _mask(path: str | Path, case: Case, target: str, label: str | None) -> Mask:
    """Return the mask of all slices."""
    return read_case_mask(path, case, target, label)


def _size(case: Case, place: int) -> str:
    """Return which slice it is and how large, in a sentence."""
    places, height, width = case.hu.shape
    which = f"Slice {place + 1} of {places}, counted from the feet: " if places > 1 else ""
    size = f"{width} x {height} pixels"
    if case.spacing is None:
        return f"{which}{size}."
    between, down, across = case.spacing
    apart = f", slices {between:.2f} mm apart" if places > 1 else ""
    return f"{which}{size} of {across:.2f} x {down:.2f} mm{apart}."
