"""What every source is: a list of what it has, and a way to read each of it as a Case with the organ traced."""

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from space.case import Case
from space.modality import Modality
from space.preprocessing import Window
from space.readers.values import AUTO

AT_ONCE = max(2, min(4, os.cpu_count() or 2))
AHEAD = 2 * AT_ONCE  # what is read before it is asked for; volumes lie in files then, not in memory
Thing = TypeVar("Thing")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Asked:
    """What the person says about a source.

    Attributes
    ----------
    target : the organ.
    window : the values that a windowed picture's grey levels stand for, and that the network will see.
    modality : what the images were taken with.
    values : how all pictures are read, a key of `space.readers.values.READINGS`.
    label : which structure of the masks is the organ; of volumes also several, with commas between.
    subject : a regular expression whose one group is the subject in a path.
    seed : decides the splits, and which phantoms are drawn.
    phantoms : how many of them.
    downloads : the folder for what has to be fetched.
    """

    target: str
    window: Window
    modality: Modality = "CT"
    values: str = AUTO
    label: str | None = None
    subject: str | None = None
    seed: int = 0
    phantoms: int = 12
    downloads: Path = Path("downloads")


@dataclass(frozen=True)
class Item:
    """What a source has of a subject: the picture of a slice, or a volume.

    Attributes
    ----------
    image, mask : where they lie in the source; empty for a phantom.
    number : of the slice; None for a volume, whose slices are counted from the feet.
    split : if the source says it.
    """

    subject: str
    image: str
    mask: str
    number: int | None = None
    split: str | None = None


class Structure(NamedTuple):
    """A label of a mask: what it is called, if that is known, how much there is of it, and whether it is the organ."""

    name: str
    voxels: int
    is_target: bool


class Traced(NamedTuple):
    """An item, read.

    Attributes
    ----------
    case : its labels name the target alone.
    structures : all that its mask has, by label; empty for pictures.
    notes : how image and mask were read, a sentence each.
    """

    case: Case
    structures: dict[str, Structure]
    image_notes: tuple[str, ...] = ()
    mask_notes: tuple[str, ...] = ()


class Source(ABC):
    """Cases to train on.

    Attributes
    ----------
    name : of the data, for the model card.
    kind : what kind of source it is, in words.
    unit : what its items are, in words.
    items : what there is, sorted by subject and number.
    citation, licence : if the source says them.
    left_out : paths of files that are no part of it.
    """

    kind: str
    unit: str
    seed: int = 0
    one_size: bool = False
    """Whether slices of different sizes are refused; else they are framed with air."""

    def __init__(self, name: str, items: list[Item]) -> None:
        self.name = name
        self.items = items
        self.citation = ""
        self.licence = ""
        self.left_out: list[str] = []

    @abstractmethod
    def read(self, item: Item) -> Traced:
        """Read an item.

        Raises
        ------
        Question
            what is not safe to guess.
        UserError
            that names what cannot be read.
        """

    def settle(self) -> list[str]:
        """Decide what holds for all items before any is read; return it in sentences."""
        return []

    def cases(self) -> Iterator[Traced]:
        """Yield every item, read, in order."""
        return in_order(self.read, self.items)


def in_order(work: Callable[[Thing], Result], things: Iterable[Thing]) -> Iterator[Result]:
    """Yield the results in order; some are made ahead, in threads, as decoding releases the lock."""
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for thing in things:
                pending.append(pool.submit(work, thing))
                if len(pending) >= AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def inside(folder: Path, path: Path) -> str:
    """Return where a file lies in a folder, with slashes."""
    return path.relative_to(folder).as_posix()
