"""``python -m tests.fuzz.largest``: what the largest pictures that are read take: time, and memory of the app itself.

Each packs to little, and has as many pixels as can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from space.errors import UserError
from space.preprocessing import ABDOMEN
from space.readers.image import read_slice
from space.readers.mask import read_mask
from tests.cases.making import channels, jpeg_bytes, png_bytes, tiff_bytes
from tests.fuzz.pool import tried

SIDE = 4096


def largest() -> dict[str, Callable[[], bytes]]:
    """Return what makes each picture."""
    y, x = np.mgrid[:SIDE, :SIDE]
    grey = ((x // 16 + y // 16) % 256).astype(np.uint8)
    wide = (grey.astype(np.uint16) * 8) + 100
    colours = np.stack([grey, np.roll(grey, 1), np.roll(grey, 2)], -1)
    return {
        "PNG, grey, 8 bits": lambda: png_bytes(grey),
        "PNG, colours and alpha, 16 bits": lambda: png_bytes(channels(wide, 4)),
        "PNG, colours, 8 bits": lambda: png_bytes(colours),
        "JPEG, colours": lambda: jpeg_bytes(colours),
        "TIFF, float64": lambda: tiff_bytes(wide.astype(np.float64), compression="zlib"),
        "TIFF, colours, 16 bits": lambda: tiff_bytes(np.stack([wide] * 3, -1), photometric="rgb", compression="zlib"),
    }


def read(data: bytes, folder: Path, as_mask: bool) -> tuple[str, str]:
    """Read a picture as the app does."""
    path = folder / "a"
    path.write_bytes(data)
    try:
        if as_mask:
            read_mask(path, "liver")
        else:
            read_slice(path, ABDOMEN)
        said = "read"
    except UserError as error:
        said = str(error)
    path.unlink()
    return said[:60], ""


def main() -> None:
    """Print a line for each."""
    for name, make in largest().items():
        data = make()
        for as_mask in (False, True):
            (result,) = tried([0], [data].__getitem__, partial(read, as_mask=as_mask))
            print(
                f"{name}{' as a mask' if as_mask else ''}: {len(data) >> 10} kB, {result.seconds:.1f} s, "
                f"{result.bytes >> 20} MB, {result.outcome[0]}"
            )


if __name__ == "__main__":
    main()
