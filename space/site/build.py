"""A bundle -> the folder of the page without a server."""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from space.answer import Responder
from space.errors import UserError
from space.model.bundle import Bundle
from space.model.hub import Choice
from space.real.table import the_table
from space.real.waiting import RealCases
from space.site.engine import made, write_engine
from space.site.html import SitePage
from space.site.packages import bundle_scripts
from space.site.place import UNKNOWN, Place
from space.site.readme import readme
from space.ui.component import PLAYGROUND, PROGRAMS
from space.ui.handlers import Handlers
from space.ui.network import Turnstile
from space.ui.page import build_demo
from space.ui.preview import PICTURE, preview
from space.ui.results import ranked_pictures

PAGE = "index.html"
README = "README.md"
OFFLINE = "offline.js"
"""The service worker, which must lie beside the page."""
FILES = "files"
"""Folder of all other files, in a folder of their build: a page never meets the files of another one."""
BESIDE = ("page/part.html", "engine/ops.wasm", "data/people.gzip")
"""What the playground fetches."""


class Site(NamedTuple):
    """What was written."""

    files: int
    megabytes: float


def write_site(bundle: Bundle, out: Path, place: Place = UNKNOWN, served: tuple[str, str] | None = None) -> Site:
    """Write the site of a bundle into a folder.

    Parameters
    ----------
    place : where it will stand, as far as that is known.
    served : the model on the Hub and its revision, for the README.

    Raises
    ------
    UserError
        if the folder holds something else, or a package that the site is made of is not installed.
    """
    if out.is_file() or (
        out.exists() and {path.name for path in out.iterdir()} - {PAGE, README, PICTURE, OFFLINE, FILES}
    ):
        raise UserError(f"{out} is something else already: choose a new folder")
    shutil.rmtree(out / FILES, ignore_errors=True)
    (out / PICTURE).unlink(missing_ok=True)
    new = out / FILES / "new"
    responder = Responder(bundle)
    demo, built = _write_files(responder, new, classic=False)
    folder = new.rename(new.with_name(_fingerprint(*sorted(path for path in new.rglob("*") if path.is_file()))))
    about = preview(responder)
    page = SitePage(demo, built, folder, about, place)
    (out / PAGE).write_text(page.with_files_beside(f"{FILES}/{folder.name}"), "utf-8")
    (out / OFFLINE).write_text(_offline(out / PAGE, folder), "utf-8")
    (out / README).write_text(readme(bundle, served, place.picture), "utf-8")
    if place.picture:
        (out / PICTURE).write_bytes(about.picture)
    written = [path for path in out.rglob("*") if path.is_file()]
    return Site(len(written), sum(path.stat().st_size for path in written) / 1e6)


def write_one_file(bundle: Bundle, out: Path, place: Place = UNKNOWN) -> Site:
    """Write the same as one HTML file, which needs no server at all.

    Parameters
    ----------
    place : where it will stand, as far as that is known.

    Raises
    ------
    UserError
        if it is no name of an HTML file, or a package that the site is made of is not installed.
    """
    if out.suffix not in (".html", ".htm") or out.is_dir():
        raise UserError(f"one file is to be written, and {out} is no name of an HTML file: choose one like demo.html")
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / FILES
        responder = Responder(bundle)
        demo, built = _write_files(responder, files, classic=True)
        page = SitePage(demo, built, files, preview(responder), place)
        out.write_text(page.with_files_inside(), "utf-8")
    return Site(1, out.stat().st_size / 1e6)


def _write_files(responder: Responder, folder: Path, *, classic: bool) -> tuple[gr.Blocks, dict[str, Any]]:
    """Write all files but the page into a folder; return the app whose page it is to be, and what that page needs."""
    folder.mkdir(parents=True)
    bundle_scripts(folder, classic=classic)
    shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True)
    write_engine(responder, folder)
    for name in BESIDE:
        shutil.copyfile(PLAYGROUND / name, made(folder / "playground" / name))
    (folder / "ranked.json").write_text(json.dumps(ranked_pictures(responder)), "utf-8")
    return build_demo(Choice(responder, "")), {"ranked": "ranked.json", "first": _first(responder)}


def _offline(page: Path, folder: Path) -> str:
    """Return the service worker that keeps a page and the files in a folder."""
    way = f"{FILES}/{folder.name}/"
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    script = Path(__file__).with_name(OFFLINE)
    build = _fingerprint(page, script) + folder.name
    site = {"build": build, "folder": way, "names": [way + name for name in names]}
    return f"const site = {json.dumps(site)};\n{script.read_text('utf-8')}"


def _fingerprint(*paths: Path) -> str:
    """Return a name that only files with the same contents and names get."""
    every = hashlib.sha256()
    for path in paths:
        every.update(f"{path.name} {path.stat().st_size} ".encode() + path.read_bytes())
    return every.hexdigest()[:12]


def _first(responder: Responder) -> dict[str, Any] | None:
    """Return the first example as the app answers for it: whoever opens the page finds it segmented."""
    samples = responder.bundle.samples
    return Handlers(responder, Turnstile(), RealCases(the_table())).example(samples[0].name) if samples else None
