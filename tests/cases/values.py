"""Files whose values can be understood in several ways: offsets, scales, negatives, colours, other modalities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.cases import ASKED, REFUSED, Case, truth
from tests.cases.making import channels, jpeg_bytes, png, raw, tiff

RNG = np.random.default_rng(1)


def white_is_zero_cases() -> Iterator[Case]:
    hu, grey = truth().hu, truth().grey
    stored = (hu.astype(int) + 1024).astype(np.uint16)
    negative = {"photometric": "miniswhite"}
    yield Case("white-is-zero-8.tif", "8 bits", tiff(255 - grey, **negative), words="turned back")
    yield Case(
        "white-is-zero-16.tif", "16 bits", tiff(65535 - grey.astype(np.uint16) * 257, **negative), words="turned"
    )
    yield Case(
        "white-is-zero-16-hu.tif", "16 bits, HU + 1024 turned", tiff(65535 - stored, **negative), words="turned back"
    )
    yield Case("white-is-zero-16-lut.tif", "16 bits, HU + 1024, ImageJ's inverting LUT",
               tiff(stored, imagej=True, **negative), words="as they are stored")  # fmt: skip
    yield Case("white-is-zero-i2.tif", "signed 16 bits, HU", tiff(hu, **negative), words="as they are stored")
    yield Case("white-is-zero-f4-hu.tif", "floats, HU", tiff(hu.astype(np.float32), **negative), words="as they are")
    share = (grey / 255).astype(np.float32)
    yield Case("white-is-zero-f4.tif", "floats, 0 to 1", tiff(1 - share, **negative), words="turned back")
    yield Case("white-is-zero-f4-255.tif", "floats, 0 to 255", tiff(255 - 255 * share, **negative), words="turned back")
    for name, values in (("8", 255 - grey), ("16", 65535 - grey.astype(np.uint16) * 257)):
        yield Case(f"negative-{name}.png", f"{name} bits, a negative without a word of it", png(values), ASKED,
                   "white all round", "negative")  # fmt: skip
    yield Case("negative-f4.tif", "floats, a negative", tiff(1 - share), ASKED, "white all round", "negative")
    yield Case(
        "negative-rgb.png", "a negative, RGB", png(channels(255 - grey, 3)), ASKED, "white all round", "negative"
    )
    yield Case("negative-hu.tif", "HU with the other sign", tiff(-hu), ASKED, "does not say", faithful=False)
    paper = np.pad(grey, 200, constant_values=255)
    yield Case("white-paper.png", "a figure on white paper", png(paper), ASKED, "white all round", faithful=False)


def mr() -> np.ndarray:
    """Return a slice with the contrasts of MR: fat is brightest, bone dark, and nothing is in HU."""
    signal = np.interp(
        truth().hu, (-1024, -500, -150, -60, 20, 60, 150, 400, 1500), (8, 20, 950, 900, 300, 420, 600, 150, 60)
    )
    return np.asarray((signal + RNG.normal(0, 25, signal.shape)).clip(0, 1100))


def scale_cases() -> Iterator[Case]:
    hu, grey = truth().hu, truth().grey
    stored = (hu.astype(int) + 1024).astype(np.uint16)
    for offset in (2048, 8192, 32768):
        yield Case(f"hu-{offset}.png", f"HU + {offset}", png((hu.astype(int) + offset).astype(np.uint16)),
                   words=f"HU + {offset}.")  # fmt: skip
    thousand = (hu.astype(int).clip(-1000) + 1000).astype(np.uint16)
    yield Case("hu-1000.png", "HU + 1000 (24 HU from the usual offset)", png(thousand), words="HU + 1024.", off=18)
    yield Case(
        "hu-wrapped.png", "HU, negative ones wrapped round", png(hu.view(np.uint16)), words="-1 is stored as 65535"
    )
    padded = stored.copy()
    padded[np.hypot(*np.ogrid[-256:256, -256:256]) > 256] = 65536 - 976  # -2000 HU outside the field of view
    yield Case("hu-wrapped-padding.png", "HU + 1024, padding wrapped round", png(padded), words="HU + 1024.")
    padding = hu.copy()
    padding[np.hypot(*np.ogrid[-256:256, -256:256]) > 256] = -3024
    yield Case("hu-padding.tif", "HU, padding of -3024", tiff(padding), words="read as HU.")
    for low, high in ((-200, 400), (-160, 240), (-1000, 1000), (-40, 310)):
        clipped = hu.clip(low, high)
        faithful = low <= -40 and high >= 310
        yield Case(f"hu-clipped-{-low}-{high}.tif", f"HU cut to {low} to {high}", tiff(clipped), faithful=faithful)
        raised = (clipped.astype(int) + 1024).astype(np.uint16)
        yield Case(f"hu-clipped-{-low}-{high}-1024.png", f"HU + 1024, cut to {low} to {high}", png(raised),
                   words="HU + 1024", faithful=faithful)  # fmt: skip
    metal = stored.copy()
    metal[250:262, 250:262] = 30000
    yield Case("hu-metal.png", "HU + 1024 with metal beyond 12 bits", png(metal), words="HU + 1024.", off=255)
    yield Case("hu-interpolated.tif", "HU + 1024, a little below 0", tiff(stored.astype(np.float32) - 3), off=3)
    yield Case("hu-thousandth.tif", "HU / 1000", tiff((hu / 1000).astype(np.float32)), words="HU / 1000")
    yield Case("hu-no-negative.png", "HU, negative ones cut to 0", png(hu.clip(0).astype(np.uint16)), ASKED,
               "does not say", "hu", off=29)  # fmt: skip
    yield Case("hu-window-at-0.png", "HU cut to -160 to 240, from 0", png((hu.clip(-160, 240) + 160).astype(np.uint16)),
               ASKED, "does not say", faithful=False)  # fmt: skip
    scaled = (stored / 4095).clip(0, 1)
    yield Case("whole-ct-16.png", "12 bits of CT spread over 16", png(np.rint(scaled * 65535).astype(np.uint16)),
               words="12 bits")  # fmt: skip
    yield Case("whole-ct-shifted.png", "12 bits of CT in the upper 12 of 16", png(stored << 4), words="12 bits", off=1)
    yield Case("whole-ct-f4.tif", "12 bits of CT as floats", tiff(scaled.astype(np.float32)), words="12 bits")
    yield Case("whole-ct-8.png", "12 bits of CT squeezed into 8", png(np.rint(scaled * 255).astype(np.uint8)), ASKED,
               "does not say", "whole-ct", off=6)  # fmt: skip
    span = (hu - hu.min()) / (hu.max() - hu.min())
    for name, make in (
        ("8.png", png(np.rint(span * 255).astype(np.uint8))),
        ("16.png", png(np.rint(span * 65535).astype(np.uint16))),
        ("f4.tif", tiff(span.astype(np.float32))),
        ("symmetric.tif", tiff((2 * span - 1).astype(np.float32))),
    ):
        yield Case(f"lowest-to-highest-{name}", "HU spread from the lowest to the highest", make, ASKED, "window",
                   faithful=False)  # fmt: skip
    for low, high in ((-1000, 1000), (-1350, 150), (-1024, 3071)):
        picture = np.rint((hu.clip(low, high) - low) * (255 / (high - low))).astype(np.uint8)
        yield Case(
            f"window-{low}-{high}.png", f"8 bits, window {low} to {high} HU", png(picture), ASKED, faithful=False
        )
    yield Case("swapped-bytes.png", "HU + 1024, bytes swapped", png(stored.byteswap()), REFUSED, "bytes")
    yield Case("swapped-bytes.tif", "HU, bytes swapped", tiff(hu.byteswap()), REFUSED, "bytes")
    yield Case("mr-16.png", "MR, 0 to 1100", png(mr().astype(np.uint16)), ASKED, "does not say", faithful=False)
    yield Case("mr-12.png", "MR, 0 to 4095", png((mr() * 3.7).astype(np.uint16)), ASKED, "does not say", faithful=False)
    yield Case(
        "mr-2000.png", "MR, 0 to 2000", png((mr() * 1.8).astype(np.uint16)), ASKED, "does not say", faithful=False
    )
    yield Case("mr-f4.tif", "MR, floats", tiff(mr().astype(np.float32)), ASKED, "does not say", faithful=False)
    yield Case("grey-12.png", "12-bit grey levels", png(np.rint(grey * (4095 / 255)).astype(np.uint16)), ASKED,
               "does not say", "grey-4095")  # fmt: skip
    yield Case("grey-in-16.png", "0 to 255 in 16 bits", png(grey.astype(np.uint16)), words="255 is white")
    yield Case("grey-in-f4.tif", "0 to 255 in floats", tiff(grey.astype(np.float32)), words="255 is white")
    yield Case("grey-in-upper-8.png", "8 bits in the upper 8 of 16", png(grey.astype(np.uint16) << 8), off=1)
    share = grey / 255
    for dtype in ("f2", "f4", "f8"):
        yield Case(f"share-{dtype}.tif", f"0 to 1, {dtype}", tiff(share.astype(dtype)))
        yield Case(
            f"symmetric-{dtype}.tif", f"-1 to 1, {dtype}", tiff((2 * share - 1).astype(dtype)), words="-1 is black"
        )
    yield Case("share-overshoot.tif", "slightly outside 0 to 1", tiff((share * 1.04 - 0.02).astype(np.float32)), off=6)
    z = ((grey - grey.mean()) / grey.std()).astype(np.float32)
    yield Case("z-score.tif", "z-scores of grey levels", tiff(z), ASKED, "does not say", "stretched")
    hu_z = ((hu - hu.mean()) / hu.std()).astype(np.float32)
    yield Case("z-score-hu.tif", "z-scores of HU", tiff(hu_z), ASKED, "does not say", faithful=False)
    yield Case(
        "centred.tif", "grey levels minus 100", tiff(grey.astype(np.int16) - 100), ASKED, "does not say", "stretched"
    )
    yield Case("half-range.tif", "floats up to 0.4", tiff((share * 0.4).astype(np.float32)), ASKED, "", "stretched")


def colour_cases() -> Iterator[Case]:
    grey = truth().grey
    painted = channels(grey, 3)
    painted[truth().organ] = (255, 0, 0)
    yield Case("overlay.png", "the organ painted in red", png(painted), ASKED, "colours in", "colour", faithful=False)
    thin = channels(grey, 3)
    thin[100, 100:110] = (0, 255, 0)
    yield Case("mark.png", "ten green pixels", png(thin), ASKED, "colours in", "colour", off=255)
    hot = np.stack([np.interp(grey, x, (0, 255)) for x in ((0, 95), (95, 190), (190, 255))], -1).astype(np.uint8)
    yield Case("false-colours.png", "a hot colour scale", png(hot), ASKED, "colours in", "colour", faithful=False)
    yield Case(
        "overlay-16.png", "16 bits, painted", png(painted.astype(np.uint16) * 257), ASKED, "colours", faithful=False
    )
    yield Case("overlay.jpg", "JPEG, painted", raw(jpeg_bytes(painted)), ASKED, "colours in", faithful=False)


def value_cases() -> list[Case]:
    return [case for source in (white_is_zero_cases, scale_cases, colour_cases) for case in source()]
