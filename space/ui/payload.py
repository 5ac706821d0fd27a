"""What a part of the page in the browser gets: pixels as PNG data URLs, the counts at every threshold."""

import base64
from pathlib import Path
from typing import Any

import numpy as np

from space.answer import Answer
from space.drawing import png
from space.metrics import count_table
from space.model.bundle import Sample
from space.preprocessing import ABDOMEN


def data_url(pixels: np.ndarray) -> str:
    """Return pixels, uint8 [h, w] or [h, w, 3], as a lossless PNG in a data URL."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode("ascii")


def slice_data(answer: Answer, sample: Sample | None = None, problem: str = "") -> dict[str, Any]:
    """Return a segmented slice for `space/page/`; the example that it is, and a sentence if something is wrong.

    The grey levels of an example stand for HU: that is how the trainer made them.
    """
    reference = answer.reference
    return {
        "name": answer.name,
        "case": sample.name if sample else None,
        "base": data_url(answer.pixels),
        "prob": data_url(answer.probability),
        "truth": None if reference is None else data_url(reference.astype(np.uint8) * 255),
        "table": None if reference is None else count_table(answer.probability, reference).tolist(),
        "hu": list(ABDOMEN) if sample or answer.in_hu else None,
        "notes": " ".join(answer.notes),
        "problem": problem,
    }


def no_slice(problem: str) -> dict[str, Any]:
    """Return what the viewer shows when there is no slice: why."""
    return {"name": "", "case": None, "base": None, "prob": None, "truth": None, "notes": "", "problem": problem}


def same_file(path: str | None, other: Path) -> bool:
    """Tell whether an upload holds the bytes of a file of the bundle."""
    return bool(path) and Path(str(path)).is_file() and Path(str(path)).read_bytes() == other.read_bytes()
