"""Which of a bundle's samples the tab 'Results' shows: the best, the median and the worst."""

import math

from space.answer import Answer, Responder
from space.errors import Lacking, UserError
from space.report.ranking import best_median_worst


def ranked_answers(responder: Responder) -> dict[str, Answer]:
    """Segment the bundle's samples; return the best, the median and the worst of those that can be scored."""
    scored: list[tuple[float, Answer]] = []
    for sample in responder.bundle.samples:
        try:
            answer = responder.answer(sample.image, sample.mask, responder.bundle.contract.threshold)
        except Lacking:
            raise
        except UserError:  # a picture less
            continue
        if answer.scores and not math.isnan(answer.scores.dice):
            scored.append((answer.scores.dice, answer))
    places = best_median_worst([dice for dice, _ in scored])
    return {title: scored[place][1] for title, place in places.items()}
