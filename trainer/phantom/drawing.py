"""Seeded drawings of an abdomen in Hounsfield units (HU), with a pancreas of known geometry and a map of the organs.

Each seed is another imaginary person: one body in three dimensions, cut into axial slices that
resemble portal-venous CT. It is a drawing, not a simulation of CT physics: organs are painted
back to front as smooth solids, softened at their edges, and noise is added. Nobody's scan went
into it, so the slices are free of patients and licences.

The axes are those of `trainer.phantom.anatomy`, which knows who the person is.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import ndimage

from space.case import Case, LabelMap
from trainer.phantom.anatomy import (
    AIR,
    ARCH,
    CORD,
    CORTEX,
    FAT,
    FLUID,
    GAS,
    MARROW,
    MUSCLE,
    WALL,
    Person,
    make_person,
    pancreas_depth,
    ribs,
)
from trainer.phantom.shapes import ripple, smooth_noise, tube_depth
from trainer.phantom.traits import with_traits

ORGANS = (
    "pancreas",
    "liver",
    "gallbladder",
    "spleen",
    "right kidney",
    "left kidney",
    "adrenal glands",
    "stomach",
    "duodenum",
    "small bowel",
    "colon",
)
"""What the label map of a phantom knows; the labels are counted from 1."""
LABELS = {name: number for number, name in enumerate(ORGANS, 1)}
PAIRS = {"kidneys": ("right kidney", "left kidney")}
"""What is several organs under one name."""
TARGETS = (*ORGANS, *PAIRS)
"""What a network can learn to find in phantoms."""


def traced(phantom: Case, target: str) -> np.ndarray:
    """Return where one of `TARGETS` is, bool [n, h, w]; nowhere if phantoms do not show it."""
    masks = [phantom.mask(organ) for organ in PAIRS.get(target, (target,))]
    return np.asarray(np.any(masks, axis=0))


def make_phantom(
    seed: int, *, slices: int = 24, size: int = 512, noise: bool = True, traits: Iterable[str] = ()
) -> Case:
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
    noise : bool
        Whether the scanner's noise is added.
    traits : iterable of str
        Of `trainer.phantom.traits.TRAITS`: what makes this person's pancreas harder to find.

    Returns
    -------
    Case
        hu int16 [slices, size, size], lowest (caudal) slice first; labels of all the organs that are drawn: a pixel
        belongs to the organ that its centre lies in, as it is seen; spacing in mm.

    Raises
    ------
    ValueError
        If slices is below 1, size below 64, or a trait unknown.
    """
    if slices < 1:
        raise ValueError(f"A phantom needs at least 1 slice, but slices is {slices}.")
    if size < 64:
        raise ValueError(f"A phantom needs at least 64 x 64 pixels, but size is {size}.")
    person, rng = with_traits(make_person(seed), traits, seed), np.random.default_rng([seed, 1])
    z, radius = person.pancreas.line[:, 2], person.pancreas.line[:, 3]
    bottom, top = float((z - radius).min()), float((z + radius).max())
    gap, pixel = (top - bottom) / max(1, round(0.8 * slices)), person.pixel * 512 / size
    at = ((np.arange(size) - 0.5 * (size - 1)) * pixel).astype(np.float32)
    hu = np.empty((slices, size, size), np.int16)
    labels = np.empty((slices, size, size), np.uint8)
    for k in range(slices):
        z_mm = 0.5 * (bottom + top) + gap * (k - 0.5 * (slices - 1))
        s = _Slice(person, at, z_mm, rng)
        cavity = _draw_wall(s)
        _draw_organs(s, cavity)
        _draw_gut(s, cavity)
        _draw_bones(s)
        for name, line in person.tubes:
            box, depth = s.tube(line)
            s.paint(depth, person.hu[name], box, "adrenal glands" if name == "adrenal" else "")
        _draw_pancreas(s)
        labels[k] = s.labels
        # White and correlated noise; 0.6 and 0.8 keep the deviation at 1.
        grain = 0.6 * smooth_noise(rng, (size, size), 0) + 0.8 * smooth_noise(rng, (size, size), 0.9)
        image = ndimage.gaussian_filter(s.hu, 0.6) + (person.noise if noise else 0) * grain
        hu[k] = np.clip(np.rint(image), -1024, 3071)
    return Case(
        name=f"phantom-{seed}",
        hu=hu,
        spacing=(gap, pixel, pixel),
        notes=("Drawn by this project: nobody's scan.",),
        labels=LabelMap(labels, dict(enumerate(ORGANS, 1))),
    )


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
        self.grain = smooth_noise(rng, self.dx.shape, 1.7 / self.edge)  # tissue, a few mm coarse
        self.hu = np.full(self.dx.shape, AIR, np.float32)
        self.labels = np.zeros(self.dx.shape, np.uint8)

    def window(self, x0: float, x1: float, y0: float, y1: float) -> tuple[slice, slice]:
        """Return the rows and columns that hold a box."""
        rows, columns = self.y[:, 0].searchsorted((y0, y1)), self.x[0].searchsorted((x0, x1))
        return slice(*rows.tolist()), slice(*columns.tolist())

    def ellipsoid(self, cx: float, cy: float, cz: float, a: float, b: float, c: float, bend: float = 1) -> np.ndarray:
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
        self,
        depth: np.ndarray,
        value: float | np.ndarray,
        box: tuple[slice, slice] = (slice(None), slice(None)),
        organ: str = "",
    ) -> None:
        """Paint `value` where the depth is positive, in the whole slice or in a window of it.

        What is painted belongs to `organ`; without a name it hides the organ that was there.
        """
        hu = self.hu[box]
        hu += np.clip(0.5 + depth / self.edge, 0, 1) * (value - hu)
        self.labels[box][depth > 0] = LABELS.get(organ, 0)


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
        box, depth = s.tube(np.add(crus, [8, 0, 0, 0]), bent=True)
        s.paint(depth, MUSCLE, box)
    return cavity


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
    for rib in ribs():
        box, depth = s.tube(rib)
        s.paint(depth, CORTEX, box)
        s.paint(depth - 2, MARROW, box)


