"""What a data set's files have in common, and what about them suggests a mistake. One reading holds for all slices."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from space.errors import Choice, Question, UserError
from space.model.contract import SPLITS
from space.readers.image import readings_of
from space.readers.mask import EMPTY
from space.readers.values import READINGS
from trainer.sources import Pair, Row, left_out, natural


def agreed_reading(source: Path, rows: list[Row]) -> str:
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
        allowed = list(pool.map(lambda row: readings_of(source / row.image), rows))
    sure: dict[str, list[str]] = defaultdict(list)
    for row, readings in zip(rows, allowed, strict=True):
        sure[readings[0] if len(readings) == 1 else ""].append(row.image)
    unsure = sure.pop("", [])
    if not sure:
        common = [reading for reading in allowed[0] if all(reading in others for others in allowed)]
        choices = tuple(Choice(reading, READINGS[reading]) for reading in common or allowed[0])
        raise Question(
            f"The values of {rows[0].image} and the others do not say what they stand for.", "values", choices
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


class Watch:
    """Looks at each slice on its way into the data set, and tells in the end what was odd."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.notes: Counter[str] = Counter()
        self.images: dict[bytes, list[Row]] = defaultdict(list)
        self.masks: Counter[bytes] = Counter()
        self.on_black = 0

    def over(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """Pass the slices on."""
        for row, pair in zip(self.rows, pairs, strict=True):
            self.notes.update(f"slices: {note}" for note in pair.image_notes)
            self.notes.update(f"masks: {note}" for note in pair.mask_notes if note != EMPTY)
            self.images[hashlib.sha256(pair.image.tobytes()).digest()].append(row)
            if pair.mask.any():
                self.masks[hashlib.sha256(pair.mask.tobytes()).digest()] += 1
                self.on_black += bool((pair.image[pair.mask] == 0).mean() > 0.5)
            yield pair

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


def oddities(source: Path, rows: list[Row], organ_pixels: list[int]) -> Iterator[str]:
    """Yield what about names, numbers and splits may be a mistake, a sentence each."""
    for folder in ("images", "masks"):
        others = left_out(source / folder)
        if others:
            yield f"{len(others)} files in {folder}/ are no PNG, JPEG or TIFF and were left out (such as {others[0]})."
    of_subject: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_subject[row.subject].append(row)
    alone = sum(len(own) == 1 for own in of_subject.values())
    if alone > len(of_subject) / 2:
        yield (
            f"{alone} of {len(of_subject)} subjects have a single slice (such as {rows[0].image}). The subject is the "
            "part of a file's name before the first - or _, or stands in slices.csv: slices of one person under "
            "several names get into several splits, and then the score means nothing."
        )
    out_of_order = [
        own[0].subject
        for own in of_subject.values()
        if [row.image for row in own] != sorted((row.image for row in own), key=natural)
    ]
    if out_of_order:
        yield f"The numbers of the slices do not go with their files' names (such as subject {out_of_order[0]})."
    for split in SPLITS:
        if not any(pixels for row, pixels in zip(rows, organ_pixels, strict=True) if row.split == split):
            yield f"No slice of the split {split} shows the organ."
