"""Data from outside pass a schema once: a JSON file becomes a model of pydantic, or a sentence says what is wrong.

The files are a stranger's, and the page shows what is in them: besides the schema of each, all of them keep to limits.
"""

import csv
import io
import math
import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from space.errors import UserError


class Record(BaseModel):
    """What a file holds. It cannot be changed, and it is written as it is read."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    def write(self, path: Path, *, indent: int | None = 1) -> None:
        """Write the record as JSON; without an indent in one line, for tables with thousands of rows."""
        path.write_text(self.model_dump_json(indent=indent) + "\n", "utf-8")


R = TypeVar("R", bound=Record)
LARGEST_FILE = 64 << 20
"""In bytes: the figures of a hundred thousand slices."""
LONGEST = 4096
"""Characters of a text."""
LARGEST = 1e15
"""A number whose neighbours a browser still tells apart."""
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that steer a terminal, or turn the direction of the text around them."""


def read_record(kind: type[R], path: Path, name: str = "") -> R:
    """Return the record in a file of JSON.

    Parameters
    ----------
    name : what the file is called in a sentence; without it, its path.

    Raises
    ------
    UserError
        if the file is missing, is no JSON, lacks an entry, or holds a value that cannot be.
    """
    try:
        return checked(kind.model_validate_json(_bytes(path, name)), f"{name or path}")
    except ValidationError as error:
        raise UserError(f"{name or path} {complaint(error)}") from None


def read_rows(path: Path, name: str, most: int) -> list[dict[str, str]]:
    """Return the rows of a CSV file by the names of their columns; every row must have all.

    Raises
    ------
    UserError
        if the file is missing, is no such table, or has more rows than `most`.
    """
    try:
        header, *rows = list(csv.reader(io.StringIO(_bytes(path, name).decode("utf-8"), newline=""))) or [[]]
    except (UnicodeDecodeError, csv.Error):
        raise UserError(f"{name} is no text") from None
    if len(rows) > most:
        raise UserError(f"{name} has {len(rows):,} rows: more than the {most:,} that this app shows")
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise UserError(f"{name} has {len(row)} cells in row {number}, but {len(header)} columns")
    return [dict(zip(header, row, strict=True)) for row in rows]


def checked(record: R, name: str) -> R:
    """Return a record all of whose texts and numbers can be shown.

    Raises
    ------
    UserError
        if one cannot.
    """
    waiting: list[Any] = [record.model_dump()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, str) and len(value) > LONGEST:
            raise UserError(f"{name} holds a text of {len(value):,} characters: more than {LONGEST:,} are not shown")
        elif isinstance(value, str) and UNSEEN.search(value):
            raise UserError(f"{name} contains control characters, such as NUL")
        elif isinstance(value, int | float) and LARGEST < abs(value) != math.inf:
            raise UserError(f"{name} holds a number beyond {LARGEST:.0e}")
    return record


def _bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError:
        raise UserError(f"{name or path} is missing or cannot be read") from None
    if len(data) > LARGEST_FILE:
        raise UserError(f"{name or path} is larger than {LARGEST_FILE >> 20} MB")
    return data


def complaint(error: ValidationError) -> str:
    """Return what is wrong with the first entry that does not fit, to follow the name of its file."""
    first = error.errors(include_url=False)[0]
    place = short(".".join(map(str, first["loc"])))
    if first["type"] == "json_invalid":
        return "is no valid JSON"
    if first["type"] == "missing":
        return f"lacks the entry '{place}'"
    return f"holds an entry '{place}' that cannot be: {short(first['msg'].removeprefix('Value error, '), 200)}"


def short(text: str, most: int = 80) -> str:
    """Return a text of a stranger's as it can stand in a sentence."""
    seen = "".join(character if character.isprintable() else "?" for character in text[: most + 1])
    return seen if len(seen) <= most else f"{seen[:most]}..."
