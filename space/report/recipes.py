"""What the ingredients of the recipe are worth, and what other recipes reached: tables of other runs."""

from collections.abc import Sequence
from html import escape

from space.metrics import score_text
from space.model.contract import Contract
from space.model.figures import USEFUL, Reached
from space.model.history import differences
from space.report.html import Name, row_name, scrolled, table
from space.report.labels import DICE

PRESETS = {
    "default": "this demo's recipe",
    "article": "the network of the article's text",
    "article-today": "the article's network, trained as this demo's is",
    "no-skips": "the same network without skip connections",
    "notebook": "the network published with the article",
}
LATE = {
    "average": "the average of the weights still holds weights of the first steps",
    "schedule": "a learning rate that first rises for an epoch has few epochs left to fall",
}
"""Settings that work over a whole training, and why a short one cannot judge them."""


def ingredients(rows: Sequence[Reached], contract: Contract) -> str:
    """Return a line for each run that had one ingredient left out: its Dice, and the difference as a bar.

    Parameters
    ----------
    rows : of `Metrics.ablation`; the first has everything.
    contract : of the model beside which they are shown.
    """
    first = rows[0]
    judged = [row for row in rows if not _late(row, first)]
    largest = max(abs(difference) for row in judged for difference in _differences(row, first))
    lines = "".join(_line(row, first, largest) for row in rows)
    heads = "".join(f"<th scope='col' class='number'>{name}</th><td></td>" for name in ("validation", "changed slices"))
    return (
        f"<p>The recipe was trained anew for {first.epochs} epochs{_otherwise(first, contract)}, each time with "
        f"<b>one ingredient left out</b>. Bars show the {DICE['mean_volume_dice'].name} that was lost (to the left) or "
        "gained (to the right) without it. 'Another seed' leaves nothing out and only starts from other random "
        "numbers: a bar no longer than its own means nothing. 'Changed slices' are explained in the tab 'Results', "
        "under 'Break it yourself'; here it is the mean over all changes.</p>"
        + (f"<p>{escape(said)}</p>" if (said := caveat(rows)) else "")
        + scrolled(
            "What each ingredient is worth",
            f"<table class='ingredients'><thead><tr><th scope='col'>left out</th>{heads}</tr></thead>"
            f"<tbody>{lines}</tbody></table>",
        )
    )


def recipes(rows: Sequence[Reached]) -> str:
    """Return what each recipe reached on the same slices and what it cost, and how to read it.

    Parameters
    ----------
    rows : of `Metrics.recipes`; the first is this model's. One that was not tried on test has 'n/a' there.
    """
    useful = f"minutes to {USEFUL:.2f}"
    headings = ("", "validation", "test", "test, pooled", "parameters", "epochs", "minutes", useful)
    lines = [
        (
            (row.run, PRESETS.get(row.run, ", ".join(differences(row, rows[0])))),
            score_text(row.validation.mean_volume_dice),
            *(
                (score_text(row.test.mean_volume_dice), score_text(row.test.pooled_dice))
                if row.test
                else ("n/a", "n/a")
            ),
            row.parameters,
            row.epochs,
            f"{row.minutes:.0f}",
            "never" if row.minutes_to_useful is None else f"{row.minutes_to_useful:.0f}",
        )
        for row in rows
    ]
    return (
        "<p>Trained on the same slices with the same split. The scores are the "
        f"{DICE['mean_volume_dice'].name}, except in the column 'test, pooled'; <i>{useful}</i> is when validation "
        "first reached it. Minutes are those of the machine that trained it, and machines differ. Settings are "
        "explained below, under 'Every setting'.</p>" + table("Other recipes", headings, lines)
    )


def _line(row: Reached, first: Reached, largest: float) -> str:
    late = _late(row, first)
    cells = "".join(
        f"<td class='number'>{score_text(value)}</td><td class='difference' title='{difference:+.3f}'>"
        f"{'' if late else _bar(difference, largest)}</td>"
        for value, difference in zip(_scores(row), _differences(row, first), strict=True)
    )
    name: Name = (_words(row), "too early to judge") if late else _words(row)
    return f"<tr><th scope='row'>{row_name(name)}</th>{cells}</tr>"


def _scores(row: Reached) -> tuple[float | None, float | None]:
    return row.validation.mean_volume_dice, row.changed


def _differences(row: Reached, first: Reached) -> list[float]:
    pairs = zip(_scores(row), _scores(first), strict=True)
    return [0.0 if value is None or whole is None else value - whole for value, whole in pairs]


def _words(row: Reached) -> str:
    return row.run.replace("-", " ")


def _late(row: Reached, first: Reached) -> list[str]:
    """Return which of the settings that a run does without work over a whole training only."""
    return [name for name in LATE if getattr(row.settings, name) != getattr(first.settings, name)]


def caveat(rows: Sequence[Reached]) -> str:
    """Return as text which ingredients a short training cannot judge, and why; nothing if it can judge all."""
    late = [row for row in rows if _late(row, rows[0])]
    if not late:
        return ""
    names = " and ".join(f"'{_words(row)}'" for row in late)
    why = ", and ".join(LATE[name] for name in LATE if any(name in _late(row, rows[0]) for row in late))
    return f"{rows[0].epochs} epochs show what helps early. They cannot judge {names}: {why}."


def _otherwise(row: Reached, contract: Contract) -> str:
    """Return how the shortened recipe differs from this model's in more than its epochs."""
    longer = row.settings.model_copy(update={"epochs": contract.settings.epochs})
    changed = differences(row.model_copy(update={"settings": longer}), contract)
    return f", with other settings than this model's ({escape(', '.join(changed))})" if changed else ""


def _bar(difference: float, largest: float) -> str:
    """Return a bar from the middle of its cell for a difference."""
    side = "lost" if difference < 0 else "won"
    width = 46 * abs(difference) / (largest or 1)  # the rest keeps the longest off the number beside it
    return f"<span class='{side}' style='width:{width:.1f}%'></span>"
