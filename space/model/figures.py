"""The figures of a network: what `metrics.json` holds, in a run and in a bundle. None stands for 'undefined'."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from space.metrics import LEVELS
from space.model.contract import Count, Positive
from space.model.schema import Record
from space.model.settings import RecordedSettings

Score = Annotated[float, Field(ge=0, le=1)] | None
Levels = {"min_length": LEVELS, "max_length": LEVELS}
MOST_SUBJECTS, MOST_ROWS = 5000, 100
"""What a page shows of people, and of a table of runs."""
USEFUL = 0.70
"""The validation Dice up to which the minutes of a training are counted."""


class Counted(Record):
    """Pixels by outcome, and the scores that follow."""

    tp: Count
    fp: Count
    fn: Count
    dice: Score
    iou: Score
    precision: Score
    recall: Score

    @property
    def traced(self) -> int:
        """Pixels of the mask."""
        return self.tp + self.fn

    @property
    def marked(self) -> int:
        """Pixels of the prediction."""
        return self.tp + self.fp


class Subject(Counted):
    """All slices of a subject, counted together."""

    subject: str
    slices: Positive


class Slice(Counted):
    """One slice."""

    subject: str
    slice: int


class WithoutOrgan(Record):
    """What is marked on slices where there is nothing to find."""

    slices: Count
    slices_with_false_positives: Count
    mean_false_positive_pixels: float | None

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if self.slices and self.mean_false_positive_pixels is None:
            raise ValueError("the mean is missing although there are slices")
        return self


class SplitFigures(Record):
    """One split, measured at one threshold, and counted at all of them."""

    subjects: Positive
    slices: Positive
    threshold: Annotated[float, Field(ge=0, le=1)]
    mean_volume_dice: Score
    pooled: Counted
    mean_slice_dice: Score
    """Over the slices that show the organ: elsewhere a slice's Dice is 0 or undefined, whatever is predicted."""
    without_organ: WithoutOrgan
    per_subject: Annotated[tuple[Subject, ...], Field(max_length=MOST_SUBJECTS)]
    table: Annotated[tuple[tuple[Count, Count, Count], ...], Field(**Levels)]
    """tp, fp, fn of all pixels at each of the 256 levels."""
    volume_dice_by_level: Annotated[tuple[Score, ...], Field(**Levels)]
    per_slice: tuple[Slice, ...]

    @model_validator(mode="after")
    def _counted(self) -> Self:
        for (tp, fp, fn), (tp_above, fp_above, fn_above) in pairwise(self.table):
            if tp < tp_above or fp < fp_above or tp + fn != tp_above + fn_above:
                raise ValueError("the counts in its table cannot come from one map at rising thresholds")
        return self

    @property
    def lowest_slices(self) -> list[Slice]:
        """The ten slices with the organ that have the lowest Dice, lowest first."""
        return sorted((row for row in self.per_slice if row.traced), key=lambda row: row.dice or 0)[:10]


class Headline(Record):
    """The three Dice of a split; each is another number."""

    mean_volume_dice: Score
    pooled_dice: Score
    mean_slice_dice: Score


class Change(Record):
    """The Dice when slices differ from those of training in one way."""

    name: str
    unit: str
    trained: float
    strengths: Annotated[tuple[float, ...], Field(min_length=2, max_length=MOST_ROWS)]
    dice: tuple[Score, ...]

    @model_validator(mode="after")
    def _in_pairs(self) -> Self:
        if len(self.strengths) != len(self.dice):
            raise ValueError("there must be one dice for each of the strengths")
        return self


class Robustness(Record):
    """The mean volume Dice under every change."""

    subjects: Positive
    slices: Positive
    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=MOST_ROWS)]

    @property
    def mean(self) -> float | None:
        """The mean Dice over all changes, without the slices as they were; None if it is nowhere defined."""
        changed = [
            dice
            for change in self.changes
            for strength, dice in zip(change.strengths, change.dice, strict=True)
            if strength != change.trained and dice is not None
        ]
        return sum(changed) / len(changed) if changed else None


class Reached(Record):
    """What a run cost and reached: a row of the tables of recipes and of ingredients."""

    run: str
    preset: str
    settings: RecordedSettings
    parameters: Positive
    epochs: Positive
    """Epochs that were done; `settings.epochs` were asked for."""
    minutes: float
    images_per_second: float
    minutes_to_useful: float | None
    """When validation first reached a Dice of `USEFUL`; None if it never did."""
    validation: Headline
    test: Headline | None = None
    changed: Score = None
    """Mean Dice on changed slices."""


class Figures(Record):
    """What was measured of a run so far."""

    validation: SplitFigures | None = None
    test: SplitFigures | None = None
    train: SplitFigures | None = None
    robustness: Robustness | None = None


class Metrics(Record):
    """What a bundle holds: the same, but whole; and what other runs reached, if it was published with them."""

    validation: SplitFigures
    test: SplitFigures
    robustness: Robustness
    recipes: Annotated[tuple[Reached, ...], Field(max_length=MOST_ROWS)] = ()
    """The first is the model's own."""
    ablation: Annotated[tuple[Reached, ...], Field(max_length=MOST_ROWS)] = ()
    """The first has everything."""

    @property
    def splits(self) -> dict[str, SplitFigures]:
        """The splits by name, in the order in which they are shown: test, by which a network is judged, first."""
        return {"test": self.test, "validation": self.validation}


def headline(split: SplitFigures) -> Headline:
    """Return the three Dice of a split."""
    return Headline(
        mean_volume_dice=split.mean_volume_dice,
        pooled_dice=split.pooled.dice,
        mean_slice_dice=split.mean_slice_dice,
    )
