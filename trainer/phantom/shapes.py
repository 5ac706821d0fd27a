"""Smooth shapes and random fields: what an imaginary body is made of. All in the units of x, y and z."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

Points = np.ndarray | Sequence[tuple[float, float, float, float]]


class Waves(NamedTuple):
    """A smooth random field: a sum of plane waves."""

    vectors: np.ndarray  # [waves, 3], radians per mm along x, y, z
    phases: np.ndarray  # [waves], radians


def random_waves(rng: np.random.Generator, shortest: float, longest: float) -> Waves:
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


def random_curve(rng: np.random.Generator, points: Points, spread: float, rounds: int = 2) -> np.ndarray:
    """Return a curve through the points moved at random: their corners cut `rounds` times."""
    line = np.array(points, float)
    line[:, :3] += spread * rng.normal(size=(len(line), 3)).clip(-2, 2)
    for _ in range(rounds):
        inner = np.stack([line[:-1] + np.diff(line, axis=0) * part for part in (0.25, 0.75)], 1)
        line = np.concatenate([line[:1], inner.reshape(-1, 4), line[-1:]])
    return line


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


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> np.ndarray:
    """Return noise of deviation 1, smoothed by a Gaussian of `sigma` pixels."""
    noise: np.ndarray = ndimage.gaussian_filter(rng.standard_normal(shape, np.float32), sigma)
    noise /= noise.std()
    return noise
