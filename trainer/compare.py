"""``python -m trainer compare RUN RUN ...``: what runs cost and reached, side by side, as a Markdown table.

The first run is the one that the others are compared with: of each only the settings are named that differ.
"""

import dataclasses
import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from space.errors import UserError
from space.history import read_history
from trainer.card import headline
from trainer.evaluate import METRICS, figure
from trainer.fit import load_run
from trainer.presets import Settings
from trainer.unet import build_unet

USEFUL = 0.70  # the validation Dice whose time is told
HEADINGS = ("run", "differs in", "parameters", "epochs", "minutes", "images/s", f"minutes to {USEFUL:.2f}")
SPLITS = ("validation", "test")


def compare(runs: Sequence[Path]) -> str:
    """Return the table.

    Raises
    ------
    UserError
        if a folder is no run, or a run was not evaluated.
    """
    first = described(*load_run(runs[0]))
    scores = [f"{split}: {name}" for split in SPLITS for name in ("volume Dice", "pooled", "slice")]
    rows = [HEADINGS + tuple(scores), ("---",) * (len(HEADINGS) + len(scores)), *(_row(run, first) for run in runs)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def described(settings: Settings, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's preset and settings by name."""
    return {"preset": config["preset"], **dataclasses.asdict(settings)}


def _row(run: Path, first: Mapping[str, Any]) -> tuple[str, ...]:
    settings, config = load_run(run)
    history = read_history(run / "history.csv")
    speeds = sorted(row["images_per_second"] for row in history)
    return (
        run.name,
        differences(described(settings, config), first),
        f"{build_unet(settings).count_params():,}",
        str(len(history)),
        f"{sum(row['seconds'] for row in history) / 60:.0f}",
        f"{speeds[len(speeds) // 2]:.0f}",
        minutes_to(USEFUL, history),
        *_scores(run),
    )


def differences(settings: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    """Return what differs from the first run; another preset stands for all of its settings."""
    if settings["preset"] != first["preset"]:
        return f"preset {settings['preset']}"
    changed = [f"{name} {value}" for name, value in settings.items() if value != first[name]]
    return ", ".join(changed) or "-"


def minutes_to(dice: float, history: Sequence[Mapping[str, float]]) -> str:
    """Return when validation first reached a Dice, in minutes from the start; '-' if it never did."""
    elapsed = itertools.accumulate(row["seconds"] for row in history)
    reached = (seconds for seconds, row in zip(elapsed, history, strict=True) if row["val_volume_dice"] >= dice)
    first = next(reached, None)
    return "-" if first is None else f"{first / 60:.0f}"


def _scores(run: Path) -> list[str]:
    try:
        metrics = json.loads((run / METRICS).read_text())
        return [figure(value) for split in SPLITS for value in headline(metrics[split]).values()]
    except (OSError, ValueError, KeyError):
        raise UserError(
            f"{run} was not evaluated on both splits yet: run 'python -m trainer evaluate {run} DATA --split "
            "validation' and '--split test' first."
        ) from None
