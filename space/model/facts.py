"""What a model file says of itself: its window, and the kernels that look at the slice."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, Json, ValidationError, field_validator

from space.errors import UserError
from space.model.contract import Range
from space.model.schema import Record

MOST = 1024
"""Kernels of a layer, and layers."""
SIDE = 63
"""Rows and columns of a kernel."""
Weights = Annotated[list[float], Field(min_length=1, max_length=MOST)]
Kernel = Annotated[
    list[Annotated[list[Weights], Field(min_length=1, max_length=SIDE)]], Field(min_length=1, max_length=SIDE)
]


class Facts(Record):
    """The entries of a model file; each of them is JSON."""

    window_hu: Json[Range]
    first_kernels: Json[Annotated[dict[str, Kernel], Field(max_length=MOST)]]
    """By layer, [rows][columns][kernels]."""

    @field_validator("first_kernels")
    @classmethod
    def _whole(cls, kernels: dict[str, Any]) -> dict[str, Any]:
        for name, kernel in kernels.items():
            if len({len(row) for row in kernel}) > 1 or len({len(cell) for row in kernel for cell in row}) > 1:
                raise ValueError(f"the kernels of {name} are not whole")
        return kernels


def read_facts(entries: Mapping[str, str], file: str) -> Facts:
    """Return what a model file says of itself.

    Raises
    ------
    UserError
        if it says something else than this app writes.
    """
    try:
        return Facts.model_validate(dict(entries))
    except ValidationError as error:
        name = error.errors(include_url=False)[0]["loc"][0]
        raise UserError(
            f"{file} is not a model file for this app: its entry '{name}' is missing or cannot be"
        ) from None
