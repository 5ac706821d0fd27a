"""Who a phantom is: typical anatomy as tables, and the imaginary person that a seed makes of it.

Axes: x grows to the image's right (the patient's left), y grows downwards (to the back), z grows
towards the head; the origin is the middle of the image, at the height of the pancreas's neck. The
pancreas is in mm; all else is in mm of a reference body, which is scaled to the person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from trainer.phantom.shapes import Waves, random_curve, random_waves, ripple, tube_depth

# Typical values in HU, from the ranges that radiology textbooks give.
AIR, GAS, FAT, FLUID, CORD, MUSCLE, WALL = -1000, -850, -100, 12, 35, 60, 85
CONTRAST, MARROW, CORTEX = 300, 190, 520
# Portal-venous HU of what enhances: weakly, strongly.
ENHANCING = {
    "pancreas": (66, 112), "liver": (90, 122), "spleen": (100, 132), "adrenal": (65, 90),
    "renal cortex": (160, 205), "renal medulla": (95, 150),
    "artery": (135, 180), "vein": (125, 180), "cava": (100, 150),
}  # fmt: skip
# Ellipsoids of the reference body: centre x, y, z and semi-axes.
ORGANS = {
    "right lobe": (-78, -2, 45, 74, 92, 118), "left lobe": (-15, -58, 75, 72, 34, 62),
    "gallbladder": (-62, -48, -14, 15, 21, 26), "spleen": (100, 28, 52, 42, 54, 60),
    "right kidney": (-66, 46, -28, 29, 27, 56), "left kidney": (66, 46, -12, 29, 27, 56),
}  # fmt: skip
# Tubes of the reference body: x, y, z and radius along each. The pancreas starts at the uncinate.
PANCREAS = [(-12, 2, -44, 9), (-25, -3, -34, 14), (-31, -10, -18, 16), (-27, -18, -4, 14),
            (-10, -27, 5, 9), (10, -33, 12, 10), (34, -25, 21, 11), (58, -6, 31, 11),
            (76, 12, 40, 9)]  # fmt: skip
TUBES: list[tuple[str, list[tuple[float, float, float, float]]]] = [
    ("artery", [(7, 17, -90, 9), (9, 16, 0, 10), (5, 17, 90, 11)]),  # aorta
    ("cava", [(-22, 18, -90, 11), (-21, 16, 0, 11), (-26, 10, 90, 13)]),
    ("artery", [(7, 14, 8, 4), (6, -2, -4, 4), (6, -9, -35, 3.5), (5, -14, -80, 3)]),  # mesenteric
    ("artery", [(9, 14, 20, 4), (8, -4, 24, 3.5), (-20, -16, 28, 2.5), (-40, -24, 34, 2)]),
    ("cava", [(-60, 42, -14, 5), (-38, 26, -12, 5.5), (-22, 17, -10, 5)]),  # renal veins
    ("cava", [(56, 40, -14, 4), (38, 26, -11, 4), (24, 8, -8, 4), (7, 2, -5, 3), (-18, 13, -2, 4)]),
    ("adrenal", [(26, 8, 30, 2.5), (31, 16, 18, 2.5), (36, 28, 4, 2)]),
    ("adrenal", [(26, 8, 30, 2.5), (27, 18, 16, 2.5), (26, 30, 4, 2)]),
    ("adrenal", [(-30, 16, 36, 2.5), (-34, 28, 20, 2.5), (-38, 36, 8, 2)]),
]
COLON = [(-100, 12, -99, 19), (-98, 0, -50, 19), (-84, -38, -24, 16), (-40, -64, -62, 15),
         (20, -68, -70, 15), (80, -52, -10, 16), (102, -28, 30, 17), (106, -6, 12, 15),
         (112, 20, -20, 14), (112, 24, -99, 14)]  # fmt: skip
DUODENUM = [(-22, -46, 8, 13), (-46, -30, 4, 12), (-54, -8, -20, 13), (-46, 2, -46, 13),
            (-12, 2, -60, 12), (26, -4, -52, 12)]  # fmt: skip
STOMACH = [(46, -10, 95, 34), (58, -37, 55, 30), (50, -55, 28, 23), (12, -64, 10, 17),
           (-20, -50, 8, 13)]  # fmt: skip
# Posterior parts of a vertebra in its plane: from x, y to x, y and the radius.
ARCH = [(17, 58, 19, 72, 6), (18, 72, 0, 84, 3), (0, 84, 0, 100, 3), (19, 68, 42, 76, 3)]


class Pancreas(NamedTuple):
    """The geometry of one pancreas: a tube along a curve, with lobules on its surface."""

    line: np.ndarray  # [points, 4]: x, y, z and radius in mm
    waves: Waves
    lobules: float  # height of the lobules in mm


class Gut(NamedTuple):
    """A piece of bowel, or the stomach."""

    organ: str
    line: np.ndarray  # [points, 4]: x, y, z and radius
    filling: float  # HU
    gas: float  # share of the height of its section that is gas
    stool: bool  # mottled with gas


class Person(NamedTuple):
    """All that one seed decides about a body; lines are [points, 4]: x, y, z and radius."""

    scale: np.ndarray  # [3], mm per reference mm along x, y, z
    pixel: float  # mm per pixel of a 512 x 512 image
    fat: float  # thickness of the fat under the skin
    noise: float  # standard deviation in HU
    hu: dict[str, float]  # as in ENHANCING
    organs: dict[str, np.ndarray]  # as in ORGANS
    pancreas: Pancreas
    tubes: list[tuple[str, np.ndarray]]  # as in TUBES, and more veins
    liver_veins: list[np.ndarray]
    gut: list[Gut]
    bends: tuple[Waves, Waves]  # push the shapes along x and y
    lobes: Waves  # pattern of about a centimetre, for kidneys and bowel
    coat: float = 1.4  # thickness in mm of the broken coat of fat around the pancreas
    marbling: float = 0  # share of fat in the pancreas


def pancreas_depth(pancreas: Pancreas, x: np.ndarray, y: np.ndarray, z: float) -> np.ndarray:
    """Return how deep the points of a slice lie in the pancreas.

    Parameters
    ----------
    pancreas : Pancreas
        The geometry.
    x, y : np.ndarray
        Coordinates in mm of the columns, [1, columns], and of the rows, [rows, 1].
    z : float
        Height of the slice in mm.

    Returns
    -------
    np.ndarray
        float32 [rows, columns], mm below the surface; the pancreas is where it is above 0. Lobules
        and the creases between them cancel on average, so the volume stays that of the tube.
    """
    bumps = np.abs(ripple(pancreas.waves, x, y, z)) - 0.8  # 0.8 is the mean of |normal|
    depth: np.ndarray = tube_depth(pancreas.line, x, y, z) + pancreas.lobules * bumps.clip(-1, 1)
    return depth


def ribs() -> Iterator[np.ndarray]:
    """Yield the reference body's ribs: tubes from the spine round to the front, falling on the way."""
    angle = np.linspace(0.35, 2.0, 9)
    for side in (-1, 1):
        for top in range(-20 + 4 * side, 190, 27):
            x, y = side * 141 * np.sin(angle), -5 + 101 * np.cos(angle)
            yield np.stack([x, y, top - 55 * (angle - 0.35), np.full(9, 3.8)], 1)


