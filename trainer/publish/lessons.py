"""What a bundle shows of other runs: one that overfits, other recipes, what each ingredient is worth.

Each comes from run folders, or from an earlier bundle that has it already: runs are large and are thrown away, what
they taught is carried on.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from space.errors import UserError
from space.model.bundle import OVERFITTING_CONFIG, OVERFITTING_HISTORY, Bundle, is_bundle, open_bundle
from space.model.history import kept_epoch, read_history
from trainer.ablation import finished_runs
from trainer.compare import Row, compare
from trainer.fit import load_run


class Lessons(NamedTuple):
    """Where they come from."""

    overfitting: Path | None = None
    """A run that overfits; the app shows its curves."""
    beside: Sequence[Path] = ()
    """Runs of other recipes, evaluated on both splits; what each cost and reached is shown."""
    ablation: Path | None = None
    """The folder of runs that `ablation` made; those that are measured already are shown."""


NO_LESSONS = Lessons()


class Gathered(NamedTuple):
    """What is to be shown; what is None or empty was not asked for."""

    overfitting: tuple[Path, dict[str, Any]] | None
    """Its `history.csv`, and what `trained` says of it."""
    beside: list[Row]
    ablation: list[Row]


def gather(lessons: Lessons, published: Path) -> Gathered:
    """Read all of it, so that what is missing is said before anything is measured.

    Parameters
    ----------
    published : the run or the bundle that is to be published.

    Raises
    ------
    UserError
        if a folder lacks what is wanted of it, or was trained on other data.
    """
    ablated = _ablated(lessons.ablation) if lessons.ablation else []
    for source in (*lessons.beside, *ablated):
        if _data(source) != _data(published):
            raise UserError(f"{source} was trained on another data set: its figures cannot stand beside these.")
    return Gathered(
        overfitting=_overfitting(lessons.overfitting) if lessons.overfitting else None,
        beside=compare(lessons.beside),
        ablation=_ablation(ablated),
    )


def add_overfitting(found: tuple[Path, dict[str, Any]], folder: Path) -> None:
    """Write the curves and the settings of a run that overfits into a bundle."""
    history, about = found
    (folder / OVERFITTING_HISTORY).parent.mkdir(exist_ok=True)
    shutil.copy(history, folder / OVERFITTING_HISTORY)
    (folder / OVERFITTING_CONFIG).write_text(json.dumps(about, indent=1) + "\n")


def recorded(run: Path) -> list[dict[str, float]]:
    """Return the history of a run that has finished an epoch at least."""
    history = read_history(run / "history.csv")
    if not history:
        raise UserError(f"{run} has not finished an epoch yet: run 'python -m trainer fit' again.")
    return history


def trained(config: dict[str, Any], history: list[dict[str, float]]) -> dict[str, Any]:
    """Return what a bundle says of a run: its settings, data and training, and no path of this machine."""
    return {
        "preset": config["preset"],
        "start": config.get("start", ""),
        "settings": config["settings"],
        "data": {name: config["data"][name] for name in ("source", "citation", "splits", "seed", "sha256")},
        "training": {
            "device": config["device"],
            "minutes": sum(row["seconds"] for row in history) / 60,
            "kept_epoch": kept_epoch(history),
            "python": config["python"],
            "backend": config["backend"],
            "packages": config["packages"],
        },
    }


def _overfitting(source: Path) -> tuple[Path, dict[str, Any]]:
    if not is_bundle(source):
        return source / "history.csv", trained(load_run(source)[1], recorded(source))
    bundle = _open(source)
    if bundle.overfitting is None:
        raise UserError(f"{source} is a bundle without a run that overfits: give a run folder.")
    return source / OVERFITTING_HISTORY, bundle.overfitting.about


def _ablated(source: Path) -> list[Path]:
    """Return the folders of an ablation's runs, or the one bundle that has its table."""
    return [source] if is_bundle(source) else finished_runs(source)


def _ablation(sources: list[Path]) -> list[Row]:
    if not sources or not is_bundle(sources[0]):
        return compare(sources)
    rows: list[Row] = _open(sources[0]).metrics.get("ablation", [])
    if not rows:
        raise UserError(f"{sources[0]} is a bundle without an ablation: give the folder that 'ablation' made.")
    return rows


def _data(source: Path) -> Any:
    """Return the hashes of the data set that a run, or a bundle's run, was trained on."""
    about = _open(source).contract if is_bundle(source) else load_run(source)[1]
    try:
        return about["data"]["sha256"]
    except (KeyError, TypeError):
        raise UserError(f"{source} does not say which data it was trained on: train and publish it anew.") from None


def _open(folder: Path) -> Bundle:
    return open_bundle(folder, str(folder))
