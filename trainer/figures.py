"""The article's figures 3 and 4 and two more, from a run's numbers. Matplotlib, PNG."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from space.drawing import overlay
from space.metrics import LEVELS, score_text
from space.model.figures import Robustness, SplitFigures
from space.model.history import Epoch, kept
from space.model.segmenter import Segmenter
from space.preprocessing import centre_box, threshold_level
from space.report.labels import DICE
from space.report.ranking import FIELD, best_median_worst
from trainer.dataset import Slices

TRAINING, VALIDATION, MARK = "#56b4e9", "#d55e00", "#555555"
VOLUME_DICE = DICE["mean_volume_dice"].name


def draw_curves(history: Sequence[Epoch], path: Path) -> None:
    """Loss and Dice over the epochs, with the epoch that was kept (the article's figure 3)."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
    epochs = [row.epoch for row in history]
    best = kept(history).epoch
    for axis, training, validation, title in (
        (axes[0], "loss", "val_loss", "Loss"),
        (axes[1], "dice", "val_volume_dice", "Dice"),
    ):
        axis.plot(epochs, [getattr(row, training) for row in history], color=TRAINING, label="training")
        axis.plot(epochs, [getattr(row, validation) for row in history], color=VALIDATION, label="validation")
        axis.axvline(best, color=MARK, linestyle=":", label=f"kept: epoch {best}")
        axis.set(xlabel="epoch", title=title)
        axis.grid(alpha=0.3)
    axes[1].set_ylim(0, 1)
    axes[1].legend(frameon=False, loc="lower right")
    _save(figure, path)


def draw_threshold(measured: SplitFigures, path: Path) -> None:
    """Mean volume Dice over the threshold."""
    figure, axis = plt.subplots(figsize=(4.6, 3.4))
    axis.plot(np.arange(LEVELS) / (LEVELS - 1), _with_holes(measured.volume_dice_by_level), color=TRAINING)
    axis.axvline(measured.threshold, color=MARK, linestyle=":", label=f"threshold {measured.threshold}")
    axis.set(xlabel="threshold", ylabel=VOLUME_DICE, ylim=(0, 1))
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, loc="lower center")
    _save(figure, path)


def draw_subjects(measured: SplitFigures, path: Path) -> None:
    """Volume Dice of each subject; no bar where it is undefined."""
    rows = measured.per_subject
    figure, axis = plt.subplots(figsize=(max(3.5, 0.7 * len(rows) + 1.5), 3.4))
    bars = axis.bar([row.subject for row in rows], [row.dice or 0 for row in rows], color=TRAINING)
    axis.bar_label(bars, [score_text(row.dice) for row in rows], padding=2, fontsize=8)
    if measured.mean_volume_dice is not None:
        axis.axhline(measured.mean_volume_dice, color=MARK, linestyle=":", label="mean")
        axis.legend(frameon=False, loc="lower right")
    axis.set(xlabel="subject", ylabel="volume Dice", ylim=(0, 1.05))
    _save(figure, path)


def draw_truth_and_prediction(measured: SplitFigures, slices: Slices, segmenter: Segmenter, path: Path) -> None:
    """Best, median and worst slice with the organ: hand-traced and predicted (the article's figure 4)."""
    rows = [(place, row) for place, row in enumerate(measured.per_slice) if row.traced]
    chosen = best_median_worst([row.dice or 0 for _, row in rows])
    if not chosen:
        return
    figure, axes = plt.subplots(1, len(chosen), figsize=(3.5 * len(chosen), 3.9), squeeze=False)
    for axis, (title, rank) in zip(axes.flat, chosen.items(), strict=True):
        place, row = rows[rank]
        index = int(slices.indices[place])
        predicted = segmenter.predict(slices.hu(index), pixel_mm=slices.pixel_mm(index))
        marked = predicted.probability >= threshold_level(measured.threshold)
        height, width = predicted.pixels.shape
        axis.imshow(overlay(predicted.pixels, marked, slices.mask(index))[centre_box((height, width), FIELD).region])
        axis.set_title(f"{title}: {row.subject}, slice {row.slice}, Dice {score_text(row.dice)}", fontsize=9)
        axis.axis("off")
    figure.suptitle("blue: predicted, orange: the mask", fontsize=9, y=0.1)
    _save(figure, path)


def draw_robustness(found: Robustness, path: Path) -> None:
    """Mean volume Dice over the strength of each change of `trainer.robustness`."""
    columns = min(4, len(found.changes))
    rows = -(-len(found.changes) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(2.6 * columns, 2.5 * rows), sharey=True, squeeze=False)
    for axis, change in zip(axes.flat, found.changes, strict=False):
        axis.plot(change.strengths, _with_holes(change.dice), color=TRAINING, marker="o", markersize=4)
        axis.axvline(change.trained, color=MARK, linestyle=":")
        axis.set_title(change.name, fontsize=10)
        axis.set_xlabel(change.unit, fontsize=8)
        axis.set_xticks(change.strengths)
        axis.tick_params(labelsize=8)
        axis.grid(alpha=0.3)
    for axis in axes.flat[len(found.changes) :]:
        axis.axis("off")
    for row in axes:
        row[0].set(ylim=(0, 1), ylabel=VOLUME_DICE)
    figure.tight_layout()
    _save(figure, path)


def _with_holes(values: Sequence[float | None]) -> list[float]:
    """Return values as Matplotlib takes them: where one is undefined the line has a hole."""
    return [np.nan if value is None else value for value in values]


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, bbox_inches="tight")
    plt.close(figure)
