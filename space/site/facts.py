"""What the engine in the browser knows of the models: read from the model files once, when the site is built."""

from pathlib import Path
from typing import Any

from pydicom.sr.coding import snomed_mapping

from space.anatomy import CODES, KNOWN, SAME, SIDES, file_word
from space.answer import Responder
from space.changes import changes_from
from space.model.microscope import Microscope
from space.model.segmenter import Segmenter
from space.readers.kinds import MARKS
from space.readers.values import readings_for
from space.ui.inside import drawn
from space.ui.payload import grid


def facts(responder: Responder, models: dict[str, Path]) -> dict[str, Any]:
    """Return what `Facts` of `space/page/engine/browser/answers.js` describes.

    Parameters
    ----------
    models : the model files by what the site calls them, the bundle's own first.
    """
    contract, samples = responder.bundle.contract, responder.bundle.samples
    segmenters = [responder.segmenter, *responder.networks.values()]
    names = ["", *responder.networks]
    return {
        "target": contract.target,
        "word": file_word(contract.target),
        "model": contract.name,
        "version": contract.version,
        "modality": contract.modality,
        "threshold": contract.threshold,
        "window": list(contract.window),
        "readings": readings_for(contract.modality),
        "changes": [
            {"name": one.name, "unit": one.unit, "trained": one.trained, "strengths": one.strengths}
            for one in changes_from(contract.window, contract.modality)
        ],
        "marks": [{**mark._asdict(), "bytes": list(mark.bytes)} for mark in MARKS],
        "anatomy": {"known": sorted(KNOWN), "same": SAME, "codes": _coded(CODES), "sides": _coded(SIDES)},
        "examples": {
            sample.name: {
                "image": f"examples/{sample.image.name}",
                "mask": f"examples/{sample.mask.name}" if sample.mask else None,
            }
            for sample in samples
        },
        "networks": [
            {"name": name, "model": f"{called}.onnx.gz", "outputs": f"{called}.outputs.gz"}
            | _about(segmenter, Microscope(model))
            for name, segmenter, (called, model) in zip(names, segmenters, models.items(), strict=True)
        ],
    }


def _coded(table: dict[str, str]) -> dict[str, str]:
    """Return the names of structures by scheme and code: SNOMED CT, and the older SRT that means the same."""
    names = {code: name for name, code in table.items()}
    older = {f"SRT {code}": names[newer] for code, newer in snomed_mapping["SRT"].items() if newer in names}
    return older | {f"SCT {code}": name for code, name in names.items()}


def _about(segmenter: Segmenter, microscope: Microscope) -> dict[str, Any]:
    return {
        "levels": [level.name for level in segmenter.levels],
        "skips": len(segmenter.all_skips),
        "stem": "stem" in segmenter.first_kernels,
        "arrows": [drawn(arrow) for arrow in microscope.arrows],
        "kernels": [
            {"name": name, **grid(kernel.transpose(2, 0, 1))} for name, kernel in segmenter.first_kernels.items()
        ],
        "probes": {name: _probe(microscope, name) for name in microscope.operations},
    }


def _probe(microscope: Microscope, name: str) -> dict[str, Any]:
    probe, one = microscope.probe(name), microscope.operations[name]
    return {
        "operation": {"kind": one.kind, "kernel": list(one.kernel), "stride": one.stride, "before": one.before},
        "inputs": list(probe.inputs),
        "output": probe.output,
        "mapsLast": list(probe.maps_last),
        "kernel": probe.kernel,
        "bias": probe.bias,
    }


def more_outputs(microscope: Microscope) -> bytes:
    """Return what makes all tensors between operations outputs of a model file, and the weights of convolutions.

    It is a model file of nothing but outputs: the bytes of two files in a row are one to protobuf, whose lists go on.
    """
    import onnx

    wanted: dict[str, None] = {}
    for name in microscope.operations:
        probe = microscope.probe(name)
        wanted |= dict.fromkeys(filter(None, (*probe.inputs, probe.output, probe.kernel, probe.bias)))
    model = onnx.ModelProto()
    for tensor in wanted:
        if tensor not in microscope.outputs:
            model.graph.output.append(onnx.helper.make_tensor_value_info(tensor, onnx.TensorProto.FLOAT, None))
    return bytes(model.SerializeToString())
