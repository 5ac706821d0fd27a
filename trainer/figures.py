"""The article's figures 3 and 4 and two more, from a run's numbers. Matplotlib, PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from space.drawing import overlay
from space.metrics import LEVELS
from space.model.history import kept_epoch
from space.model.segmenter import Segmenter
from space.preprocessing import centre_box, threshold_level
from trainer.dataset import Slices

TRAINING, VALIDATION, MARK = "#56b4e9", "#d55e00", "#555555"


def draw_curves(history: Sequence[Mapping[str, float]], path: Path) -> None:
    """Loss and Dice over the epochs, with the epoch that was kept (the article's figure 3)."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
    epochs = [row["epoch"] for row in history]
    kept = kept_epoch(history)
    for axis, training, validation, title in (
        (axes[0], "loss", "val_loss", "Loss"),
        (axes[1], "dice", "val_volume_dice", "Dice"),
    ):
        axis.plot(epochs, [row[training] for row in history], color=TRAINING, label="training")
        axis.plot(epochs, [row[validation] for row in history], color=VALIDATION, label="validation")
        axis.axvline(kept, color=MARK, linestyle=":", label=f"kept: epoch {kept}")
        axis.set(xlabel="epoch", title=title)
        axis.grid(alpha=0.3)
    axes[1].set_ylim(0, 1)
    axes[1].legend(frameon=False, loc="lower right")
    _save(figure, path)


def draw_threshold(metrics: Mapping[str, Any], path: Path) -> None:
    """Mean volume Dice over the threshold."""
    figure, axis = plt.subplots(figsize=(4.6, 3.4))
    values = [np.nan if value is None else value for value in metrics["volume_dice_by_level"]]
    axis.plot(np.arange(LEVELS) / (LEVELS - 1), values, color=TRAINING)
    axis.axvline(metrics["threshold"], color=MARK, linestyle=":", label=f"threshold {metrics['threshold']}")
    axis.set(xlabel="threshold", ylabel="mean volume Dice", ylim=(0, 1))
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, loc="lower center")
    _save(figure, path)


def draw_subjects(metrics: Mapping[str, Any], path: Path) -> None:
    """Volume Dice of each subject."""
    rows = metrics["per_subject"]
    figure, axis = plt.subplots(figsize=(max(3.5, 0.7 * len(rows) + 1.5), 3.4))
    values = [row["dice"] or 0 for row in rows]
    bars = axis.bar([row["subject"] for row in rows], values, color=TRAINING)
    axis.bar_label(bars, fmt="%.2f", padding=2)
    if metrics["mean_volume_dice"] is not None:
        axis.axhline(metrics["mean_volume_dice"], color=MARK, linestyle=":", label="mean")
        axis.legend(frameon=False, loc="lower right")
    axis.set(xlabel="subject", ylabel="volume Dice", ylim=(0, 1.05))
    _save(figure, path)


def draw_truth_and_prediction(metrics: Mapping[str, Any], slices: Slices, segmenter: Segmenter, path: Path) -> None:
    """Best, median and worst slice with the organ: hand-traced and predicted (the article's figure 4)."""
    defined = [(row["dice"], place) for place, row in enumerate(metrics["per_slice"]) if row["tp"] + row["fn"]]
    if not defined:
        return
    ranked = sorted(defined, reverse=True)
    chosen = {"best": ranked[0], "median": ranked[len(ranked) // 2], "worst": ranked[-1]}
    figure, axes = plt.subplots(1, len(chosen), figsize=(10.5, 3.9))
    for axis, (title, (dice, place)) in zip(axes, chosen.items(), strict=True):
        index, row = slices.indices[place], metrics["per_slice"][place]
        pixels, mask = np.asarray(slices.images[index]), np.asarray(slices.masks[index]) > 0
        predicted = segmenter.predict(pixels).probability >= threshold_level(metrics["threshold"])
        centre = centre_box(pixels.shape, 320).region
        axis.imshow(overlay(pixels, predicted, mask)[centre])
        axis.set_title(f"{title}: {row['subject']}, slice {row['slice']}, Dice {dice:.2f}", fontsize=9)
        axis.axis("off")
    figure.suptitle("blue: predicted, orange: the mask", fontsize=9, y=0.1)
    _save(figure, path)


def draw_robustness(found: Mapping[str, Any], path: Path) -> None:
    """Mean volume Dice over the strength of each change of `trainer.robustness`."""
    figure, axes = plt.subplots(2, 4, figsize=(10.5, 5), sharey=True)
    for axis, change in zip(axes.flat, found["changes"], strict=True):
        values = [np.nan if value is None else value for value in change["dice"]]
        axis.plot(change["strengths"], values, color=TRAINING, marker="o", markersize=4)
        axis.axvline(change["trained"], color=MARK, linestyle=":")
        axis.set_title(change["name"], fontsize=10)
        axis.set_xlabel(change["unit"], fontsize=8)
        axis.set_xticks(change["strengths"])
        axis.tick_params(labelsize=8)
        axis.grid(alpha=0.3)
    for row in axes:
        row[0].set(ylim=(0, 1), ylabel="mean volume Dice")
    figure.tight_layout()
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, bbox_inches="tight")
    plt.close(figure)
