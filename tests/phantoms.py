"""``python -m tests.phantoms [PEOPLE]``: how the bundled network does on phantoms. Takes minutes.

First the examples that it brings, which were chosen; then, for every trait, slices of people that were not (12, or
PEOPLE of them); and beside them the slices of people that the bundle's figures come from.
"""

import sys
from collections.abc import Iterator

import numpy as np
from rich.console import Console
from rich.table import Table

from space.answer import Responder
from space.metrics import score_text
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import grey_to_hu, hu_to_grey, threshold_level
from trainer.phantom.drawing import make_phantom, traced
from trainer.phantom.traits import TRAITS
from trainer.publish.samples import DRAWN, DRAWN_SLICES

FIRST_SEED = 600  # nobody of the examples, nor of those out of whom they were chosen
INNER = (2, 3, 4)  # slices of `DRAWN_SLICES`
MIXED: tuple[tuple[str, ...], ...] = ((), *((name,) for name in TRAITS), ("fatty", "isodense"))
SHARES = (0, 10, 25, 50, 75, 90, 100)  # percentiles


def dice_by_level(table: np.ndarray) -> np.ndarray:
    """Return the Dice at each of the 256 levels, from tp, fp and fn; NaN where undefined."""
    tp, fp, fn = table.T.astype(float)
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * tp / (2 * tp + fp + fn))


class Phantoms:
    """The bundled network, and what it makes of phantoms."""

    def __init__(self) -> None:
        self.bundle = open_bundle(BUNDLED, "")
        self.responder = Responder(self.bundle)
        self.level = threshold_level(self.bundle.contract.threshold)

    def examples(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the name of each example, and its counts at all levels."""
        for sample in self.bundle.samples:
            answer = self.responder.answer(sample.image, sample.mask, self.bundle.contract.threshold)
            assert answer.table is not None
            yield sample.name, answer.table

    def dice(self, seed: int, traits: tuple[str, ...]) -> list[float]:
        """Return the Dice of a person's slices at the model's threshold, windowed as an example is."""
        phantom, window = make_phantom(seed, slices=DRAWN_SLICES, traits=traits), self.bundle.contract.window
        masks = traced(phantom, self.bundle.contract.target)
        return [
            float(dice_by_level(self.responder.segmenter.predict(hu, masks[place]).table)[self.level])
            for place in INNER
            for hu in [grey_to_hu(hu_to_grey(phantom.hu[place], window), window)]
        ]

    def people(self) -> list[float]:
        """Return the Dice of the test slices of people that show the organ, from the bundle's own figures."""
        rows = self.bundle.metrics.test.per_slice
        return [row.dice for row in rows if row.dice is not None and row.tp + row.fn]


def in_words(traits: tuple[str, ...]) -> str:
    return ", ".join(traits) or "none"


def print_examples(phantoms: Phantoms, console: Console) -> None:
    columns = ("example", "seed, slice", "traits", "Dice", "at 0.2", "at 0.8", "best", "at", "pixels")
    table = Table(*columns, title=f"The examples of {phantoms.bundle.contract.title}: chosen")
    for (name, counts), drawn in zip(phantoms.examples(), DRAWN, strict=True):
        dice = dice_by_level(counts)
        best = int(np.nanargmax(dice))
        at = [score_text(dice[level]) for level in (phantoms.level, threshold_level(0.2), threshold_level(0.8), best)]
        size = int(counts[phantoms.level, 0] + counts[phantoms.level, 2])
        person = f"{drawn.seed}, {drawn.place + 1} of {DRAWN_SLICES}"
        table.add_row(name, person, in_words(drawn.traits), *at, f"{best / 255:.2f}", str(size))
    console.print(table)


def print_spread(phantoms: Phantoms, people: int, console: Console) -> None:
    title = f"Slice Dice over the people {FIRST_SEED} to {FIRST_SEED + people - 1}: not chosen"
    table = Table("traits", "slices", *(f"{share}%" for share in SHARES), title=title)
    found = {
        in_words(traits): [one for seed in range(people) for one in phantoms.dice(FIRST_SEED + seed, traits)]
        for traits in MIXED
    }
    for name, dice in (found | {"people (test split)": phantoms.people()}).items():
        table.add_row(name, str(len(dice)), *(score_text(float(value)) for value in np.percentile(dice, SHARES)))
    console.print(table)


def main(arguments: list[str]) -> None:
    """Print both tables."""
    phantoms, console = Phantoms(), Console(width=120)
    print_examples(phantoms, console)
    print_spread(phantoms, int(arguments[0]) if arguments else 12, console)


if __name__ == "__main__":
    main(sys.argv[1:])
