"""Which slices lie a little below and above each slice of a subject.

A single slice shows a section of an organ; the masks of its neighbours say how the organ goes on. Training asks the
network for them too, which it can only guess from what it knows of the organ's shape. The published network
answers for its own slice alone.
"""

import numpy as np

from space.model.settings import Settings


def masks_asked_for(settings: Settings) -> int:
    """Return how many masks training asks for: the slice's own, and its neighbours' if the settings want them."""
    return 3 if settings.neighbours else 1


def neighbours(subjects: np.ndarray, heights: np.ndarray, distance: float) -> np.ndarray:
    """Return the places of each slice's neighbours, int [n, 2]: below and above.

    Parameters
    ----------
    subjects : [n], whose slice each is.
    heights : [n], where each slice lies within its subject, in mm.
    distance : how far off, in mm. Where no slice lies there the nearest one of the subject serves, at the ends of a
        subject its last one.
    """
    found = np.zeros((len(subjects), 2), np.intp)
    _, number, counts = np.unique(subjects, return_inverse=True, return_counts=True)
    for own in np.split(np.argsort(number, kind="stable"), np.cumsum(counts)[:-1]):
        wanted = heights[own][:, None] + np.array([-distance, distance])
        found[own] = own[np.abs(wanted[..., None] - heights[own]).argmin(-1)]
    return found
