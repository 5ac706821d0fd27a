"""The tab 'Training': the training curves, how to read them, what other runs reached, the data and the settings.

The article's figure 3. Beside this model's run stands one that overfits, if the bundle holds one.
"""

from html import escape

from space.model.bundle import Bundle, TrainingRun
from space.report.html import folded
from space.report.recipes import costs, ingredients, most_worth, recipes
from space.report.training_charts import curves
from space.report.training_text import INTRODUCTION, data_and_split, numbers, reading, settings
from space.ui.component import part
from space.ui.report import report


def build_learned(bundle: Bundle) -> None:
    """Build the tab."""
    contract, metrics = bundle.contract, bundle.metrics
    runs = [TrainingRun(bundle.history, contract), *([bundle.overfitting] if bundle.overfitting else [])]
    report(INTRODUCTION, elem_id="learned-intro", control="introduction")
    part("charts", data=curves(runs), control="curves", elem_id="learned-curves")
    report("<h3>How to read the curves</h3>", reading(runs), elem_id="learned-reading", control="reading")
    others = []
    if metrics.ablation:
        others.append(
            f"<h3>What each ingredient is worth</h3><p>{escape(most_worth(metrics.ablation))}</p>"
            + folded("Ingredient by ingredient", ingredients(metrics.ablation, contract))
        )
    if metrics.recipes:
        others.append("<h3>Other recipes on the same slices</h3>" + recipes(metrics.recipes))
    if others:
        report(*others, elem_id="learned-others", control="comparisons")
    report(
        "<h3>The data</h3>",
        data_and_split(contract),
        "<h3>For engineers</h3>",
        settings(runs),
        folded("What each recipe cost", costs(metrics.recipes)) if metrics.recipes else "",
        folded("The numbers of every epoch", numbers(bundle.history)),
        elem_id="learned-run",
        control="settings",
    )
