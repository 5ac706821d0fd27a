"""What the tab 'Results' says in words and tables, from a bundle's metrics and contract."""

from collections.abc import Mapping, Sequence
from html import escape
from statistics import median
from typing import Any

from space.metrics import lowest_slices
from space.model.bundle import Bundle
from space.report.html import finite, score_text, table

SPLITS = ("test", "validation")
ARTICLE = (
    "<p class='quiet'>The article reports 0.60 to 0.69 on its own test slices, pooled, on another split and with "
    "another network: figures to read beside these, not against them.</p>"
)


def figures(bundle: Bundle) -> str:
    """Return Dice, precision and recall of the test and the validation split, each with what it means."""
    target = bundle.contract["target"]
    splits = measured(bundle.metrics)
    meanings = {
        ("Mean volume Dice", "all slices of a subject counted together, then the mean over subjects: the headline"): [
            split["mean_volume_dice"] for split in splits.values()
        ],
        ("Pooled Dice", "all pixels of all subjects counted together, as in the article: a big organ weighs more"): [
            split["pooled"]["dice"] for split in splits.values()
        ],
        ("Mean slice Dice", f"the mean over slices that show the {target}: a tiny slice weighs as much as any"): [
            split["mean_slice_dice"] for split in splits.values()
        ],
        ("Precision", "how much of what is marked is right, pooled"): [
            split["pooled"]["precision"] for split in splits.values()
        ],
        ("Recall", f"how much of the traced {target} is found, pooled"): [
            split["pooled"]["recall"] for split in splits.values()
        ],
    }
    rows = [(name, *map(score_text, values)) for name, values in meanings.items()]
    published = bundle.contract.get("data", {}).get("source") == "pancreas-ct"
    return (
        "<p>The <b>test</b> subjects were kept aside: nothing was learned from them, nothing chosen by them. The "
        "<b>validation</b> subjects chose the epoch that was kept, so their figures flatter a little.</p>"
        + table(["", *splits], rows)
        + (ARTICLE if published else "")
    )


def subjects(metrics: Mapping[str, Any]) -> str:
    """Return the volume Dice of every subject as bars with numbers, the splits side by side."""
    splits = measured(metrics)
    scores = [value for row in splits["test"]["per_subject"] if (value := finite(row["dice"])) is not None]
    spread = (
        f"<p>One mean hides much: from test subject to test subject the volume Dice goes from "
        f"<b>{min(scores):.3f}</b> to <b>{max(scores):.3f}</b>.</p>"
        if len(scores) > 1
        else ""
    )
    tables = "".join(_bars(name, split["per_subject"]) for name, split in splits.items())
    return f"{spread}<div class='beside'>{tables}</div>"


def _bars(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    lines = "".join(
        f"<tr><th>{escape(str(row['subject']))}</th>"
        f"<td class='bar'><span style='width:{100 * min(1, max(0, finite(row['dice']) or 0)):.1f}%'></span></td>"
        + "".join(f"<td class='number'>{score_text(row[column])}</td>" for column in ("dice", "precision", "recall"))
        + "</tr>"
        for row in rows
    )
    heads = "".join(f"<th class='number'>{label}</th>" for label in ("Dice", "precision", "recall"))
    return (
        f"<table class='subjects'><caption>{escape(name.capitalize())} subjects, volume Dice</caption>"
        f"<thead><tr><th>subject</th><th></th>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    )


def examples_heading(bundle: Bundle) -> str:
    """Return what stands above the pictures, and whose slices they show."""
    origin = (
        "The examples that come with this model are synthetic: drawn by this project, and easier than people. Their "
        "Dice says nothing about patients."
        if any(sample.synthetic for sample in bundle.samples)
        else "Of the examples that come with this model; they are slices of the test subjects."
    )
    key = "<span class='key predicted'></span>predicted<span class='key traced hollow'></span>the mask"
    return f"<h3>Best, median and worst example</h3><p>{origin}</p><p class='legend'>{key}</p>"


def without_organ(bundle: Bundle) -> str:
    """Return what the network does on test slices where there is nothing to find."""
    entry, target = bundle.metrics["test"]["without_organ"], escape(bundle.contract["target"])
    slices, wrong = int(entry["slices"]), int(entry["slices_with_false_positives"])
    if not slices:
        return f"<h3>Slices without {target}</h3><p>There are none among the test slices.</p>"
    return (
        f"<h3>Slices without {target}</h3>"
        f"<p>On <b>{wrong} of {slices}</b> test slices without any {target} the network marks some all the same, "
        f"{float(entry['mean_false_positive_pixels']):.1f} pixels a slice on average over all {slices}. Dice cannot "
        "tell: with nothing traced it is 0 or undefined, however little is marked.</p>"
    )


def lowest(metrics: Mapping[str, Any]) -> str:
    """Return the test slices with the lowest Dice in words, and how small they are."""
    ranked = [
        (int(row["tp"]) + int(row["fn"]), int(row["tp"]) + int(row["fp"]), row)
        for row in lowest_slices(metrics["test"])
    ]
    every = [int(row["tp"]) + int(row["fn"]) for row in metrics["test"]["per_slice"] if row["tp"] + row["fn"]]
    items = "".join(
        f"<li>Subject {escape(str(row['subject']))}, slice {int(row['slice'])}: Dice {float(row['dice']):.3f}, "
        f"{traced:,} pixels traced, {marked:,} marked</li>"
        for traced, marked, row in ranked
    )
    missed = sum(not marked for _, marked, _ in ranked)
    return (
        f"<p>On {missed} of these {len(ranked)} the network marks nothing at all. Their median is "
        f"{median(entry[0] for entry in ranked):,.0f} traced pixels; that of all test slices with the organ is "
        f"{median(every):,.0f}. Where little is traced, a few pixels decide.</p><ol>{items}</ol>"
    )


def limits(contract: Mapping[str, Any]) -> str:
    """Return where the network is known to fail and what it is for."""
    items = "".join(f"<li>{escape(str(limit))}</li>" for limit in list(contract["limits"]))
    collection = escape(str(contract["data"]["citation"] or "not stated"))
    return f"<ul>{items}</ul><p>The collection: {collection}</p><p>{escape(str(contract['intended_use']))}</p>"


def measured(metrics: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the splits that were measured, test first."""
    return {name: metrics[name] for name in SPLITS if name in metrics}
