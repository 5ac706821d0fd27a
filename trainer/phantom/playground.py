"""The slices that the playground's networks learn from: `python -m trainer playground`.

Imaginary people, eight slices each through the pancreas. The field is the central half of the phantom's, as in the
article (256 of 512 pixels), at a quarter of the resolution: 3.2 mm a pixel. Noise is left out here; the page adds it,
from a seed, as strong as its control says: that keeps the file small and makes noise a lesson. Under noise, 32 grey
levels are enough.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from space.preprocessing import ABDOMEN, hu_to_grey
from trainer.phantom.drawing import make_phantom

SIDE, SLICES = 64, 8
PEOPLE, FIRST_SEED = 56, 1000
LEVELS = 32


def draw_person(number: int) -> np.ndarray:
    """Draw one of the people.

    Returns
    -------
    uint8 [SLICES, SIDE, SIDE]: the grey level doubled, plus 1 in the pancreas.
    """
    case = make_phantom(FIRST_SEED + number, slices=SLICES + 2, size=2 * SIDE, noise=False)
    assert case.labels is not None
    centre = slice(SIDE // 2, SIDE // 2 + SIDE)
    hu, mask = (stack[1:-1, centre, centre] for stack in (case.hu, case.labels.mask("pancreas")))
    level = hu_to_grey(hu, ABDOMEN) // (256 // LEVELS)
    return 2 * level + mask.astype(np.uint8)


def pack(people: Iterator[np.ndarray]) -> bytes:
    """Return the file that `space/playground/engine/people.js` reads."""
    return gzip.compress(np.concatenate(list(people)).tobytes(), 9, mtime=0)


def unpack(file: bytes) -> np.ndarray:
    """Return the slices of a file, uint8 [slices, SIDE, SIDE]."""
    return np.frombuffer(gzip.decompress(file), np.uint8).reshape(-1, SIDE, SIDE)


def write_people(out: Path) -> int:
    """Draw everybody into a file; return its size in bytes."""
    return out.write_bytes(pack(map(draw_person, range(PEOPLE))))
