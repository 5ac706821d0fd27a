"""What the ingredients of the recipe are worth, and what other recipes reached: tables of other runs.

A bundle need not hold them.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from space.model.history import differences, settings_of
from space.report.html import finite, score_text, table

PRESETS = {
    "default": "this demo's recipe",
    "article": "the network of the article's text",
    "notebook": "the network published with the article",
}
SCORE = "mean volume Dice"
Row = Mapping[str, Any]


def ingredients(rows: Sequence[Row], contract: Mapping[str, Any]) -> str:
    """Return a line for each run that had one ingredient left out: its Dice, and the difference as a bar.

    Parameters
    ----------
    rows : of `metrics.json`, `ablation`; the first has everything.
    contract : of the model beside which they are shown.
    """
    scores = [(finite(row["validation"][SCORE]), finite(row["changed"])) for row in rows]
    differences = [
        [0.0 if value is None or first is None else value - first for value, first in zip(pair, scores[0], strict=True)]
        for pair in scores
    ]
    largest = max(abs(difference) for pair in differences for difference in pair) or 1.0
    lines = "".join(
        f"<tr><th>{escape(str(row['run']).replace('-', ' '))}</th>"
        + "".join(_with_bar(value, difference, largest) for value, difference in zip(*both, strict=True))
        + "</tr>"
        for row, *both in zip(rows, scores, differences, strict=True)
    )
    heads = "".join(f"<th class='number'>{name}</th><th></th>" for name in ("validation", "changed slices"))
    return (
        f"<p>The recipe was trained anew, for {int(rows[0]['epochs'])} epochs only{_otherwise(rows[0], contract)}, "
        "with <b>one ingredient left out</b> at a time; the figures are the mean volume Dice. A bar to the left is "
        "Dice lost without it, a bar to the right is Dice won. The line 'another seed' leaves nothing out and only "
        "begins with other random numbers: a bar as short as its own says nothing. The changed slices are those of the "
        "tab 'Results': other windows, noise, blur, coarser pixels, turned and moved.</p>"
        "<p>A short training judges by the short term. The average of the weights, say, drags the first steps along, "
        "and may cost in a few epochs what it wins in many.</p>"
        f"<div class='scroll'><table class='ingredients'><thead><tr><th>left out</th>{heads}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


def _otherwise(row: Row, contract: Mapping[str, Any]) -> str:
    """Return how the shortened recipe differs from this model's in more than its epochs."""
    longer = {**row["settings"], "epochs": contract["settings"]["epochs"]}
    changed = differences(longer, settings_of(contract))
    return f" and with other settings than this model's ({escape(', '.join(changed))})" if changed else ""


def _with_bar(value: float | None, difference: float, largest: float) -> str:
    """Return two cells: a Dice, and a bar from the middle of its cell for the difference."""
    side = "lost" if difference < 0 else "won"
    width = 46 * abs(difference) / largest  # the rest keeps the longest off the number beside it
    return (
        f"<td class='number'>{score_text(value)}</td>"
        f"<td class='difference' title='{difference:+.3f}'><span class='{side}' style='width:{width:.1f}%'></span></td>"
    )


def recipes(rows: Sequence[Row]) -> str:
    """Return what each recipe reached on the same slices and what it cost, and how to read it.

    Parameters
    ----------
    rows : of `metrics.json`, `recipes`; the first is this model's. One that was not tried on test has 'n/a' there.
    """
    first = rows[0]["settings"]
    headings = ("", "validation", "test", "test, pooled", "parameters", "epochs", "minutes", "minutes to 0.70")
    lines = [
        (
            (row["run"], PRESETS.get(row["run"], ", ".join(differences(row["settings"], first)))),
            score_text(row["validation"][SCORE]),
            *(score_text(row.get("test", {}).get(name)) for name in (SCORE, "pooled Dice")),
            int(row["parameters"]),
            int(row["epochs"]),
            f"{row['minutes']:.0f}",
            "never" if row["minutes_to_useful"] is None else f"{row['minutes_to_useful']:.0f}",
        )
        for row in rows
    ]
    return (
        "<p>The same slices and the same split, each recipe as it was meant to be trained. The Dice is the mean over "
        "subjects of the volume Dice; <i>minutes to 0.70</i> is when validation first got there. Minutes are "
        "those of the machine that each was trained on.</p>" + table(headings, lines)
    )
