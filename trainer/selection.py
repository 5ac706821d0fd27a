"""Which slices of a source are taken: every n-th, and a share of those that do not show the organ."""

from collections import Counter

import numpy as np

from space.errors import UserError


class Selection:
    """Chooses slices as they come: of each subject every n-th, and of those without the organ a share of all.

    The share is counted over all subjects: of one with three such slices a fifth would be none.

    Parameters
    ----------
    every : of how many slices one is taken.
    empty : the share of the slices without the organ that is taken.
    """

    def __init__(self, every: int = 1, empty: float = 1.0) -> None:
        if every < 1:
            raise UserError(f"--every {every}: of how many slices one is taken is 1 or more.")
        if not 0 <= empty <= 1:
            raise UserError(f"--empty {empty:g}: a share lies from 0 to 1.")
        self._every = every
        self._empty = empty
        self._seen: Counter[str] = Counter()
        self._seen_empty = 0

    def of(self, subject: str, has_organ: np.ndarray) -> list[int]:
        """Return the places that are taken of a subject's next slices.

        Parameters
        ----------
        has_organ : bool [n]
        """
        taken = []
        for place, filled in enumerate(has_organ.tolist()):
            here = self._seen[subject] % self._every == 0
            self._seen[subject] += 1
            if here and not filled:
                before = self._seen_empty
                self._seen_empty += 1
                here = int((before + 1) * self._empty) > int(before * self._empty)
            if here:
                taken.append(place)
        return taken
