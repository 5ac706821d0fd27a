"""Files that show where the phantom's organ is, in every way that tools save a mask."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.cases import ASKED, REFUSED, Case, truth
from tests.cases.making import channels, chunk, exif, jpeg_bytes, lying, pillow, png, raw, tiff

VOC = bytes((0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0))
SEVERAL, MOST, BLURRED = "which one is the pancreas", "would cover", "edges are blurred"


def plain_cases() -> Iterator[Case]:
    organ = truth().organ
    byte = organ.astype(np.uint8)
    for value in (1, 7, 128, 255):
        yield Case(f"mask-0-{value}.png", f"0 and {value}", png(byte * np.uint8(value)))
    for bits in (1, 2, 4):
        yield Case(f"mask-{bits}-bit.png", f"{bits} bits a pixel", png(byte * np.uint8(2**bits - 1), bits=bits))
    for value in (1, 255, 65535):
        yield Case(f"mask-16-{value}.png", f"16 bits, 0 and {value}", png(byte * np.uint16(value)))
        for count, name in ((2, "grey-alpha"), (3, "rgb"), (4, "rgba")):
            yield Case(f"mask-16-{name}-{value}.png", f"16 bits, {name}, 0 and {value}",
                       png(channels(byte * np.uint16(value), count)))  # fmt: skip
    for dtype in ("u1", "u2", "i2", "i4", "u4", "i8", "f2", "f4", "f8"):
        yield Case(f"mask-{dtype}.tif", f"TIFF of {np.dtype(dtype).name}", tiff(organ.astype(dtype)))
    yield Case("mask-minus-0.tif", "floats, -0 and 1", tiff(np.where(organ, 1, -0.0).astype(np.float32)))
    yield Case("mask-1-bit.tif", "TIFF of 1 bit", pillow(organ))
    yield Case("mask-1-bit-fax.tif", "TIFF of 1 bit, fax compression", pillow(organ, compression="group4"))
    yield Case("mask-1-bit-bits.tif", "TIFF of 1 bit, PackBits", pillow(organ, compression="packbits"))
    for compression in ("lzw", "zlib", "zstd", "lzma", "packbits"):
        yield Case(f"mask-{compression}.tif", f"TIFF, {compression}, tiled",
                   tiff(byte, compression=compression, tile=(128, 128)))  # fmt: skip
    for name, colour in {"red": (255, 0, 0), "dim": (0, 0, 1), "dark": (128, 0, 0), "white": (255, 255, 255)}.items():
        yield Case(f"mask-{name}.png", f"{name} on black", png(byte[..., None] * np.array(colour, np.uint8)))
    yield Case("mask-adam7.png", "interlaced", png(byte * np.uint8(255), interlaced=True))
    yield Case("mask-16-red.png", "16-bit colours", png(byte[..., None] * np.array((256, 1, 0), np.uint16)))
    for number in (3, 6, 8):
        lain = lying(byte * np.uint8(255), number)
        yield Case(f"mask-orientation-{number}.png", f"EXIF orientation {number}", words="upright",
                   write=png(lain, extra=chunk(b"eXIf", exif(number).removeprefix(b"Exif\0\0"))))  # fmt: skip
        yield Case(f"mask-orientation-{number}.tif", f"TIFF orientation {number}", words="upright",
                   write=tiff(lain, extratags=[(274, 3, 1, number, True)]))  # fmt: skip
    yield Case("mask-empty.png", "all black", png(byte * np.uint8(0)), words="is empty", faithful=False)
    yield Case("mask-empty-transparent.png", "all transparent", words="is empty", faithful=False,
               write=png(np.zeros((512, 512, 4), np.uint8)))  # fmt: skip


def inverted_cases() -> Iterator[Case]:
    organ = truth().organ
    white = np.where(organ, 0, 255).astype(np.uint8)
    said = "The mask is inverted"
    yield Case("inverted-8.png", "black organ on white", png(white), words=said)
    yield Case("inverted-1-bit.png", "1 bit", png(white // 255, bits=1), words=said)
    yield Case("inverted-16.png", "16 bits", png(white.astype(np.uint16) * 257), words=said)
    yield Case("inverted-rgb.png", "RGB", png(channels(white, 3)), words=said)
    yield Case("inverted-rgba.png", "RGBA", png(channels(white, 4)), words=said)
    yield Case("inverted-palette.png", "white is number 0 of the palette", words=said,
               write=png(organ.astype(np.uint8), palette=b"\xff\xff\xff\0\0\0"))  # fmt: skip
    yield Case("inverted-01.tif", "floats", tiff((~organ).astype(np.float32)), words=said)
    yield Case("inverted.jpg", "JPEG", raw(jpeg_bytes(white)), words=said, off=0.05)
    negative = {"photometric": "miniswhite"}
    yield Case("mask-white-is-zero.tif", "white is zero, shown white on black", tiff(white, **negative))
    yield Case("mask-white-is-zero-16.tif", "the same in 16 bits", tiff(white.astype(np.uint16) * 257, **negative))
    yield Case("mask-imagej-lut.tif", "ImageJ's inverting LUT, shown black on white", words=said,
               write=tiff(organ.astype(np.uint8) * np.uint8(255), **negative))  # fmt: skip
    yield Case("mask-white-is-zero-1.tif", "1 bit, white is zero", tiff(~organ, **negative))
    yield Case("mask-white-is-zero-f4.tif", "floats, white is zero", tiff((~organ).astype(np.float32), **negative))
    yield Case("all-white.png", "white all over", png(white | np.uint8(255)), ASKED, MOST, "0", faithful=False)
    most = np.full((512, 512), 255, np.uint8)
    most[:, :100] = 0
    yield Case("covers-most.png", "80% of the slice", png(most), ASKED, MOST, faithful=False)
    frame = np.pad(np.zeros((412, 412), np.uint8), 50, constant_values=255)
    yield Case("frame.png", "a frame round the slice", png(frame), ASKED, MOST, faithful=False)
    yield Case("inverted-red.png", "black organ on red", words=said,
               write=png((~organ)[..., None] * np.array((255, 0, 0), np.uint8)))  # fmt: skip
    red = np.where(organ[..., None], (255, 0, 0), (255, 255, 255)).astype(np.uint8)
    yield Case("red-on-white.png", "red organ on white", png(red), ASKED, SEVERAL, "#ff0000")
    matlab = organ.astype(np.uint8) + np.uint8(1)
    yield Case("mask-1-2.png", "1 is background, 2 the organ", png(matlab), ASKED, SEVERAL, "2")
    yield Case("mask-100-255.png", "dark grey background", png(np.where(organ, 255, 100).astype(np.uint8)), ASKED,
               SEVERAL, "255")  # fmt: skip


def several_cases() -> Iterator[Case]:
    organ, bone = truth().organ, truth().bone
    number = np.where(organ, 2, np.where(bone, 1, 0)).astype(np.uint8)
    yield Case("labels-1-2.png", "values 1 and 2", png(number), ASKED, SEVERAL, "2")
    yield Case("labels-16.png", "16 bits, values 1 and 2", png(number.astype(np.uint16)), ASKED, SEVERAL, "2")
    yield Case("labels-2-bit.png", "2 bits", png(number, bits=2), ASKED, SEVERAL, "2")
    yield Case("labels-grey.png", "values 128 and 255", png(np.array((0, 128, 255), np.uint8)[number]), ASKED, SEVERAL,
               "255")  # fmt: skip
    many = number.copy()
    for value in range(3, 14):
        many[20 + 30 * value : 40 + 30 * value, 10:30] = value
    yield Case("labels-13.png", "values 1 to 13", png(many), ASKED, SEVERAL, "2")
    yield Case("labels-13.tif", "values 1 to 13, floats", tiff(many.astype(np.float32)), ASKED, SEVERAL, "2")
    ignored = many.copy()
    ignored[np.roll(organ, 3, 0) & ~organ] = 255
    yield Case("labels-voc-border.png", "values 1 to 13, and 255 at borders", png(ignored), ASKED, SEVERAL, "2")
    yield Case("palette-voc.png", "palette, numbers 1 and 2", png(number, palette=VOC), ASKED, SEVERAL, "2")
    yield Case(
        "palette-voc-colour.png", "palette, answered by colour", png(number, palette=VOC), ASKED, SEVERAL, "#008000"
    )
    yield Case("palette-black.png", "palette of black only", png(number, palette=bytes(12)), ASKED, SEVERAL, "2")
    hidden = png(number, palette=VOC, extra=chunk(b"tRNS", b"\0\xff\xff"))
    yield Case("palette-trns.png", "palette with transparent background", hidden, ASKED, SEVERAL, "#008000")
    palette = np.zeros((3, 256), np.uint16)
    palette[:, 1], palette[:, 2] = (65535, 0, 0), (0, 65535, 0)
    yield Case("palette.tif", "TIFF palette", tiff(number, photometric="palette", colormap=palette), ASKED, SEVERAL,
               "#00ff00")  # fmt: skip
    colours = np.array(((0, 0, 0), (255, 0, 0), (0, 255, 0)), np.uint8)[number]
    yield Case("colours.png", "red and green", png(colours), ASKED, SEVERAL, "#00ff00")
    yield Case(
        "colours-16.png", "red and green, 16 bits", png(colours.astype(np.uint16) * 257), ASKED, SEVERAL, "#00ff00"
    )
    dim = (colours // 255).astype(np.uint16)
    yield Case("colours-dim-16.png", "two dim colours of 16 bits", png(dim), ASKED, SEVERAL, "#000000010000")
    yield Case("colours.jpg", "red and green as JPEG", raw(jpeg_bytes(colours)), REFUSED, "blurred labels")
    one = number // 2
    yield Case("palette-one.png", "palette, one organ", png(one, palette=VOC))
    yield Case("palette-adaptive.png", "palette of a paint program", faithful=True, write=png(
        np.where(organ, 0, 3).astype(np.uint8), palette=b"\xff\0\0\1\2\3\4\5\6\0\0\0"))  # fmt: skip


def alpha_cases() -> Iterator[Case]:
    organ, bone = truth().organ, truth().bone
    opaque = organ.astype(np.uint8) * np.uint8(255)
    said = "transparency"
    for name, colour in {"black": 0, "white": 255, "grey": 90}.items():
        layer = np.full((512, 512, 4), colour, np.uint8)
        layer[..., 3] = opaque
        yield Case(f"alpha-{name}.png", f"organ in alpha, colours {name}", png(layer), words=said)
        yield Case(f"alpha-{name}-grey.png", f"organ in alpha, {name}, two channels", png(layer[..., 2:]), words=said)
    layer = np.zeros((512, 512, 4), np.uint16)
    layer[..., 3] = organ * 65535
    yield Case("alpha-16.png", "organ in alpha, 16 bits", png(layer), words=said)
    yield Case("alpha-16.tif", "organ in alpha, TIFF of 16 bits", words=said,
               write=tiff(layer, photometric="rgb", extrasamples=["unassalpha"]))  # fmt: skip
    half = np.zeros((512, 512, 4), np.uint8)
    half[organ] = (255, 0, 0, 128)
    yield Case("alpha-half.png", "a half-transparent layer", png(half), words=said)
    cut_out = np.full((512, 512, 4), 255, np.uint8)
    cut_out[..., 3] = 255 - opaque
    yield Case("alpha-hole.png", "the organ is a hole", png(cut_out), words="inverted")
    two = np.zeros((512, 512, 4), np.uint8)
    two[organ], two[bone] = (0, 0, 0, 255), (255, 255, 255, 255)
    yield Case("alpha-two.png", "black and white organs on a transparent layer", png(two), ASKED, SEVERAL, "#000000")
    body = np.zeros((512, 512, 4), np.uint8)
    body[truth().grey > 0] = (0, 0, 0, 255)
    body[organ] = (255, 255, 255, 255)
    yield Case("alpha-body.png", "white organ, black body, the rest transparent", png(body), ASKED, SEVERAL, "#ffffff")
    hidden = channels(opaque, 4)
    hidden[..., 3] = 0
    yield Case("alpha-hidden.png", "colours under alpha 0", png(hidden), REFUSED, "transparent all over")
    mixed = channels(opaque, 4)
    mixed[..., 3] = np.arange(512, dtype=np.uint16).astype(np.uint8)[:, None]
    yield Case("alpha-mixed.png", "alpha that has nothing to do with it", png(mixed), REFUSED, "half transparent")
    yield Case(
        "alpha-even.png",
        "alpha 128 everywhere",
        png(np.concatenate([channels(opaque, 3), opaque[..., None] * 0 + 128], -1)),
    )
    yield Case("alpha-palette.png", "organ is the palette's only opaque entry", words=said,
               write=png(organ.astype(np.uint8), palette=bytes(6), extra=chunk(b"tRNS", b"\0\xff")))  # fmt: skip


def blurred_cases() -> Iterator[Case]:
    organ, bone = truth().organ, truth().bone
    white = organ.astype(np.uint8) * np.uint8(255)
    for quality in (50, 75, 95):
        yield Case(f"blurred-{quality}.jpg", f"JPEG of quality {quality}", raw(jpeg_bytes(white, quality=quality)),
                   words=BLURRED, off=0.04)  # fmt: skip
    yield Case("blurred-rgb.jpg", "JPEG, RGB", raw(jpeg_bytes(white, "RGB")), words=BLURRED, off=0.04)
    smooth = np.asarray(Image.fromarray(white).resize((2048, 2048)).resize((512, 512), Image.Resampling.BOX))
    soft = np.asarray(Image.fromarray(smooth).resize((510, 510), Image.Resampling.BILINEAR).resize((512, 512)))
    yield Case("anti-aliased.png", "smooth edges", png(soft), words=BLURRED, off=0.08)
    yield Case(
        "anti-aliased.tif", "smooth edges, floats", tiff((soft / 255).astype(np.float32)), words=BLURRED, off=0.08
    )
    layer = np.zeros((512, 512, 4), np.uint8)
    layer[..., 3] = soft
    yield Case("anti-aliased-alpha.png", "smooth edges in alpha", png(layer), words=BLURRED, off=0.08)
    labels = np.where(organ, 255, np.where(bone, 128, 0)).astype(np.uint8)
    yield Case("labels.jpg", "two labels as JPEG", raw(jpeg_bytes(labels)), REFUSED, "blurred labels")
    close = np.where(organ, 255, np.where(bone, 215, 0)).astype(np.uint8)
    yield Case("labels-close.jpg", "two similar labels as JPEG", raw(jpeg_bytes(close)), REFUSED, "blurred labels")
    faint = np.where(organ, 255, np.where(bone, 40, 0)).astype(np.uint8)
    yield Case("labels-faint.jpg", "a faint label as JPEG", raw(jpeg_bytes(faint)), REFUSED, "blurred labels")
    y, x = np.ogrid[:512, :512]
    probability = np.exp(-np.hypot(y - 256, x - 256) / 80)
    yield Case("probability.tif", "a map of probability", tiff(probability.astype(np.float32)), REFUSED, "as a picture")
    percent = np.rint(probability * 255).astype(np.uint8)
    yield Case("probability.png", "a map of probability, 8 bits", png(percent), REFUSED, "as a picture")
    red = np.stack([organ * 0.5, organ * 0, organ * 0], -1).astype(np.float32)
    yield Case("colours-f4.tif", "float colours", tiff(red, photometric="rgb"), REFUSED, "colours of float32")
    yield Case("slice-as-mask.png", "the slice itself", png(truth().grey), REFUSED, "as a picture")
    painted = channels(truth().grey, 3)
    painted[organ] = (255, 0, 0)
    yield Case("overlay-as-mask.png", "the slice with the organ painted", png(painted), REFUSED, "as a picture")
    inner = organ & np.roll(organ, 1, 0) & np.roll(organ, -1, 0) & np.roll(organ, 1, 1) & np.roll(organ, -1, 1)
    yield Case(
        "outline.png", "only the outline", png((organ & ~inner).astype(np.uint8)), words="hollow", faithful=False
    )
    yield Case("nan.tif", "not a number", tiff(np.where(organ, np.nan, 0).astype(np.float32)), REFUSED, "NaN")
    yield Case(
        "small.png", "another size", png(white[::2, ::2]), REFUSED, "256 x 256 pixels, but its slice is 512 x 512"
    )
    yield Case("turned.png", "another shape", png(white[:400].T), REFUSED, "both must show the same pixels")


def mask_cases() -> list[Case]:
    sources = (plain_cases, inverted_cases, several_cases, alpha_cases, blurred_cases)
    return [case for source in sources for case in source()]