def _draw_organs(s: _Slice, cavity: np.ndarray) -> None:
    """Paint liver, gallbladder, spleen and kidneys."""
    hu, texture = s.person.hu, 3 * s.grain
    depths = {name: s.ellipsoid(*shape.tolist()) for name, shape in s.person.organs.items()}
    liver = np.minimum(np.maximum(depths["right lobe"], depths["left lobe"]), cavity - 2.5)
    liver = np.minimum(liver, -s.ellipsoid(16, 26, 20, 50, 58, 9999))  # room for the middle
    s.paint(liver, hu["liver"] + texture, organ="liver")
    for line in s.person.liver_veins:
        box, depth = s.tube(line)
        s.paint(np.minimum(depth, liver[box] - 3), hu["vein"], box, "liver")
    s.paint(depths["gallbladder"] + 1.5, WALL, organ="gallbladder")
    s.paint(depths["gallbladder"], FLUID, organ="gallbladder")
    spleen = np.minimum(depths["spleen"], cavity - 2.5)
    s.paint(np.minimum(spleen, -s.ellipsoid(54, 6, 48, 38, 50, 80)), hu["spleen"] + texture, organ="spleen")
    for name, side in (("right kidney", -1), ("left kidney", 1)):
        kidney, (x, y, z, *_) = depths[name], s.person.organs[name].tolist()
        if (kidney > 0).any():
            s.paint(kidney + 4, FAT)
            sinus = s.ellipsoid(x - side * 16, y - 8, z, 20, 8, 26) + 3 * s.lobes
            kidney = np.minimum(kidney, -sinus)
            s.paint(kidney, hu["renal cortex"] + texture, organ=name)
            s.paint(np.minimum(kidney - 6, 4 * s.lobes + 1), hu["renal medulla"], organ=name)


def _draw_gut(s: _Slice, cavity: np.ndarray) -> None:
    """Paint bowel and stomach: wall, then filling with folds, then gas on top."""
    for organ, line, filling, gas, stool in s.person.gut:
        box, depth = s.tube(line, bent=True)
        depth = np.minimum(depth + 1.3 * s.lobes[box], cavity[box] - 1.5)
        if (depth > 0).any():
            s.paint(depth, WALL, box, organ)
            lumen = depth - 2 - 0.6 * abs(s.grain[box])
            s.paint(lumen, filling * (1 + 0.12 * s.grain[box]), box, organ)
            if stool:
                s.paint(np.minimum(lumen, 2 * s.grain[box] + 0.5), GAS / 2, box, organ)
            y = np.broadcast_to(s.y[box[0]], depth.shape)
            level = y[depth > 0].min() + gas * np.ptp(y[depth > 0])
            s.paint(np.minimum(lumen, level - y), GAS, box, organ)


def _draw_pancreas(s: _Slice) -> None:
    """Paint the pancreas in a thin, broken coat of fat."""
    points = s.person.pancreas.line[:, :2] / s.person.scale[:2]
    (x0, y0), (x1, y1) = points.min(0) - 25, points.max(0) + 25
    rows, columns = box = s.window(x0, x1, y0, y1)
    depth = pancreas_depth(s.person.pancreas, s.at[None, columns], s.at[rows, None], s.z_mm)
    if s.person.coat:
        s.paint(depth + s.person.coat * s.lobes[box], FAT, box)
    grey = s.person.hu["pancreas"]
    fat = s.person.marbling * (0.5 + 0.5 * s.grain[box]).clip(0, 1.2)
    s.paint(depth, grey + 8 * s.grain[box] - fat * (grey - FAT), box, "pancreas")
