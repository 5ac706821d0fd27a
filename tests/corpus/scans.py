"""The phantom as scanners and programs write it: all of it must come out the same, or with a note."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations, product
from pathlib import Path
from typing import Any

import imagecodecs
import nibabel
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, generate_uid

from tests.corpus import HU, Entry
from tests.segs import as_bytes, segmentation, series, stored
from tests.test_archive import zipped
from tests.test_dicom import enhanced, without
from tests.test_seg import oblique
from tests.volumes import IDENTIFIERS, PLANES, SPACING, dicom_bytes, nifti, slices, write

LIVER = (HU >= 110) & (HU < 200)
CODES = ["".join(code) for axes in permutations(("RL", "AP", "SI")) for code in product(*axes)]
KEPT = [place for place in range(len(HU)) if place not in (4, 5)]


def files(datasets: Sequence[Dataset]) -> Callable[[Path], object]:
    """Return what writes a series, under names that tell nothing."""
    return lambda folder: write(folder, [dicom_bytes(dataset) for dataset in datasets])


def one_file(data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "file").write_bytes(data)


def scan_entries() -> Iterator[Entry]:
    yield from _axes()
    yield from _syntaxes()
    yield from _unusual()
    yield from _niftis()


def read(name: str, write: Callable[[Path], object], words: str = "", **settings: Any) -> Entry:
    expected: dict[str, Any] = {"hu": HU, "words": words, "spacing": SPACING}
    return Entry(name, write, **(expected | settings))


def _axes() -> Iterator[Entry]:
    for plane in PLANES:
        for upwards in (True, False):
            series = slices(HU, plane)
            for place, dataset in enumerate(series):
                dataset.InstanceNumber = place + 1 if upwards else len(series) - place
            axes = ",".join(str(int(v)) for v in [*plane[0], *plane[1]])
            yield read(f"dicom axes {axes} {'up' if upwards else 'down'}", files(series))
    data = {f"{place:02}": dicom_bytes(dataset) for place, dataset in enumerate(slices(HU))}
    yield read("dicom zip", archive(data))


def archive(members: dict[str, bytes]) -> Callable[[Path], object]:
    """Return what writes a zip."""
    return lambda folder: zipped(folder / "a.zip", members)


def packed(syntax: str, encode: Callable[[np.ndarray], Any]) -> Callable[[Path], object]:
    """Return what writes a series with compressed pixels."""
    series = slices(HU)
    for dataset in series:
        dataset.PixelData = encapsulate([bytes(encode(dataset.pixel_array))])
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
        dataset.file_meta.TransferSyntaxUID = UID(syntax)
    return files(series)


def rewritten(syntax: str) -> Callable[[Path], object]:
    """Return what writes a series in another uncompressed syntax."""

    def data() -> Iterator[bytes]:
        for dataset in slices(HU):
            pixels = dataset.PixelData
            if syntax == "1.2.840.10008.1.2.2":
                dataset.PixelData = np.frombuffer(pixels, "<u2").astype(">u2").tobytes()
            dataset.file_meta.TransferSyntaxUID = UID(syntax)
            target = io.BytesIO()
            fresh = FileDataset("", dict(dataset), file_meta=dataset.file_meta, preamble=bytes(128))
            pydicom.dcmwrite(target, fresh, enforce_file_format=True)
            yield target.getvalue()

    return lambda folder: write(folder, list(data()))


def _syntaxes() -> Iterator[Entry]:
    for name, syntax in (("implicit", "1.2.840.10008.1.2"), ("deflated", "1.2.840.10008.1.2.1.99"),
                         ("big endian", "1.2.840.10008.1.2.2")):  # fmt: skip
        yield read(f"dicom {name}", rewritten(syntax))
    encoders: dict[str, tuple[str, Callable[[np.ndarray], Any]]] = {
        "jpeg 2000": ("1.2.840.10008.1.2.4.90", lambda p: imagecodecs.jpeg2k_encode(p, codecformat="j2k", level=0)),
        "jpeg-ls": ("1.2.840.10008.1.2.4.80", imagecodecs.jpegls_encode),
        "jpeg lossless": ("1.2.840.10008.1.2.4.70", lambda p: imagecodecs.ljpeg_encode(p, bitspersample=16)),
    }
    for name, (syntax, encode) in encoders.items():
        yield read(f"dicom {name}", packed(syntax, encode))
    series = slices(HU)
    for dataset in series:
        dataset.compress("1.2.840.10008.1.2.5", generate_instance_uid=False)
    yield read("dicom rle", files(series))


def _unusual() -> Iterator[Entry]:
    yield read("dicom identifiers", files(slices(HU, **IDENTIFIERS)))
    yield read("dicom monochrome1", files(slices(HU, PhotometricInterpretation="MONOCHROME1")))
    signed = slices(HU, PixelRepresentation=1, RescaleIntercept=-1000, RescaleSlope=2)
    for dataset, hu in zip(signed, HU, strict=True):
        dataset.PixelData = ((hu.astype(np.int32) + 1000) // 2).astype("<i2").tobytes()
    yield read("dicom signed, slope 2", files(signed), off=1)
    yield read("dicom enhanced", files([enhanced()]))
    yield read("dicom pixels of 0.7 mm", files(slices(HU, PixelSpacing=[0.7, 0.7])), "mm wide", spacing=(5, 0.7, 0.7))
    yield read("dicom multi-frame", files([multi_frame()]), "where its frames lie", spacing=SPACING)
    yield read("dicom gaps", files(without(slices(HU), 4, 5)), "slices are missing", hu=HU[KEPT])
    yield read("dicom copies", files([*(whole := slices(HU)), *copies(whole[:3])]), "images lie where another one lies")
    uid = generate_uid()
    phases = [*slices(HU, SeriesInstanceUID=uid), *slices(HU + np.int16(5), SeriesInstanceUID=uid)]
    for number, dataset in enumerate(phases):
        dataset.InstanceNumber = number
    yield read("dicom phases", files(phases), "images lie where another one lies")
    yield read("dicom tilt", files(slices(HU, tilt=1.5)), "tilted", spacing=(np.hypot(5, 1.5), *SPACING[1:]))
    yield read("dicom oblique", files(oblique(series(HU))))
    yield read("dicom two series", files([*slices(HU[:3]), *slices(HU)]), "These are 2 series")
    scout = slices(HU[:1], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    yield read("dicom scout beside", files([*scout, *slices(HU)]), "scout view")
    gone: dict[str, Any] = dict.fromkeys(("ImageOrientationPatient", "ImagePositionPatient"))
    yield read("dicom no axes", files(slices(HU, **gone)), "how the patient lies")
    yield read("dicom no pixel size", files(slices(HU, PixelSpacing=None)), "how large its pixels are", spacing=None)
    yield read("dicom no preamble", bare)
    label = as_bytes(segmentation(whole := series(HU), {"Liver": stored(LIVER)}))
    members = {f"{n}": dicom_bytes(one) for n, one in enumerate(whole)} | {"seg": label}
    yield read("dicom and seg, zip", archive(members), "A segmentation lay beside")
    both = {"ct.nii": nifti(HU).to_bytes(), "mask.nii": nifti(LIVER.astype(np.uint8)).to_bytes()}
    yield read("nifti and labels, zip", archive(both), "A segmentation lay beside")
    members_aside = {"../../../escape.dcm": dicom_bytes(whole[0]), "/root.dcm": dicom_bytes(whole[1])}
    members_aside |= {f"C:\\{n}": dicom_bytes(one) for n, one in enumerate(whole[2:])}
    yield read("zip of odd paths", archive(members_aside))


def copies(datasets: Sequence[Any]) -> list[Any]:
    """Return the same slices under names of their own."""
    again = [pydicom.dcmread(io.BytesIO(dicom_bytes(dataset))) for dataset in datasets]
    for dataset in again:
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset.InstanceNumber += 500
    return again


def multi_frame() -> Any:
    """Return all slices in one file that does not say where they lie."""
    whole = slices(HU)
    first = whole[0]
    first.NumberOfFrames, first.PixelData = len(whole), b"".join(dataset.PixelData for dataset in whole)
    return first


def bare(folder: Path) -> None:
    """Write a series without what DICOM files begin with."""
    for place, dataset in enumerate(slices(HU)):
        pydicom.dcmwrite(folder / str(place), Dataset(dataset), implicit_vr=True, little_endian=True)


def _niftis() -> Iterator[Entry]:
    for code in CODES:
        yield read(f"nifti {code}", one_file(nifti(HU, code).to_bytes()))
    kinds = {"uint16, intercept": (np.uint16, 1, -1024), "int16, slope 2": (np.int16, 2, 0),
             "int16, slope -1": (np.int16, -1, 0), "float32": (np.float32, 1, 0),
             "int32": (np.int32, 1, -32768)}  # fmt: skip
    for name, (dtype, slope, intercept) in kinds.items():
        values = np.rint((HU.astype(np.float64) - intercept) / slope)
        image = nifti(values.astype(dtype), "RAS")
        image.header.set_data_dtype(dtype)
        image.header.set_slope_inter(slope, intercept)
        yield read(f"nifti {name}", one_file(image.to_bytes()), off=abs(slope) // 2)
    yield read("nifti gz", one_file(gzip.compress(nifti(HU, "LAS").to_bytes())))
    yield read("nifti-2", one_file(nifti(HU, "RAS", nibabel.Nifti2Image).to_bytes()))
    for unit, scale in (("meter", 1e-3), ("micron", 1e3), ("unknown", 1.0)):
        image = nifti(HU, "RAS")
        image.set_sform(np.diag([scale, scale, scale, 1]) @ image.affine, code=1)
        image.header.set_xyzt_units(unit)
        yield read(f"nifti in {unit}", one_file(image.to_bytes()))
    holed = HU.astype(np.float32)
    holed[:, :2] = np.nan
    truth = HU.copy()
    truth[:, :2] = -1024
    yield read("nifti with NaN", one_file(nifti(holed).to_bytes()), "NaN", hu=truth)
    lean = nifti(HU, "RAS")
    angle = np.radians(15)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    yield read("nifti oblique", one_file(nibabel.Nifti1Image(lean.dataobj, turn @ lean.affine).to_bytes()))
