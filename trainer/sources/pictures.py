"""Slices as pictures, each with a mask: named in a table `slices.csv`, or by the names of files and folders."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from space.errors import Question, UserError
from space.modality import Modality
from space.model.contract import SPLITS
from space.readers.image import read_slice, readings_of
from space.readers.mask import EMPTY, read_mask
from space.readers.values import AUTO, READINGS, choices_of
from trainer.sources.names import paired
from trainer.sources.source import Asked, Item, Source, Traced
from trainer.sources.table import read_table

TABLE = "slices.csv"


class Pictures(Source):
    """A folder of slices and masks."""

    kind = "Slices and masks as pictures"
    unit = "slices"
    one_size = True

    def __init__(self, folder: Path, items: list[Item], asked: Asked) -> None:
        super().__init__(folder.resolve().name, sorted(items, key=lambda item: (item.subject, item.number or 0)))
        self._folder = folder
        self._asked = asked
        self._values = asked.values
        for item in items:
            for path in (item.image, item.mask):
                if not (folder / path).is_file():
                    raise UserError(
                        f"{folder / path} is missing: slice {item.number} of subject {item.subject} needs it."
                    )

    def settle(self) -> list[str]:
        """Find the one reading that holds for all slices."""
        if self._values == AUTO:
            self._values = agreed_reading(self._folder, self.items, self._asked.modality)
        return [
            f"Their values are read as {READINGS.get(self._values, self._values)}.",
            f"The size of their pixels is not known, and so neither is the volume of the {self._asked.target}.",
        ]

    def read(self, item: Item) -> Traced:
        """Read a slice and its mask."""
        case = read_slice(self._folder / item.image, self._asked.window, self._values, self._asked.modality)
        height, width = case.hu.shape[1:]
        target, label = self._asked.target, self._asked.label
        labels, notes = read_mask(self._folder / item.mask, target, shape=(height, width), label=label)
        notes = tuple(note for note in notes if note != EMPTY)
        return Traced(replace(case, labels=labels), {}, case.notes, notes)


def of_table(folder: Path, asked: Asked) -> Pictures:
    """Return the slices that a table names; it says whose they are, too."""
    if asked.subject:
        raise UserError(f"{folder / TABLE} says whose the slices are: leave --subject out.")
    path = folder / TABLE
    items = []
    lines: dict[tuple[str, int], int] = {}
    for line, cells in read_table(path):
        if cells["split"] not in SPLITS:
            raise UserError(f"{path}, line {line}: the split is '{cells['split']}', not one of {', '.join(SPLITS)}.")
        item = Item(cells["subject"], cells["image"], cells["mask"], int(cells["slice"]), cells["split"])
        earlier = lines.setdefault((item.subject, int(cells["slice"])), line)
        if earlier != line:
            raise UserError(
                f"{path}, lines {earlier} and {line}: both are slice {item.number} of subject {item.subject}."
            )
        items.append(item)
    return Pictures(folder, items, asked)


def by_name(folder: Path, paths: Sequence[Path], asked: Asked) -> Pictures:
    """Return pictures that are paired by their names, each subject's numbered from 1."""
    counter: dict[str, int] = defaultdict(int)
    items = []
    for item in paired(folder, paths, asked.subject, first_part=True):
        counter[item.subject] += 1
        items.append(replace(item, number=counter[item.subject]))
    return Pictures(folder, items, asked)


def agreed_reading(folder: Path, items: Sequence[Item], modality: Modality) -> str:
    """Return the one way in which all slices can be read.

    A slice whose own values allow several readings follows the others.

    Raises
    ------
    Question
        if none of them says how.
    UserError
        if they are a mixture.
    """
    with ThreadPoolExecutor(2) as pool:
        allowed = list(pool.map(lambda item: readings_of(folder / item.image, modality), items))
    sure: dict[str, list[str]] = defaultdict(list)
    for item, readings in zip(items, allowed, strict=True):
        sure[readings[0] if len(readings) == 1 else ""].append(item.image)
    unsure = sure.pop("", [])
    if not sure:
        common = [reading for reading in allowed[0] if all(reading in others for others in allowed)]
        choices = choices_of(common or allowed[0])
        raise Question(
            f"The values of {items[0].image} and the others do not say what they stand for.", "values", choices
        )
    reading = max(sure, key=lambda known: len(sure[known]))
    if all(reading in readings for readings in allowed):
        return reading
    kinds = [f"{len(names)} as {READINGS[known]} (such as {names[0]})" for known, names in sure.items()]
    kinds += [f"{len(unsure)} unclear (such as {unsure[0]})"] if unsure else []
    raise UserError(
        f"The slices are stored in different ways, and a network cannot learn from a mixture: {', '.join(kinds)}. "
        "Keep those of one kind, or say with --values how all of them are to be read."
    )
