"""The slices that a bundle brings along to click on: none, phantoms, or, if told so, slices of people.

Those are of its own test split or of a folder; neither brings the name of a subject or a file along.
"""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from space.errors import UserError
from space.modality import Modality
from space.preprocessing import Window, hu_to_grey
from space.readers.image import read_slice
from space.readers.mask import read_mask
from trainer.dataset import Slices, load_split
from trainer.phantom.drawing import TARGETS, make_phantom, traced
from trainer.publish.consent import Consent, check_shared, pseudonyms

COUNT = 6
SHARES = (0.6, 0.9, 0.3, 0.75, 0.45, 0.15)


class Drawn(NamedTuple):
    """A slice of an imaginary person."""

    seed: int
    """Below `trainer.batches.PHANTOM_SEED`: in no training mix."""
    place: int
    """Which of `DRAWN_SLICES`, counted from 0 at the feet."""
    traits: tuple[str, ...] = ()


DRAWN_SLICES = 7
DRAWN = (
    Drawn(506, 4),
    Drawn(501, 3),
    Drawn(504, 2, ("thin",)),
    Drawn(514, 3, ("fatty", "isodense")),
    Drawn(502, 3, ("isodense",)),
    Drawn(509, 3, ("vessels",)),
)
"""The synthetic examples, chosen by eye and with the bundled pancreas network's Dice in view, out of the seeds
500 to 523, without a trait and with each: so that Dice spreads as it does over slices of people, and so that on the
first one the threshold decides how much bowel is marked. `python -m tests.phantoms` prints their Dice, and that of
seeds which were not chosen."""

Sample = tuple[str, np.ndarray, np.ndarray]


class Asked(NamedTuple):
    """What a network finds and sees, and the licence of its data."""

    target: str
    modality: Modality
    window: Window
    licence: str


def test_samples(slices: Slices) -> Iterator[Sample]:
    """Yield name, slice and mask, from as many subjects as there are."""
    areas = np.array([int(np.count_nonzero(slices.masks[i])) for i in slices.indices])
    subjects = sorted(set(slices.subjects[slices.has_organ]))
    names = pseudonyms(slices.subjects.tolist(), "test")
    for number in range(COUNT):
        subject = subjects[number % len(subjects)]
        places = np.flatnonzero((slices.subjects == subject) & slices.has_organ)
        ranked = places[np.argsort(areas[places], kind="stable")]
        share = SHARES[number // len(subjects)]  # a second slice of a subject is another size
        place = ranked[int(share * (len(ranked) - 1))]
        index = slices.indices[place]
        name = f"{names[str(subject)]}-{slices.numbers[place]:05d}"
        yield name, slices.grey(index), slices.mask(index)


def folder_samples(folder: Path, target: str, window: Window, modality: Modality) -> Iterator[Sample]:
    """Yield name, slice and mask of the pairs in a folder: NAME.png, windowed as the network's, and NAME-mask.png."""
    masks = sorted(folder.glob("*-mask.png"))
    if not masks:
        raise UserError(f"{folder} holds no samples: it needs pairs such as 1.png and 1-mask.png.")
    for number, path in enumerate(masks, 1):
        image = path.with_name(path.name.replace("-mask.png", ".png"))
        hu = read_slice(image, window, modality=modality).hu[0]
        mask = read_mask(path, target).labels.mask(target)[0]
        if hu.shape != mask.shape:
            raise UserError(f"{image} and {path.name} differ in size.")
        yield f"sample-{number}", hu_to_grey(hu, window), mask


def phantom_samples(target: str, window: Window) -> Iterator[Sample]:
    """Yield name, slice and the target's mask of synthetic people; free of patients and of licences."""
    for number, (seed, place, traits) in enumerate(DRAWN, 1):
        phantom = make_phantom(seed, slices=DRAWN_SLICES, traits=traits)
        masks = traced(phantom, target)
        if not masks[place].any():  # an organ above or below the pancreas, around which phantoms are drawn
            place = int(masks.sum(axis=(1, 2)).argmax())
        yield f"phantom-{number}", hu_to_grey(phantom.hu[place], window), masks[place]


def write_samples(samples: Iterator[Sample], folder: Path, *, synthetic: bool) -> list[str]:
    """Write lossless PNGs and `samples.csv`; return the names of the files."""
    folder.mkdir(parents=True)
    rows = []
    for name, pixels, mask in samples:
        row = (name, f"{name}.png", f"{name}-mask.png", "yes" if synthetic else "no")
        Image.fromarray(pixels).save(folder / row[1], optimize=True)
        Image.fromarray(mask).save(folder / row[2], optimize=True)  # bool: 1 bit per pixel
        rows.append(row)
    with (folder / "samples.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "image", "mask", "synthetic"))
        writer.writerows(rows)
    return ["samples.csv", *(file for row in rows for file in row[1:3])]


def check_samples(samples: str, asked: Asked, consent: Consent, where: Path | None) -> None:
    """Refuse samples that there cannot be, and slices of people that may not be shown.

    Parameters
    ----------
    samples : 'none', 'phantom', 'test' or a folder.
    asked : what the network finds, and where.
    where : the prepared data set, of which 'test' takes its slices.
    """
    if samples == "phantom" and (asked.target not in TARGETS or asked.modality != "CT"):
        raise UserError(f"The phantoms show no {asked.target} on {asked.modality}: leave '--samples phantom' out.")
    if samples not in ("none", "phantom"):
        check_shared(consent, asked.licence)
    if samples == "test" and not where:
        raise UserError("A bundle does not know where its data set is: name it with --data for '--samples test'.")
    if samples not in ("none", "phantom", "test") and not Path(samples).is_dir():
        raise UserError(f"--samples takes none, phantom, test or a folder; there is no folder '{samples}'.")


def add_samples(samples: str, folder: Path, asked: Asked, where: Path | None) -> None:
    """Write the samples into a bundle's folder, in place of those that it has."""
    if (folder / "samples").exists():
        shutil.rmtree(folder / "samples")
    if samples == "phantom":
        write_samples(phantom_samples(asked.target, asked.window), folder / "samples", synthetic=True)
    elif samples == "test" and where:
        write_samples(test_samples(load_split(where, "test")), folder / "samples", synthetic=False)
    elif samples != "none":
        found = folder_samples(Path(samples), asked.target, asked.window, asked.modality)
        write_samples(found, folder / "samples", synthetic=False)
