"""Synthetic abdomens, to try everything at once: free of patients and of licences."""

from dataclasses import replace

import numpy as np

from space.case import LabelMap
from space.errors import UserError
from trainer.phantom.drawing import TARGETS, make_phantom, traced
from trainer.sources.source import Asked, Item, Source, Traced

SLICES = 24
NAME = "phantom"


class Phantoms(Source):
    """Subjects whose names hold the phantom's own seed."""

    kind = "Synthetic abdomens"
    unit = "volumes"
    one_size = True

    def __init__(self, asked: Asked) -> None:
        if asked.modality != "CT":
            raise UserError(f"The phantoms are drawn as CT, not {asked.modality}: give a folder of your own images.")
        if asked.target not in TARGETS:
            raise UserError(f"The phantoms show no {asked.target}: --target can be {', '.join(TARGETS)}.")
        names = [f"{NAME}{asked.seed + number:04d}" for number in range(asked.phantoms)]
        super().__init__(NAME, [Item(name, "", "") for name in names])
        self._target = asked.target

    def read(self, item: Item) -> Traced:
        """Draw one."""
        case = make_phantom(int(item.subject.removeprefix(NAME)), slices=SLICES)
        mask = traced(case, self._target).astype(np.uint8)
        return Traced(replace(case, labels=LabelMap(mask, {1: self._target}), notes=()), {})
