"""The contract of a bundle: what its network is, what it was trained on, and what each of its files hashes to.

One model writes and reads it, so that whoever holds a `Contract` need not ask whether an entry is there.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from space.modality import Modality
from space.model.schema import Record
from space.model.settings import RecordedSettings
from space.preprocessing import Window

Text = Annotated[str, StringConstraints(min_length=1)]
Positive = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that are no files on Windows."""


def _below(name: str) -> str:
    parts = name.split("/")
    if not all(_is_plain(part) for part in parts):
        raise ValueError("a file name leads out of the folder, or is not valid on every system")
    return name


def _is_plain(part: str) -> bool:
    odd = not part.isprintable() or set(part) & set('\\:*?"<>|') or RESERVED.fullmatch(part)
    return 0 < len(part.encode("utf-8", "replace")) < 256 and not odd and part[-1] not in " ."


File = Annotated[str, AfterValidator(_below)]
"""Below the bundle's folder, with slashes."""
Hashes = Annotated[dict[File, Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]], Field(max_length=1000)]


def _upwards(window: tuple[float, float]) -> tuple[float, float]:
    low, high = window
    if high - low < 1:
        raise ValueError("its second value must lie above the first one, by 1 or more")
    return window


Value = Annotated[float, Field(ge=-1e6, le=1e6)]
Range = Annotated[tuple[Value, Value], AfterValidator(_upwards)]
"""A window; no image holds larger values."""


class Split(Record):
    """How much data is in a split."""

    subjects: Count
    with_organ: Count
    """Slices that show the organ."""
    without_organ: Count


class Splits(Record):
    """The three parts of a data set; nobody is in two of them."""

    train: Split
    validation: Split
    test: Split


SPLITS = tuple(Splits.model_fields)
"""Their names, in their order."""


class Data(Record):
    """The data set of a run."""

    source: str
    citation: str
    licence: str = ""
    label: str = ""
    """Which label of the masks was said to be the organ; empty: they hold one."""
    splits: Splits
    seed: int
    sha256: dict[str, str]


class Training(Record):
    """Where and how long a run was trained."""

    device: str
    minutes: Annotated[float, Field(ge=0)]
    kept_epoch: Positive
    python: str
    backend: str
    packages: Annotated[dict[str, str], Field(max_length=1000)]
    code: str = ""
    """Address and commit of the code; empty: not known."""


class Run(Record):
    """What is said of a training run, the model's own or another one that is shown beside it."""

    preset: str
    start: str
    """The model or run whose weights it began with; empty: random weights."""
    settings: RecordedSettings
    data: Data
    training: Training


class Slices(Record):
    """How the model file shows slices to its network. All of it is done in the file; the page only says so."""

    matrix: Positive
    """Usual side of a slice in pixels; far larger slices are shrunk to it."""
    crop: Positive
    """Side of the central field that the network sees."""
    divisor: Positive
    """What the sides of the network's input are multiples of."""
    levels: Count
    """Skip connections."""
    coarsest_mm: Annotated[float, Field(gt=0)]
    """Pixels up to this size stay as they are."""
    refined_mm: Annotated[float, Field(gt=0)]
    """The size that coarser pixels are refined to."""


class Contract(Run):
    """The file `contract.json`."""

    contract: Literal[2] = 2
    name: Text
    version: Text
    target: Text
    """The organ, in words."""
    modality: Modality
    plane: str
    window_hu: Range
    """The HU of CT, or the grey values of MR, that the network sees from black to white."""
    slice: Slices
    threshold: Annotated[float, Field(ge=0, le=1)]
    parameters: Positive
    intended_use: str
    limits: Annotated[tuple[str, ...], Field(max_length=100)]
    measured: str = ""
    """How its figures were measured if not with this very file; empty: with this file."""
    sha256: Hashes

    @property
    def title(self) -> str:
        """Name and version of the model."""
        return f"{self.name} {self.version}"

    @property
    def window(self) -> Window:
        """The range of values that the network's grey levels stand for."""
        return Window(*self.window_hu)
