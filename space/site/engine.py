"""What the engine in a browser loads of a bundle: the networks, what is known of them, the examples."""

import gzip
import json
import shutil
from pathlib import Path

from space.answer import Responder
from space.model.bundle import Bundle
from space.model.microscope import Microscope
from space.site.facts import facts, more_outputs


def write_engine(responder: Responder, folder: Path) -> None:
    """Write the files into a folder, what is large packed by gzip; ONNX Runtime itself is not among them."""
    models = _models(responder.bundle)
    for name, model in models.items():
        pack(model.read_bytes(), folder / f"{name}.onnx.gz")
        pack(more_outputs(Microscope(model)), folder / f"{name}.outputs.gz")
    for sample in responder.bundle.samples:
        for file in filter(None, (sample.image, sample.mask)):
            shutil.copyfile(file, made(folder / "examples" / file.name))
    pack(json.dumps(facts(responder, models)).encode(), folder / "facts.json.gz")


def pack(data: bytes, path: Path) -> None:
    """Write bytes packed, the same every time."""
    path.write_bytes(gzip.compress(data, 9, mtime=0))


def made(path: Path) -> Path:
    """Return a path, once its folder is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _models(bundle: Bundle) -> dict[str, Path]:
    """Return the model files by what the engine calls them, the bundle's own first."""
    return {"model": bundle.folder / "model.onnx"} | {f"network-{one.name}": one.model for one in bundle.networks}
