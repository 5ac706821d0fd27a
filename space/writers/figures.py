"""Figures of a case -> CSV and JSON, with the model that they are of."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

NOTE = "For teaching only; no medical device."


class Origin(NamedTuple):
    """What figures come from.

    Attributes
    ----------
    model : the model's title.
    version : of the model.
    target : the organ that it finds.
    threshold : probability from which a pixel counts as predicted.
    """

    model: str
    version: str
    target: str
    threshold: float


def figures_csv(rows: Sequence[Mapping[str, Any]], totals: Mapping[str, Any], origin: Origin) -> bytes:
    """Return one table in UTF-8: a line for each slice, and one for all of them.

    Parameters
    ----------
    rows : the figures of each slice, whose names hold their units; 'slice' is its number.
    totals : the figures of all slices.
    """
    about = origin._asdict() | {"note": NOTE}
    lines = [*rows, {"slice": "all", **totals}]
    columns = list(dict.fromkeys(["slice", *(name for line in lines for name in line), *about]))
    target = io.StringIO(newline="")
    table = csv.DictWriter(target, columns, restval="")
    table.writeheader()
    table.writerows({name: _cell(value) for name, value in {**line, **about}.items()} for line in lines)
    return target.getvalue().encode("utf-8-sig")  # without the mark, Excel takes it for another encoding


def figures_json(rows: Sequence[Mapping[str, Any]], totals: Mapping[str, Any], origin: Origin) -> bytes:
    """Return the same as JSON; what is undefined is null."""
    found = {**origin._asdict(), "note": NOTE, "all": totals, "slices": list(rows)}
    return json.dumps(_plain(found), indent=1, ensure_ascii=False, allow_nan=False).encode()


def _cell(value: Any) -> Any:
    """Return what a spreadsheet shows as it is: nothing for what is undefined, and no formula."""
    value = _plain(value)
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "item"):  # a number of NumPy's
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
