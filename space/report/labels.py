"""What the figures are called, and what each of them means: for the page, the card, tables and the terminal."""

from typing import NamedTuple


class Label(NamedTuple):
    """A figure's name and its meaning, in words."""

    name: str
    meaning: str


DICE = {
    "mean_volume_dice": Label(
        "mean volume Dice", "all slices of a subject counted together, then the mean over subjects: the main figure"
    ),
    "pooled_dice": Label(
        "pooled Dice", "all pixels of all subjects counted together, as in the article: a large organ counts more"
    ),
    "mean_slice_dice": Label(
        "mean slice Dice", "the mean over the slices that show the organ: a small cut counts as much as a large one"
    ),
}
"""The three Dice of a `space.model.figures.Headline`, by their names there."""


def capitalized(text: str) -> str:
    """Return a text with a capital at its start; names within keep theirs."""
    return text[:1].upper() + text[1:]
