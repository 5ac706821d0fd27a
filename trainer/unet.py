"""The U-Net, from built-in Keras layers, readable from top to bottom.

    slice -> level 0 -> pool -> level 1 -> ... -> deepest level      each level keeps its maps (skip)
             level 0 <- up   <- level 1 <- ... <- deepest level      and gets them back on the way up

References
----------
Ronneberger O, Fischer P, Brox T. U-Net: convolutional networks for biomedical image segmentation.
MICCAI 2015, arXiv:1505.04597. Erickson and Cai 2020 (see trainer/presets.py), figure 2.
"""

from typing import NamedTuple

import keras
from keras import layers, ops

from space.model.settings import Settings


def build_unet(settings: Settings, *, lesson: bool = False, masks: int = 1, curve: bool = False) -> keras.Model:
    """Build the network.

    Parameters
    ----------
    settings : the knobs of `trainer.presets.Settings` that shape the network.
    lesson : add a second input `skip_gain` [levels], which scales each skip connection (0 cuts it; a network
        without skip connections has no such input), and an output for every level's maps, channels first. The
        layers with weights have the plain network's names, in another order.
    masks : how many masks it predicts: the slice's own and, in training, its neighbours'.
    curve : end with a curve through the logit, which `trainer.calibration` fits after training.

    Returns
    -------
    a model from `slice` float32 [n, h, w, 1] in 0..1 to `probability` [n, h, w, masks]; h and w are multiples
    of `divisor(settings)`.

    Examples
    --------
    >>> from trainer.presets import PRESETS
    >>> build_unet(PRESETS["notebook"]).count_params()
    193409
    """
    plan = levels(settings)
    deepest = len(plan) - 1
    image = keras.Input((None, None, 1), name="slice")
    joined = settings.skips == "joined"
    gain = keras.Input(batch_shape=(deepest,), name="skip_gain") if lesson and joined else None

    x, skips, maps = image, [], {}
    for depth, level in enumerate(plan):  # down
        name = f"encoder_{depth}" if depth < deepest else "bottleneck"
        if depth == 1 and settings.stem:  # straight from the slice, not from the light level above
            x = convolution(image, level.width, settings, "stem", kernel=settings.first_kernel, strides=2)
        elif depth > 0:
            x = layers.MaxPooling2D(2, name=f"{name}_pool")(x)
            x = once_a_level(x, settings, name)
        x = block(x, level, settings, name, kernel=level.kernel)
        maps[name] = x
        skips.append(x)
    if settings.dropout:
        x = layers.SpatialDropout2D(settings.dropout, name="bottleneck_dropout")(x)
    for depth in reversed(range(deepest)):  # up
        x = once_a_level(x, settings, f"up_{depth}")
        x = upsample(x, plan[depth].width, settings, f"up_{depth}")
        if joined:
            skip = skips[depth] if gain is None else skips[depth] * gain[depth]
            x = layers.Concatenate(name=f"join_{depth}")([skip, x])
        x = block(x, plan[depth], settings, f"decoder_{depth}")
        maps[f"decoder_{depth}"] = x

    # float32 whatever the policy: a sigmoid in half precision has too few values near 0 and 1
    x = layers.Conv2D(masks, 1, dtype="float32", name="logit")(x)
    if curve:
        bends = [layers.Activation(kind, dtype="float32", name=kind)(x) for kind in ("softplus", "sigmoid")]
        x = layers.Concatenate(dtype="float32", name="bends")([x, *bends])
        x = layers.Conv2D(1, 1, dtype="float32", name="curve")(x)
    probability = layers.Activation("sigmoid", dtype="float32", name="probability")(x)
    if not lesson:
        return keras.Model(image, probability, name="unet")
    channels_first = {name: ops.transpose(maps[name], (0, 3, 1, 2)) for name in maps}
    inputs = image if gain is None else [image, gain]
    return keras.Model(inputs, {"probability": probability, **channels_first}, name="unet")


class Level(NamedTuple):
    """One level of the U."""

    width: int
    convolutions: int
    kernel: int
    """Side of the kernel of its first convolution on the way down."""


def levels(settings: Settings) -> list[Level]:
    """List the levels from the top; a stem puts a light one, with one convolution, above the others."""
    found = [Level(width, settings.convolutions, 3) for width in settings.filters]
    if settings.stem:
        return [Level(settings.stem, 1, 3), *found]
    return [found[0]._replace(kernel=settings.first_kernel), *found[1:]]


def divisor(settings: Settings) -> int:
    """Return what a slice's height and width must be multiples of."""
    return int(2 ** (len(levels(settings)) - 1))


def block(x, level: Level, settings: Settings, name: str, *, kernel: int = 3):  # type: ignore[no-untyped-def]
    """Return the convolutions of a level, one after another."""
    for number in range(level.convolutions):
        side = kernel if number == 0 else 3
        x = convolution(x, level.width, settings, f"{name}_{number + 1}", kernel=side)
    return x


def convolution(x, width: int, settings: Settings, name: str, *, kernel: int, strides: int = 1):  # type: ignore[no-untyped-def]
    """Return a convolution, its normalisation (unless once a level is enough) and its activation."""
    everywhere = settings.normalize == "convolution"
    x = layers.Conv2D(
        width,
        kernel,
        strides=strides,
        padding="same",
        use_bias=not (everywhere and settings.normalization == "batch"),  # batch norm has an offset of its own
        kernel_initializer=settings.initializer,
        name=name,
    )(x)
    if everywhere:
        x = normalize(x, settings.normalization, f"{name}_norm")
    return layers.Activation(settings.activation, name=f"{name}_act")(x)


def once_a_level(x, settings: Settings, name: str):  # type: ignore[no-untyped-def]
    """Return the maps normalised where a level begins at its smaller side: after a pool, before an upsampling.

    On a CPU, batch norm after every convolution costs 40% of a training step, most of it at full resolution.
    """
    return normalize(x, settings.normalization, f"{name}_norm") if settings.normalize == "level" else x


def normalize(x, kind: str, name: str):  # type: ignore[no-untyped-def]
    """Return the normalised maps."""
    if kind == "none":
        return x
    if kind == "batch":
        return layers.BatchNormalization(name=name)(x)
    if kind == "layer":  # over all pixels and filters of a slice and without weights, as in the notebook
        return layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False, name=name)(x)
    return layers.GroupNormalization(x.shape[-1] // 4, name=name)(x)  # 4 filters a group divide the presets' widths


def upsample(x, width: int, settings: Settings, name: str):  # type: ignore[no-untyped-def]
    """Return maps of twice the height and width."""
    common = {"padding": "same", "kernel_initializer": settings.initializer}
    if settings.upsampling == "transpose":
        return layers.Conv2DTranspose(width, 2, strides=2, **common, name=name)(x)
    x = layers.UpSampling2D(2, name=f"{name}_nearest")(x)
    return layers.Conv2D(width, 2, activation=settings.activation, **common, name=name)(x)
