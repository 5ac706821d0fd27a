"""``python -m tests.playground.table``: the table of docs/playground.md, from the curves of the lessons' runs."""

import json
from pathlib import Path
from typing import Any

CURVES = Path(__file__).with_name("lessons.json")
SEEDS = ("1", "2", "3", "4", "5")


def measured() -> dict[str, dict[str, list[list[float]]]]:
    """Return the curves of the runs that have all seeds, by settings and seed: step, training and validation Dice."""
    curves: dict[str, dict[str, list[list[float]]]] = json.loads(CURVES.read_text())
    return {settings: seeds for settings, seeds in curves.items() if set(seeds) == set(SEEDS)}


def table() -> str:
    """Return the last point of each run, in Markdown."""

    def pair(point: list[float]) -> str:
        return f"{point[1]:.2f} / {point[2]:.2f}"

    def named(settings: dict[str, Any]) -> str:
        return ", ".join(f"{key} {value}" for key, value in settings.items()) or "the defaults"

    head = ["settings", *(f"seed {seed}" for seed in SEEDS)]
    rows = [[named(json.loads(key)), *(pair(seeds[seed][-1]) for seed in SEEDS)] for key, seeds in measured().items()]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows])


if __name__ == "__main__":
    print(table())
