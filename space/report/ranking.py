"""Which slices stand for a network: the best, the median and the worst."""

from collections.abc import Sequence

FIELD = 320
"""Side of the middle of a slice that such a picture shows, in pixels: the body without the air around it."""


def best_median_worst(dice: Sequence[float]) -> dict[str, int]:
    """Return the places of the best, the median and the worst of some defined scores.

    Of an even number the better of the two middle ones is the median. Two scores have no median, one is the best.
    """
    order = sorted(range(len(dice)), key=lambda place: -dice[place])
    last = len(order) - 1
    places = {"best": 0, "median": last // 2, "worst": last}
    shown = list(places)[: len(order)] if len(order) != 2 else ["best", "worst"]
    return {title: order[places[title]] for title in shown}
