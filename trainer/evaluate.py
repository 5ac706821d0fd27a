"""``python -m trainer evaluate RUN_OR_BUNDLE_OR_REPO DATA --split S``: how good a network is, and where not.

It segments whole slices with `space.model.segmenter`, as the app does, so that the numbers are the app's.
Volume Dice, pooled Dice and slice Dice are different numbers; each is reported under its own name.
"""

import json
import math
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from rich.console import Console
from rich.table import Table

from space.errors import UserError
from space.metrics import LEVELS, Counts, brier_score, count_table, mean_defined, score, total
from space.model.bundle import is_bundle, open_bundle
from space.model.hub import pull_bundle
from space.model.segmenter import Segmenter
from space.preprocessing import threshold_level
from trainer.dataset import WHOLE_SLICE, Slices, centre_batches, every
from trainer.export import check_agreement, export_onnx, load_best, load_published
from trainer.fit import load_run
from trainer.presets import Settings
from trainer.unet import divisor, levels

METRICS = "metrics.json"  # in a run: what was measured of it
REPO = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


class Target(NamedTuple):
    """What is evaluated."""

    name: str
    segmenter: Segmenter
    threshold: float
    folder: Path
    """The run or the bundle, with its history.csv."""


def open_target(target: str, slices: Slices) -> Target:
    """Open a run folder, a bundle folder or a repo on the Hub (owner/name, or owner/name@revision).

    A run's network is exported first. Where the Keras files are at hand, the ONNX file is checked against
    them on slices of `slices`.
    """
    path = Path(target)
    if is_bundle(path):
        bundle = open_bundle(path, target)
        check_on_slices(load_published(path), path / "model.onnx", bundle.contract["slice"], slices)
    elif path.is_dir():
        return _open_run(path, slices)
    elif REPO.fullmatch(target):
        repo, _, revision = target.partition("@")
        bundle = pull_bundle(repo, revision or "main")
    else:
        raise UserError(f"{target} is no run folder, no bundle folder and no repo (owner/name).")
    segmenter = Segmenter(bundle.folder / "model.onnx", bundle.contract["slice"])
    return Target(bundle.title, segmenter, bundle.contract["threshold"], bundle.folder)


def _open_run(run: Path, slices: Slices) -> Target:
    settings, _ = load_run(run)
    onnx = run / "model.onnx"
    export_onnx(run, settings, onnx)
    geometry = slice_geometry(settings, slices)
    check_on_slices(load_best(run, settings), onnx, geometry, slices)
    return Target(run.name, Segmenter(onnx, geometry), settings.threshold, run)


def slice_geometry(settings: Settings, slices: Slices) -> dict[str, int]:
    """Return the contract's `slice`: how the app is to show slices to the network."""
    matrix = max(WHOLE_SLICE, *slices.images.shape[1:])  # data may be crops, uploads are whole slices
    return {
        "matrix": matrix,
        "crop": settings.crop,
        "divisor": divisor(settings),
        "levels": len(levels(settings)) - 1,
    }


