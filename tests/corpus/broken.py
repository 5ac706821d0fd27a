"""What must be refused with a sentence: damaged files, bombs, and what is no axial CT."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from space.readers.archive import MAX_BYTES, MAX_FILES
from tests.corpus import HU, Entry
from tests.corpus.scans import LIVER, archive, files, one_file
from tests.segs import as_bytes, segmentation, series, stored
from tests.volumes import affine_ras, dicom_bytes, nifti, slices

MEGABYTE = bytes(1 << 20)
BEYOND = (MAX_BYTES >> 20) + 50


def broken_entries() -> Iterator[Entry]:
    yield from _damaged()
    yield from _bombs()
    yield from _no_ct()


def refused(name: str, write: Callable[[Path], object], words: str = "") -> Entry:
    return Entry(name, write, words=words)


def _damaged() -> Iterator[Entry]:
    dicom, volume = dicom_bytes(slices(HU)[5]), nifti(HU).to_bytes()
    yield refused("empty file", one_file(b""))
    yield refused("zeros", one_file(bytes(5000)))
    yield refused("noise", one_file(np.random.default_rng(0).bytes(20_000)))
    for cut in (1, 500, len(dicom) // 2, len(dicom) - 200):
        yield refused(f"dicom without its last {cut} bytes", one_file(dicom[:-cut]))
    for cut in (1, len(volume) // 2, len(volume) - 400):
        yield refused(f"nifti without its last {cut} bytes", one_file(volume[:-cut]))
    packed = gzip.compress(volume)
    yield refused("gzip cut off", one_file(packed[: len(packed) // 2]), "damaged or cut off")
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as packed_slice:
        packed_slice.writestr("a", dicom)
    yield refused("zip cut off", one_file(whole.getvalue()[:-200]), "damaged or cut off")
    label = as_bytes(segmentation(series(HU), {"Liver": stored(LIVER)}))
    yield refused("seg as the slice", one_file(label), "segmentation in the mask's field")
    for syntax, name in (("1.2.840.10008.1.2.4.90", "jpeg 2000"), ("1.2.840.10008.1.2.4.80", "jpeg-ls"),
                         ("1.2.840.10008.1.2.5", "rle"), ("1.2.840.10008.1.2.4.70", "jpeg lossless")):  # fmt: skip
        dataset = slices(HU)[0]
        dataset.PixelData = encapsulate([np.random.default_rng(1).bytes(3000)])
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
        dataset.file_meta.TransferSyntaxUID = UID(syntax)
        yield refused(f"noise for {name}", files([dataset]), "damaged")


def _bombs() -> Iterator[Entry]:
    yield refused("gzip bomb", gzip_bomb, "too large once it is unpacked")
    yield refused("zip bomb", zip_bomb, "too large once it is unpacked")
    yield refused("deflated dicom bomb", deflated_bomb)
    yield refused(
        "zip of thousands of files",
        archive({str(number): b"x" for number in range(MAX_FILES + 1)}),
        "too many files",
    )
    yield refused("dicom of 60,000 rows", files(slices(HU, Rows=60_000)), "60000 pixels")
    yield refused("dicom of 60,000 frames", files(slices(HU[:1], NumberOfFrames=600_000)), "600000 slices")
    yield refused("jpeg 2000 of 60,000 x 60,000", files([j2k_of(60_000)]))
    header = bytearray(nifti(HU).to_bytes())
    header[42:48] = np.array([1500, 1500, 1500], "<i2").tobytes()
    yield refused("nifti of 1500 x 1500 x 1500", one_file(bytes(header)), "too large")
    header[42:48] = np.array([1000, 1000, 290], "<i2").tobytes()
    yield refused("nifti with a header larger than its voxels", one_file(bytes(header)))
    label = segmentation(series(HU), {"Liver": stored(LIVER)})
    label.NumberOfFrames = 60_000
    yield refused("seg of 60,000 frames", one_file(as_bytes(label)))


def gzip_bomb(folder: Path) -> None:
    with gzip.open(folder / "a.nii.gz", "wb", compresslevel=1) as file:
        file.write(nifti(HU).to_bytes()[:352])
        for _ in range(BEYOND):
            file.write(MEGABYTE)


def zip_bomb(folder: Path) -> None:
    packed = zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with packed, packed.open("a.dcm", "w") as file:
        for _ in range(BEYOND):
            file.write(MEGABYTE)


def deflated_bomb(folder: Path) -> None:
    dataset = slices(HU)[0]
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1.99")
    data = dicom_bytes(dataset)
    start = 144 + int.from_bytes(data[140:144], "little")
    pack = zlib.compressobj(1, zlib.DEFLATED, -15)
    plain = zlib.decompress(data[start:], -15)
    packed = [pack.compress(plain)] + [pack.compress(MEGABYTE) for _ in range(BEYOND)]
    (folder / "a").write_bytes(data[:start] + b"".join(packed) + pack.flush())


def j2k_of(side: int) -> Any:
    """Return a slice whose compressed pixels say that they are far more than the file says."""
    import imagecodecs

    dataset = slices(HU)[0]
    code = bytearray(imagecodecs.jpeg2k_encode(dataset.pixel_array, codecformat="j2k", level=0))
    at = code.index(b"\xff\x51") + 6
    code[at : at + 8] = side.to_bytes(4, "big") * 2  # the size of the reference grid
    dataset.PixelData = encapsulate([bytes(code)])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.90")
    return dataset


def _no_ct() -> Iterator[Entry]:
    elements: dict[str, tuple[dict[str, Any], str]] = {
        "MR": ({"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"}, "an MR image"),
        "coronal": ({"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}, "coronal slices"),
        "sagittal": ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, "sagittal slices"),
        "oblique by 45 degrees": ({"ImageOrientationPatient": [1, 0, 0, 0, 0.7071, 0.7071]}, "slices, and the network"),
        "colours": ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "a colour picture"),
        "scout": ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "a scout view"),
        "iodine": ({"RescaleType": "MGML"}, "not Hounsfield units"),
        "no lengths": ({"PixelSpacing": [0, 0]}, "make no sense"),
        "infinite": ({"ImagePositionPatient": ["1e400", 0, 0]}, "make no sense"),
    }
    for name, (said, words) in elements.items():
        yield refused(f"dicom {name}", files(slices(HU, **said)), words)
    four = np.stack([HU.transpose(2, 1, 0)] * 2, -1)
    yield refused("nifti 4D", one_file(nibabel.Nifti1Image(four, affine_ras()).to_bytes()), "one volume")
    yield refused(
        "nifti all NaN", one_file(nifti(np.full(HU.shape, np.nan, np.float32)).to_bytes()), "not look like CT"
    )
    yield refused("nifti of labels", one_file(nifti(LIVER.astype(np.uint8)).to_bytes()), "label map")
    yield refused(
        "nifti of 8 bits", one_file(nifti(((HU + 1000) // 8).astype(np.uint8)).to_bytes()), "not look like CT"
    )
    flat = nibabel.Nifti1Image(HU.transpose(2, 1, 0), np.diag([4, 3.5, 900, 1]))
    yield refused("nifti without a place", one_file(flat.to_bytes()), "how its voxels lie")
    two = {name: nifti(HU).to_bytes() for name in ("a.nii", "b.nii")}
    yield refused("zip of two volumes", archive(two), "several volumes")
    yield refused("zip of texts", archive({"a.txt": b"hello" * 200}), "no CT")
