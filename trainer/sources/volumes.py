"""Volumes with their masks, whatever the folders; `space.readers` reads each, in its guarded process."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from space.case import LabelMap
from space.errors import Question, UserError
from space.readers.dicom import SEVERAL
from space.readers.label_volume import read_case_labels
from space.readers.overlay import EMPTY
from space.readers.reading import LEFT_OUT, read_case
from space.readers.seg_places import OTHER_SERIES
from trainer.sources.labels import Choice, Regions
from trainer.sources.source import Asked, Item, Source, Structure, Traced

NOT_ITS_OWN = (
    "There are several CT series, and the segmentation was made on another one than the largest: leave that one there "
    "alone."
)
Files = tuple[Sequence[Path], Sequence[Path]]
"""The files of a scan, and those of its mask."""


class Volumes(Source):
    """Volumes, each with a mask.

    Parameters
    ----------
    files : of each item, by its `image`.
    regions : what the labels are called, if the source says that.

    Attributes
    ----------
    remarks : what else is to be said before the work, in sentences.
    """

    unit = "volumes"

    def __init__(
        self, kind: str, name: str, items: list[Item], files: Mapping[str, Files], asked: Asked, regions: Regions
    ) -> None:
        super().__init__(name, sorted(items, key=lambda item: (item.subject, item.image)))
        self.kind = kind
        self._files = files
        self._asked = asked
        self.remarks: list[str] = []
        self._choice = Choice(asked.target, asked.label, regions)

    def settle(self) -> list[str]:
        """Say what the names of labels are; what voxels stand for, each file says itself."""
        regions = self._choice.regions
        named = ", ".join(f"{name} ({'+'.join(values)})" for name, values in regions.items())
        return [*([f"Its labels: {named}."] if named else []), *self.remarks]

    def read(self, item: Item) -> Traced:
        """Read a volume and its mask; one that marks nothing is a volume without the organ."""
        ct, mask = self._files[item.image]
        structures: dict[str, Structure] = {}
        notes: tuple[str, ...] = ("The mask is empty.",)
        try:
            case = read_case(list(ct), self._asked.window, self._asked.values, modality=self._asked.modality)
            try:
                labels = read_case_labels(mask, case, self._asked.target)
            except UserError as error:
                if str(error) != EMPTY:
                    raise
                organ = np.zeros(case.hu.shape, bool)
            else:
                if OTHER_SERIES in labels.notes and any(SEVERAL in note for note in case.notes):
                    raise UserError(NOT_ITS_OWN)
                organ, structures, found = self._choice.of(labels)
                notes = (*found, *labels.notes)
        except Question as question:
            raise Question(f"{item.mask}: {question}", question.argument, question.choices) from None
        except UserError as error:
            raise UserError(f"{item.image}, {item.mask}: {error}") from None
        traced = replace(case, labels=LabelMap(organ.view(np.uint8), {1: self._asked.target}))
        return Traced(traced, structures, tuple(note for note in case.notes if note != LEFT_OUT), notes)
