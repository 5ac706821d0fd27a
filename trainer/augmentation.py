"""A slice -> a training window: bent, turned, scaled and with other grey levels, as another patient's might be.

NumPy and OpenCV on one slice at a time: whichever backend trains, the steps keep their processors.
No flips: the abdomen is not symmetric.

References
----------
Isensee F et al. nnU-Net. Nat Methods 2021;18:203-211 (which changes, how strong).
Simard PY, Steinkraus D, Platt JC. Best practices for convolutional neural networks applied to visual document
analysis. ICDAR 2003 (elastic deformation).
"""

import math

import cv2
import numpy as np

from space.changes import sampling_points
from space.model.settings import Settings

CONTROL_POINTS = 5  # of the elastic deformation, along each side of the window


def augment(
    image: np.ndarray,
    mask: np.ndarray,
    rng: np.random.Generator,
    settings: Settings,
    zoom: tuple[float, float] = (1.0, 1.0),
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a window from a slice under a random map, and change its grey levels.

    Parameters
    ----------
    image, mask : uint8 [h, w] and [h, w] or [h, w, masks]; a mask is 0 or 1.
    zoom : how many times as many rows and columns the network sees; the map does this, too.

    Returns
    -------
    slice and mask, float32 [side, side] and [side, side] or [side, side, masks] in 0..1; the mask is 0 or 1.
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
        bend = rng.normal(0, settings.elastic, (CONTROL_POINTS, CONTROL_POINTS, 2)).astype(np.float32)
        across, down = cv2.split(cv2.resize(bend, (side, side), interpolation=cv2.INTER_CUBIC))
        columns, rows = columns + across / zoom[1], rows + down / zoom[0]
    # bilinear, black outside; OpenCV rounds the mask's shares at one half
    window, truth = (cv2.remap(pixels, columns, rows, cv2.INTER_LINEAR) for pixels in (image, mask))
    x = grey_curve(rng, settings.intensity)[window]
    blur = settings.blur * rng.uniform(-1, 1)
    if blur > 0.3:  # below, a Gaussian on a pixel grid changes next to nothing
        x = np.asarray(cv2.GaussianBlur(x, (0, 0), blur), np.float32)
    if settings.noise:
        strength = np.float32(settings.noise * rng.uniform(0, 1))
        x = np.clip(x + strength * rng.standard_normal(x.shape, np.float32), 0, 1)
    return x, truth.astype(np.float32)


def grey_curve(rng: np.random.Generator, strength: float) -> np.ndarray:
    """Return what each of the 256 grey levels becomes, float32 [256] in 0..1: gamma, contrast, brightness."""
    gamma, contrast, brightness = strength * rng.uniform(-1, 1, 3)
    level = np.linspace(0, 1, 256) ** np.exp(gamma)
    changed = (level - 0.5) * (1 + contrast) + 0.5 + brightness / 2
    return np.asarray(np.clip(changed, 0, 1), np.float32)
