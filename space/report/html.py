"""Tables, and sentences where there is nothing to tell, from what a bundle's files hold.

Those files come from outside: every text is escaped here, and an entry that is missing costs a sentence,
never the page.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

import gradio as gr

ODD = (AttributeError, LookupError, TypeError, ValueError, ArithmeticError)
"""What a look at an entry can end in that is missing or not what it should be."""


def report(*pieces: str, elem_id: str) -> gr.HTML:
    """Add pieces of HTML to the page that is being built."""
    return gr.HTML(f"<div class='part report'>{''.join(pieces)}</div>", apply_default_css=False, elem_id=elem_id)


def tolerant(build: Callable[..., str], file: str, *arguments: Any) -> str:
    """Return what `build` makes, or a sentence if `file` lacks what it needs."""
    try:
        return build(*arguments)
    except ODD:
        return f"<p class='quiet'>The model's {escape(file)} does not hold what belongs here.</p>"


def finite(value: Any) -> float | None:
    """Return a number of a bundle's file, None for whatever is no number."""
    known = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if known else None


def score_text(value: Any) -> str:
    """Return a score with three decimals; 'n/a' where it is undefined or missing."""
    number = finite(value)
    return "n/a" if number is None else f"{number:.3f}"


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: bool = True) -> str:
    """Return a table whose first column names its rows; the others are set as numbers, or as text.

    A row's name may be a pair: the name and what it means.
    """
    kind = " class='number'" if numbers else ""
    head = "".join(f"<th{kind if place else ''}>{escape(name)}</th>" for place, name in enumerate(headings))
    body = "".join(
        f"<tr><th>{_row_name(first)}</th>" + "".join(f"<td{kind}>{_cell(cell)}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    )
    return f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def _row_name(name: Any) -> str:
    if isinstance(name, tuple):
        return f"{escape(str(name[0]))} <span class='quiet'>{escape(str(name[1]))}</span>"
    return escape(str(name))


def folded(summary: str, content: str) -> str:
    """Return content that a click opens."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def ticks(top: float, count: int) -> list[float]:
    """Return at most about `count` round steps from 0 to `top` or just above."""
    power = 10.0 ** math.floor(math.log10(top / count))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * count >= top)
    return [round(step * place, 10) for place in range(math.ceil(top / step - 1e-9) + 1)]
