"""Seeded drawings of an abdomen in Hounsfield units (HU), with a pancreas of known geometry.

Each seed is another imaginary person: one body in three dimensions, cut into axial slices that
resemble portal-venous CT. It is a drawing, not a simulation of CT physics: organs are painted
back to front as smooth solids, softened at their edges, and noise is added. Nobody's scan went
into it, so the slices are free of patients and licences.

Axes: x grows to the image's right (the patient's left), y grows downwards (to the back), z grows
towards the head; the origin is the middle of the image, at the height of the pancreas's neck. The
pancreas is in mm; all else is in mm of a reference body, which is scaled to the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

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
Points = np.ndarray | Sequence[tuple[float, float, float, float]]
# Posterior parts of a vertebra in its plane: from x, y to x, y and the radius.
ARCH = [(17, 58, 19, 72, 6), (18, 72, 0, 84, 3), (0, 84, 0, 100, 3), (19, 68, 42, 76, 3)]


class Phantom(NamedTuple):
    """A stack of axial slices, lowest (caudal) first."""

    hu: np.ndarray  # int16 [slices, size, size], HU
    mask: np.ndarray  # bool [slices, size, size], True is pancreas
    spacing: tuple[float, float, float]  # mm between slices, rows and columns


class Waves(NamedTuple):
    """A smooth random field: a sum of plane waves."""

    vectors: np.ndarray  # [waves, 3], radians per mm along x, y, z
    phases: np.ndarray  # [waves], radians


class Pancreas(NamedTuple):
    """The geometry of one pancreas: a tube along a curve, with lobules on its surface."""

    line: np.ndarray  # [points, 4]: x, y, z and radius in mm
    waves: Waves
    lobules: float  # height of the lobules in mm


class Gut(NamedTuple):
    """A piece of bowel, or the stomach."""

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


def _waves(rng: np.random.Generator, shortest: float, longest: float) -> Waves:
    """Return 8 waves in random directions with wavelengths in mm."""
    directions = rng.normal(size=(8, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = rng.uniform(shortest, longest, (8, 1))
    return Waves(2 * np.pi * directions / lengths, rng.uniform(0, 2 * np.pi, 8))


def ripple(waves: Waves, x: np.ndarray, y: np.ndarray, z: float) -> np.ndarray:
    """Return the field on the grid x [1, columns] by y [rows, 1]: mean about 0, deviation 1."""
    kx, ky, kz = waves.vectors.T.astype(np.float32)
    a, b = y * ky + (kz * z + waves.phases).astype(np.float32), x.T * kx
    # sin(a + b) = sin a cos b + cos a sin b makes the sum over the waves one matrix product.
    rows, columns = np.hstack([np.sin(a), np.cos(a)]), np.hstack([np.cos(b), np.sin(b)])
    field: np.ndarray = (rows @ columns.T) * np.float32(np.sqrt(2 / len(kx)))
    return field


def tube_depth(line: np.ndarray, x: np.ndarray, y: np.ndarray, z: float) -> np.ndarray:
    """Return how deep (mm) the points of a slice lie in a tube; negative is outside."""
    depth = np.full(np.broadcast_shapes(x.shape, y.shape), -99, np.float32)
    for start, step in zip(line[:-1].tolist(), np.diff(line, axis=0).tolist(), strict=True):
        (ax, ay, az, radius), (dx, dy, dz, growth) = start, step
        u, v, w = x - ax, y - ay, z - az
        along = (u * dx + (v * dy + w * dz)) / (dx * dx + dy * dy + dz * dz + 1e-9)
        along = np.clip(along, 0, 1)
        square = (u - along * dx) ** 2 + (v - along * dy) ** 2 + (w - along * dz) ** 2
        np.maximum(depth, radius + along * growth - np.sqrt(square), out=depth)
    return depth


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


def _curve(rng: np.random.Generator, points: Points, spread: float, rounds: int = 2) -> np.ndarray:
    """Return a curve through the points moved at random: their corners cut `rounds` times."""
    line = np.array(points, float)
    line[:, :3] += spread * rng.normal(size=(len(line), 3)).clip(-2, 2)
    for _ in range(rounds):
        inner = np.stack([line[:-1] + np.diff(line, axis=0) * part for part in (0.25, 0.75)], 1)
        line = np.concatenate([line[:1], inner.reshape(-1, 4), line[-1:]])
    return line


def _make_gut(rng: np.random.Generator) -> list[Gut]:
    """Return loops of jejunum, colon, duodenum and stomach, in the order of painting."""
    gut = []
    for _ in range(18):
        walk = rng.normal(0, (16, 14, 10), (6, 3)).cumsum(axis=0)
        walk = (walk + rng.uniform((25, -70, -85), (90, -10, 10))).clip((8, -74, -99), (104, 5, 14))
        filling = rng.choice([CONTRAST, FLUID + 25, CONTRAST * 0.7, WALL + 10])
        loop = _curve(rng, np.column_stack([walk, np.full(6, rng.uniform(8, 13))]), 0)
        gut.append(Gut(loop, float(filling), rng.uniform(-0.8, 0.25), False))
    meal = float(rng.choice([CONTRAST * 0.6, FLUID + 15, WALL - 20]))
    gut.append(Gut(_curve(rng, COLON, 5), 45, rng.uniform(0, 0.5), True))
    gut.append(Gut(_curve(rng, DUODENUM, 2), float(rng.choice([meal, FLUID + 20])), 0, False))
    gut.append(Gut(_curve(rng, STOMACH, 3), meal, rng.uniform(0, 0.5), False))
    return gut


def _make_tubes(rng: np.random.Generator, course: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return the vessels and adrenals that go with the course of a pancreas."""
    tubes = [(name, _curve(rng, line, 1)) for name, line in TUBES]
    for _ in range(34):  # veins of the mesentery
        tip = rng.uniform((-60, -70, -90), (85, -15, 20))
        root = np.array([-5, -10, tip[2] + rng.uniform(-10, 15)])
        middle = 0.5 * (root + tip) + rng.normal(0, 9, 3)
        tubes.append(("vein", _curve(rng, [(*tip, 1.2), (*middle, 1.8), (*root, 2.2)], 5)))
    # The splenic vein runs behind body and tail and meets the portal vein at the neck.
    splenic = course[len(course) // 2 :: 4] + [-2, 1, -1, 0]
    splenic[:, 1] += 0.9 * splenic[:, 3]
    splenic[:, 3] = rng.uniform(3.5, 5)
    portal = [(-9, -14, -60, 4.5), (-8, -14, -25, 5.5), (*splenic[0, :3], 6.5), (-28, -26, 22, 6.5),
              (-50, -28, 38, 6)]  # fmt: skip
    return [*tubes, ("vein", splenic), ("vein", _curve(rng, portal, 0.5))]


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
    course = _curve(rng, PANCREAS, 2.5, 3)
    course[:, 2:] *= rng.uniform((0.8, 0.85), (1.15, 1.12))
    course[:, 1] += rng.uniform(-14, 6) * (course[:, 0] / 76).clip(0)  # swings body and tail
    line = course * np.append(scale, scale.mean())
    liver_veins = []
    for _ in range(26):
        tip = rng.uniform((-125, -75, -60), (-40, 50, 100))
        root = (-50, -28, 38) if rng.random() < 0.6 else (-30, 8, 95)  # portal or hepatic
        middle = 0.5 * (tip + root) + rng.normal(0, 8, 3)
        liver_veins.append(_curve(rng, [(*tip, 1.2), (*middle, 2.4), (*root, 4)], 3))
    return Person(
        scale, pixel, fat, rng.uniform(8, 22), hu, organs,
        Pancreas(line, _waves(rng, 15, 28), rng.uniform(0.8, 2)),
        _make_tubes(rng, course), liver_veins, _make_gut(rng),
        (_waves(rng, 45, 160), _waves(rng, 45, 160)), _waves(rng, 14, 30),
    )  # fmt: skip


def _noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> np.ndarray:
    """Return noise of deviation 1, smoothed by a Gaussian of `sigma` pixels."""
    noise: np.ndarray = ndimage.gaussian_filter(rng.standard_normal(shape, np.float32), sigma)
    noise /= noise.std()
    return noise


class _Slice:
    """One slice being painted; coordinates in mm of the reference body."""

    def __init__(self, person: Person, at: np.ndarray, z_mm: float, rng: np.random.Generator) -> None:
        """Start with air around the pixel centres `at` (mm) of rows and columns."""
        self.person, self.at, self.z_mm = person, at, z_mm
        self.x, self.y = at[None, :] / person.scale[0], at[:, None] / person.scale[1]
        self.z = z_mm / float(person.scale[2])
        self.edge = float(self.x[0, 1] - self.x[0, 0])  # a pixel that two tissues share
        self.dx, self.dy = (3.5 * ripple(w, self.x, self.y, self.z) for w in person.bends)
        self.lobes = ripple(person.lobes, self.x, self.y, self.z)
        self.grain = _noise(rng, self.dx.shape, 1.7 / self.edge)  # tissue, a few mm coarse
        self.hu = np.full(self.dx.shape, AIR, np.float32)

    def window(self, x0: float, x1: float, y0: float, y1: float) -> tuple[slice, slice]:
        """Return the rows and columns that hold a box."""
        rows, columns = self.y[:, 0].searchsorted((y0, y1)), self.x[0].searchsorted((x0, x1))
        return slice(*rows.tolist()), slice(*columns.tolist())

    def ellipsoid(
        self, cx: float, cy: float, cz: float, a: float, b: float, c: float, bend: float = 1
    ) -> np.ndarray:
        """Return the approximate depth in an ellipsoid of this centre and these semi-axes."""
        depth = np.full_like(self.hu, -99)
        box = self.window(cx - a - 18, cx + a + 18, cy - b - 18, cy + b + 18)
        u = ((self.x[:, box[1]] + bend * self.dx[box] - cx) / a) ** 2
        v = ((self.y[box[0]] + bend * self.dy[box] - cy) / b) ** 2
        w = ((self.z - cz) / c) ** 2
        slope = np.sqrt(u / a**2 + v / b**2 + w / c**2 + 1e-9)
        depth[box] = (np.sqrt(u + v + w) - (u + v + w)) / slope
        return depth

    def tube(self, line: np.ndarray, bent: bool = False) -> tuple[tuple[slice, slice], np.ndarray]:
        """Return the window that a tube touches, and its depth there."""
        near = np.abs(line[:, 2] - self.z) < line[:, 3] + 6
        touched = np.flatnonzero(near | np.roll(near, 1) | np.roll(near, -1))
        if not touched.size:
            return (slice(0), slice(0)), np.zeros((0, 0), np.float32)
        part = line[touched[0] : touched[-1] + 1]
        (x0, y0), (x1, y1), margin = part[:, :2].min(0), part[:, :2].max(0), part[:, 3].max() + 9
        box = self.window(x0 - margin, x1 + margin, y0 - margin, y1 + margin)
        bend = float(bent)
        x, y = self.x[:, box[1]] + bend * self.dx[box], self.y[box[0]] + bend * self.dy[box]
        return box, tube_depth(part, x, y, self.z)

    def paint(
        self, depth: np.ndarray, value: float | np.ndarray, box: tuple[slice, slice] | None = None
    ) -> None:
        """Paint `value` where the depth is positive, in the whole slice or in a window of it."""
        hu = self.hu[box] if box else self.hu
        hu += np.clip(0.5 + depth / self.edge, 0, 1) * (value - hu)


def _draw_wall(s: _Slice) -> np.ndarray:
    """Paint table, skin, fat and muscles; return the depth in the cavity."""
    fat = s.person.fat
    for drop, arch in ((0, 0.0016), (30, 0.0028)):  # the two faces of the table
        face = 118 + 0.8 * fat + drop - arch * s.x**2
        s.paint(np.where(abs(s.x) < 160, 2 - abs(s.y - face), -9), 250)
    skin = s.ellipsoid(0, 2, 0, 149 + fat, 109 + 0.75 * fat, 9999, 0.5)
    skin = np.minimum(skin, 112 + 0.8 * fat - s.y)  # flat where the person lies
    s.paint(skin, 10)
    s.paint(skin - 2.4, FAT)
    cavity = s.ellipsoid(0, -4, 0, 135, 93, 9999, 0.5)
    thickness = 12 * np.clip(abs(s.x) / 60, 0.45, 1)
    s.paint(np.minimum(cavity + thickness, skin - 5), MUSCLE)
    layers = 0.9 - abs((-cavity) % 4.5 - 0.6) - 0.5 * abs(s.grain)
    s.paint(np.where((abs(cavity + 6) < 6) & (abs(s.x) > 75), layers, -9), FAT)
    s.paint(cavity, FAT)
    for side in (-1, 1):
        back = s.ellipsoid(side * 33, 80, 0, 30, 22, 9999)
        s.paint(back, MUSCLE + 12 * s.grain)
        s.paint(np.minimum(back - 2, s.grain - 1.7), FAT)
        s.paint(s.ellipsoid(side * 38, 44, -120, 19, 18, 112), MUSCLE)  # psoas
        s.paint(s.ellipsoid(side * 62, 76, -120, 18, 9, 140), MUSCLE)  # quadratus lumborum
        crus = [(20 * side, 36, -70, 2), (15 * side, 24, 0, 4), (14 * side, 16, 90, 7)]
        box, depth = s.tube(np.array(crus) + [8, 0, 0, 0], bent=True)
        s.paint(depth, MUSCLE, box)
    return cavity


def _ribs() -> Iterator[np.ndarray]:
    """Yield ribs from the spine round to the front, falling on the way."""
    angle = np.linspace(0.35, 2.0, 9)
    for side in (-1, 1):
        for top in range(-20 + 4 * side, 190, 27):
            x, y = side * 141 * np.sin(angle), -5 + 101 * np.cos(angle)
            yield np.stack([x, y, top - 55 * (angle - 0.35), np.full(9, 3.8)], 1)


def _draw_bones(s: _Slice) -> None:
    """Paint vertebra, spinal canal and ribs, each with a bright cortex."""
    level = abs(s.z % 34 - 17)  # mm from the middle of a vertebra
    body = np.minimum(s.ellipsoid(0, 44, 0, 24, 19, 9999, 0.3), 60 - s.y)
    s.paint(body, 95 if level > 13 else CORTEX - 90)
    s.paint(body - 2, 95 if level > 13 else MARROW + 12 * s.grain)  # 95 is a disc
    arch = np.full_like(s.hu, -99)
    for ax, ay, bx, by, radius in ARCH if level < 9 else ARCH[:3]:  # transverse processes are short
        for side in (-1, 1):
            line = np.array([(side * ax, ay, s.z, radius), (side * bx, by, s.z, radius)])
            box, depth = s.tube(line)
            arch[box] = np.maximum(arch[box], depth)
    s.paint(arch, CORTEX - 150)
    s.paint(arch - 1.8, MARROW + 12 * s.grain)
    canal = s.ellipsoid(0, 70, 0, 11, 9, 9999, 0)
    s.paint(canal, FAT / 2)
    s.paint(canal - 2.5, CORD)
    for rib in _ribs():
        box, depth = s.tube(rib)
        s.paint(depth, CORTEX, box)
        s.paint(depth - 2, MARROW, box)


def _draw_organs(s: _Slice, cavity: np.ndarray) -> None:
    """Paint liver, gallbladder, spleen and kidneys."""
    hu, texture = s.person.hu, 3 * s.grain
    depths = {name: s.ellipsoid(*shape.tolist()) for name, shape in s.person.organs.items()}
    liver = np.minimum(np.maximum(depths["right lobe"], depths["left lobe"]), cavity - 2.5)
    liver = np.minimum(liver, -s.ellipsoid(16, 26, 20, 50, 58, 9999))  # room for the middle
    s.paint(liver, hu["liver"] + texture)
    for line in s.person.liver_veins:
        box, depth = s.tube(line)
        s.paint(np.minimum(depth, liver[box] - 3), hu["vein"], box)
    s.paint(depths["gallbladder"] + 1.5, WALL)
    s.paint(depths["gallbladder"], FLUID)
    spleen = np.minimum(depths["spleen"], cavity - 2.5)
    s.paint(np.minimum(spleen, -s.ellipsoid(54, 6, 48, 38, 50, 80)), hu["spleen"] + texture)
    for name, side in (("right kidney", -1), ("left kidney", 1)):
        kidney, (x, y, z, *_) = depths[name], s.person.organs[name].tolist()
        if (kidney > 0).any():
            s.paint(kidney + 4, FAT)
            sinus = s.ellipsoid(x - side * 16, y - 8, z, 20, 8, 26) + 3 * s.lobes
            kidney = np.minimum(kidney, -sinus)
            s.paint(kidney, hu["renal cortex"] + texture)
            s.paint(np.minimum(kidney - 6, 4 * s.lobes + 1), hu["renal medulla"])


def _draw_gut(s: _Slice, cavity: np.ndarray) -> None:
    """Paint bowel and stomach: wall, then filling with folds, then gas on top."""
    for line, filling, gas, stool in s.person.gut:
        box, depth = s.tube(line, bent=True)
        depth = np.minimum(depth + 1.3 * s.lobes[box], cavity[box] - 1.5)
        if (depth > 0).any():
            s.paint(depth, WALL, box)
            lumen = depth - 2 - 0.6 * abs(s.grain[box])
            s.paint(lumen, filling * (1 + 0.12 * s.grain[box]), box)
            if stool:
                s.paint(np.minimum(lumen, 2 * s.grain[box] + 0.5), GAS / 2, box)
            y = np.broadcast_to(s.y[box[0]], depth.shape)
            level = y[depth > 0].min() + gas * np.ptp(y[depth > 0])
            s.paint(np.minimum(lumen, level - y), GAS, box)


def _draw_pancreas(s: _Slice) -> np.ndarray:
    """Paint the pancreas in a thin, broken coat of fat; return its mask."""
    points = s.person.pancreas.line[:, :2] / s.person.scale[:2]
    (x0, y0), (x1, y1) = points.min(0) - 25, points.max(0) + 25
    rows, columns = box = s.window(x0, x1, y0, y1)
    depth = pancreas_depth(s.person.pancreas, s.at[None, columns], s.at[rows, None], s.z_mm)
    s.paint(depth + 1.4 * s.lobes[box], FAT, box)
    s.paint(depth, s.person.hu["pancreas"] + 8 * s.grain[box], box)
    mask = np.zeros(s.hu.shape, bool)
    mask[box] = depth > 0
    return mask


def make_phantom(seed: int, *, slices: int = 24, size: int = 512) -> Phantom:
    """Draw the stack of axial slices around the pancreas of one imaginary person.

    Parameters
    ----------
    seed : int
        Chooses the person and the noise; any non-negative integer.
    slices : int
        Number of slices, at least 1; about four in five cut the pancreas. A single slice goes
        through its middle.
    size : int
        Rows and columns of a slice, at least 64. The field of view does not depend on it.

    Returns
    -------
    Phantom
        hu int16 [slices, size, size] in HU; mask bool of the same shape, True where the centre of
        the pixel is in the pancreas; spacing in mm between slices, rows and columns.

    Raises
    ------
    ValueError
        If slices is below 1 or size below 64.
    """
    if slices < 1:
        raise ValueError(f"A phantom needs at least 1 slice, but slices is {slices}.")
    if size < 64:
        raise ValueError(f"A phantom needs at least 64 x 64 pixels, but size is {size}.")
    person, rng = make_person(seed), np.random.default_rng([seed, 1])
    z, radius = person.pancreas.line[:, 2], person.pancreas.line[:, 3]
    bottom, top = float((z - radius).min()), float((z + radius).max())
    gap, pixel = (top - bottom) / max(1, round(0.8 * slices)), person.pixel * 512 / size
    at = ((np.arange(size) - 0.5 * (size - 1)) * pixel).astype(np.float32)
    hu = np.empty((slices, size, size), np.int16)
    mask = np.empty((slices, size, size), bool)
    for k in range(slices):
        z_mm = 0.5 * (bottom + top) + gap * (k - 0.5 * (slices - 1))
        s = _Slice(person, at, z_mm, rng)
        cavity = _draw_wall(s)
        _draw_organs(s, cavity)
        _draw_gut(s, cavity)
        _draw_bones(s)
        for name, line in person.tubes:
            box, depth = s.tube(line)
            s.paint(depth, person.hu[name], box)
        mask[k] = _draw_pancreas(s)
        # White and correlated noise; 0.6 and 0.8 keep the deviation at 1.
        noise = 0.6 * _noise(rng, (size, size), 0) + 0.8 * _noise(rng, (size, size), 0.9)
        image = ndimage.gaussian_filter(s.hu, 0.6) + person.noise * noise
        hu[k] = np.clip(np.rint(image), -1024, 3071)
    return Phantom(hu, mask, (gap, pixel, pixel))
