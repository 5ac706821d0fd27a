"""A slice -> a training window: bent, turned, scaled and with other grey levels, as another patient's might be.

NumPy and OpenCV on one slice at a time: whichever backend trains, the steps keep their processors. What takes long
happens in calls that let go of Python's lock, so that threads share the work among the cores.
No flips: the abdomen is not symmetric.

References
----------
Isensee F et al. nnU-Net. Nat Methods 2021;18:203-211 (which changes, how strong).
Simard PY, Steinkraus D, Platt JC. Best practices for convolutional neural networks applied to visual document
analysis. ICDAR 2003 (elastic deformation).
"""

import math
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

from space.changes import sampling_points
from space.model.settings import Settings

CONTROL_POINTS = 5  # of the elastic deformation, along each side of the window
CHANNELS = 4  # OpenCV has a fast way for 1 and 4 channels; 2 or 3 take more than twice the time of 4
NORMALS = 1 << 22  # random numbers to take the noise from: drawing them anew is half the time of a window
LEVELS = np.linspace(0, 1, 256)


def augment(
    image: np.ndarray,
    masks: Sequence[np.ndarray],
    rng: np.random.Generator,
    settings: Settings,
    zoom: tuple[float, float] = (1.0, 1.0),
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a window from a slice under a random map, and change its grey levels.

    Parameters
    ----------
    image : uint8 [h, w]
    masks : up to three, uint8 [h, w] of 0 and 1, which get the same map.
    zoom : how many times as many rows and columns the network sees; the map does this, too.

    Returns
    -------
    slice, float32 [side, side] in 0..1, and masks, uint8 [side, side, masks] of 0 and 1.
    """
    side = settings.train_crop
    columns, rows = sampling_points(
        angle=math.radians(settings.rotate * rng.uniform(-1, 1)),
        scale=math.exp(math.log1p(settings.scale) * rng.uniform(-1, 1)),
        shear=settings.shear * rng.uniform(-1, 1),
        shift=settings.shift * rng.uniform(-1, 1, 2),
        size=(side, side),
        shape=image.shape,
        zoom=zoom,
    )
    if settings.elastic:
        bend = rng.normal(0, settings.elastic, (CONTROL_POINTS, CONTROL_POINTS, 2)) / zoom[::-1]
        across, down = cv2.split(cv2.resize(bend.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC))
        columns += across
        rows += down
    window, truth = mapped(image, masks, columns, rows)
    x = np.asarray(cv2.LUT(window, grey_curve(rng, settings.intensity)))
    blur = settings.blur * rng.uniform(-1, 1)
    if blur > 0.3:  # below, a Gaussian on a pixel grid changes next to nothing
        x = np.asarray(cv2.GaussianBlur(x, (0, 0), blur))
    if settings.noise:
        strength = settings.noise * rng.uniform(-1, 1)
        x = np.asarray(cv2.scaleAdd(noise(rng, side), strength, x))
        np.clip(x, 0, 1, out=x)
    return x, truth


def mapped(
    image: np.ndarray, masks: Sequence[np.ndarray], columns: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return image and masks at these points: bilinear, black outside; shares of a mask are rounded at one half."""
    unused = CHANNELS - 1 - len(masks)
    together = cv2.remap(cv2.merge([image, *masks, *[image] * unused]), columns, rows, cv2.INTER_LINEAR)
    truth = np.empty((*columns.shape, len(masks)), np.uint8)
    cv2.mixChannels([together], [truth], [place for number in range(len(masks)) for place in (number + 1, number)])
    return np.asarray(cv2.extractChannel(together, 0)), truth


def noise(rng: np.random.Generator, side: int) -> np.ndarray:
    """Return standard normal numbers, float32 [side, side]: a random piece of a long row that is drawn once."""
    numbers = _normals(max(NORMALS, 16 * side * side))
    start = int(rng.integers(len(numbers) - side * side))
    return numbers[start : start + side * side].reshape(side, side)


@cache
def _normals(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(count, np.float32)


def grey_curve(rng: np.random.Generator, strength: float) -> np.ndarray:
    """Return what each of the 256 grey levels becomes, float32 [256] in 0..1: gamma, contrast, brightness."""
    gamma, contrast, brightness = strength * rng.uniform(-1, 1, 3)
    level = LEVELS ** np.exp(gamma)
    changed = (level - 0.5) * (1 + contrast) + 0.5 + brightness / 2
    return np.asarray(np.clip(changed, 0, 1), np.float32)