def make_person(seed: int) -> Person:
    """Return the body that belongs to a seed: the same one for the same seed.

    Parameters
    ----------
    seed : int
        Any non-negative integer.

    Returns
    -------
    Person
        Its shapes, HU and noise; `pancreas` is the geometry that the mask of its phantom shows.
    """
    rng = np.random.default_rng(seed)
    scale = rng.uniform(0.9, 1.1) * rng.uniform(0.96, 1.04, 3)
    fat, phase = rng.uniform(6, 34), rng.uniform(0, 1)
    pixel = float(np.clip(2 * scale[0] * (147 + fat) * rng.uniform(1.08, 1.25) / 512, 0.66, 0.95))
    hu = {name: low + (high - low) * float(np.clip(phase + rng.normal(0, 0.15), 0, 1))
          for name, (low, high) in ENHANCING.items()}  # fmt: skip
    organs = {name: np.append(rng.normal(shape[:3], 3), rng.uniform(0.88, 1.08, 3) * shape[3:])
              for name, shape in ORGANS.items()}  # fmt: skip
    course = random_curve(rng, PANCREAS, 2.5, 3)
    course[:, 2:] *= rng.uniform((0.8, 0.85), (1.15, 1.12))
    course[:, 1] += rng.uniform(-14, 6) * (course[:, 0] / 76).clip(0)  # swings body and tail
    line = course * np.append(scale, scale.mean())
    liver_veins = []
    for _ in range(26):
        tip = rng.uniform((-125, -75, -60), (-40, 50, 100))
        root = (-50, -28, 38) if rng.random() < 0.6 else (-30, 8, 95)  # portal or hepatic
        middle = 0.5 * (tip + root) + rng.normal(0, 8, 3)
        liver_veins.append(random_curve(rng, [(*tip, 1.2), (*middle, 2.4), (*root, 4)], 3))
    return Person(
        scale, pixel, fat, rng.uniform(8, 22), hu, organs,
        Pancreas(line, random_waves(rng, 15, 28), rng.uniform(0.8, 2)),
        _make_tubes(rng, course), liver_veins, _make_gut(rng),
        (random_waves(rng, 45, 160), random_waves(rng, 45, 160)), random_waves(rng, 14, 30),
    )  # fmt: skip


