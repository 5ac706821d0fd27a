"""What makes a pancreas hard to find, in people and so in phantoms: each trait changes a person that a seed has made.

Without a trait a seed gives the same person as ever. With one it is the same body, but for what the trait changes, so
that the two can be compared. A trait has a random generator of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from trainer.phantom.anatomy import FLUID, Gut, Pancreas, Person
from trainer.phantom.shapes import random_curve, random_waves

ENHANCED = ("artery", "vein", "cava")


def thin(person: Person, rng: np.random.Generator) -> Person:
    """Little fat: bowel fills the abdomen and touches the organs, and no coat of fat parts the pancreas from them."""
    wider = np.append(np.ones(3), rng.uniform(1.1, 1.25))
    gut = [piece._replace(line=piece.line * wider) for piece in person.gut]
    fillings = rng.choice([FLUID + 25, 60, 75, 95], 14)
    loops = [_loop(rng, rng.uniform((-5, -70, -60), (90, -5, 60)), filling) for filling in fillings[4:]]
    near = [_beside(person, rng, part, filling) for part, filling in zip((0.1, 0.4, 0.6, 0.85), fillings, strict=False)]
    return person._replace(fat=rng.uniform(4, 8), coat=0, gut=[*loops, *near, *gut])


def fatty(person: Person, rng: np.random.Generator) -> Person:
    """As in old or obese people: a pancreas that has shrunk, with deep clefts between its lobules, and fat within."""
    line = person.pancreas.line * (1, 1, 1, rng.uniform(0.75, 0.9))
    pancreas = Pancreas(line, random_waves(rng, 10, 18), rng.uniform(1.8, 2.6))
    return person._replace(fat=max(person.fat, rng.uniform(24, 36)), pancreas=pancreas, marbling=rng.uniform(0.3, 0.6))


def isodense(person: Person, rng: np.random.Generator) -> Person:
    """Bowel without contrast, as grey as the pancreas, lies against it: jejunum, and the duodenum around its head."""
    grey = person.hu["pancreas"]
    gut = [piece._replace(filling=grey + rng.uniform(-12, 4), gas=-1) if piece.organ == "duodenum" else piece
           for piece in person.gut]  # fmt: skip
    loops = [
        _beside(person, rng, part, grey + rng.uniform(-12, 4)) for part in rng.uniform((0.1, 0.4, 0.6), (0.4, 0.6, 0.9))
    ]
    return person._replace(gut=[*gut, *loops], coat=0.5 * person.coat)


def vessels(person: Person, rng: np.random.Generator) -> Person:
    """A scan too early or too late: vessels as grey as the pancreas, no fat between them and it, and wide veins."""
    grey = person.hu["pancreas"]
    hu = person.hu | {name: grey + rng.uniform(-5, 14) for name in ENHANCED}
    wide = rng.uniform(1.2, 1.6)
    tubes = [(name, line * (1, 1, 1, wide) if name == "vein" else line) for name, line in person.tubes]
    return person._replace(hu=hu, tubes=tubes, coat=0)


def _beside(person: Person, rng: np.random.Generator, part: float, filling: float) -> Gut:
    """Return a loop that lies against the pancreas, `part` of the way from its head to its tail."""
    x, y, z, radius = person.pancreas.line[int(part * (len(person.pancreas.line) - 1))]
    return _loop(rng, np.array([x, y - 0.9 * (radius + 11), z]) / person.scale, filling)


def _loop(rng: np.random.Generator, middle: np.ndarray, filling: float) -> Gut:
    """Return a loop of jejunum through a point of the reference body, without gas."""
    radius, way = rng.uniform(9, 13), rng.normal(0, 1, 3) * (1, 0.5, 1)
    way *= 30 / np.linalg.norm(way)
    walk = [(*(middle + step * way), radius) for step in (-1, 0, 1)]
    return Gut("small bowel", random_curve(rng, walk, 3), float(filling), -1, False)


TRAITS: dict[str, Callable[[Person, np.random.Generator], Person]] = {
    "thin": thin,
    "fatty": fatty,
    "isodense": isodense,
    "vessels": vessels,
}


def with_traits(person: Person, traits: Iterable[str], seed: int) -> Person:
    """Return a person with some traits; what chance decides of one does not depend on the others.

    Raises
    ------
    ValueError
        If there is no such trait.
    """
    traits = tuple(traits)
    for name in traits:
        if name not in TRAITS:
            raise ValueError(f"There is no trait '{name}': there are {', '.join(TRAITS)}.")
    for number, (name, change) in enumerate(TRAITS.items()):
        if name in traits:
            person = change(person, np.random.default_rng([seed, 2, number]))
    return person
