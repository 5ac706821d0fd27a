"""The tab 'Training': how it learned, the training curves, how to read them, the settings and the data of the run.

The article's figure 3. Beside this model's run stands one that overfits, if the bundle holds one.
"""

from typing import Any

from space.model.bundle import Bundle, Run
from space.model.history import kept_epoch
from space.report.html import finite, folded, report, ticks, tolerant
from space.report.recipes import ingredients, recipes
from space.report.training_text import caption, data_and_split, numbers, reading, settings
from space.ui.component import part

LINES = {"Dice": ("dice", "val_volume_dice"), "Loss": ("loss", "val_loss")}
"""What a person can choose to see: the columns of training and validation."""
INTRODUCTION = (
    "<p>One pass over the training slices is an <b>epoch</b>. After each epoch the network is tried on the "
    "<b>validation</b> subjects, from whom it does not learn.</p>"
)


def build_learned(bundle: Bundle) -> None:
    """Build the tab."""
    runs = [Run(bundle.history, bundle.contract)]
    if bundle.overfitting:
        runs.append(bundle.overfitting)
    report(INTRODUCTION, elem_id="learned-intro")
    part("charts", data=curves(runs), elem_id="learned-curves")
    report("<h3>How to read the curves</h3>", reading(runs), elem_id="learned-reading")
    others = [
        f"<h3>{heading}</h3>" + tolerant(words, "metrics.json", bundle.metrics[entry], *beside)
        for entry, heading, words, *beside in (
            ("ablation", "What each ingredient is worth", ingredients, bundle.contract),
            ("recipes", "Other recipes on the same slices", recipes),
        )
        if entry in bundle.metrics
    ]
    if others:
        report(*others, elem_id="learned-others")
    report(
        "<h3>The settings</h3>",
        tolerant(settings, "record of its settings", runs),
        "<h3>The data</h3>",
        tolerant(data_and_split, "contract.json", bundle.contract),
        folded("The numbers of every epoch", numbers(bundle.history)),
        elem_id="learned-run",
    )


def curves(runs: list[Run]) -> dict[str, Any]:
    """Return the curves of this model's run, and of one that overfits, for `space/page/charts.js`."""
    views = [
        {"name": name, "plots": [_plot(run, name, overfits=bool(place)) for place, run in enumerate(runs)]}
        for name in LINES
    ]
    return {"name": "curves", "choice": "Show over the epochs", "views": views}


def _plot(run: Run, name: str, *, overfits: bool) -> dict[str, Any]:
    last, kept = int(run.history[-1]["epoch"]), kept_epoch(run.history)
    title = f"{'A run that overfits' if overfits else 'This model'}: {last} epochs"
    training, validation = LINES[name]
    highest = max(finite(row[column]) or 0 for row in run.history for column in LINES[name])
    heights = [0, 0.25, 0.5, 0.75, 1] if name == "Dice" else ticks(max(highest, 0.1), 4)
    return {
        "title": title,
        "caption": caption(run, overfits=overfits),
        "label": f"{title}. {name} of training and validation over the epochs.",
        "x": {"from": 0, "to": last, "label": "epoch", "ticks": [x for x in ticks(max(last, 5), 5) if x <= last]},
        "y": {"from": 0, "to": heights[-1], "label": name, "ticks": heights},
        "series": [_curve(run, "training", 1, training), _curve(run, "validation", 2, validation)],
        "mark": {"x": kept, "text": f"kept: epoch {kept}"},
    }


def _curve(run: Run, name: str, line: int, column: str) -> dict[str, Any]:
    return {"name": name, "line": line, "points": [[int(row["epoch"]), finite(row[column])] for row in run.history]}
