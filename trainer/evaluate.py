"""``python -m trainer evaluate RUN_OR_BUNDLE_OR_REPO DATA --split S``: how good a network is, and where not.

It segments whole slices with the model file that the app runs, so that the numbers are the app's.
Volume Dice, pooled Dice and slice Dice are different numbers; each is reported under its own name.
"""

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from space.metrics import LEVELS, Counts, mean_defined, score, total
from space.model.figures import Counted, Slice, SplitFigures, Subject, WithoutOrgan
from space.model.segmenter import Segmenter
from space.preprocessing import threshold_level
from trainer.dataset import Slices
from trainer.stopping import stop_if_asked


def evaluate(segmenter: Segmenter, slices: Slices, threshold: float) -> SplitFigures:
    """Segment every slice and count; undefined scores are None."""

    def table_of(index: int) -> np.ndarray:
        stop_if_asked()
        return segmenter.predict(slices.hu(index), slices.mask(index), pixel_mm=slices.pixel_mm(index)).table

    with ThreadPoolExecutor(2) as pool:
        tables = np.stack(list(pool.map(table_of, slices.indices)))  # (n, 256, 3)
    level = threshold_level(threshold)
    subjects = sorted(set(slices.subjects))
    subject_tables = np.stack([tables[slices.subjects == subject].sum(0) for subject in subjects])
    per_slice = [
        Slice(subject=str(subject), slice=int(number), **_counted(table[level]))
        for subject, number, table in zip(slices.subjects, slices.numbers, tables, strict=True)
    ]
    per_subject = [
        Subject(subject=str(subject), slices=int((slices.subjects == subject).sum()), **_counted(table[level]))
        for subject, table in zip(subjects, subject_tables, strict=True)
    ]
    empty = [row.fp for row in per_slice if not row.traced]
    return SplitFigures(
        subjects=len(subjects),
        slices=len(per_slice),
        threshold=threshold,
        mean_volume_dice=_mean(row.dice for row in per_subject),
        pooled=Counted(**_counted(total([Counts(row.tp, row.fp, row.fn) for row in per_slice]))),
        mean_slice_dice=_mean(row.dice for row in per_slice if row.traced),
        without_organ=WithoutOrgan(
            slices=len(empty),
            slices_with_false_positives=sum(fp > 0 for fp in empty),
            mean_false_positive_pixels=sum(empty) / len(empty) if empty else None,
        ),
        per_subject=tuple(per_subject),
        table=tables.sum(0).tolist(),
        volume_dice_by_level=tuple(
            _mean(score(Counts(*map(int, table[at]))).dice for table in subject_tables) for at in range(LEVELS)
        ),
        per_slice=tuple(per_slice),
    )


def _counted(counts: Iterable[int]) -> dict[str, Any]:
    """Return counts and scores by name, None where undefined."""
    found = Counts(*map(int, counts))
    scores = {name: None if math.isnan(value) else value for name, value in score(found)._asdict().items()}
    return found._asdict() | scores


def _mean(values: Iterable[float | None]) -> float | None:
    mean = mean_defined([math.nan if value is None else value for value in values])
    return None if math.isnan(mean) else mean
