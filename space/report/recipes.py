"""What the ingredients of the recipe are worth, and what other recipes reached: tables of other runs."""

from collections.abc import Sequence
from html import escape

from space.metrics import score_text
from space.model.contract import Contract
from space.model.figures import USEFUL, Reached
from space.model.history import differences
from space.report.html import Name, row_name, scrolled, table
from space.report.labels import DICE, capitalized

PRESETS = {
    "default": "this demo's recipe",
    "article": "the network of the article's text",
    "article-today": "the article's network, trained as this demo's is",
    "no-skips": "the same network without skip connections",
    "notebook": "the network published with the article",
}
OTHER = "other settings: see 'What each recipe cost'"
"""Of a recipe that is no preset."""
INGREDIENTS = {
    "another-seed": ("another seed", "nothing left out, but other random numbers"),
    "AdamW-instead-of-Muon": ("AdamW instead of Muon", "another rule for the size of each step"),
    "one-convolution-a-level": ("one convolution per level", ""),
    "no-phantoms": ("no phantoms", "synthetic slices mixed in"),
    "no-normalisation": ("no normalisation", "which keeps the maps of a level at one scale"),
}
"""What a run of the ablation is called, and what that means, where its own name does not say so."""
LATE = ("average", "schedule")
"""Settings that work over a whole training: a short one cannot judge them."""


def ingredients(rows: Sequence[Reached], contract: Contract) -> str:
    """Return a line for each run that had one ingredient left out: its Dice, and the difference as a bar.

    Parameters
    ----------
    rows : of `Metrics.ablation`; the first has everything.
    contract : of the model beside which they are shown.
    """
    first, shown = rows[0], judged(rows)
    largest = max(abs(difference) for row in shown for difference in _differences(row, first))
    lines = "".join(_line(row, first, largest) for row in shown)
    heads = "".join(f"<th scope='col' class='number'>{name}</th><td></td>" for name in ("validation", "changed slices"))
    return (
        f"<p>The recipe was trained anew for {first.epochs} epochs{_otherwise(first, contract)}, each time with "
        f"<b>one ingredient left out</b>. A bar to the left is {DICE['mean_volume_dice'].name} that was lost, to the "
        "right gained; one no longer than that of 'another seed' means nothing. <i>Changed slices</i>: the mean over "
        "all changes under 'Break it yourself' in the tab Results.</p>"
        + scrolled(
            "What each ingredient is worth",
            f"<table class='ingredients'><thead><tr><th scope='col'>left out</th>{heads}</tr></thead>"
            f"<tbody>{lines}</tbody></table>",
        )
        + (f"<p class='quiet'>{escape(said)}</p>" if (said := caveat(rows)) else "")
    )


def most_worth(rows: Sequence[Reached]) -> str:
    """Return what was left out of the recipe, and without what most was lost; nothing more if nothing was lost."""
    first = rows[0]
    text = f"Each ingredient of the recipe was left out once, in trainings of {first.epochs} epochs."
    lost, row = min(((_differences(row, first)[0], row) for row in judged(rows)), key=lambda pair: pair[0])
    if lost < 0:
        name, _ = INGREDIENTS.get(row.run, (_words(row), ""))
        text += f" Most was lost by '{name}': {-lost:.3f} of the {DICE['mean_volume_dice'].name} on validation."
    return text


def recipes(rows: Sequence[Reached]) -> str:
    """Return what each recipe reached on the same slices.

    Parameters
    ----------
    rows : of `Metrics.recipes`; the first is this model's. One that was not tried on test has 'n/a' there.
    """
    lines = [
        (
            _recipe(row),
            score_text(row.validation.mean_volume_dice),
            score_text(row.test.mean_volume_dice if row.test else None),
        )
        for row in rows
    ]
    return f"<p>{capitalized(DICE['mean_volume_dice'].name)}; the split is the same, too.</p>" + table(
        "Other recipes", ("", "validation", "test"), lines
    )


def costs(rows: Sequence[Reached]) -> str:
    """Return what each recipe cost, and in what it differs from this model's, the first one."""
    useful = f"minutes to {USEFUL:.2f}"
    lines = [
        (
            (row.run, ", ".join(differences(row, rows[0]))),
            row.parameters,
            row.epochs,
            f"{row.minutes:.0f}",
            "never" if row.minutes_to_useful is None else f"{row.minutes_to_useful:.0f}",
        )
        for row in rows
    ]
    return (
        "<p>Minutes are those of the machine that trained it, and machines differ; <i>"
        f"{useful}</i> is when the {DICE['mean_volume_dice'].name} on validation first reached that. Below a name "
        "stand the settings in which it differs from the first one.</p>"
        + table("What each recipe cost", ("recipe", "parameters", "epochs", "minutes", useful), lines)
    )


def judged(rows: Sequence[Reached]) -> list[Reached]:
    """Return the runs that a short training can judge."""
    return [row for row in rows if not _late(row, rows[0])]


def _recipe(row: Reached) -> Name:
    return capitalized(PRESETS[row.run]) if row.run in PRESETS else (row.run, OTHER)


def _line(row: Reached, first: Reached, largest: float) -> str:
    cells = "".join(
        f"<td class='number'>{score_text(value)}</td><td class='difference' title='{difference:+.3f}'>"
        f"{_bar(difference, largest)}</td>"
        for value, difference in zip(_scores(row), _differences(row, first), strict=True)
    )
    return f"<tr><th scope='row'>{row_name(INGREDIENTS.get(row.run, _words(row)))}</th>{cells}</tr>"


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
    """Return as text which ingredients are not shown, as a short training cannot judge them; nothing without such."""
    late = [row for row in rows if _late(row, rows[0])]
    if not late:
        return ""
    names = " and ".join(f"'{_words(row)}'" for row in late)
    return f"Not shown: {names}. These work over a whole training, and {rows[0].epochs} epochs cannot judge them."


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
