"""What a bundle shows of other runs: one that overfits, other recipes and networks, what each ingredient is worth.

Each comes from run folders, or from an earlier bundle that has it already: runs are large and are thrown away, what
they taught is carried on.
"""

import re
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from space.errors import UserError
from space.model.bundle import NETWORKS, OVERFITTING_CONFIG, OVERFITTING_HISTORY, is_bundle
from space.model.contract import Data, Run
from space.model.figures import Reached
from space.model.segmenter import Segmenter
from trainer.ablation import finished_runs
from trainer.compare import compare
from trainer.dataset import same_data
from trainer.export import check_agreement, export_run
from trainer.phantom.drawing import make_phantom
from trainer.run import RunFolder
from trainer.target import Target, open_target


class Lessons(NamedTuple):
    """Where they come from."""

    overfitting: Path | None = None
    """A run that overfits; the app shows its curves."""
    beside: Sequence[Path] = ()
    """Runs of other recipes, evaluated on both splits; what each cost and reached is shown."""
    ablation: Path | None = None
    """The folder of runs that `ablation` made; those that are measured already are shown."""
    networks: Sequence[Path] = ()
    """Runs whose networks come along, to be compared on one slice; their rows stand in the table of recipes too."""


NO_LESSONS = Lessons()
FILE_NAME = re.compile(r"\w[\w.-]*", re.ASCII)


class Overfitting(NamedTuple):
    """A run that overfits: its `history.csv`, and what is said of it."""

    history: Path
    about: Run


class Gathered(NamedTuple):
    """What is to be shown; what is None or empty was not asked for."""

    overfitting: Overfitting | None
    beside: list[Reached]
    ablation: list[Reached]
    networks: list[RunFolder]


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
    networks = [_network(source) for source in lessons.networks]
    ablated = _ablated(lessons.ablation) if lessons.ablation else []
    for source in (*lessons.beside, *ablated, *lessons.networks):
        if not same_data(open_target(str(source)).about.data, data):
            raise UserError(f"{source} was trained on another data set: its figures cannot stand beside these.")
    return Gathered(
        overfitting=_overfitting(open_target(str(lessons.overfitting))) if lessons.overfitting else None,
        beside=_recipes([*lessons.beside, *lessons.networks]),
        ablation=_ablation(ablated),
        networks=networks,
    )


def _recipes(sources: Sequence[Path]) -> list[Reached]:
    rows = compare(dict.fromkeys(source.resolve() for source in sources))
    twice = [name for name, count in Counter(row.run for row in rows).items() if count > 1]
    if twice:
        raise UserError(f"Two runs have the name '{twice[0]}', by which the table tells them apart: rename one folder.")
    return rows


def add_overfitting(found: Overfitting, folder: Path) -> None:
    """Write the curves and the settings of a run that overfits into a bundle."""
    (folder / OVERFITTING_HISTORY).parent.mkdir(exist_ok=True)
    shutil.copy(found.history, folder / OVERFITTING_HISTORY)
    found.about.write(folder / OVERFITTING_CONFIG)


def add_networks(runs: Sequence[RunFolder], folder: Path) -> None:
    """Write the model files of further networks into a bundle, each proved against Keras on a phantom."""
    for run in runs:
        (folder / NETWORKS).mkdir(exist_ok=True)
        path = folder / NETWORKS / f"{run.name}.onnx"
        worst = check_agreement(export_run(run, path).model, Segmenter(path), make_phantom(0, slices=3).hu)
        run.about().write(path.with_suffix(".json"))
        print(f"The network of {run.name}: Keras and ONNX differ by {worst:.1e} at most on a phantom.")


def _network(source: Path) -> RunFolder:
    if is_bundle(source):
        raise UserError(f"{source} is a bundle: --network takes the folder of a run.")
    if not FILE_NAME.fullmatch(source.resolve().name):
        raise UserError(f"{source} gives its network its name: letters, digits, '-', '_' and '.' only, please.")
    return RunFolder(source)


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
