"""What a source holds, said before it is worked on; and what about its files suggests a mistake."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from space.errors import UserError
from space.model.contract import SPLITS
from space.preprocessing import Window, hu_to_grey
from trainer.sources.names import natural
from trainer.sources.source import Item, Source, Traced

MANY_LABELS = 12


class Row:
    """A slice of the data set: whose it is, and where it came from."""

    def __init__(self, subject: str, number: int, split: str, image: str, mask: str) -> None:
        self.subject, self.number, self.split, self.image, self.mask = subject, number, split, image, mask


class Survey:
    """What all items of a source have, as they are looked through.

    Parameters
    ----------
    guessed : whether the organ's label was not given.
    """

    def __init__(self, *, guessed: bool) -> None:
        self.guessed = guessed
        self.slices = 0
        self.sides: Counter[tuple[int, int]] = Counter()
        self.pixels: list[float] = []
        self.gaps: list[float] = []
        self.millilitres: dict[str, list[float | None]] = defaultdict(list)
        self.names: dict[str, str] = {}
        self.targets: Counter[str] = Counter()

    def add(self, traced: Traced) -> None:
        """Look at one."""
        case = traced.case
        depth, height, width = case.hu.shape
        self.slices += depth
        self.sides[height, width] += 1
        if case.spacing:
            self.gaps.append(case.spacing[0])
            self.pixels += case.spacing[1:]
        for label, structure in traced.structures.items():
            volume = None if case.millilitres is None else structure.voxels * case.millilitres
            self.millilitres[label].append(volume)
            self.names[label] = structure.name
            self.targets[label] += structure.is_target

    def check(self) -> None:
        """Refuse masks that mean different things by their numbers.

        Raises
        ------
        UserError
            if the only label of some masks is another number than that of others.
        """
        taken = [label for label, count in self.targets.items() if count and not self.names[label]]
        if len(taken) > 1 and self.guessed:
            numbers = " in some masks and ".join(sorted(taken, key=natural))
            raise UserError(
                f"The only label is {numbers} in others: say with --label which is the organ, or several with commas."
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns that all slices fit into."""
        return max(height for height, _ in self.sides), max(width for _, width in self.sides)

    def sentences(self, source: Source) -> Iterator[str]:
        """Yield what was found."""
        count = len(source.items)
        kinds = ", ".join(f"{width} x {height}" for height, width in sorted(self.sides))
        yield f"{self.slices} slices of {kinds} pixels."
        if self.pixels:
            yield f"Pixels of {_range(self.pixels, 2)} mm, slices {_range(self.gaps, 2)} mm apart."
        if len(self.gaps) < count:
            yield f"Of {count - len(self.gaps)} of {count} {source.unit} the pixel size is not known."
        for label in sorted(self.millilitres, key=natural)[:MANY_LABELS]:
            volumes = self.millilitres[label]
            known = [volume for volume in volumes if volume is not None]
            name = f" '{self.names[label]}'" if self.names[label] else ""
            size = f", {_range(known, 1)} mL" if known else ""
            taken = " <- the organ" if self.targets[label] else ""
            yield f"Label {label}{name}: in {len(volumes)} of {count} {source.unit}{size}{taken}"
        if len(self.millilitres) > MANY_LABELS:
            yield f"... and {len(self.millilitres) - MANY_LABELS} more labels."


def _range(values: Sequence[float], digits: int) -> str:
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return low if low == high else f"{low} to {high}"


