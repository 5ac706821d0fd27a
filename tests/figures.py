"""Runs, figures and data sets of known numbers, without a training."""

from pathlib import Path
from typing import Any

import numpy as np

from space.model.contract import Data, Split, Splits
from space.model.figures import Change, Counted, Figures, Robustness, Slice, SplitFigures, Subject, WithoutOrgan
from space.model.history import Epoch
from space.model.settings import RecordedSettings, Settings
from space.preprocessing import ABDOMEN, grey_to_hu
from trainer.dataset import DataSet, Slices
from trainer.run import Config, RunFolder

SPLIT = Split(subjects=1, with_organ=2, without_organ=1)
DATA = Data(
    source="somewhere",
    citation="someone",
    splits=Splits(train=SPLIT, validation=SPLIT, test=SPLIT),
    seed=0,
    sha256={"hu.npy": "1" * 64},
)


def counted(dice: float) -> dict[str, Any]:
    """Return the entries of a row with a Dice."""
    return {"tp": 5, "fp": 5, "fn": 5, "dice": dice, "iou": 0.3, "precision": 0.5, "recall": 0.5}


def split_figures(dice: float) -> SplitFigures:
    """Return a split of one slice of one subject; pooled Dice is 0.01 lower, slice Dice 0.1."""
    return SplitFigures(
        subjects=1,
        slices=1,
        threshold=0.5,
        mean_volume_dice=dice,
        pooled=Counted(**counted(dice - 0.01)),
        mean_slice_dice=dice - 0.1,
        without_organ=WithoutOrgan(slices=0, slices_with_false_positives=0, mean_false_positive_pixels=None),
        per_subject=(Subject(subject="ann", slices=1, **counted(dice)),),
        table=((5, 5, 5),) * 256,
        volume_dice_by_level=(dice,) * 256,
        per_slice=(Slice(subject="ann", slice=1, **counted(dice)),),
    )


def robustness(*changes: tuple[float, tuple[float, ...], tuple[float | None, ...]]) -> Robustness:
    """Return the Dice under changes: the trained strength, the strengths, the Dice at each."""
    made = [Change(name="noise", unit="SD", trained=t, strengths=s, dice=d) for t, s, d in changes]
    return Robustness(subjects=1, slices=1, changes=tuple(made))


def epoch(number: int, dice: float, seconds: float = 60.0) -> Epoch:
    """Return an epoch by its validation Dice; its speed is ten times its number."""
    return Epoch(
        epoch=number,
        loss=1.0,
        dice=0.5,
        val_loss=1.0,
        val_dice=0.5,
        val_volume_dice=dice,
        learning_rate=1e-3,
        images_per_second=10.0 * number,
        seconds=seconds,
    )


def write_run(folder: Path, preset: str, settings: Settings, dice: tuple[float, ...], figures: Figures) -> Path:
    """Write a run of an epoch of a minute for each validation Dice."""
    run = RunFolder(folder)
    config = Config(
        preset=preset,
        start="",
        settings=RecordedSettings(**settings.model_dump()),
        data=DataSet(
            **DATA.model_dump(), format=2, target="pancreas", window_hu=ABDOMEN, shape=(3, 64, 64), refined_mm=0.8
        ),
        data_folder="nowhere",
        device="CPU",
        backend="tensorflow",
        python="3.11",
        packages={},
        command="",
    )
    run.begin(config)
    run.restart(0)
    for number, value in enumerate(dice, 1):
        run.add_epoch(epoch(number, value))
    run.keep_figures(**dict(figures))
    return folder


def make_slices(images: np.ndarray, masks: np.ndarray, subjects: np.ndarray) -> Slices:
    """Return slices of pancreas by their grey levels in the abdomen's window, numbered from 0."""
    return Slices(
        voxels=grey_to_hu(images, ABDOMEN),
        masks=masks,
        spacing=np.zeros((len(images), 3), np.float32),
        indices=np.arange(len(images)),
        subjects=subjects,
        numbers=np.arange(len(images)),
        has_organ=np.any(masks, axis=(1, 2)),
        window=ABDOMEN,
        target="pancreas",
    )