def _make_tubes(rng: np.random.Generator, course: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return the vessels and adrenals that go with the course of a pancreas."""
    tubes = [(name, random_curve(rng, line, 1)) for name, line in TUBES]
    for _ in range(34):  # veins of the mesentery
        tip = rng.uniform((-60, -70, -90), (85, -15, 20))
        root = np.array([-5, -10, tip[2] + rng.uniform(-10, 15)])
        middle = 0.5 * (root + tip) + rng.normal(0, 9, 3)
        tubes.append(("vein", random_curve(rng, [(*tip, 1.2), (*middle, 1.8), (*root, 2.2)], 5)))
    # The splenic vein runs behind body and tail and meets the portal vein at the neck.
    splenic = np.add(course[len(course) // 2 :: 4], [-2, 1, -1, 0])
    splenic[:, 1] += 0.9 * splenic[:, 3]
    splenic[:, 3] = rng.uniform(3.5, 5)
    portal = [(-9, -14, -60, 4.5), (-8, -14, -25, 5.5), (*splenic[0, :3], 6.5), (-28, -26, 22, 6.5),
              (-50, -28, 38, 6)]  # fmt: skip
    return [*tubes, ("vein", splenic), ("vein", random_curve(rng, portal, 0.5))]


def _make_gut(rng: np.random.Generator) -> list[Gut]:
    """Return loops of jejunum, colon, duodenum and stomach, in the order of painting."""
    gut = []
    for _ in range(18):
        walk = rng.normal(0, (16, 14, 10), (6, 3)).cumsum(axis=0)
        walk = (walk + rng.uniform((25, -70, -85), (90, -10, 10))).clip((8, -74, -99), (104, 5, 14))
        filling = rng.choice([CONTRAST, FLUID + 25, CONTRAST * 0.7, WALL + 10])
        loop = random_curve(rng, np.column_stack([walk, np.full(6, rng.uniform(8, 13))]), 0)
        gut.append(Gut("small bowel", loop, float(filling), rng.uniform(-0.8, 0.25), False))
    meal = float(rng.choice([CONTRAST * 0.6, FLUID + 15, WALL - 20]))
    gut.append(Gut("colon", random_curve(rng, COLON, 5), 45, rng.uniform(0, 0.5), True))
    gut.append(Gut("duodenum", random_curve(rng, DUODENUM, 2), float(rng.choice([meal, FLUID + 20])), 0, False))
    gut.append(Gut("stomach", random_curve(rng, STOMACH, 3), meal, rng.uniform(0, 0.5), False))
    return gut
