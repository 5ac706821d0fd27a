"""The bundle: what the trainer publishes and the app serves. Its contract, and that it is whole.

A bundle is a folder, and on the Hub one commit with one tag. See README.md, 'The bundle', for its files.
"""

import csv
import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from space.errors import UserError
from space.model.history import read_history
from space.preprocessing import ABDOMEN

CONTRACT_VERSION = 1
SERVED_FILES = ("history.csv", "metrics.json", "model.onnx", "samples/samples.csv")
"""What the app reads beside `contract.json` and the samples themselves."""
OVERFITTING_HISTORY, OVERFITTING_CONFIG = "overfitting/history.csv", "overfitting/config.json"
"""Of a second run, to teach with; a bundle may do without."""
DOWNLOADED = ("contract.json", *SERVED_FILES, OVERFITTING_HISTORY, OVERFITTING_CONFIG, "samples/*.png")
BUNDLED = Path(__file__).parent.parent / "bundled"


@dataclass(frozen=True)
class Sample:
    """A slice of the bundle to click on, with its mask."""

    name: str
    image: Path
    mask: Path
    synthetic: bool


@dataclass(frozen=True)
class Run:
    """A training run: its history, a dictionary an epoch, and its settings, data and device in words."""

    history: list[dict[str, float]]
    about: dict[str, Any]


@dataclass(frozen=True)
class Bundle:
    """A verified bundle.

    Attributes
    ----------
    folder : where its files are.
    source : 'bundled with this app', or repo, revision and commit, for the page.
    contract, metrics : the contents of the JSON files of these names.
    samples : what the page offers to click on.
    history : of the training, a dictionary an epoch.
    overfitting : a second run that overfits, to teach with.
    """

    folder: Path
    source: str
    contract: dict[str, Any]
    metrics: dict[str, Any]
    samples: tuple[Sample, ...]
    history: list[dict[str, float]]
    overfitting: Run | None

    @property
    def title(self) -> str:
        """Name and version of the model."""
        return f"{self.contract['name']} {self.contract['version']}"

    @property
    def test_dice(self) -> float:
        """Mean volume Dice over the test subjects, the headline; NaN if it was not measured."""
        value = self.metrics.get("test", {}).get("mean_volume_dice")
        return math.nan if value is None else float(value)


def is_bundle(folder: Path) -> bool:
    """Return whether a folder is meant as a bundle, whole or not."""
    return (folder / "contract.json").exists()


def open_bundle(folder: Path, source: str) -> Bundle:
    """Read and verify a bundle.

    Raises
    ------
    UserError
        if a file is missing or differs from its hash, or the contract is newer than this app or lacks an
        entry.
    """
    contract = _read_json(folder, "contract.json")
    version = contract.get("contract")
    if version != CONTRACT_VERSION:
        raise UserError(
            f"the model's contract is version {version}, but this app knows version {CONTRACT_VERSION}: "
            "update the app, or choose an older revision of the model"
        )
    hashes = _checked(contract)
    if contract.get("window_hu") != list(ABDOMEN):
        raise UserError(f"the model wants slices in another window than {ABDOMEN.low} to {ABDOMEN.high} HU")
    for name in SERVED_FILES:
        _verify(folder, name, hashes)
    samples = tuple(_read_samples(folder, hashes))
    if not samples:
        raise UserError("the model has no samples in its samples.csv")
    metrics, history = _read_json(folder, "metrics.json"), _read_history(folder, "history.csv")
    bundle = Bundle(folder, source, contract, metrics, samples, history, _read_overfitting(folder, hashes))
    try:
        float(bundle.test_dice)
    except (AttributeError, TypeError, ValueError):
        raise UserError("the model's metrics.json holds no figure where the test Dice should be") from None
    return bundle


def _checked(contract: dict[str, Any]) -> dict[str, str]:
    """Return the hashes, after a look at every entry that the app uses: the file comes from outside."""
    try:
        texts = [contract[key] for key in ("name", "version", "target")]
        sizes = [contract["slice"][key] for key in ("matrix", "crop", "divisor")]
        threshold, hashes = contract["threshold"], dict(contract["sha256"])
        fits = (
            all(isinstance(text, str) for text in texts)
            and all(isinstance(size, int) and size > 0 for size in sizes)
            and isinstance(threshold, int | float)
            and 0 <= threshold <= 1
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"the model's contract.json lacks an entry ({error})") from None
    if not fits:
        raise UserError("the model's contract.json holds a value that cannot be")
    return hashes


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verify(folder: Path, name: str, hashes: dict[str, str]) -> None:
    if name not in hashes:
        raise UserError(f"the model's contract.json does not list {name}")
    if not (folder / name).is_file():
        raise UserError(f"the model is incomplete: {name} is missing")
    if sha256(folder / name) != hashes[name]:
        raise UserError(f"the model was altered: {name} does not match the hash in its contract.json")


def _read_json(folder: Path, name: str) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / name).read_text("utf-8")))
    except FileNotFoundError:
        raise UserError(f"the model is incomplete: {name} is missing") from None
    except (ValueError, TypeError):
        raise UserError(f"the model's {name} is no valid JSON") from None


def _read_history(folder: Path, name: str) -> list[dict[str, float]]:
    rows = read_history(folder / name)
    if not rows or not all(row["epoch"].is_integer() for row in rows):
        raise UserError(f"the model's {name} holds no epochs")
    return rows


def _read_overfitting(folder: Path, hashes: dict[str, str]) -> Run | None:
    if OVERFITTING_HISTORY not in hashes:
        return None
    for name in (OVERFITTING_HISTORY, OVERFITTING_CONFIG):
        _verify(folder, name, hashes)
    return Run(_read_history(folder, OVERFITTING_HISTORY), _read_json(folder, OVERFITTING_CONFIG))


def _read_samples(folder: Path, hashes: dict[str, str]) -> list[Sample]:
    with (folder / "samples" / "samples.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    samples = []
    for row in rows:
        name, image, mask, synthetic = (str(row.get(column)) for column in ("name", "image", "mask", "synthetic"))
        for file in (image, mask):
            if Path(file).name != file:  # the file comes from outside: it must not point elsewhere
                raise UserError(f"the model's samples.csv names a file outside its folder: {file}")
            _verify(folder, f"samples/{file}", hashes)
        samples.append(Sample(name, folder / "samples" / image, folder / "samples" / mask, synthetic == "yes"))
    return samples
