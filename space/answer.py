"""One question to the demo and its answer: files and a threshold in; pixels, masks and scores out.

The page, the HTTP API and MCP all ask here, so that they cannot disagree. Nothing is kept but volumes and what was
found on slices, for whoever asks for them next (`space/readers/kept.py`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from space.case import Case
from space.drawing import overlay
from space.errors import UserError
from space.metrics import Counts, Scores, score
from space.model.bundle import Bundle
from space.model.microscope import Microscope, Passage
from space.model.segmenter import Prediction, Segmenter
from space.opened import Found, Opened, Seen
from space.preprocessing import Window, threshold_level
from space.readers.kept import Kept, content_key
from space.readers.kinds import VOLUMES
from space.readers.label_volume import read_case_mask
from space.readers.mask import EMPTY, misplaced
from space.readers.reading import LEFT_OUT, kind_at, read_case
from space.turning import TURNS

MOST_MAPS, MOST_SLICES = 1 << 25, 2000
"""Bytes of maps that are kept, and of how many slices: for the same slice, in whatever file, the network runs once."""
Files = str | Path | Sequence[str | Path] | None
"""One file, the files of a series, or none."""


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
    spacing : mm between slices, rows and columns; None if not known.
    millilitres : the volume of a voxel; None if not known.
    beyond : whether its HU are known beyond those that the grey levels stand for.
    oriented : whether the file says where the patient's right is, and nobody has turned the slices.
    turned : how the slices were turned, see `space.turning`.
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
    spacing: tuple[float, float, float] | None
    millilitres: float | None
    beyond: bool
    oriented: bool
    turned: int

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
        self._seen: Kept[Seen] = Kept()
        self._opened: Kept[Opened] = Kept()
        self._known: Kept[Found] = Kept(MOST_MAPS, most_things=MOST_SLICES)
        self._microscopes: dict[str, Microscope] = {}
        if self.segmenter.window != bundle.contract.window:
            raise UserError("the model's contract.json names another window than its model file: publish it anew")

    def open(
        self,
        slice_path: Files,
        mask_path: Files,
        *,
        values: str = "auto",
        label: str | None = None,
        order: str | None = None,
        turned: int = 0,
    ) -> Opened:
        """Read a case and its mask.

        Parameters
        ----------
        slice_path : what `read_case` takes.
        mask_path : what `read_case_mask` takes.
        values : how the slice's values are to be read, a key of `space.readers.values.READINGS`.
        label : which of several structures of the mask is the organ.
        order : of several pictures, 'feet-first' or 'head-first'.
        turned : how the slices are to be turned, see `space.turning`.

        Raises
        ------
        Question
            if it is not safe to guess how a file is meant.
        UserError
            if there is no slice, or a file cannot be used.
        """
        if not slice_path:
            raise UserError(
                "There is no slice yet: choose an example or upload a slice (DICOM, NIfTI, PNG, JPEG, TIFF)."
            )
        if turned not in TURNS:
            raise UserError(f"There is no turn {turned}: turns are counted from 0 to {TURNS[-1]}.")
        contract = self.bundle.contract
        files, masks = _files(slice_path), _files(mask_path)

        picture = len(files) == 1 and kind_at(files[0]) not in VOLUMES  # it is read and segmented once

        def see() -> Seen:
            case = read_case(files, contract.window, values, order, contract.modality)
            if masks == files:  # an archive of both
                case = replace(case, notes=tuple(note for note in case.notes if note != LEFT_OUT))
            return Seen(case, turned)

        key = () if picture else (content_key(files), masks == files, values, order, turned)

        def read() -> Opened:
            seen = see() if picture else self._seen.get(key, see)
            mask = read_case_mask(masks, seen.as_read, contract.target, label, order) if masks else None
            return Opened(seen, mask, contract.target, self.segmenter, self._known)

        return read() if picture else self._opened.get((key, content_key(masks), label), read)

    def answer(
        self,
        slice_path: Files,
        mask_path: Files,
        threshold: float,
        *,
        values: str = "auto",
        label: str | None = None,
        order: str | None = None,
        place: int | None = None,
        turned: int = 0,
    ) -> Answer:
        """Segment a slice and score it.

        Parameters
        ----------
        slice_path, mask_path, values, label, order, turned : as `open` takes them.
        place : which slice of a volume, counted from 0 at the feet; see `Opened.place`.

        Raises
        ------
        Question, UserError
            as `open` does, and if there is no such slice or the threshold is not within 0..1.
        """
        level = level_of(threshold)
        opened = self.open(slice_path, mask_path, values=values, label=label, order=order, turned=turned)
        case, mask = opened.case, opened.mask
        places, height, width = case.hu.shape
        place = opened.place(place)
        reference = None if opened.reference is None else opened.reference[place]
        predicted = opened.predict(place)
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
            spacing=case.spacing,
            millilitres=opened.seen.as_read.millilitres,
            oriented=case.affine is not None,
            beyond=case.in_hu and _beyond(case.hu[place], self.segmenter.window),
            turned=turned,
        )

    @cached_property
    def networks(self) -> dict[str, Segmenter]:
        """The further networks of the bundle, by name."""
        return {network.name: Segmenter(network.model) for network in self.bundle.networks}

    def microscope(self, network: str) -> Microscope:
        """Return how a network is wired; made when it is first asked for, by its name (the bundle's own has none)."""
        if network not in self._microscopes:
            models = {"": self.bundle.folder / "model.onnx"} | {one.name: one.model for one in self.bundle.networks}
            self._microscopes[network] = Microscope(models[network])
        return self._microscopes[network]

    def look(self, opened: Opened, place: int | None, segmenter: Segmenter, gain: np.ndarray) -> Prediction:
        """Return what the levels of a network see in a slice, and what is predicted with skips at `gain`: one run."""
        hu = opened.case.hu[opened.place(place)]
        return segmenter.predict(hu, pixel_mm=opened.case.pixel_mm, gain=gain, maps=True)

    def pass_through(self, opened: Opened, place: int | None, network: str, cut: list[int], name: str) -> Passage:
        """Return what passes through an operation of a network on a slice, without the skip connections of `cut`.

        Raises
        ------
        UserError
            if the network has no such operation.
        """
        microscope = self.microscope(network if network in self.networks else "")
        if name not in microscope.operations:
            raise UserError(f"This network has no operation that is called '{name}': please choose another one.")
        segmenter = self.networks.get(network, self.segmenter)
        hu = opened.case.hu[opened.place(place)]
        feed = segmenter.feed(hu, None, opened.case.pixel_mm, segmenter.without(cut))
        return microscope.look(name, feed)

    def compare(self, opened: Opened, place: int | None) -> dict[str, Prediction]:
        """Return what each further network finds on a slice, by name: one run each."""
        at = opened.place(place)
        reference = None if opened.reference is None else opened.reference[at]
        return {
            name: segmenter.predict(opened.case.hu[at], reference, pixel_mm=opened.case.pixel_mm)
            for name, segmenter in self.networks.items()
        }

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
            "pixel_mm": None if answer.spacing is None else list(answer.spacing[1:]),
            "threshold": threshold,
            "model": self.bundle.contract.title,
            "notes": list(answer.notes),
        }


def _files(given: Files) -> list[Path]:
    return [Path(path) for path in ([given] if isinstance(given, str | Path) else given or [])]


def level_of(threshold: float) -> int:
    """Return the level of the probability map that a threshold stands for."""
    if threshold is None or not 0 <= threshold <= 1:
        raise UserError(f"The threshold must lie within 0 and 1, not {threshold}.")
    return threshold_level(threshold)


def _beyond(hu: np.ndarray, window: Window) -> bool:
    return bool(hu.min() < window.low or hu.max() > window.high)


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
