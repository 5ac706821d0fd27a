"""The slices that a bundle brings along to click on: none, phantoms, or, if told so, slices of its own test split."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from space.preprocessing import Window, hu_to_grey
from trainer.dataset import Slices
from trainer.phantom.drawing import make_phantom

COUNT = 6
SHARES = (0.6, 0.9, 0.3, 0.75, 0.45, 0.15)
PHANTOM_SEED = 500  # none of these is in a training mix: see trainer.batches.PHANTOM_SEED

Sample = tuple[str, np.ndarray, np.ndarray]


def test_samples(slices: Slices) -> Iterator[Sample]:
    """Yield name, slice and mask, from as many subjects as there are."""
    areas = np.array([int(np.count_nonzero(slices.masks[i])) for i in slices.indices])
    subjects = sorted(set(slices.subjects[slices.has_organ]))
    for number in range(COUNT):
        subject = subjects[number % len(subjects)]
        places = np.flatnonzero((slices.subjects == subject) & slices.has_organ)
        ranked = places[np.argsort(areas[places], kind="stable")]
        share = SHARES[number // len(subjects)]  # a second slice of a subject is another size
        place = ranked[int(share * (len(ranked) - 1))]
        index = slices.indices[place]
        name = f"{subject}-{slices.numbers[place]:05d}"
        yield name, slices.grey(index), slices.mask(index)


def phantom_samples(target: str, window: Window) -> Iterator[Sample]:
    """Yield name, slice and the target's mask of synthetic people; free of patients and of licences."""
    for number in range(COUNT):
        phantom = make_phantom(PHANTOM_SEED + number, slices=7)
        place = (3, 4, 2)[number % 3]
        yield f"phantom-{number + 1}", hu_to_grey(phantom.hu[place], window), phantom.mask(target)[place]


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
