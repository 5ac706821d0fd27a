"""The slices of a split with the lowest Dice, in words: for the page and the card."""

from statistics import median
from typing import NamedTuple

from space.metrics import score_text
from space.model.figures import Slice, SplitFigures
from space.report.labels import capitalized


class Lowest(NamedTuple):
    """What the lowest slices have in common, and a line for each."""

    summary: str
    lines: list[str]


def lowest(split: SplitFigures, name: str, target: str) -> Lowest:
    """Return the slices of a split with the lowest Dice in words, as text."""
    rows = split.lowest_slices
    if not rows:
        return Lowest(f"No {name} slice shows the {target}.", [])
    whose = sorted({row.subject for row in rows})
    traced = [row.traced for row in rows]
    usual = median(row.traced for row in split.per_slice if row.traced)
    found = {
        "nothing is marked": sum(not row.marked for row in rows),
        f"only something other than the {target} is marked": sum(row.tp == 0 < row.fp for row in rows),
        "a part of the marking is right": sum(row.tp > 0 for row in rows),
    }
    summary = (
        f"The {len(rows)} {name} slices with the lowest Dice, of those that show the {target}, come from {len(whose)} "
        f"of {split.subjects} subjects. "
        + capitalized("; ".join(f"on {count} {what}" for what, count in found.items() if count))
        + f". On them {min(traced):,} to {max(traced):,} pixels are traced; the median of all that show the {target} "
        f"is {usual:,.0f}."
    )
    return Lowest(summary, [_line(row) for row in rows])


def _line(row: Slice) -> str:
    marked = f"{row.marked:,} marked, {row.tp:,} of them right" if row.marked else "none marked"
    return (
        f"Subject {row.subject}, slice {row.slice}: Dice {score_text(row.dice)}, {row.traced:,} pixels traced, {marked}"
    )
