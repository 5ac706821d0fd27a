"""HU as pydicom and nibabel read them by their own rules, next to what our readers made of the same files."""

from __future__ import annotations

import gzip
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
from pydicom.pixels import apply_modality_lut

from space.case import Case
from space.readers.nifti import TWO_SIZES

AIR = -1024


def compared(case: Case, paths: Sequence[Path]) -> str:
    """Return what differs from an independent reading; nothing if all is equal, or there is none (pictures)."""
    if case.layout is None or case.layout.affine is None:
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _of_dicom(case, paths) if case.layout.instances else _of_nifti(case, paths)


def _contents(paths: Sequence[Path]) -> Iterator[bytes]:
    for path in paths:
        data = path.read_bytes()
        if data.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield from map(
                    _unpacked, map(archive.read, [member for member in archive.infolist() if not member.is_dir()])
                )
        else:
            yield _unpacked(data)


def _unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def _of_nifti(case: Case, paths: Sequence[Path]) -> str:
    for data in _contents(paths):
        if data[344:348] != b"n+1\0" and data[4:8] != b"n+2\0":
            continue
        kind = nibabel.Nifti2Image if data[4:8] == b"n+2\0" else nibabel.Nifti1Image
        image = nibabel.as_closest_canonical(kind.from_bytes(data))  # towards right, front and head
        values = image.get_fdata(dtype=np.float32)
        values = values.reshape((*values.shape, 1, 1)[:3])[::-1, ::-1].transpose(2, 1, 0)
        zooms = np.array(image.header.get_zooms()[:3], float)
        unit = {"meter": 1000.0, "micron": 0.001}.get(image.header.get_xyzt_units()[0], 1.0)
        if TWO_SIZES in case.notes:
            zooms = nibabel.affines.voxel_sizes(image.affine)
        if case.spacing is None or not np.allclose(case.spacing, zooms[::-1] * unit, rtol=0.02):
            return f"nibabel reads a voxel of {zooms} and not {case.spacing}"
        return _off(np.asarray(case.hu), np.nan_to_num(values, nan=AIR), "nibabel")
    return "no independent reading found the NIfTI file"


def _of_dicom(case: Case, paths: Sequence[Path]) -> str:
    layout = case.layout
    assert layout is not None
    stored = layout.to_source(np.asarray(case.hu)).transpose(2, 1, 0)
    instances = layout.instances[::-1] if 0 in layout.flips else layout.instances
    datasets: dict[str, Any] = {}
    for data in _contents(paths):
        dataset = _opened(data)
        if dataset is not None and "PixelData" in dataset:
            datasets.setdefault(str(dataset.get("SOPInstanceUID") or ""), dataset)
    for mine, instance in zip(stored, instances, strict=True):
        dataset = datasets.get(instance.uid)
        if dataset is None:
            return "no independent reading found a slice"
        if not instance.uid and len(instances) > 1:
            return ""  # which is which cannot be told
        pixels, hu = _hu(dataset, instance.frame - 1)
        shown = np.ones(mine.shape, bool)
        if dataset.get("PixelPaddingValue") is not None:
            shown = pixels != int(dataset.PixelPaddingValue)
        if wrong := _off(np.where(shown, mine, 0), np.where(shown, hu, 0), "pydicom"):
            return wrong
    return ""


def _opened(data: bytes) -> Any:
    try:
        dataset = pydicom.dcmread(io.BytesIO(data), force=True)
        if "TransferSyntaxUID" not in dataset.file_meta:
            implicit, little = dataset.original_encoding
            dataset.file_meta.TransferSyntaxUID = (
                pydicom.uid.ImplicitVRLittleEndian
                if implicit
                else pydicom.uid.ExplicitVRLittleEndian
                if little
                else pydicom.uid.ExplicitVRBigEndian
            )
        return dataset
    except Exception:  # no DICOM
        return None


def _hu(dataset: Any, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Return stored values and HU [rows, columns]; an enhanced CT keeps its rescale in functional groups."""
    pixels = dataset.pixel_array
    pixels = pixels[frame] if pixels.ndim == 3 else pixels
    groups = [*(dataset.get("PerFrameFunctionalGroupsSequence") or [])[frame : frame + 1]]
    groups += dataset.get("SharedFunctionalGroupsSequence") or []
    for group in groups:
        if items := group.get("PixelValueTransformationSequence"):
            slope, intercept = items[0].get("RescaleSlope"), items[0].get("RescaleIntercept")
            return pixels, pixels * float(slope or 1) + float(intercept or 0)
    return pixels, apply_modality_lut(pixels, dataset)


def _off(mine: np.ndarray, theirs: np.ndarray, who: str) -> str:
    if mine.shape != theirs.shape:
        return f"{who} reads {theirs.shape} and not {mine.shape}"
    off = float(np.abs(mine - np.clip(np.rint(theirs), AIR, 32767)).max())
    return f"its HU are up to {off:g} off those that {who} reads" if off > 1 else ""  # float32 rounds otherwise
