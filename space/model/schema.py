"""Data from outside pass a schema once: a JSON file becomes a model of pydantic, or a sentence says what is wrong."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from space.errors import UserError


class Record(BaseModel):
    """What a file holds. It cannot be changed, and it is written as it is read."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    def write(self, path: Path, *, indent: int | None = 1) -> None:
        """Write the record as JSON; without an indent in one line, for tables with thousands of rows."""
        path.write_text(self.model_dump_json(indent=indent) + "\n", "utf-8")


R = TypeVar("R", bound=Record)


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
        return kind.model_validate_json(path.read_bytes())
    except OSError:
        raise UserError(f"{name or path} is missing or cannot be read") from None
    except ValidationError as error:
        raise UserError(f"{name or path} {complaint(error)}") from None


def complaint(error: ValidationError) -> str:
    """Return what is wrong with the first entry that does not fit, to follow the name of its file."""
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    if first["type"] == "json_invalid":
        return "is no valid JSON"
    if first["type"] == "missing":
        return f"lacks the entry '{place}'"
    return f"holds an entry '{place}' that cannot be: {first['msg'].removeprefix('Value error, ')}"
