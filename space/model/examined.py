"""Examines the networks and samples of a bundle, in a process that `space/model/trial.py` starts and that ends with it.

It reads a job as JSON from its standard input, sets itself limits, and writes what is to be refused, if anything.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from space.errors import UserError
from space.metrics import table_of
from space.preprocessing import Window, hu_to_grey
from space.readers.worker import set_limits

SIZES = (((512, 512), (0.0, 0.0)), ((64, 40), (0.0, 0.0)), ((300, 512), (1.2, 0.9)), ((1000, 700), (0.0, 0.0)))
"""Heights and widths of the slices that are tried, and of their pixels in mm."""
STANDARD = ("", "ai.onnx")
"""The names of the domain of ONNX's own operators."""


def main() -> None:
    """Do the one job."""
    job = json.load(sys.stdin)
    set_limits(job["memory"], job["seconds"])
    print("\n" + json.dumps({"refused": _refused(job)}), end="")


def _refused(job: dict[str, Any]) -> str:
    # the imports are within the limits, too
    from space.answer import Responder
    from space.model.bundle import open_bundle

    try:
        bundle = open_bundle(Path(job["folder"]), "")
        for model in (bundle.folder / "model.onnx", *(network.model for network in bundle.networks)):
            examine(model, bundle.contract.window)
        responder = Responder(bundle)
        for sample in bundle.samples:
            responder.answer(sample.image, sample.mask, bundle.contract.threshold)
    except UserError as error:
        return f"it does not work. {error}".removesuffix(".")
    except MemoryError:
        return "it needs more memory than there is for it"
    except Exception as error:  # whatever a stranger's bundle provokes
        return f"it does not work ({type(error).__name__})"
    return ""


def examine(model: Path, window: Window) -> None:
    """Refuse a network that could do more than compute, or does not do what the app takes for granted."""
    from space.model.microscope import Microscope
    from space.model.segmenter import UNKNOWN_MM, Segmenter

    refuse_more_than_computing(model)
    segmenter = Segmenter(model)
    if segmenter.window != window:
        raise UserError(f"{model.name} was made for another window than the contract names: publish it anew")
    for (height, width), pixel_mm in SIZES:
        rows, columns = np.mgrid[:height, :width]
        hu = np.rint(np.hypot(rows - height / 2, columns - width / 2) * 5 - 300).astype(np.int16)
        if wrong := _wrong(segmenter, hu, np.abs(hu) < 200, pixel_mm):
            raise UserError(f"{model.name}, on a slice of {width} x {height} pixels, {wrong}")
    feed = segmenter.feed(hu[:64, :64], None, UNKNOWN_MM, None)
    with suppress(UserError):  # 'Inside the U-Net' says what cannot be drawn
        microscope = Microscope(model)
        for name in microscope.operations:
            microscope.look(name, feed)


def refuse_more_than_computing(model: Path) -> None:
    """Refuse what can go on for ever, or reads other files; of a file that is read without what it points to."""
    import onnx

    proto = onnx.load(model, load_external_data=False)
    if proto.functions or any(node.domain not in STANDARD for node in proto.graph.node):
        raise UserError(f"{model.name} uses operators that are not part of the ONNX standard")
    for node in proto.graph.node:
        if any(entry.HasField("g") or entry.graphs for entry in node.attribute):
            raise UserError(f"{model.name} contains a loop or a branch ({node.op_type}), which might never end")
    constants = [*proto.graph.initializer]
    constants += [part for one in proto.graph.sparse_initializer for part in (one.values, one.indices)]
    for entry in (entry for node in proto.graph.node for entry in node.attribute):
        constants += [entry.t, *entry.tensors]
        constants += [
            part for one in (entry.sparse_tensor, *entry.sparse_tensors) for part in (one.values, one.indices)
        ]
    if any(one.data_location == onnx.TensorProto.EXTERNAL or one.external_data for one in constants):
        raise UserError(f"{model.name} keeps its weights in other files: publish it as one file")


def _wrong(segmenter: Any, hu: np.ndarray, reference: np.ndarray, pixel_mm: tuple[float, float]) -> str:
    """Return what is wrong with an answer, by what NumPy makes of the same slice and map; nothing if it fits."""
    try:
        predicted = segmenter.predict(hu, reference, pixel_mm=pixel_mm, maps=True)
        _, probability = segmenter.network(hu)
    except UserError:
        return "gives no answer"
    if np.abs(predicted.pixels.astype(int) - hu_to_grey(hu, segmenter.window)).max() > 1:
        return "shows it in another window than its own"
    if not np.array_equal(predicted.table, table_of(predicted.probability, reference)):
        return "returns counts that do not match its map"
    if not np.isfinite(probability).all() or probability.min() < 0 or probability.max() > 1:
        return "gives probabilities that are not within 0 and 1"
    if not all(np.isfinite(maps).all() for maps in predicted.maps.values()):
        return "computes NaN or infinite values"
    seen = predicted.field
    inside = seen.top >= 0 <= seen.left and seen.box_height > 0 < seen.box_width
    if not inside or seen.top + seen.box_height > seen.height or seen.left + seen.box_width > seen.width:
        return "says that it looked beyond the edge of the slice"
    return ""


if __name__ == "__main__":
    main()
