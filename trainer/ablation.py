"""``python -m trainer ablation DATA --out RUNS``: what each ingredient of `default` is worth.

The recipe is trained again and again for a few epochs, each time with one ingredient left out. The slices, their
order and the first weights stay the same. One more run differs in nothing but the seed: differences as
small as its own say nothing.
"""

from pathlib import Path
from typing import Any

import keras

from space.errors import UserError
from space.model.settings import AUGMENTATION
from trainer.dataset import load_split
from trainer.evaluate import evaluate
from trainer.fit import fit
from trainer.presets import PRESETS
from trainer.robustness import robustness
from trainer.run import RunFolder
from trainer.target import open_target

SHAPE = ("rotate", "scale", "shear", "shift", "elastic")
WITHOUT: dict[str, dict[str, Any]] = {
    "nothing left out": {},
    "another seed": {"seed": 1},
    "AdamW instead of Muon": {"optimizer": "adamw", "learning_rate": 2e-3},
    "no masks of neighbouring slices": {"neighbours": 0},
    "slices keep their shape": dict.fromkeys(SHAPE, 0.0),
    "slices keep their grey values": dict.fromkeys(set(AUGMENTATION) - set(SHAPE), 0.0),
    "no normalisation": {"normalization": "none"},
    "one convolution per level": {"convolutions": 1},
    "Dice alone as the loss": {"loss": "dice"},
    "no average of the weights": {"average": 0.0},
    "constant learning rate": {"schedule": "constant"},
    "no phantoms": {"phantoms": 0},
    "no slices without the organ": {"negatives": 0.0},
}
"""Each run's name, and its settings that differ from those of `default`."""


def ablation(data: Path, out: Path, epochs: int) -> list[Path]:
    """Train and measure every run that is not finished, and return their folders.

    Each is a run like any other; `metrics.json` in it holds its validation split and its Dice on changed slices. The
    test split is not looked at: these runs are there to choose by.
    """
    validation = load_split(data, "validation")
    recipe = PRESETS["default"].but(epochs=epochs)
    for run, (name, change) in zip(run_folders(out), WITHOUT.items(), strict=True):
        print(f"{name}:")
        fit(data, run, recipe.but(**change), "default")
        keras.backend.clear_session()
        if not _is_measured(run):
            target = open_target(str(run))
            segmenter = target.segmenter(validation)
            RunFolder(run).keep_figures(
                validation=evaluate(segmenter, validation, target.threshold),
                robustness=robustness(segmenter, validation, target.threshold),
            )
    return run_folders(out)


def finished_runs(out: Path) -> list[Path]:
    """Return the folders of the runs that are measured already, the one without a change first.

    Raises
    ------
    UserError
        if that one, with which the others are compared, is not among them.
    """
    whole, *others = run_folders(out)
    if not _is_measured(whole):
        raise UserError(f"{out} holds no ablation yet: 'python -m trainer ablation DATA --out {out}' makes one.")
    return [whole, *(run for run in others if _is_measured(run))]


def _is_measured(run: Path) -> bool:
    figures = RunFolder(run).figures()
    return bool(figures.validation and figures.robustness)


def run_folders(out: Path) -> list[Path]:
    """Return the folder of every run; the first is the one without a change."""
    return [out / name.replace(" ", "-") for name in WITHOUT]
