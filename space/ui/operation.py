"""One operation of a network on a slice: a map that goes in, a map that comes out, and the numbers between them."""

from typing import Any

import numpy as np

from space.answer import Responder
from space.errors import UserError
from space.model.microscope import Passage
from space.opened import Opened
from space.ui.payload import packed

BARS = 48
"""Bars of a histogram."""
WHOLE = "layer norm"
"""What normalises all maps together; others normalise each map by itself, or a few."""


def operation(
    responder: Responder,
    opened: Opened,
    place: int | None,
    *,
    network: str,
    cut: list[int],
    name: str,
    input_map: int | None,
    output_map: int | None,
) -> dict[str, Any]:
    """Run a network once; return what passes through one of its operations.

    Parameters
    ----------
    place, network, cut : as `space.ui.inside.look` takes them.
    name : of the operation.
    input_map, output_map : which of its maps, counted from 0. Left open: the output map that varies most over the
        slice, and the input map that contributes most to it.

    Raises
    ------
    UserError
        if the network has no such operation, or the operation no such map.
    """
    passage = responder.pass_through(opened, place, network, cut, name)
    outputs, maps = len(passage.output), sum(map(len, passage.inputs))
    if not _is_one_of(output_map, outputs) or not _is_one_of(input_map, maps):
        raise UserError(f"{name} has no such map: {maps} go in and {outputs} come out.")
    chosen = int(np.std(passage.output, axis=(1, 2)).argmax()) if output_map is None else output_map
    read = _read(passage, chosen, input_map)
    before, after = np.concatenate(passage.inputs)[read], passage.output[chosen]
    return {
        "name": name,
        "kind": passage.operation.kind,
        "input": _plane(before, read, maps),
        "output": _plane(after, chosen, outputs),
        "parts": [len(part) for part in passage.inputs],
        "kernel": _kernel(passage, chosen, read),
        "bias": None if passage.bias is None else float(passage.bias[chosen]),
        "window": list(passage.operation.kernel),
        "stride": passage.operation.stride,
        "before": passage.operation.before,
        "norm": _norm(passage, before, after) if passage.operation.kind.endswith(" norm") else None,
    }


def _is_one_of(number: int | None, count: int) -> bool:
    return number is None or number < count


def _read(passage: Passage, chosen: int, wanted: int | None) -> int:
    """Return which input map is looked at, for an output map."""
    inputs = passage.inputs[0]
    if passage.kernel is None:  # a map for a map; of a curve, the one that it bends
        return chosen if sum(map(len, passage.inputs)) == len(passage.output) else 0
    if wanted is not None:
        return wanted
    if "transposed" in passage.operation.kind:  # where patches do not overlap, this is all that a map adds
        return int((np.abs(inputs).sum(axis=(1, 2)) * np.abs(passage.kernel[:, chosen]).sum(axis=(1, 2))).argmax())
    return int(np.abs(products(inputs, passage.kernel[chosen], passage)).mean(axis=(1, 2)).argmax())


def products(inputs: np.ndarray, kernels: np.ndarray, passage: Passage) -> np.ndarray:
    """Return what each input map adds to an output map of a convolution.

    Parameters
    ----------
    inputs : float32 [maps, h, w]
    kernels : float32 [maps, rows, columns]

    Returns
    -------
    float32 [maps, h', w']
    """
    stride, before = passage.operation.stride, passage.operation.before
    height, width = passage.output.shape[1:]
    rows, columns = kernels.shape[1:]
    down, across = (stride * (side - 1) + reach for side, reach in ((height, rows), (width, columns)))
    after = [max(0, full - before - side) for full, side in zip((down, across), inputs.shape[1:], strict=True)]
    padded = np.pad(inputs, ((0, 0), (before, after[0]), (before, after[1])))
    found = np.zeros((len(inputs), height, width), np.float32)
    for row in range(rows):
        for column in range(columns):
            seen = padded[:, row : row + stride * height : stride, column : column + stride * width : stride]
            found += seen[:, :height, :width] * kernels[:, row, column, None, None]
    return found


def _plane(values: np.ndarray, number: int, count: int) -> dict[str, Any]:
    """Return a map, which of how many it is, and its size."""
    height, width = values.shape
    return {"values": packed(values.astype("<f4")), "number": number, "count": count, "height": height, "width": width}


def _kernel(passage: Passage, chosen: int, read: int) -> list[list[float]] | None:
    if passage.kernel is None:
        return None
    transposed = "transposed" in passage.operation.kind
    kernel = passage.kernel[read, chosen] if transposed else passage.kernel[chosen, read]
    return [[float(weight) for weight in row] for row in kernel]


def _norm(passage: Passage, before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    """Return what a normalisation does: to all that it normalises together, and to the numbers of one map.

    Within a map every number is multiplied with the same factor and the same offset is added. Both are read off the two
    pixels that lie furthest apart, whatever the file makes them of; None for a map that is the same everywhere.
    """
    whole = passage.operation.kind == WHOLE
    low, high = before.argmin(), before.argmax()
    spread = float(before.flat[high]) - float(before.flat[low])
    factor = (float(after.flat[high]) - float(after.flat[low])) / spread if spread else None
    return {
        "together": len(passage.output) if whole else 1,
        "before": _histogram(passage.inputs[0] if whole else before),
        "after": _histogram(passage.output if whole else after),
        "factor": factor,
        "offset": None if factor is None else float(after.flat[low]) - factor * float(before.flat[low]),
    }


def _histogram(values: np.ndarray) -> dict[str, Any]:
    """Return how many numbers lie where, with their mean and standard deviation."""
    counts, edges = np.histogram(values, BARS)
    exact = values.astype(np.float64)
    return {
        "counts": counts.tolist(),
        "low": float(edges[0]),
        "high": float(edges[-1]),
        "mean": float(exact.mean()),
        "deviation": float(exact.std()),
    }
