"""What the tab 'Training' says in words and tables."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from space.model.bundle import Run
from space.model.history import kept_epoch
from space.report.html import ODD, folded, score_text, table
from space.report.run_settings import every_setting, in_words, is_augmented, training_subjects

SPLITS = {"train": "training", "validation": "validation", "test": "test"}


def caption(run: Run, *, overfits: bool) -> str:
    """Return what stands below a run's chart: where it was best, how it ended, and what made it overfit."""
    kept, last = _kept_row(run), run.history[-1]
    text = (
        f"Validation Dice was best at epoch {kept['epoch']:.0f}: {score_text(kept['val_volume_dice'])}, with a "
        f"training Dice of {score_text(kept['dice'])}. At the end training Dice is {score_text(last['dice'])}, "
        f"validation Dice {score_text(last['val_volume_dice'])}."
    )
    if not overfits:
        return text
    try:
        how = "with" if is_augmented(run.about["settings"]) else "without"
        subjects = training_subjects(run.about)
        return f"It learned from {subjects} subjects, {how} changing their slices at random. {text}"
    except ODD:
        return text


def reading(runs: Sequence[Run]) -> str:
    """Return how to read the curves, with the numbers of this model's run."""
    run = runs[0]
    kept = _kept_row(run)
    points = {
        "Learning": "Both curves of the Dice rise together: what the network finds out on the training slices also "
        "holds for people whom it has not seen. The loss is what training makes small: lower is better.",
        "Overfitting": "Training goes on getting better while validation stands still or gets worse. The network then "
        "learns its training slices by heart, noise and chance included. The growing gap is the sign"
        + (", plain to see in the run that overfits." if len(runs) > 1 else "."),
        "The kept epoch": f"Epoch {kept['epoch']:.0f} did best on validation, so the page uses the weights that the "
        "network had then; later ones were dropped. As validation has chosen, its figure flatters a little. The test "
        "subjects chose nothing: see the tab 'Results'.",
        "Not the same slices": _difference(run),
    }
    if _averages(run):
        points["A late start"] = (
            "Validation tries a running average of the weights, not those of the moment. In the first epochs the "
            "average lags far behind; later it is the better one."
        )
    items = "".join(f"<div><dt>{escape(term)}</dt><dd>{escape(text)}</dd></div>" for term, text in points.items())
    return f"<dl class='reading'>{items}</dl>"


def settings(runs: Sequence[Run]) -> str:
    """Return the settings in words, and each by its name; a column for a run that overfits, too."""
    headings = ["", "this model", "the run that overfits"][: len(runs) + 1]
    columns = [in_words(run.about) for run in runs]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    all_rows = every_setting([run.about for run in runs])
    return table(headings, rows, numbers=False) + folded("Every setting", table(headings, all_rows, numbers=False))


def data_and_split(contract: Mapping[str, Any]) -> str:
    """Return where the slices come from, under which licence, and who is in which split."""
    data, target = contract["data"], contract["target"]
    rows = [
        (SPLITS.get(name, name), split["subjects"], split["with_organ"], split["without_organ"])
        for name, split in data["splits"].items()
    ]
    return (
        f"<p>Source and licence: {escape(str(data['citation'] or 'not stated'))}</p>"
        "<p>The split is by subject: nobody is in two of its parts.</p>"
        + table(["", "subjects", f"slices with {target}", "slices without"], rows)
    )


def numbers(history: Sequence[Mapping[str, float]]) -> str:
    """Return the curves as a table, for those who cannot see a chart or want to copy it."""
    columns = ("dice", "val_volume_dice", "loss", "val_loss")
    rows = [(f"{row['epoch']:.0f}", *(score_text(row[name]) for name in columns)) for row in history]
    return table(["epoch", "training Dice", "validation Dice", "training loss", "validation loss"], rows)


def _kept_row(run: Run) -> Mapping[str, float]:
    kept = kept_epoch(run.history)
    return next(row for row in run.history if row["epoch"] == kept)


def _difference(run: Run) -> str:
    """Return why the two curves cannot be compared to the last digit."""
    try:
        changed = " that are turned, stretched and made noisy at random" if is_augmented(run.about["settings"]) else ""
        window = f"windows of {int(run.about['settings']['train_crop'])} pixels{changed}"
    except ODD:
        window = "windows cut from the slices"
    return (
        f"Training Dice is counted on {window}, batch by batch, while the network is still changing. Validation "
        "Dice is counted after the epoch, on untouched slices (every other one, to save time), by subject. So "
        "validation can even lie above training, and only the shapes of the curves are to be compared."
    )


def _averages(run: Run) -> bool:
    try:
        return bool(run.about["settings"]["average"])
    except ODD:
        return False
