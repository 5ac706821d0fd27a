"""What the tab 'Training' says in words and tables."""

from collections.abc import Sequence
from html import escape

from space.metrics import score_text
from space.model.bundle import TrainingRun
from space.model.contract import Contract
from space.model.history import Epoch, kept
from space.report.html import folded, table
from space.report.run_settings import LOSSES, every_setting, in_words, is_augmented, training_subjects

INTRODUCTION = (
    "<p>One pass over the training slices is an <b>epoch</b>. After each, the network is tested on the "
    "<b>validation</b> subjects, from whom it does not learn.</p>"
)


def dice_caption(run: TrainingRun, *, overfits: bool) -> str:
    """Return what stands below a run's Dice: where it was best, how it ended, and what made it overfit."""
    best, last = kept(run.history), run.history[-1]
    text = (
        f"Validation Dice is best at epoch {best.epoch}: {score_text(best.val_volume_dice)} "
        f"(training {score_text(best.dice)}). At the end it is {score_text(last.val_volume_dice)} "
        f"(training {score_text(last.dice)})."
    )
    if not overfits:
        return text
    how = "with" if is_augmented(run.about.settings) else "without"
    return f"It learned from {training_subjects(run.about)} subjects, {how} changing their slices at random. {text}"


def loss_caption(run: TrainingRun, runs: Sequence[TrainingRun]) -> str:
    """Return what stands below a run's loss: what it is, and whether it may be compared with that of the others."""
    settings = run.about.settings
    text = f"Loss function: {LOSSES[settings.loss]}."
    if settings.neighbours:
        text += " Training adds a share of the same for the masks of the neighbouring slices; validation does not."
    if any(_loss(other) != _loss(run) for other in runs):
        text += " The two charts have different loss functions: compare the shapes of the curves, not their heights."
    return text


def reading(runs: Sequence[TrainingRun]) -> str:
    """Return how to read the curves, with the numbers of this model's run."""
    run = runs[0]
    best = kept(run.history)
    points = {
        "Learning": "Both curves rise: what the network learns carries over to people it has not seen.",
        "Overfitting": "Training goes on rising and validation does not: the network learns its training slices by "
        "heart" + (", as in the second chart." if len(runs) > 1 else "."),
        "The kept epoch": f"Epoch {best.epoch} did best on validation. That choice makes its validation Dice a little "
        "too good; the test subjects chose nothing.",
    }
    items = "".join(f"<div><dt>{escape(term)}</dt><dd>{escape(text)}</dd></div>" for term, text in points.items())
    late = (
        "<p>Validation uses a running average of the weights. In the first epochs that still contains the random "
        "weights of the start, so validation may lag behind.</p>"
        if run.about.settings.average
        else ""
    )
    return f"<dl class='reading'>{items}</dl>" + folded(
        "Why validation can lie above training", f"<p>{_difference(run)}</p>{late}"
    )


def settings(runs: Sequence[TrainingRun]) -> str:
    """Return the settings in words, and each by its name; a column for a run that overfits, too."""
    headings = ["", "this model", "the run that overfits"][: len(runs) + 1]
    columns = [in_words(run.about) for run in runs]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    all_rows = [((name, meaning), *values) for name, meaning, values in every_setting([run.about for run in runs])]
    return folded("The settings in words", table("The settings", headings, rows, numbers=False)) + folded(
        "Every setting", table("Every setting", headings, all_rows, numbers=False)
    )


def data_and_split(contract: Contract) -> str:
    """Return where the slices come from, under which licence, and who is in which split."""
    data = contract.data
    rows = [
        ("training" if name == "train" else name, split.subjects, split.with_organ, split.without_organ)
        for name, split in data.splits
    ]
    return (
        f"<p>Source: {escape(data.citation or 'not stated')}</p>"
        + (f"<p>Licence: {escape(data.licence)}</p>" if data.licence else "")
        + "<p>The split is by subject: all slices of a subject are in the same part.</p>"
        + table("The split", ["", "subjects", f"slices with {contract.target}", "slices without"], rows)
    )


def numbers(history: Sequence[Epoch]) -> str:
    """Return the curves as a table, for those who cannot see a chart or want to copy it."""
    rows = [
        (str(row.epoch), *map(score_text, (row.dice, row.val_volume_dice, row.loss, row.val_loss))) for row in history
    ]
    return table(
        "The numbers of every epoch",
        ["epoch", "training Dice", "validation Dice", "training loss", "validation loss"],
        rows,
    )


def _loss(run: TrainingRun) -> tuple[str, bool]:
    """Return what decides whether two losses mean the same."""
    return run.about.settings.loss, bool(run.about.settings.neighbours)


def _difference(run: TrainingRun) -> str:
    """Return why the two curves cannot be compared to the last digit."""
    side = run.about.settings.train_crop
    changed = ", changed at random" if is_augmented(run.about.settings) else ""
    return (
        f"The training Dice is counted during the epoch, while the network still changes, on parts of {side} x {side} "
        f"pixels{changed}. The validation Dice is counted after the epoch, by subject, on every second slice as it is. "
        "Compare the shapes of the curves."
    )
