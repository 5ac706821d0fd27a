"""Files that are made to hurt, and what the page's readers make of them; `python -m tests.fuzz.browser` tries more."""

import gzip
import io
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from space.readers.dicom import DAMAGED
from space.readers.worker import DAMAGED as UNUSUAL
from tests.cases.making import chunk, exif, jpeg_bytes, png_bytes
from tests.fuzz.browser import targets, tried
from tests.site.reader import Reader
from tests.site.reading_volumes import assert_same, labels, scan, told
from tests.volumes import abdomen, dicom_bytes, nifti, slices

pytestmark = pytest.mark.usefixtures("in_this_process")

HU = abdomen()
GREY = (np.add.outer(np.arange(52), np.arange(60)) % 256).astype(np.uint8)
SMALL = 96
"""MB of JavaScript's own values: enough for any of these files that is read with care."""
NO_SENSE = "A DICOM file is damaged: its header makes no sense."


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(told(), patience=60, heap=SMALL)
    yield made
    made.close()


@pytest.fixture
def reads(reader, tmp_path):
    """Have bytes read; a good file must be read by the same process afterwards."""

    def read(data: bytes):
        (tmp_path / "bad").write_bytes(data)
        (tmp_path / "good").write_bytes(nifti(HU).to_bytes())
        found = reader.ask(scan([tmp_path / "bad"]))
        assert reader.ask(scan([tmp_path / "good"]))["kind"] == "read"
        return found

    return read


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_changed_files_neither_end_nor_hold_the_readers(target):
    tally = tried(target, 40, 7, 0, None)
    assert (tally.found, tally.kinds.total()) == (0, 40)


def ct(elements: bytes) -> bytes:
    """Return a CT image whose further elements come without their VR."""
    meta = struct.pack("<HH2sH", 2, 0x10, b"UI", 18) + b"1.2.840.10008.1.2\0"
    length = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta))
    kind = struct.pack("<HHI", 8, 0x16, 26) + b"1.2.840.10008.5.1.4.1.1.2\0"
    return bytes(128) + b"DICM" + length + meta + kind + elements


def test_items_of_eight_bytes_do_not_fill_the_memory(tmp_path):
    item, sequence = struct.pack("<HHI", 0xFFFE, 0xE000, 0), struct.pack("<HHI", 0x5200, 0x9230, 0xFFFFFFFF)
    (tmp_path / "items").write_bytes(ct(sequence + item * 4_000_000))
    with closing(Reader(told(), patience=60)) as roomy:
        assert roomy.ask(scan([tmp_path / "items"]))["said"] == UNUSUAL


def test_elements_that_nobody_reads_are_not_kept(reads):
    elements = b"".join(struct.pack("<HHI", 9 + (n >> 16), n & 0xFFFF, 0) for n in range(1_000_000))
    assert "has no image in it" in reads(ct(elements))["said"]


@pytest.mark.parametrize("text", [b"C", b"\\"])
def test_a_text_of_megabytes_is_no_text(reads, text):
    assert reads(ct(struct.pack("<HHI", 8, 0x60, 20 << 20) + text * (20 << 20)))["said"] == NO_SENSE


def test_millions_of_values_are_counted_in_little_memory(reader, tmp_path):
    values = np.linspace(-900, 900, 1600 * 1600, dtype=np.float32).reshape(1600, 1600)
    tifffile.imwrite(tmp_path / "many.tif", values)
    assert reader.ask(scan([tmp_path / "many.tif"]))["kind"] in ("read", "asked")
    (tmp_path / "slice.png").write_bytes(png_bytes(np.resize(GREY, values.shape)))
    found = reader.ask(labels(tmp_path / "many.tif", [tmp_path / "slice.png"]))
    assert "values, as a picture or blurred labels have" in found["said"]


