"""How well maps of the logit calibrate a network: ``python -m tests.benchmarks.calibration RUN_OR_BUNDLE DATA``.

On validation each subject's numbers are fitted on the others; test gets those of all validation subjects. Dice and
cross-entropy have a row for each map; 'off' is how far the share inside the mask lies from the probability, over the
pixels from 0.1 to 0.9. With --every 4 two cores need two minutes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from trainer.batches import centre_batches
from trainer.calibration import (
    Fit,
    Histogram,
    applied,
    bends,
    cross_entropy,
    fit_curve,
    fit_line,
    histograms,
    mean_volume_dice,
    smallest_cross_entropy,
)
from trainer.dataset import every as every_nth
from trainer.dataset import load_split
from trainer.run import Calibration
from trainer.target import open_target
from trainer.unet import divisor

Fitted = Sequence[tuple[Histogram, Calibration]]


def fit_beta(subjects: Sequence[Histogram]) -> Calibration:
    """Return beta calibration (Kull 2017) behind the line: a curve without the sigmoid."""
    line = fit_line(subjects)
    pixels, inside = (np.sum(counts, 0) for counts in zip(*subjects, strict=True))
    logit, softplus, one = smallest_cross_entropy(bends(applied(line))[:, [0, 1, 3]], (1, 0, 0), pixels, inside)
    return line.model_copy(update={"curve": (logit, softplus, 0.0, one)})


MAPS: dict[str, Fit] = {
    "none": lambda _: Calibration(),
    "Platt, 2 numbers": fit_line,
    "beta, 3 more": fit_beta,
    "curve, 4 more": fit_curve,
}


def scores(fitted: Fitted, threshold: float) -> list[str]:
    """Return Dice, cross-entropy, Brier score, and how far probabilities from 0.1 to 0.9 are off."""
    pixels = sum(own.pixels.sum() for own, _ in fitted)
    entropy = sum(cross_entropy(own, found) for own, found in fitted) / pixels
    dice = np.mean([mean_volume_dice([own], found, threshold) for own, found in fitted])
    brier, tenths = 0.0, np.zeros((10, 3))
    for own, found in fitted:
        said = 1 / (1 + np.exp(-applied(found)))
        brier += own.inside @ (1 - said) ** 2 + (own.pixels - own.inside) @ said**2
        tenth = np.minimum(said * 10, 9).astype(int)
        for column, weights in enumerate((own.pixels, said * own.pixels, own.inside)):
            tenths[:, column] += np.bincount(tenth, weights, 10)
    middle = tenths[1:9]
    off = np.abs(middle[:, 1] - middle[:, 2]).sum() / middle[:, 0].sum()
    return [f"{dice:.4f}", f"{entropy:.5f}", f"{brier / pixels:.5f}", f"{off:.3f}"]


def main(target: str, data: Path, every: Annotated[int, typer.Option(help="take one of so many slices")] = 1) -> None:
    """Print a table for validation, and one for test."""
    opened = open_target(target)
    settings, model = opened.about.settings, opened.keras()
    spread = {}
    for split in ("validation", "test"):
        slices = every_nth(load_split(data, split), every)
        batches = centre_batches(slices, settings.crop, divisor(settings), 8)
        spread[split] = list(histograms(model, batches, slices.subjects.tolist()).values())
    own = spread["validation"]
    rest = [[*own[:number], *own[number + 1 :]] for number in range(len(own))]
    console = Console()
    for split, subjects in spread.items():
        table = Table("map", "Dice", "cross-entropy", "Brier", "off", title=f"{split}, {len(subjects)} subjects")
        for name, fit in MAPS.items():
            others = rest if split == "validation" else [own] * len(subjects)
            fitted = [(each, fit(some)) for each, some in zip(subjects, others, strict=True)]
            table.add_row(name, *scores(fitted, opened.threshold))
        console.print(table)


if __name__ == "__main__":
    typer.run(main)
