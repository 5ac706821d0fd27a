"""A whole case in figures: a row for each slice, and what they are together."""

import math
from typing import Any, NamedTuple

import numpy as np

from space.metrics import Counts, Scores, score
from space.opened import Opened
from space.surfaces import Distances, surface_distances

NO_DISTANCES = Distances(None, None, None)


class Figures(NamedTuple):
    """Figures as JSON-ready values; None where undefined or not known.

    Attributes
    ----------
    rows : of each slice, from the feet up.
    totals : of the whole case: volumes in mL, scores over all voxels, distances between the surfaces in mm.
    """

    rows: list[dict[str, Any]]
    totals: dict[str, Any]


def figures(opened: Opened, level: int) -> Figures:
    """Return the figures of a case at a level of the threshold; the network runs on the slices that it has not seen."""
    case = opened.case
    counts = [Counts(*map(int, row)) for row in opened.tables(range(len(case.hu)))[:, level]]
    scored = opened.reference is not None
    together = Counts(*map(sum, zip(*counts, strict=True)))
    pixel_mm2 = None if case.spacing is None else case.spacing[1] * case.spacing[2]
    rows = [
        {"slice": place + 1, **_extent(row, "pixels", 1, scored), **_extent(row, "mm2", pixel_mm2, scored)}
        | _scores(row, scored)
        for place, row in enumerate(counts)
    ]
    totals = {
        "slices": len(counts),
        **_extent(together, "voxels", 1, scored),
        **_extent(together, "ml", opened.seen.as_read.millilitres, scored),
        **_scores(together, scored),
        **{f"{name}_distance_mm": value for name, value in distances(opened, level)._asdict().items()},
    }
    return Figures(rows, totals)


def distances(opened: Opened, level: int) -> Distances:
    """Return how far the surfaces of prediction and mask are apart; unknown without a mask or the size of a voxel."""
    if opened.reference is None or opened.case.spacing is None or len(opened.case.hu) == 1:
        return NO_DISTANCES
    return surface_distances(opened.prediction(level), np.asarray(opened.reference), opened.case.spacing)


def _extent(counts: Counts, unit: str, size: float | None, scored: bool) -> dict[str, Any]:
    predicted, reference = counts.predicted, counts.reference if scored else None
    return {
        f"predicted_{unit}": None if size is None else predicted * size,
        f"mask_{unit}": None if size is None or reference is None else reference * size,
    }


def _scores(counts: Counts, scored: bool) -> dict[str, Any]:
    values = score(counts)._asdict() if scored else dict.fromkeys(Scores._fields, math.nan)
    return {name: None if math.isnan(value) else value for name, value in values.items()}
