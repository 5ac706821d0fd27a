"""Good files of every kind that is read, from an abdomen of a few pixels: what hostile ones are made of."""

from __future__ import annotations

import gzip
import io
import warnings
import zipfile
from collections.abc import Sequence
from functools import cache
from typing import Any

import imagecodecs
import nibabel
import numpy as np
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from space.preprocessing import hu_to_grey
from tests.cases.making import channels, exif, jpeg_bytes, png_bytes, tiff_bytes
from tests.segs import as_bytes, segmentation, series
from tests.test_dicom import enhanced
from tests.volumes import abdomen, dicom_bytes, nifti, slices

HU = abdomen(4, 36, 40)
NOISY = (HU + np.random.default_rng(0).normal(0, 50, HU.shape)).astype(np.int16)  # as pictures have
GREY = hu_to_grey(NOISY)
LIVER = (HU >= 110) & (HU < 200)
STORED = (NOISY.astype(int) + 1024).clip(0).astype(np.uint16)
IMPLICIT, DEFLATED, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"


@cache
def taken() -> list[Any]:
    """Return the series that all files belong to."""
    return series(HU)


def dicom() -> list[bytes]:
    """Return single slices as the uncompressed syntaxes have them, and all slices in one file."""
    found = [dicom_bytes(taken()[1]), dicom_bytes(enhanced())]
    for syntax in (IMPLICIT, DEFLATED, BIG):
        (one,) = slices(HU[1:2])
        if syntax == BIG:
            one.PixelData = np.frombuffer(one.PixelData, "<u2").astype(">u2").tobytes()
        one.file_meta.TransferSyntaxUID = UID(syntax)
        found.append(dicom_bytes(FileDataset("", dict(one), file_meta=one.file_meta, preamble=bytes(128))))
    signed: dict[str, Any] = {"PixelRepresentation": 1, "RescaleIntercept": 0}
    (one,) = slices(HU[1:2], PhotometricInterpretation="MONOCHROME1", **signed)
    one.PixelData = HU[1].astype("<i2").tobytes()
    one.add_new("PixelPaddingValue", "SS", -2000)
    return [*found, dicom_bytes(one), found[0][132:]]


