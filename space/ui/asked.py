"""The questions of the page, as they must look: whatever arrives can come from a stranger's page."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from space.cuts import Plane
from space.readers.archive import MAX_FILES
from space.take_home import Kind

MOST_SLICES = 16
"""Slices that one question may have the network see: others wait for their turn meanwhile."""


STRICT = ConfigDict(extra="forbid", strict=True)


class Asked(BaseModel):
    """Of a question: nothing beyond its entries."""

    model_config = STRICT
    ticket: str = Field(default="", max_length=64)
    """A random word of this question's own, with which its place in the line is asked for and kept."""


class Piece(BaseModel):
    """A slice, a series or a mask: uploads, or what belongs to an example or to a real case."""

    model_config = STRICT

    uploads: list[Annotated[str, Field(max_length=4096)]] | None = Field(
        default=None, min_length=1, max_length=MAX_FILES
    )
    example: str | None = Field(default=None, max_length=255)
    real: str | None = Field(default=None, max_length=64)
    whole: bool | None = None


class Reading(Asked):
    """A case, and how its files are meant."""

    slice: Piece | None
    mask: Piece | None

    values: str = Field(max_length=64)
    label: str | None = Field(max_length=255)
    order: str | None = Field(max_length=64)
    place: int | None
    turn: int = Field(ge=0, le=7)


class Opening(Reading):
    """A case to be opened, at one of its slices; `files` are uploads of which the page does not know what they are."""

    files: list[Piece] = Field(max_length=MAX_FILES)


class Source(Reading):
    """A case that was opened, and one of its slices."""

    slice: Piece


class Looking(Source):
    """A level of a network to be looked at, without some of the skip connections."""

    network: str = Field(max_length=255)
    level: str = Field(max_length=64)
    cut: list[int] = Field(max_length=64)


class Operating(Source):
    """An operation of a network to be looked at, and which of its maps, if it is said."""

    network: str = Field(max_length=255)
    cut: list[int] = Field(max_length=64)
    name: str = Field(max_length=64)
    input_map: int | None = Field(ge=0)
    output_map: int | None = Field(ge=0)


class Breaking(Source):
    """A slice to be changed in one way."""

    change: str = Field(max_length=64)
    strength: float = Field(allow_inf_nan=False)


class Counting(Source):
    """Slices to be segmented and counted."""

    places: list[int] = Field(min_length=1, max_length=MOST_SLICES)


class Cutting(Source):
    """A picture along the body, at a row or a column of the slices."""

    plane: Plane
    at: int


class Measuring(Source):
    """The whole case, at a level of the threshold."""

    level: int = Field(ge=0, le=255)


class Taking(Measuring):
    """What is taken home of the whole case."""

    kind: Kind


class Fetching(Asked):
    """A real case to be fetched, or not any more; `who` tells those who wait for it apart."""

    real: str = Field(max_length=64)
    whole: bool
    who: str = Field(min_length=1, max_length=64)


class Nothing(Asked):
    """A question that needs no more words."""
