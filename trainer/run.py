"""The run folder: what a training leaves behind. Its files are read and written here, and nowhere else.

`config.json` (every setting, the data, versions, the device), `history.csv` (a row per epoch), `best.weights.h5` (the
epoch with the best validation), `checkpoints/` (to resume from), `calibration.json` (a scale and an offset for the
logit) and `metrics.json` (what was measured).
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from space.errors import UserError
from space.model.contract import Run, Training
from space.model.figures import Figures
from space.model.history import COLUMNS, Epoch, kept, read_history
from space.model.schema import Record, read_record
from space.model.settings import RecordedSettings
from trainer.dataset import DataSet


class Config(Record):
    """What a run was started with."""

    preset: str
    start: str
    """The model or run whose weights it began with; empty: random weights."""
    settings: RecordedSettings
    data: DataSet
    data_folder: str
    device: str
    backend: str
    python: str
    packages: dict[str, str]
    command: str
    """The command line that started it."""


class Calibration(Record):
    """probability = sigmoid(scale x logit + offset)."""

    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class RunFolder:
    """A run by its folder."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    @property
    def best(self) -> Path:
        """The weights of the best epoch."""
        return self.path / "best.weights.h5"

    @property
    def onnx(self) -> Path:
        """Where `evaluate` exports the network to."""
        return self.path / "model.onnx"

    # ---------- how it was started

    def config(self) -> Config:
        """Return what the run was started with.

        Raises
        ------
        UserError
            if the folder holds no run, or one of an older version of the trainer.
        """
        if not (self.path / "config.json").exists():
            raise UserError(f"{self.path} is not a run folder: 'python -m trainer fit' makes one.")
        try:
            return read_record(Config, self.path / "config.json")
        except UserError as error:
            raise UserError(f"{error}. Train it again, or add what is missing.") from None

    def begin(self, config: Config) -> None:
        """Write `config.json`, or check that the run that is there is the one that is asked for."""
        if not (self.path / "config.json").exists():
            self.path.mkdir(parents=True, exist_ok=True)
            config.write(self.path / "config.json")
            return
        old = self.config()
        asked, had = config.settings.model_dump(), old.settings.model_dump()
        changed = [name for name, value in asked.items() if had[name] != value]
        if old.data.sha256 != config.data.sha256:
            changed.append("the data")
        if old.start != config.start:
            changed.append("the network to start from")
        if changed:
            raise UserError(
                f"{self.path} holds a run with other settings ({', '.join(changed)}): give another --out, "
                "or the same settings to resume it."
            )

    def about(self) -> Run:
        """Return what a bundle says of the run, without any path of this machine."""
        config, history = self.config(), self.history()
        return Run(
            preset=config.preset,
            start=config.start,
            settings=config.settings,
            data=config.data,
            training=Training(
                device=config.device,
                minutes=sum(row.seconds for row in history) / 60,
                kept_epoch=kept(history).epoch,
                python=config.python,
                backend=config.backend,
                packages=config.packages,
            ),
        )

    # ---------- its epochs

    def history(self) -> list[Epoch]:
        """Return its epochs, one at least."""
        rows = read_history(self.path / "history.csv") if (self.path / "history.csv").exists() else []
        if not rows:
            raise UserError(f"{self.path} has not finished an epoch yet: run 'python -m trainer fit' again.")
        return rows

    def restart(self, epochs: int) -> float:
        """Keep the first `epochs` rows of the history; return the best validation score among them."""
        path = self.path / "history.csv"
        rows = read_history(path)[:epochs] if path.exists() else []
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow(COLUMNS)
        for row in rows:
            self.add_epoch(row)
        return max((row.rank for row in rows), default=-math.inf)

    def add_epoch(self, row: Epoch) -> None:
        """Add a row to the history."""
        cells = [row.epoch, *(f"{getattr(row, name):.6g}" for name in COLUMNS[1:])]
        with (self.path / "history.csv").open("a", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow(cells)

    def checkpoint(self) -> tuple[int, Path | None]:
        """Return how many epochs the run has behind it, and their weights."""
        found = sorted((self.path / "checkpoints").glob("epoch-*.weights.h5"))
        return (int(found[-1].name[6:10]), found[-1]) if found else (0, None)

    def save_checkpoint(self, model: Any, epoch: int) -> None:
        """Write weights and the optimiser's state, to resume from after `epoch`; older ones go."""
        folder = self.path / "checkpoints"
        newest = folder / f"epoch-{epoch:04d}.weights.h5"
        save_weights(model, newest)
        for older in folder.glob("epoch-*.weights.h5"):
            if older.name < newest.name:
                older.unlink()

    # ---------- what was found afterwards

    def calibration(self) -> Calibration | None:
        """Return the calibration, if `fit` came to that."""
        path = self.path / "calibration.json"
        return read_record(Calibration, path) if path.exists() else None

    def keep_calibration(self, calibration: Calibration) -> None:
        """Write the calibration."""
        calibration.write(self.path / "calibration.json")

    def figures(self) -> Figures:
        """Return what was measured so far."""
        path = self.path / "metrics.json"
        return read_record(Figures, path) if path.exists() else Figures()

    def keep_figures(self, **measured: Any) -> None:
        """Add the figures of a split, or of changed slices, to those that the run holds."""
        self.figures().model_copy(update=measured).write(self.path / "metrics.json", indent=None)


def save_weights(model: Any, path: Path) -> None:
    """Write weights (and the optimiser's state) such that a kill leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"unfinished-{path.name}")
    model.save_weights(unfinished)
    unfinished.replace(path)
