"""What the page gets to see: pixels packed for `space/page/engine/server.js`, pictures as data URLs."""

import base64
import math
import zlib
from typing import Any

import numpy as np

from space.answer import Answer
from space.cuts import Cut
from space.drawing import png, tiles
from space.preprocessing import Window

LARGEST_TILE = 160  # larger maps are shown in half their size: all maps of a level go over the network


def packed(array: np.ndarray) -> str:
    """Return an array's bytes as base64 of a zlib stream: exact in every browser, and quicker made than a PNG."""
    # of pictures only runs are sought: measured, half the time and no more bytes
    strategy = zlib.Z_RLE if array.dtype == np.uint8 else zlib.Z_DEFAULT_STRATEGY
    packer = zlib.compressobj(1, strategy=strategy)
    stream = packer.compress(np.ascontiguousarray(array).tobytes()) + packer.flush()
    return base64.b64encode(stream).decode("ascii")


def data_url(pixels: np.ndarray) -> str:
    """Return pixels, uint8 [h, w] or [h, w, 3], as a lossless PNG in a data URL."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode("ascii")


def case_data(answer: Answer, window: Window, example: str | None) -> dict[str, Any]:
    """Return a segmented slice.

    Parameters
    ----------
    window : the HU that the grey levels stand for, where they are known to stand for HU.
    example : its name if it is one. The grey levels of an example stand for HU: that is how the trainer made them.
    """
    reference = answer.reference
    height, width = answer.pixels.shape
    return {
        "name": answer.name,
        "example": example,
        "width": width,
        "height": height,
        "place": answer.place,
        "places": answer.places,
        "spacing": answer.spacing,
        "millilitres": answer.millilitres,
        "pixels": packed(answer.pixels),
        "probability": packed(answer.probability),
        "mask": None if reference is None else packed(reference.astype(np.uint8) * 255),
        "table": None if answer.table is None else answer.table.tolist(),
        "hu": list(window) if example or answer.in_hu else None,
        "beyond": answer.beyond,
        "oriented": answer.oriented,
        "notes": list(answer.notes),
    }


def cut_data(cut: Cut) -> dict[str, Any]:
    """Return a picture along the body."""
    height, width = cut.pixels.shape
    return {
        "width": width,
        "height": height,
        "pixels": packed(cut.pixels),
        "probability": packed(cut.probability),
        "mask": None if cut.reference is None else packed(cut.reference.astype(np.uint8) * 255),
    }


def grid(maps: np.ndarray, largest: int = LARGEST_TILE) -> dict[str, Any]:
    """Return maps [n, h, w] as one picture of tiles, about as wide as high.

    Parameters
    ----------
    largest : maps of longer sides are halved, by the mean of four pixels, until none is longer.
    """
    while max(maps.shape[1:]) > largest:
        maps = maps[:, : maps.shape[1] // 2 * 2, : maps.shape[2] // 2 * 2]
        maps = (maps[:, ::2, ::2] + maps[:, 1::2, ::2] + maps[:, ::2, 1::2] + maps[:, 1::2, 1::2]) / 4
    columns = min(len(maps), 2 ** math.ceil(math.log2(len(maps)) / 2))
    return {
        "url": data_url(tiles(maps, columns)),
        "count": len(maps),
        "columns": columns,
        "rows": -(-len(maps) // columns),
        "height": maps.shape[1],
        "width": maps.shape[2],
    }
