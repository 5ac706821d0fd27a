"""Which labels of a volume's mask are the organ, and what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from space.anatomy import words_of
from space.case import Labels
from space.errors import UserError
from space.readers.label_volume import which
from trainer.sources.source import Structure

Regions = Mapping[str, tuple[str, ...]]
"""The labels that each structure's name stands for, in the words of a `dataset.json`; usually one."""


@dataclass(frozen=True)
class Choice:
    """How the organ is found in each mask of a source.

    Attributes
    ----------
    target : the organ.
    label : what the person says: names or numbers, with commas between; None if nothing.
    regions : what the source says.
    """

    target: str
    label: str | None
    regions: Regions

    def of(self, labels: Labels) -> tuple[np.ndarray, dict[str, Structure], tuple[str, ...]]:
        """Return where the organ is, bool [n, h, w], all structures by label, and how it was found.

        Raises
        ------
        Question
            whose argument is 'label'.
        UserError
            if there is no such label.
        """
        names = labels.names or {values[0]: name for name, values in self.regions.items() if len(values) == 1}
        said = self.label or self._named_by_source()
        notes: tuple[str, ...] = ()
        if said:
            taken = [value for part in said.split(",") for value in self._values(part, labels, names)]
        else:
            value, notes = which(labels._replace(names=names), self.target, None)
            taken = [value]
        mask = np.zeros(labels.values.shape, bool)
        for value in taken:
            mask |= labels.mask(value)
        structures = {
            value: Structure(names.get(value, ""), int(labels.mask(value).sum()), value in taken)
            for value in labels.present
        }
        return mask, structures, notes

    def _named_by_source(self) -> str | None:
        """Return the name that is the target's own."""
        wanted = set(words_of(self.target, self.target))
        return next((name for name in self.regions if set(words_of(name, self.target)) == wanted), None)

    def _values(self, part: str, labels: Labels, names: Mapping[str, str]) -> tuple[str, ...]:
        """Return the labels that a name or a number stands for; a mask need not have them."""
        part = part.strip().lower()
        regions = {name.lower(): values for name, values in self.regions.items()}
        if part in regions:
            return regions[part]
        called = tuple(value for value, name in names.items() if name.lower() == part)
        if called or part.isdecimal():
            return called or (part,)
        if not names:
            raise UserError(f"The masks do not say what their labels are called: --label takes numbers, not '{part}'.")
        if self.regions:
            known = ", ".join(f"{name} ({'+'.join(values)})" for name, values in self.regions.items())
            raise UserError(f"There is no label '{part}': the source has {known}.")
        return ()  # of DICOM SEG each file has its own names
