"""A bundle -> the folder of the page without a server."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from space.answer import Responder
from space.errors import UserError
from space.model.bundle import Bundle
from space.model.hub import Choice
from space.model.microscope import Microscope
from space.real.table import the_table
from space.real.waiting import RealCases
from space.site.facts import facts, more_outputs
from space.site.html import page_of
from space.site.packages import bundle_scripts, runtime
from space.ui.component import PLAYGROUND
from space.ui.handlers import Handlers
from space.ui.network import Turnstile
from space.ui.page import build_demo
from space.ui.results import ranked_pictures

PAGE = "index.html"
FILES = "files"
"""Folder of all files but the page itself."""
BESIDE = ("page/part.html", "engine/ops.wasm", "data/people.gzip")
"""What the playground fetches."""


class Site(NamedTuple):
    """What was written."""

    files: int
    megabytes: float


def write_site(bundle: Bundle, out: Path) -> Site:
    """Write the site of a bundle into a folder.

    Raises
    ------
    UserError
        if the folder holds something else, or a package that the site is made of is not installed.
    """
    if out.exists() and {path.name for path in out.iterdir()} - {PAGE, FILES}:
        raise UserError(f"the folder {out} holds something else: choose a new one")
    wasm = runtime()
    shutil.rmtree(out / FILES, ignore_errors=True)
    folder = out / FILES
    folder.mkdir(parents=True)
    bundle_scripts(folder)
    responder = Responder(bundle)
    _pack(wasm.read_bytes(), folder / "ort.wasm.gz")
    for name, model in _models(bundle).items():
        _pack(model.read_bytes(), folder / f"{name}.onnx.gz")
        _pack(more_outputs(Microscope(model)), folder / f"{name}.outputs.gz")
    for sample in bundle.samples:
        for file in filter(None, (sample.image, sample.mask)):
            shutil.copyfile(file, _made(folder / "examples" / file.name))
    for name in BESIDE:
        shutil.copyfile(PLAYGROUND / name, _made(folder / "playground" / name))
    (folder / "ranked.json").write_text(json.dumps(ranked_pictures(responder)), "utf-8")
    files = {
        path.relative_to(folder).as_posix(): {"url": path.relative_to(out).as_posix(), "bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    built = {"facts": facts(responder, _models(bundle)), "files": files, "ranked": "ranked.json"}
    demo = build_demo(Choice(responder, ""))
    (out / PAGE).write_text(page_of(demo, built | {"first": _first(responder)}), "utf-8")
    written = [path for path in out.rglob("*") if path.is_file()]
    return Site(len(written), sum(path.stat().st_size for path in written) / 1e6)


def _models(bundle: Bundle) -> dict[str, Path]:
    """Return the model files by what the site calls them, the bundle's own first."""
    return {"model": bundle.folder / "model.onnx"} | {f"network-{one.name}": one.model for one in bundle.networks}


def _first(responder: Responder) -> dict[str, Any] | None:
    """Return the first example as the app answers for it: whoever opens the page finds it segmented."""
    samples = responder.bundle.samples
    return Handlers(responder, Turnstile(), RealCases(the_table())).example(samples[0].name) if samples else None


def _pack(data: bytes, path: Path) -> None:
    path.write_bytes(gzip.compress(data, 9, mtime=0))


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