class Watch:
    """Looks at each slice on its way into the data set, and tells in the end what was odd."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.notes: Counter[str] = Counter()
        self.millilitres: dict[str, float] = defaultdict(float)
        self.images: dict[bytes, list[Row]] = defaultdict(list)
        self.masks: Counter[bytes] = Counter()
        self.on_black = 0

    def read(self, source: Source, item: Item, traced: Traced, mask: np.ndarray) -> None:
        """Look at an item, before slices are taken from it."""
        self.notes.update(f"{source.unit}: {note}" for note in traced.image_notes)
        self.notes.update(f"masks: {note}" for note in traced.mask_notes)
        if traced.case.millilitres is not None:
            self.millilitres[item.subject] += int(mask.sum()) * traced.case.millilitres

    def look(self, row: Row, hu: np.ndarray, mask: np.ndarray) -> None:
        """Look at one."""
        self.images[hashlib.sha256(hu.tobytes()).digest()].append(row)
        if mask.any():
            self.masks[hashlib.sha256(mask.tobytes()).digest()] += 1
            self.on_black += bool((hu_to_grey(hu[mask], self._window) == 0).mean() > 0.5)

    def volumes(self, target: str) -> Iterator[str]:
        """Yield how much of the organ the subjects have, if that is known."""
        if self.millilitres:
            yield f"The {target} of {len(self.millilitres)} subjects: {_range([*self.millilitres.values()], 1)} mL."

    def check(self) -> None:
        """Refuse what makes the data set worthless.

        Raises
        ------
        UserError
            if no mask shows an organ.
        """
        if not self.masks:
            raise UserError(
                "All masks are empty, so there is nothing to learn: are they the right files, and is the label right?"
            )

    def warnings(self) -> Iterator[str]:
        """Yield what may be a mistake, a sentence each."""
        twice = [rows for rows in self.images.values() if len(rows) > 1]
        leaks = [rows for rows in twice if len({row.split for row in rows}) > 1]
        if leaks:
            pair = leaks[0][0], next(row for row in leaks[0] if row.split != leaks[0][0].split)
            splits = Counter(frozenset(row.split for row in rows) for rows in leaks)
            between = ", ".join(f"{count} in {' and '.join(sorted(names))}" for names, count in splits.items())
            yield (
                f"THE SAME IMAGE IS IN SEVERAL SPLITS ({between}; such as {pair[0].image} and {pair[1].image}). "
                "The score on a slice that was learned means nothing: take one of the two people out."
            )
        if len(twice) > len(leaks):
            rows = next(rows for rows in twice if rows not in leaks)
            yield (
                f"{len(twice) - len(leaks)} images are there more than once within a split "
                f"(such as {rows[0].image} and {rows[1].image})."
            )
        shared, filled = sum(count for count in self.masks.values() if count > 1), sum(self.masks.values())
        if shared > 0.1 * filled:
            yield f"{shared} of {filled} masks are the same as another slice's: does every slice have its own?"
        if self.on_black > 0.05 * filled:
            yield (
                f"On {self.on_black} of {filled} slices most of the mask lies on black (air or fat): "
                "do slices and masks belong together, and are they stored the same way round?"
            )


def oddities(source: Source, rows: list[Row], organ_pixels: list[int]) -> Iterator[str]:
    """Yield what about names, numbers and splits may be a mistake, a sentence each."""
    if source.left_out:
        yield f"{len(source.left_out)} other files were left out (such as {source.left_out[0]})."
    of_subject: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_subject[row.subject].append(row)
    alone = sum(len(own) == 1 for own in of_subject.values())
    if alone > len(of_subject) / 2:
        yield (
            f"{alone} of {len(of_subject)} subjects have a single slice (such as {rows[0].image}). The subject is the "
            "folder's name, or the part of a file's name before the first - or _, or stands in slices.csv: slices of "
            "one person under several names get into several splits, and then the score means nothing. --subject "
            "PATTERN says it otherwise."
        )
    out_of_order = [
        own[0].subject
        for own in of_subject.values()
        if [row.image for row in own] != sorted((row.image for row in own), key=natural)
    ]
    if out_of_order:
        yield f"The numbers of the slices do not go with their files' names (such as subject {out_of_order[0]})."
    for split in SPLITS:
        pixels = [count for row, count in zip(rows, organ_pixels, strict=True) if row.split == split]
        if pixels and not any(pixels):
            yield f"No slice of the split {split} shows the organ."