def compressed() -> list[bytes]:
    """Return a slice in each compression that can be decoded."""
    encoders: dict[str, Any] = {
        "1.2.840.10008.1.2.4.90": lambda p: imagecodecs.jpeg2k_encode(p, codecformat="j2k", level=0),
        "1.2.840.10008.1.2.4.80": imagecodecs.jpegls_encode,
        "1.2.840.10008.1.2.4.70": lambda p: imagecodecs.ljpeg_encode(p, bitspersample=16),
    }
    found = []
    for syntax, encode in encoders.items():
        (one,) = slices(HU[1:2])
        one.PixelData = encapsulate([bytes(encode(one.pixel_array))])
        one["PixelData"].VR, one["PixelData"].is_undefined_length = "OB", True
        one.file_meta.TransferSyntaxUID = UID(syntax)
        found.append(dicom_bytes(one))
    (one,) = slices(HU[1:2])
    one.compress("1.2.840.10008.1.2.5", generate_instance_uid=False)
    (eight,) = slices(HU[1:2], BitsAllocated=8, BitsStored=8, HighBit=7, RescaleIntercept=-1024, RescaleSlope=8)
    eight.PixelData = encapsulate([jpeg_bytes(((HU[1].clip(-1024, 1000) + 1024) // 8).astype(np.uint8))])
    eight["PixelData"].VR, eight["PixelData"].is_undefined_length = "OB", True
    eight.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.50")
    return [*found, dicom_bytes(one), dicom_bytes(eight)]


def files() -> list[bytes]:
    """Return the slices of one series."""
    return [dicom_bytes(one) for one in taken()]


def segmentations() -> list[bytes]:
    """Return segmentations of the series: bits, fractions, a label map, packed bits, structures that overlap."""
    both = {"Liver": LIVER, "Pancreas": HU > 600}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = [
            segmentation(taken(), both),
            segmentation(taken(), {"Liver": LIVER * 0.7}, "FRACTIONAL"),
            segmentation(taken(), both, "LABELMAP"),
            segmentation(taken(), {"Liver": LIVER}, "FRACTIONAL", transfer_syntax_uid="1.2.840.10008.1.2.5"),
            segmentation(taken(), {"Liver": LIVER, "Pancreas": LIVER}),
        ]
    return [as_bytes(one) for one in made]


def niftis() -> list[bytes]:
    """Return volumes of several types, axes and versions."""
    scaled = nifti(((HU.astype(float) + 1024) / 2).astype(np.uint16), "RAS")
    scaled.header.set_slope_inter(2, -1024)
    moved = nifti(HU[:2], "LPI")
    moved.set_qform(moved.affine, code=1)
    moved.set_sform(None, code=0)
    kinds = [nifti(HU[:2], "LAS").to_bytes(), scaled.to_bytes(), moved.to_bytes()]
    kinds += [nifti(HU[:1].astype(">f4")).to_bytes(), nifti(HU[:2], "PIR", nibabel.Nifti2Image).to_bytes()]
    return [*kinds, gzip.compress(kinds[0], mtime=0)]


def label_maps() -> list[bytes]:
    """Return label volumes on the grid of `niftis`, and on another."""
    labels = LIVER.astype(np.uint8) + 2 * (HU > 600).astype(np.uint8)
    found = [nifti(labels[:2], "LAS").to_bytes(), nifti(labels[:2].astype(np.float32), "RAS").to_bytes()]
    one = nifti(LIVER[:2].astype(np.uint16), "LAS").to_bytes()
    return [*found, one, nifti(labels[:1].astype(np.uint16)).to_bytes(), gzip.compress(found[0], mtime=0)]


def pngs() -> list[bytes]:
    """Return slices as PNG: depths, channels, palettes, passes, orientation."""
    grey, stored = GREY[1], STORED[1]
    palette = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1).tobytes()
    turned = Image.fromarray(grey)
    target = io.BytesIO()
    turned.save(target, "PNG", exif=exif(6))
    return [
        *(png_bytes(channels(one, count)) for one in (grey, stored) for count in (1, 2, 3, 4)),
        *(png_bytes(grey, palette=palette), png_bytes(stored, interlaced=True), target.getvalue()),
    ]


def png_masks() -> list[bytes]:
    """Return masks as PNG: numbers, a palette, colours, single bits."""
    organ = LIVER[1].astype(np.uint8)
    palette = bytes([0, 0, 0, 255, 0, 0, 0, 255, 0])
    coloured = np.stack([organ * 255, organ * 0, organ * 0], -1)
    return [png_bytes(organ * 255), png_bytes(organ, palette=palette), png_bytes(coloured), png_bytes(organ, bits=1)]


def jpegs() -> list[bytes]:
    """Return a slice as JPEG: grey, colour, inks, in passes, turned."""
    grey = GREY[1]
    return [
        *(jpeg_bytes(grey), jpeg_bytes(grey, "RGB"), jpeg_bytes(grey, "CMYK"), jpeg_bytes(grey, progressive=True)),
        *(jpeg_bytes(grey, exif=exif(3)), jpeg_bytes(LIVER[1].astype(np.uint8) * 255)),
    ]


def tiffs() -> list[bytes]:
    """Return a slice as TIFF: types, compressions, tiles, planes, colours, big files."""
    grey, hu = GREY[1], NOISY[1]
    made = [
        *(tiff_bytes(grey), tiff_bytes(hu), tiff_bytes(STORED[1], byteorder=">"), tiff_bytes(hu.astype(np.float32))),
        *(tiff_bytes(hu, compression=name) for name in ("zlib", "lzw", "packbits", "zstd", "lzma")),
        *(tiff_bytes(grey, compression="jpeg"), tiff_bytes(hu, tile=(16, 16)), tiff_bytes(hu, bigtiff=True)),
        tiff_bytes(np.stack([grey] * 3), photometric="rgb", planarconfig="separate"),
        *(tiff_bytes(grey, photometric="miniswhite"), tiff_bytes(hu, predictor=2, compression="zlib")),
        tiff_bytes(STORED[1], imagej=True, metadata={"cf": 0, "c0": -1024, "c1": 1.0}),
    ]
    for image, settings in (
        (Image.fromarray(GREY[1]).convert("P"), {}),
        (Image.fromarray(LIVER[1]), {"compression": "group4"}),
        (Image.fromarray(grey), {"compression": "tiff_lzw"}),
    ):
        target = io.BytesIO()
        image.save(target, "TIFF", **settings)
        made.append(target.getvalue())
    return made


def archive(members: Sequence[bytes], name: str = "person/{}.dcm") -> bytes:
    """Return a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, data in enumerate(members):
            packed.writestr(name.format(number), data)
    return target.getvalue()


def stack() -> list[bytes]:
    """Return the slices of a volume as pictures."""
    return [png_bytes(picture) for picture in GREY]


def mask_stack() -> list[bytes]:
    """Return the masks of the same slices as pictures."""
    return [png_bytes(organ.astype(np.uint8) * 255) for organ in LIVER]


def archives() -> list[bytes]:
    """Return zips of a series, of a volume that is packed itself, of pictures, of a scan with its mask."""
    masked = [*files(), segmentations()[0]]
    return [archive(files()), archive(niftis()[-1:]), archive(stack(), "{}.png"), archive(masked)]
