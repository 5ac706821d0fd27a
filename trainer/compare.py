"""``python -m trainer compare RUN RUN ...``: what runs cost and reached, side by side, as a Markdown table.

The first run is the one that the others are compared with: of each only the settings are named that differ. A bundle
stands for its run and for those that it shows beside it.
"""

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from space.errors import UserError
from space.model.bundle import Bundle, is_bundle, open_bundle
from space.model.history import differences, read_history, settings_of
from trainer.evaluate import METRICS, figure, headline
from trainer.fit import load_run
from trainer.robustness import mean_changed
from trainer.unet import build_unet

USEFUL = 0.70  # the validation Dice whose time is told
SPLITS = ("validation", "test")
Row = Mapping[str, Any]


def compare(sources: Iterable[Path]) -> list[Row]:
    """Return what each run cost and reached.

    Parameters
    ----------
    sources : folders of runs that were evaluated, or of bundles.

    Returns
    -------
    a row a run: `run` (its folder's name; of a bundle's own run the model's name and version), `settings` (preset and
    settings by name), `parameters`, `epochs` (done) and `of` (asked for), `minutes`, `images_per_second` (the median
    of its epochs), `minutes_to_useful` (None if validation never came to 0.70), for each split that was evaluated the
    three Dice figures under their names, and `changed`, the mean Dice on changed slices (None if `robustness` was not
    measured).

    Raises
    ------
    UserError
        if a folder is no run and no bundle, or a run was not evaluated on validation.
    """
    return [row for source in sources for row in (_of_bundle(source) if is_bundle(source) else [_of_run(source)])]


def bundle_rows(bundle: Bundle) -> list[Row]:
    """Return the rows of a bundle's own run, under its preset's name, and of the runs that it shows beside it."""
    about = bundle.contract
    try:
        own = _row(about["preset"], settings_of(about), about["parameters"], bundle.history, bundle.metrics)
        rows = [own, *bundle.metrics.get("recipes", [])[1:]]
        markdown(rows)
    except (AttributeError, LookupError, TypeError, ValueError):
        raise UserError(
            f"{bundle.folder} lacks figures or settings of its runs: publish it anew from its run."
        ) from None
    return rows


def _of_bundle(folder: Path) -> list[Row]:
    bundle = open_bundle(folder, str(folder))
    own, *beside = bundle_rows(bundle)
    return [{**own, "run": bundle.title}, *beside]


def _of_run(run: Path) -> Row:
    settings, config = load_run(run)
    return _row(
        run.name,
        settings_of(config),
        build_unet(settings).count_params(),
        read_history(run / "history.csv"),
        _metrics(run),
    )


def _row(
    name: str,
    settings: Mapping[str, Any],
    parameters: int,
    history: Sequence[Mapping[str, float]],
    metrics: Mapping[str, Any],
) -> Row:
    speeds = sorted(row["images_per_second"] for row in history)
    return {
        "run": name,
        "settings": settings,
        "parameters": parameters,
        "epochs": len(history),
        "of": settings["epochs"],
        "minutes": sum(row["seconds"] for row in history) / 60,
        "images_per_second": speeds[len(speeds) // 2],
        "minutes_to_useful": minutes_to(USEFUL, history),
        **{split: headline(metrics[split]) for split in SPLITS if split in metrics},
        "changed": mean_changed(metrics["robustness"]) if "robustness" in metrics else None,
    }


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


def markdown(rows: Sequence[Row], model: Mapping[str, Any] | None = None) -> str:
    """Return rows as a table; columns that no run has a figure for are left out.

    Parameters
    ----------
    model : settings that the first row is compared with; the others are compared with the first.
    """
    first = rows[0]["settings"]
    others = [model or first, *[first] * (len(rows) - 1)]
    differing = [", ".join(differences(row["settings"], other)) or "-" for row, other in zip(rows, others, strict=True)]
    names = {"run": [row["run"] for row in rows], "differs in": differing}
    columns = names | {heading: [cell(row) for row in rows] for heading, cell in _COLUMNS.items()}
    kept = {heading: cells for heading, cells in columns.items() if set(cells) != {"-"}}
    lines: Iterable[Iterable[str]] = (kept, ["---"] * len(kept), *zip(*kept.values(), strict=True))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _score(row: Row, split: str, name: str) -> str:
    return figure(row[split][name]) if split in row else "-"


_COLUMNS = {
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
