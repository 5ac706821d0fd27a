"""Figures in words: on the terminal, and as Markdown tables for documents and the model card."""

from collections.abc import Sequence

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from space.metrics import brier_score, reliability, score_text
from space.model.figures import USEFUL, Counted, Headline, Metrics, Reached, Robustness, SplitFigures, headline
from space.model.history import Recipe, differences
from space.report.labels import DICE

SCORES = ("dice", "iou", "precision", "recall")
NONE = "-"  # in a cell of a table of runs: not measured, or never reached
SHORT = {"mean_volume_dice": "volume Dice", "pooled_dice": "pooled", "mean_slice_dice": "slice"}
"""The three Dice in the crowded headings of a table of runs."""


def print_split(name: str, split: str, figures: SplitFigures) -> None:
    """Show the figures of one split on the terminal: a row per subject, the three Dice with their meaning."""
    table = Table(title=f"{escape(name)}, {split} split, threshold {figures.threshold}", title_justify="left")
    for heading in ("subject", "slices", "Dice", "IoU", "precision", "recall"):
        table.add_column(heading, justify="left" if heading == "subject" else "right")
    for row in figures.per_subject:
        table.add_row(escape(row.subject), str(row.slices), *_scores(row))
    table.add_section()
    table.add_row("pooled", str(figures.slices), *_scores(figures.pooled))
    console = Console()
    console.print(table)
    found = headline(figures)
    words = Table.grid(padding=(0, 2))
    for key, label in DICE.items():
        words.add_row(label.name, score_text(getattr(found, key)), label.meaning)
    brier = brier_score(np.array(figures.table))
    words.add_row("Brier score", f"{brier:.4f}", "squared difference of probability and mask, the mean of all pixels")
    empty = figures.without_organ
    if empty.slices:
        meaning = (
            f"slices without the organ have false positives, {empty.mean_false_positive_pixels:.1f} pixels per slice"
        )
        words.add_row("without the organ", f"{empty.slices_with_false_positives} of {empty.slices}", meaning)
    console.print(words)
    curve = Table(title="reliability, over all pixels", title_justify="left")
    curve.add_column("probability, mean of its tenth")
    curve.add_column("share inside the mask", justify="right")
    for said, inside in reliability(np.array(figures.table)):
        curve.add_row(f"{said:.3f}", f"{inside:.3f}")
    console.print(curve)


def print_robustness(name: str, found: Robustness) -> None:
    """Show a table: a row per change, in each cell a strength above its Dice, the trained one marked."""
    table = Table(
        title=f"{escape(name)}: {DICE['mean_volume_dice'].name} on {found.slices} slices of {found.subjects} subjects",
        title_justify="left",
        show_header=False,
        box=box.SIMPLE,
    )
    table.add_column(no_wrap=True)
    for change in found.changes:
        pairs = zip(change.strengths, change.dice, strict=True)
        cells = (f"{at:g}{'*' * (at == change.trained)}\n{score_text(dice)}" for at, dice in pairs)
        table.add_row(escape(change.name), *cells, escape(change.unit))
    console = Console()
    console.print(table)
    console.print(f"* as in training. Mean over all changes: {score_text(found.mean)}")


def markdown(rows: Sequence[Reached], model: Recipe | None = None) -> str:
    """Return runs as a table; columns that no run has a figure for are left out.

    Parameters
    ----------
    model : what the first row is compared with; the others are compared with the first.
    """
    others: list[Recipe] = [model or rows[0], *[rows[0]] * (len(rows) - 1)]
    differing = [", ".join(differences(row, other)) or NONE for row, other in zip(rows, others, strict=True)]
    lines = [{"run": row.run, "differs in": words} | _cells(row) for row, words in zip(rows, differing, strict=True)]
    columns = {heading: [line[heading] for line in lines] for heading in lines[0]}
    kept = {heading: cells for heading, cells in columns.items() if set(cells) != {NONE}}
    return table_of(list(kept), list(zip(*kept.values(), strict=True)))


def metric_table(metrics: Metrics) -> str:
    """Return the figures of each split as a Markdown table."""
    names = [label.name for label in DICE.values()]
    headings = ["split", *names, "precision", "recall", "worst subject", "slices without it that have false positives"]
    rows = []
    for name, split in metrics.splits.items():
        found, empty = headline(split), split.without_organ
        worst = min((row.dice for row in split.per_subject if row.dice is not None), default=None)
        scores = (*(getattr(found, key) for key in DICE), split.pooled.precision, split.pooled.recall, worst)
        rows.append((name, *map(score_text, scores), f"{empty.slices_with_false_positives} of {empty.slices}"))
    return table_of(headings, rows)


def table_of(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; a bar in a text does not end its cell."""
    lines = [headings, ["---"] * len(headings), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _scores(row: Counted) -> list[str]:
    return [score_text(getattr(row, name)) for name in SCORES]


def _cells(row: Reached) -> dict[str, str]:
    """Return what a table of runs says of one, by heading."""
    asked = row.settings.epochs
    return {
        "parameters": f"{row.parameters:,}",
        "epochs": f"{row.epochs}" if row.epochs == asked else f"{row.epochs} of {asked}",
        "minutes": f"{row.minutes:.0f}",
        "images/s": f"{row.images_per_second:.0f}",
        f"minutes to {USEFUL:.2f}": NONE if row.minutes_to_useful is None else f"{row.minutes_to_useful:.0f}",
        **_dice("validation", row.validation),
        "changed slices": NONE if row.changed is None else score_text(row.changed),
        **_dice("test", row.test),
    }


def _dice(split: str, found: Headline | None) -> dict[str, str]:
    return {f"{split}: {short}": score_text(getattr(found, key)) if found else NONE for key, short in SHORT.items()}
