"""``python -m trainer robustness TARGET DATA``: Dice when slices are not as they were in training.

The changes are those of `space.changes`, on validation slices: the test split is not for curiosity.
"""

from dataclasses import replace

import numpy as np

from space.changes import Changed, changes_from
from space.model import figures
from space.model.segmenter import Segmenter
from space.preprocessing import grey_to_hu
from trainer.dataset import Slices, every
from trainer.evaluate import evaluate

MOST_SLICES = 150  # neighbours are about 1 mm apart: every sixth slice of eight subjects says the same


def robustness(segmenter: Segmenter, slices: Slices, threshold: float) -> figures.Robustness:
    """Measure the mean volume Dice under every change, on some slices of a split."""
    some = every(slices, -(-len(slices.indices) // MOST_SLICES))
    pairs = [(some.grey(i), np.asarray(some.masks[i])) for i in some.indices]

    def dice(pairs: list[Changed]) -> float | None:
        x, y = (np.stack(pixels) for pixels in zip(*pairs, strict=True))
        hu, spacing = grey_to_hu(x, some.window), some.spacing[some.indices]
        changed = replace(some, voxels=hu, masks=y, spacing=spacing, indices=np.arange(len(x)))
        return evaluate(segmenter, changed, threshold).mean_volume_dice

    unchanged = dice(pairs)
    changes = []
    for change in changes_from(some.window, some.modality):
        values = [
            unchanged if strength == change.trained else dice([change.apply(x, y, strength) for x, y in pairs])
            for strength in change.strengths
        ]
        about = {name: getattr(change, name) for name in ("name", "unit", "trained", "strengths")}
        changes.append(figures.Change(**about, dice=tuple(values)))
    return figures.Robustness(subjects=len(set(some.subjects)), slices=len(pairs), changes=tuple(changes))
