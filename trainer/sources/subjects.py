"""Whose a file is, and in which split each subject goes."""

import random
import re
from collections import defaultdict
from collections.abc import Sequence

from space.errors import UserError
from space.model.contract import SPLITS
from trainer.sources.source import Item

NAMING = (
    "In a folder of slices, the subject is the folder's name, or the part of a file's name before the first - or _; "
    "--subject PATTERN says it otherwise."
)


def pattern_of(text: str | None) -> re.Pattern[str] | None:
    """Return a person's pattern, checked.

    Raises
    ------
    UserError
        if it is no regular expression with one group.
    """
    if text is None:
        return None
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise UserError(f"--subject {text} is no regular expression: {error}.") from None
    if pattern.groups != 1:
        raise UserError(f"--subject {text} has {pattern.groups} groups: put one pair of ( ) around the subject.")
    return pattern


def named_by(pattern: re.Pattern[str], path: str) -> str:
    """Return the subject in a path."""
    found = pattern.search(path)
    if not found or not found[1]:
        raise UserError(f"--subject {pattern.pattern} finds no subject in {path}.")
    return found[1]


def split_subjects(subjects: list[str], seed: int) -> dict[str, str]:
    """Assign each subject a split: 80% train, 10% validation, 10% test, at least one each."""
    if len(subjects) < len(SPLITS):
        raise UserError(
            f"There are {len(subjects)} subjects ({', '.join(subjects)}), but train, validation and test "
            f"need at least one each. {NAMING} To evaluate only: --split test."
        )
    shuffled = random.Random(seed).sample(subjects, len(subjects))
    held_out = max(1, round(0.1 * len(subjects)))
    return {
        subject: "test" if place < held_out else "validation" if place < 2 * held_out else "train"
        for place, subject in enumerate(shuffled)
    }


def splits_of(items: Sequence[Item], seed: int, split: str | None) -> dict[str, str]:
    """Return the split of each subject.

    Parameters
    ----------
    split : the one that all belong to, if the person says so.

    Raises
    ------
    UserError
        if the source puts a subject in two, or there are too few subjects.
    """
    subjects = sorted({item.subject for item in items})
    if split:
        return dict.fromkeys(subjects, split)
    said: dict[str, set[str]] = defaultdict(set)
    for item in items:
        if item.split:
            said[item.subject].add(item.split)
    if not said:
        return split_subjects(subjects, seed)
    for subject, found in said.items():
        if len(found) > 1:
            raise UserError(
                f"Subject {subject} is in the splits {' and '.join(sorted(found))} of slices.csv: "
                "all slices of a subject must be in one, or the score means nothing."
            )
    return {subject: next(iter(found)) for subject, found in said.items()}
