"""The bundle: what the trainer publishes and the app serves. A folder, and on the Hub one commit with one tag.

`docs/bundle.md` describes its files. Whoever holds a `Bundle` holds one that was verified.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from space.errors import UserError
from space.model.contract import Contract, Run
from space.model.figures import Metrics, Reached
from space.model.history import Epoch, read_history
from space.model.schema import Record, checked, complaint, read_record, read_rows, short

VERSION = Contract.model_fields["contract"].default
SERVED_FILES = ("history.csv", "metrics.json", "model.onnx")
"""What the app reads beside `contract.json`."""
SAMPLES = "samples/samples.csv"
"""The slices to click on; a bundle may do without, and is then served with the phantoms of this app, if they fit."""
MOST_SAMPLES = 100
OVERFITTING_HISTORY, OVERFITTING_CONFIG = "overfitting/history.csv", "overfitting/config.json"
"""Of a second run, to teach with; a bundle may do without."""
NETWORKS = "networks"
"""Folder of further networks, to compare on one slice: NAME.onnx and NAME.json each; a bundle may do without."""
COUNTED = "config.json"
"""Of the Keras model, and of no use to the app; but the Hub counts the requests for it as downloads of the model."""
DOWNLOADED = (
    "contract.json",
    *SERVED_FILES,
    SAMPLES,
    "samples/*.png",
    OVERFITTING_HISTORY,
    OVERFITTING_CONFIG,
    f"{NETWORKS}/*",
    COUNTED,
)
BUNDLED = Path(__file__).parent.parent / "bundled"


class Sample(Record):
    """A slice to click on, with the mask of the organ, if that is known."""

    name: str
    image: Path
    mask: Path | None
    synthetic: bool


@dataclass(frozen=True)
class TrainingRun:
    """A training run: its epochs, and its settings, data and device."""

    history: list[Epoch]
    about: Run


@dataclass(frozen=True)
class Network:
    """Another network on the same organ.

    Attributes
    ----------
    name : of its run.
    model : its model file.
    about : its settings, data and training.
    figures : its row in the table of recipes.
    """

    name: str
    model: Path
    about: Run
    figures: Reached


@dataclass(frozen=True)
class Bundle:
    """A verified bundle.

    Attributes
    ----------
    folder : where its files are.
    source : 'bundled with this app', or repo, revision and commit, for the page.
    samples : what the page offers to click on.
    history : of the training.
    overfitting : a second run that overfits, to teach with.
    networks : further networks, to compare with this one on a slice.
    """

    folder: Path
    source: str
    contract: Contract
    metrics: Metrics
    samples: tuple[Sample, ...]
    history: list[Epoch]
    overfitting: TrainingRun | None
    networks: tuple[Network, ...]


def is_bundle(folder: Path) -> bool:
    """Return whether a folder is meant as a bundle, whole or not."""
    return (folder / "contract.json").exists()


def open_bundle(folder: Path, source: str) -> Bundle:
    """Read and verify a bundle.

    Raises
    ------
    UserError
        if a file is missing or differs from its hash, or the contract is of another version than this app
        knows, or lacks an entry.
    """
    contract = read_contract(folder)
    for name in SERVED_FILES:
        verify(folder, name, contract.sha256)
    samples = _read_samples(folder, contract.sha256) if SAMPLES in contract.sha256 else _phantoms(contract)
    metrics = read_record(Metrics, folder / "metrics.json", "the model's metrics.json")
    return Bundle(
        folder,
        source,
        contract,
        metrics,
        tuple(samples),
        history=_read_history(folder, "history.csv"),
        overfitting=_read_overfitting(folder, contract.sha256),
        networks=tuple(_read_networks(folder, contract.sha256, metrics)),
    )


def read_contract(folder: Path) -> Contract:
    """Return the contract of a bundle, or say what to do about one of another version."""
    path = folder / "contract.json"
    version = contract_version(path)
    if version == 1:
        raise UserError(
            "the model's contract is version 1, from before the model file did the whole way of a slice: publish it "
            "anew with 'python -m trainer publish FOLDER --repo OWNER/NAME', which converts it"
        )
    if version != VERSION:
        raise UserError(
            f"the model's contract is version {short(str(version))}, but this app knows version {VERSION}: "
            "update the app, or choose another revision of the model"
        )
    return read_record(Contract, path, "the model's contract.json")


def contract_version(path: Path) -> object:
    """Return what a contract says its version is, whatever else it holds."""

    class Versioned(Record):
        contract: object = None

    return read_record(Versioned, path, "the model's contract.json").contract


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(folder: Path, name: str, hashes: dict[str, str]) -> None:
    """Refuse a file that is missing, or is not the one that the contract lists."""
    if name not in hashes:
        raise UserError(f"the model's contract.json does not list {short(name)}")
    if not (folder / name).is_file():
        raise UserError(f"the model is incomplete: {name} is missing")
    if sha256(folder / name) != hashes[name]:
        raise UserError(f"the model was altered: {name} does not match the hash in its contract.json")


def _read_history(folder: Path, name: str) -> list[Epoch]:
    rows = read_history(folder / name, f"the model's {name}")
    if not rows:
        raise UserError(f"the model's {name} holds no epochs")
    return rows


def _read_overfitting(folder: Path, hashes: dict[str, str]) -> TrainingRun | None:
    if OVERFITTING_HISTORY not in hashes:
        return None
    for name in (OVERFITTING_HISTORY, OVERFITTING_CONFIG):
        verify(folder, name, hashes)
    about = read_record(Run, folder / OVERFITTING_CONFIG, f"the model's {OVERFITTING_CONFIG}")
    return TrainingRun(_read_history(folder, OVERFITTING_HISTORY), about)


def _read_networks(folder: Path, hashes: dict[str, str], metrics: Metrics) -> Iterator[Network]:
    figures = {row.run: row for row in metrics.recipes}
    for model in (path for path in map(PurePosixPath, hashes) if path.match(f"{NETWORKS}/*.onnx")):
        about = str(model.with_suffix(".json"))
        for file in (str(model), about):
            verify(folder, file, hashes)
        if model.stem not in figures:
            raise UserError(f"the model's metrics.json has no recipe '{model.stem}', but the model brings its network")
        run = read_record(Run, folder / about, f"the model's {about}")
        yield Network(model.stem, folder / model, run, figures[model.stem])


def _read_samples(folder: Path, hashes: dict[str, str]) -> list[Sample]:
    verify(folder, SAMPLES, hashes)
    where = (folder / SAMPLES).parent
    rows = read_rows(folder / SAMPLES, "the model's samples.csv", MOST_SAMPLES)
    samples = []
    for row in rows:
        try:
            sample = checked(Sample.model_validate(row), "the model's samples.csv")
        except ValidationError as error:
            raise UserError(f"the model's samples.csv {complaint(error)}") from None
        for file in (sample.image, sample.mask or sample.image):
            if file.name != str(file):  # the file comes from outside: it must not point elsewhere
                raise UserError(f"the model's samples.csv names a file outside its folder: {short(str(file))}")
            verify(folder, f"samples/{file}", hashes)
        mask = where / sample.mask if sample.mask else None
        samples.append(sample.model_copy(update={"image": where / sample.image, "mask": mask}))
    if not samples:
        raise UserError("the model has no samples in its samples.csv")
    return samples


def _phantoms(contract: Contract) -> list[Sample]:
    """Return the phantoms of this app; their masks outline the organ of its own model, and serve no other.

    They are CT in its own window: to a network that sees MR, or another window, they would be wrong pictures.
    """
    own = read_contract(BUNDLED)
    if (own.modality, own.window) != (contract.modality, contract.window):
        return []
    samples = _read_samples(BUNDLED, own.sha256)
    return (
        samples if own.target == contract.target else [sample.model_copy(update={"mask": None}) for sample in samples]
    )
