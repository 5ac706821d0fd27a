"""What a bundle shows of other runs: one that overfits, other recipes, what each ingredient is worth.

Each comes from run folders, or from an earlier bundle that has it already: runs are large and are thrown away, what
they taught is carried on.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from space.errors import UserError
from space.model.bundle import OVERFITTING_CONFIG, OVERFITTING_HISTORY, is_bundle
from space.model.contract import Data, Run
from space.model.figures import Reached
from trainer.ablation import finished_runs
from trainer.compare import compare
from trainer.target import Target, open_target


class Lessons(NamedTuple):
    """Where they come from."""

    overfitting: Path | None = None
    """A run that overfits; the app shows its curves."""
    beside: Sequence[Path] = ()
    """Runs of other recipes, evaluated on both splits; what each cost and reached is shown."""
    ablation: Path | None = None
    """The folder of runs that `ablation` made; those that are measured already are shown."""


NO_LESSONS = Lessons()


class Overfitting(NamedTuple):
    """A run that overfits: its `history.csv`, and what is said of it."""

    history: Path
    about: Run


class Gathered(NamedTuple):
    """What is to be shown; what is None or empty was not asked for."""

    overfitting: Overfitting | None
    beside: list[Reached]
    ablation: list[Reached]


def gather(lessons: Lessons, data: Data) -> Gathered:
    """Read all of it, so that what is missing is said before anything is measured.

    Parameters
    ----------
    data : what the network that is to be published was trained on.

    Raises
    ------
    UserError
        if a folder lacks what is wanted of it, or was trained on other data.
    """
    ablated = _ablated(lessons.ablation) if lessons.ablation else []
    for source in (*lessons.beside, *ablated):
        if open_target(str(source)).about.data.sha256 != data.sha256:
            raise UserError(f"{source} was trained on another data set: its figures cannot stand beside these.")
    return Gathered(
        overfitting=_overfitting(open_target(str(lessons.overfitting))) if lessons.overfitting else None,
        beside=compare(lessons.beside),
        ablation=_ablation(ablated),
    )


def add_overfitting(found: Overfitting, folder: Path) -> None:
    """Write the curves and the settings of a run that overfits into a bundle."""
    (folder / OVERFITTING_HISTORY).parent.mkdir(exist_ok=True)
    shutil.copy(found.history, folder / OVERFITTING_HISTORY)
    found.about.write(folder / OVERFITTING_CONFIG)


def _overfitting(target: Target) -> Overfitting:
    if target.bundle is None:
        return Overfitting(target.folder / "history.csv", target.about)
    if target.bundle.overfitting is None:
        raise UserError(f"{target.folder} is a bundle without a run that overfits: give a run folder.")
    return Overfitting(target.folder / OVERFITTING_HISTORY, target.bundle.overfitting.about)


def _ablated(source: Path) -> list[Path]:
    """Return the folders of an ablation's runs, or the one bundle that has its table."""
    return [source] if is_bundle(source) else finished_runs(source)


def _ablation(sources: list[Path]) -> list[Reached]:
    if not sources or not is_bundle(sources[0]):
        return compare(sources)
    bundle = open_target(str(sources[0])).bundle
    if bundle is None or not bundle.metrics.ablation:
        raise UserError(f"{sources[0]} is a bundle without an ablation: give the folder that 'ablation' made.")
    return list(bundle.metrics.ablation)
