"""The run folder: what a training leaves behind. Its files are read and written here, and nowhere else.

`config.json` (every setting, the data, versions, the device), `history.csv` (a row per epoch), `best.weights.h5` (the
epoch with the best validation), `checkpoints/` (the last two, to resume from; better weights until theirs is written),
`calibration.json` (the numbers that rescale the logit) and `metrics.json` (what was measured). Each is written whole or
not at all: `trainer/files.py`.
"""

import csv
import io
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from space.errors import UserError
from space.model.contract import Run, Training
from space.model.figures import Figures
from space.model.history import COLUMNS, Epoch, kept, read_history
from space.model.schema import Record, read_record
from space.model.settings import RecordedSettings
from trainer.dataset import DataSet
from trainer.files import explained, load_weights, save_weights, write_whole

DIGITS = "{:.6g}"  # of the numbers in the history
BETTER = "better-"
KEPT_CHECKPOINTS = 2  # the newest, and the one before in case that it cannot be read


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
    code: str = ""
    """Address and commit of the code; empty: not known."""
    command: str
    """The command line that started it."""


class Calibration(Record):
    """probability = sigmoid(x) with x = scale x logit + offset; with a curve, sigmoid of the curve at x."""

    scale: float = 1.0
    offset: float = 0.0
    curve: tuple[float, float, float, float] | None = None
    """Weights of x, softplus(x), sigmoid(x) and 1."""

    @property
    def kind(self) -> Literal["none", "platt", "curve"]:
        """What was done to the probabilities, as the setting `calibration` calls it."""
        return "curve" if self.curve else "none" if self == Calibration() else "platt"


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
    def candidate(self) -> Path:
        """The weights of an epoch that is better than the best one, until its checkpoint is written."""
        return self.path / "checkpoints" / "better.weights.h5"

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
        """Write `config.json`, or check that the run that is there is the one that is asked for, and tidy it up."""
        if not (self.path / "config.json").exists():
            self._write("config.json", config)
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
        self._take_best()

    def about(self) -> Run:
        """Return what a bundle says of the run, without any path of this machine."""
        config, history = self.config(), self.history()
        done = (self.calibration() or Calibration()).kind  # it may have been refused, or `fit` did not come to it
        return Run(
            preset=config.preset,
            start=config.start,
            settings=config.settings.but(calibration=done),
            data=config.data,
            training=Training(
                device=config.device,
                minutes=sum(row.seconds for row in history) / 60,
                kept_epoch=kept(history).epoch,
                python=config.python,
                backend=config.backend,
                packages=config.packages,
                code=config.code,
            ),
        )

    # ---------- its epochs

    def history(self) -> list[Epoch]:
        """Return its epochs, one at least."""
        rows = self._rows()
        if not rows:
            raise UserError(f"{self.path} has not finished an epoch yet: run 'python -m trainer fit' again.")
        return rows

    def restart(self, epochs: int) -> float:
        """Keep the first `epochs` rows of the history; return the best validation score among them."""
        rows = self._rows()[:epochs]
        self._write_history(rows)
        return max((row.rank for row in rows), default=-math.inf)

    def add_epoch(self, row: Epoch) -> None:
        """Add a row to the history."""
        self._write_history([*self._rows(), row])

    def checkpoints(self) -> list[tuple[int, Path]]:
        """Return after how many epochs each checkpoint was written, and its file; the newest first.

        One whose epochs are not all in the history does not count: its run could not say what it did.
        """
        known = len(self._rows())
        found = ((int(path.name[6:10]), path) for path in (self.path / "checkpoints").glob("epoch-*.weights.h5"))
        return sorted((pair for pair in found if pair[0] <= known), reverse=True)

    def epochs_done(self) -> int:
        """Return how many epochs the run has behind it, by its newest checkpoint."""
        return max((epoch for epoch, _ in self.checkpoints()), default=0)

    def restore(self, model: Any) -> int:
        """Give a model the newest checkpoint that can be read; return how many epochs it has behind it.

        Raises
        ------
        UserError
            if there are checkpoints, and none of them can be read.
        """
        damaged = []
        for epoch, path in self.checkpoints():
            try:
                load_weights(model, path)
            except UserError as error:
                print(f"{error} The checkpoint before it is tried.", file=sys.stderr)
                damaged.append(path.name)
            else:
                return epoch
        if damaged:
            raise UserError(
                f"No checkpoint in {self.path / 'checkpoints'} can be read ({', '.join(damaged)}): put back a copy of "
                "one, or delete that folder to train from the beginning."
            )
        return 0

    def save_checkpoint(self, model: Any, epoch: int) -> None:
        """Write weights and the optimiser's state, to resume from after `epoch`; all but the last two go.

        Only then the epoch's candidate becomes the best: one of an epoch that a kill takes back would be neither in the
        history nor, on devices whose sums differ from run to run, made again.
        """
        with explained(self.candidate):
            if self.candidate.exists():
                self.candidate.replace(self.candidate.with_name(f"{BETTER}{epoch:04d}.weights.h5"))
        save_weights(model, self.path / "checkpoints" / f"epoch-{epoch:04d}.weights.h5")
        self._take_best()
        for _, older in self.checkpoints()[KEPT_CHECKPOINTS:]:
            older.unlink()

    def _take_best(self) -> None:
        """Let the candidate of a finished epoch be the best; one of an epoch that was lost goes."""
        done = self.epochs_done()
        with explained(self.candidate):
            self.candidate.unlink(missing_ok=True)
            for path in self.candidate.parent.glob(f"{BETTER}*.weights.h5"):
                if int(path.name.removeprefix(BETTER)[:4]) <= done:
                    path.replace(self.best)
                else:
                    path.unlink()

    # ---------- what was found afterwards

    def calibration(self) -> Calibration | None:
        """Return the calibration, if `fit` came to that."""
        path = self.path / "calibration.json"
        return read_record(Calibration, path) if path.exists() else None

    def keep_calibration(self, calibration: Calibration) -> None:
        """Write the calibration."""
        self._write("calibration.json", calibration)

    def figures(self) -> Figures:
        """Return what was measured so far."""
        path = self.path / "metrics.json"
        return read_record(Figures, path) if path.exists() else Figures()

    def keep_figures(self, **measured: Any) -> None:
        """Add the figures of a split, or of changed slices, to those that the run holds."""
        self._write("metrics.json", self.figures().model_copy(update=measured), indent=None)

    # ---------- reading and writing

    def _rows(self) -> list[Epoch]:
        path = self.path / "history.csv"
        return read_history(path) if path.exists() else []

    def _write_history(self, rows: list[Epoch]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([row.epoch, *(DIGITS.format(getattr(row, name)) for name in COLUMNS[1:])] for row in rows)
        write_whole(self.path / "history.csv", text.getvalue().encode())

    def _write(self, name: str, record: Record, indent: int | None = 1) -> None:
        write_whole(self.path / name, record.model_dump_json(indent=indent).encode() + b"\n")


def as_recorded(value: float) -> float:
    """Return a number as the history gives it back."""
    return float(DIGITS.format(value))