def test_pixels_of_many_bytes_count_as_several(reads):
    target = io.BytesIO()
    tifffile.imwrite(target, np.zeros((64, 64, 7)), photometric="minisblack", planarconfig="contig")
    large = target.getvalue()
    for tag in (256, 257, 278):  # width, height, rows of a strip
        large = large.replace(struct.pack("<HHII", tag, 4, 1, 64), struct.pack("<HHII", tag, 4, 1, 4096))
    assert "at most 4096 x 4096 pixels" in reads(large)["said"]


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [("80", imagecodecs.jpegls_encode), ("90", lambda p: imagecodecs.jpeg2k_encode(p, codecformat="j2k", level=0)),
     ("70", lambda p: imagecodecs.ljpeg_encode(p, bitspersample=16))],
)  # fmt: skip
def test_no_frame_smaller_than_its_file_says_is_filled_up(reads, syntax, encode):
    dataset = slices(HU)[4]
    dataset.PixelData = encapsulate([bytes(encode(dataset.pixel_array))])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    dataset.file_meta.TransferSyntaxUID = UID(f"1.2.840.10008.1.2.4.{syntax}")
    assert reads(dicom_bytes(dataset))["kind"] == "read"
    dataset.Rows = 128
    assert reads(dicom_bytes(dataset))["said"] == DAMAGED


def pictures() -> dict[str, bytes]:
    """Return pictures that were taken in the page, and not in the app, or turned otherwise."""
    png, jpeg = png_bytes(GREY), jpeg_bytes(GREY, exif=exif(6))
    header = struct.pack(">IIBBBBB", 60, 52, 8, 0, 0, 0, 0) + bytes(10)
    packed = [io.BytesIO(), io.BytesIO()]
    for target, compression in zip(packed, ("packbits", "zlib"), strict=True):
        tifffile.imwrite(target, GREY, compression=compression)
    runs, deflated = (target.getvalue() for target in packed)
    with tifffile.TiffFile(io.BytesIO(runs)) as file:
        [at], [size] = file.pages[0].dataoffsets, file.pages[0].databytecounts
    other = deflated.index(struct.pack("<HH", 305, 2))  # the tag that says what wrote it
    twice = deflated[:other] + struct.pack("<HHII", 256, 4, 1, 60) + deflated[other + 12 :]
    rows = b"".join(b"\0" + row.tobytes() for row in GREY)
    return {
        "a longer header": png[:8] + chunk(b"IHDR", header) + png[33:],
        "a wrong checksum of what is transparent": png_bytes(GREY, extra=chunk(b"tRNS", b"\0\1")[:-1] + b"x"),
        "exif of no byte order": jpeg.replace(b"Exif\0\0II", b"Exif\0\0XI").replace(b"Exif\0\0MM", b"Exif\0\0XM"),
        "runs beyond the picture": runs[:at] + b"\x81" * size + runs[at + size :],
        "no samples": deflated.replace(struct.pack("<HHIHH", 277, 3, 1, 1, 0), struct.pack("<HHIHH", 277, 3, 1, 0, 0)),
        "a width that stands there twice": twice,
        "gzip in the place of zlib": png[:33] + chunk(b"IDAT", gzip.compress(rows)) + chunk(b"IEND", b""),
    }


def test_damaged_pictures_end_as_in_python(tmp_path):
    for name, data in pictures().items():
        (tmp_path / name).write_bytes(data)
    assert_same([scan([path]) for path in sorted(tmp_path.iterdir())])


def test_damaged_headers_of_volumes_end_as_in_python(tmp_path: Path):
    half = slices(HU, RescaleIntercept=None)[3]
    flat = slices(HU, RescaleSlope=0)[3]
    far = slices(HU, SliceThickness=1e9)[3]
    sizes = nifti(HU, "RAS")
    sizes.header["pixdim"][1:4] = 2
    files = {"half": dicom_bytes(half), "flat": dicom_bytes(flat), "far": dicom_bytes(far), "sizes": sizes.to_bytes()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert_same([scan([path]) for path in sorted(tmp_path.iterdir())])
