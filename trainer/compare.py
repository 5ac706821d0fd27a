"""``python -m trainer compare RUN RUN ...``: what runs cost and reached, side by side, as a Markdown table.

The first run is the one that the others are compared with: of each only the settings are named that differ.
"""

import dataclasses
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from space.errors import UserError
from space.history import read_history
from trainer.evaluate import METRICS, figure, headline
from trainer.fit import load_run
from trainer.presets import Settings
from trainer.robustness import mean_changed
from trainer.unet import build_unet

USEFUL = 0.70  # the validation Dice whose time is told
SPLITS = ("validation", "test")
Row = Mapping[str, Any]


def compare(runs: Sequence[Path]) -> list[dict[str, Any]]:
    """Return what each run cost and reached.

    Returns
    -------
    a row a run: `run` (its folder's name), `differs` (in which settings from the first run), `parameters`, `epochs`
    (done) and `of` (asked for), `minutes`, `images_per_second` (the median of its epochs), `minutes_to_useful` (None
    if validation never came to 0.70), for each split that was evaluated the three Dice figures under their names, and
    `changed`, the mean Dice on changed slices (None if `robustness` was not measured).

    Raises
    ------
    UserError
        if a folder is no run, or a run was not evaluated on validation.
    """
    first = described(*load_run(runs[0]))
    return [_row(run, first) for run in runs]


def described(settings: Settings, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's preset and settings by name."""
    return {"preset": config["preset"], **dataclasses.asdict(settings)}


def _row(run: Path, first: Mapping[str, Any]) -> dict[str, Any]:
    settings, config = load_run(run)
    history = read_history(run / "history.csv")
    speeds = sorted(row["images_per_second"] for row in history)
    metrics = _metrics(run)
    return {
        "run": run.name,
        "differs": differences(described(settings, config), first),
        "parameters": build_unet(settings).count_params(),
        "epochs": len(history),
        "of": settings.epochs,
        "minutes": sum(row["seconds"] for row in history) / 60,
        "images_per_second": speeds[len(speeds) // 2],
        "minutes_to_useful": minutes_to(USEFUL, history),
        **{split: headline(metrics[split]) for split in SPLITS if split in metrics},
        "changed": mean_changed(metrics["robustness"]) if "robustness" in metrics else None,
    }


def differences(settings: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    """Return what differs from the first run; another preset stands for all of its settings."""
    if settings["preset"] != first["preset"]:
        return f"preset {settings['preset']}"
    changed = [f"{name} {value}" for name, value in settings.items() if value != first[name]]
    return ", ".join(changed) or "-"


def minutes_to(dice: float, history: Sequence[Mapping[str, float]]) -> float | None:
    """Return when validation first reached a Dice, in minutes from the start; None if it never did."""
    elapsed = itertools.accumulate(row["seconds"] for row in history)
    reached = (seconds for seconds, row in zip(elapsed, history, strict=True) if row["val_volume_dice"] >= dice)
    first = next(reached, None)
    return None if first is None else first / 60


def _metrics(run: Path) -> dict[str, Any]:
    try:
        metrics = dict(json.loads((run / METRICS).read_text()))
        if not all(headline(metrics[split]) for split in ("validation", *metrics.keys() & SPLITS)):
            raise KeyError("a split without figures")
        return metrics
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(
            f"{run} was not evaluated yet: run 'python -m trainer evaluate {run} DATA --split validation' first "
            "(and '--split test' for its test figures)."
        ) from None


def markdown(rows: Sequence[Row]) -> str:
    """Return rows as a table; columns that no run has a figure for are left out."""
    columns = {heading: [cell(row) for row in rows] for heading, cell in _COLUMNS.items()}
    kept = {heading: cells for heading, cells in columns.items() if set(cells) != {"-"}}
    lines: Iterable[Iterable[str]] = (kept, ["---"] * len(kept), *zip(*kept.values(), strict=True))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _score(row: Row, split: str, name: str) -> str:
    return figure(row[split][name]) if split in row else "-"


_COLUMNS = {
    "run": lambda row: row["run"],
    "differs in": lambda row: row["differs"],
    "parameters": lambda row: f"{row['parameters']:,}",
    "epochs": lambda row: str(row["epochs"]) if row["epochs"] == row["of"] else f"{row['epochs']} of {row['of']}",
    "minutes": lambda row: _number(row["minutes"], ".0f"),
    "images/s": lambda row: _number(row["images_per_second"], ".0f"),
    f"minutes to {USEFUL:.2f}": lambda row: _number(row["minutes_to_useful"], ".0f"),
    "validation: volume Dice": lambda row: _score(row, "validation", "mean volume Dice"),
    "validation: pooled": lambda row: _score(row, "validation", "pooled Dice"),
    "validation: slice": lambda row: _score(row, "validation", "mean slice Dice"),
    "changed slices": lambda row: _number(row["changed"], ".3f"),
    "test: volume Dice": lambda row: _score(row, "test", "mean volume Dice"),
    "test: pooled": lambda row: _score(row, "test", "pooled Dice"),
    "test: slice": lambda row: _score(row, "test", "mean slice Dice"),
}
