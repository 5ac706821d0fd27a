"""Tables and folds in HTML. Texts come from a bundle's files, and so from outside: each is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

Name = str | tuple[str, str]
"""Of a row; a pair is the name and what it means, which may be empty."""


def table(label: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: bool = True) -> str:
    """Return a table.

    Parameters
    ----------
    label : what it holds, for those who listen to it.
    rows : each starts with its `Name`; the other cells are texts or whole numbers.
    numbers : set these to the right, as numbers; else as text.
    """
    kind = " class='number'" if numbers else ""
    head = "".join(heading(name, kind if place else "") for place, name in enumerate(headings))
    body = "".join(
        f"<tr><th scope='row'>{row_name(first)}</th>"
        + "".join(f"<td{kind}>{_cell(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return scrolled(label, f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def scrolled(label: str, content: str) -> str:
    """Return content in a place of its own that scrolls sideways where there is little room, by the keyboard, too."""
    return f"<div class='scroll' role='group' tabindex='0' aria-label='{escape(label)}'>{content}</div>"


def heading(name: str, attributes: str = "") -> str:
    """Return the head of a column; a column without a name has an empty cell, which is no head."""
    return f"<th scope='col'{attributes}>{escape(name)}</th>" if name else f"<td{attributes}></td>"


def row_name(name: Name) -> str:
    """Return a row's name, and small what it means."""
    if isinstance(name, str):
        return escape(name)
    return f"{escape(name[0])} <span class='quiet'>{escape(name[1])}</span>" if name[1] else escape(name[0])


def folded(summary: str, content: str) -> str:
    """Return content that a click opens."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def _cell(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else escape(value)
