"""With the parts of others go the texts that their licences ask for."""

import re
from importlib.metadata import distribution
from pathlib import Path

from space.site.notices import FOLDER, PARTS, notices
from tests.packages import installed
from tests.serving import ROOT

BUILDS = {"esbuild", "zstddec"}  # what runs where the site is built, and is not handed on
NAMED = re.compile(r'(?:from|JPEG =|resolve\()\s*"((?:@[\w-]+/)?[a-z][\w-]*)(?:/[\w.-]+)*"')


def test_every_package_that_goes_into_the_page_has_its_notice() -> None:
    scripts = [path for path in (ROOT / "space").rglob("*.js") if "built" not in path.parts]
    named = {name for path in scripts for name in NAMED.findall(path.read_text("utf-8"))}
    assert named - BUILDS == set(PARTS)


def test_the_texts_are_the_packages_own() -> None:
    packages = installed()
    for text, package in (("pako", "pako"), ("itk", "@itk-wasm/image-io")):
        assert (FOLDER / f"{text}.txt").read_text("utf-8") == (packages / package / "LICENSE").read_text("utf-8")
    folder = Path(str(distribution("onnxruntime").locate_file("onnxruntime")))
    own = "\n".join((folder / name).read_text("utf-8") for name in ("LICENSE", "ThirdPartyNotices.txt"))
    assert (FOLDER / "onnxruntime.txt").read_text("utf-8") == own


def test_no_text_is_left_over_or_left_out() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {text for part in PARTS.values() for text in part.texts}
    told = notices()
    for path in FOLDER.iterdir():
        assert path.read_text("utf-8") in told


def test_what_the_parts_demand_is_in_the_text() -> None:
    told = notices()
    for holder in (
        "Microsoft Corporation",
        "Mathieu Malaterre",
        "Independent JPEG Group",
        "Vitaly Puzrin",
        "Rich Felker",
    ):
        assert holder in told