def check_on_slices(model: keras.Model, onnx: Path, geometry: Mapping[str, int], slices: Slices) -> None:
    """Compare Keras and ONNX on eight slices, evenly spread, and say by how much they differ."""
    some = every(slices, max(1, len(slices.indices) // 8))
    batch = next(centre_batches(some, geometry["crop"], geometry["divisor"], 8))[0]
    worst = check_agreement(model, onnx, batch)
    print(f"Keras and ONNX agree on {len(batch)} slices: they differ by {worst:.1e} at most.")


def evaluate(segmenter: Segmenter, slices: Slices, threshold: float) -> dict[str, Any]:
    """Segment every slice and count.

    Returns
    -------
    the entry of one split in `metrics.json`; see README.md, 'The numbers'. Undefined scores are None.
    """

    def table_of(index: int) -> np.ndarray:
        prediction = segmenter.predict(np.asarray(slices.images[index]))
        return count_table(prediction.probability, np.asarray(slices.masks[index]) > 0)

    with ThreadPoolExecutor(2) as pool:
        tables = np.stack(list(pool.map(table_of, slices.indices)))  # (n, 256, 3)
    level = threshold_level(threshold)
    subjects = sorted(set(slices.subjects))
    subject_tables = np.stack([tables[slices.subjects == subject].sum(0) for subject in subjects])
    per_slice = [
        {"subject": str(subject), "slice": int(number), **_entry(Counts(*map(int, table[level])))}
        for subject, number, table in zip(slices.subjects, slices.numbers, tables, strict=True)
    ]
    per_subject = [
        {
            "subject": str(subject),
            "slices": int((slices.subjects == subject).sum()),
            **_entry(Counts(*map(int, table[level]))),
        }
        for subject, table in zip(subjects, subject_tables, strict=True)
    ]
    empty = [row for row in per_slice if row["tp"] + row["fn"] == 0]
    return {
        "subjects": len(subjects),
        "slices": len(per_slice),
        "threshold": threshold,
        "mean_volume_dice": _mean(row["dice"] for row in per_subject),
        "pooled": _entry(total([Counts(row["tp"], row["fp"], row["fn"]) for row in per_slice])),
        # on slices with the organ: elsewhere a slice's Dice is 0 or undefined, whatever is predicted
        "mean_slice_dice": _mean(row["dice"] for row in per_slice if row["tp"] + row["fn"]),
        "without_organ": {
            "slices": len(empty),
            "slices_with_false_positives": sum(row["fp"] > 0 for row in empty),
            "mean_false_positive_pixels": sum(row["fp"] for row in empty) / len(empty) if empty else None,
        },
        "per_subject": per_subject,
        "table": tables.sum(0).tolist(),
        "volume_dice_by_level": [
            _mean(score(Counts(*map(int, table[at]))).dice for table in subject_tables) for at in range(LEVELS)
        ],
        "per_slice": per_slice,
    }


def _entry(counts: Counts) -> dict[str, Any]:
    scores = {name: None if math.isnan(value) else value for name, value in score(counts)._asdict().items()}
    return counts._asdict() | scores


def _mean(values: Any) -> float | None:
    mean = mean_defined([math.nan if value is None else value for value in values])
    return None if math.isnan(mean) else mean


def headline(split: Mapping[str, Any] | None) -> dict[str, float | None]:
    """Return the three Dice figures of a split under their names."""
    if not split:
        return {}
    return {
        "mean volume Dice": split["mean_volume_dice"],
        "pooled Dice": split["pooled"]["dice"],
        "mean slice Dice": split["mean_slice_dice"],
    }


def print_report(name: str, split: str, metrics: dict[str, Any]) -> None:
    """Show the figures of one split on the terminal."""
    table = Table(title=f"{name}, {split} split, threshold {metrics['threshold']}", title_justify="left")
    for heading in ("subject", "slices", "Dice", "IoU", "precision", "recall"):
        table.add_column(heading, justify="left" if heading == "subject" else "right")
    for row in metrics["per_subject"]:
        table.add_row(row["subject"], str(row["slices"]), *_figures(row))
    table.add_section()
    table.add_row("pooled", str(metrics["slices"]), *_figures(metrics["pooled"]))
    console = Console()
    console.print(table)
    console.print(
        f"mean volume Dice  {figure(metrics['mean_volume_dice'])}  (headline: mean over {metrics['subjects']} subjects)"
    )
    console.print(
        f"pooled Dice       {figure(metrics['pooled']['dice'])}  (all pixels of the split; the article's measure)"
    )
    console.print(f"mean slice Dice   {figure(metrics['mean_slice_dice'])}  (slices with the organ)")
    console.print(f"Brier score       {brier_score(np.array(metrics['table'])):.4f}  (of the probability, all pixels)")
    empty = metrics["without_organ"]
    if empty["slices"]:
        console.print(
            f"without organ     {empty['slices_with_false_positives']} of {empty['slices']} slices have false "
            f"positives, {empty['mean_false_positive_pixels']:.1f} pixels a slice"
        )


def _figures(row: dict[str, Any]) -> list[str]:
    return [figure(row[name]) for name in ("dice", "iou", "precision", "recall")]


def figure(value: float | None) -> str:
    """Return a score with three decimals; 'n/a' where it is undefined."""
    return "n/a" if value is None or math.isnan(value) else f"{value:.3f}"


def keep_metrics(run: Path, part: str, metrics: dict[str, Any]) -> None:
    """Add the figures of a split, or of changed slices, to those that the run holds."""
    path = run / METRICS
    known = json.loads(path.read_text()) if path.exists() else {}
    write_metrics(path, known | {part: metrics})


def write_metrics(path: Path, metrics: dict[str, Any]) -> None:
    """Write figures as JSON, compact where there is a row a slice."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(metrics, allow_nan=False, separators=(",", ":")) + "\n")
