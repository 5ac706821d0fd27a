"""Nothing is installed or handed on under a licence that does not permit it."""

import json
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from tests.serving import ROOT
from tests.supply.licences import JUDGED, copyleft_texts, declared, licences, permitted
from tests.supply.locked import locked

LOCK = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
STANDS_IN = "empty-npm-package"
HERE = [package for package, pins in locked("requirements.txt").items() if any(pin.wanted_here for pin in pins)]


def test_what_a_space_installs_is_permitted() -> None:
    assert {package: licence for package, licence in licences().items() if not permitted(licence)} == {}


def test_every_text_that_names_a_gnu_licence_has_been_judged() -> None:
    found = {package: copyleft_texts(package) for package in HERE}
    assert sorted(package for package, texts in found.items() if texts) == sorted(JUDGED)


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0", "MIT AND LGPL-2.1", "GNU General Public License v3", "none"]
)
def test_others_are_refused(licence: str) -> None:
    assert not permitted(licence)


def test_what_a_package_does_not_say_is_no_permission(tmp_path: Path) -> None:
    (tmp_path / "METADATA").write_text("Metadata-Version: 2.4\nName: silent\nVersion: 1\n")
    assert not permitted(declared(PathDistribution(tmp_path)))


@pytest.mark.parametrize("name", [name for name in LOCK if name])
def test_a_package_of_npm_is_locked_by_its_hash_and_permitted(name: str) -> None:
    package = LOCK[name]
    assert package["integrity"].startswith("sha512-")
    assert not package.get("link")
    licence = package["license"].strip("()")
    assert permitted(licence) or licence == "Python-2.0"  # argparse's, of ESLint


def test_what_stands_for_packages_that_are_not_needed_is_never_bundled() -> None:
    assert {name for name in LOCK if LOCK[name].get("name") == STANDS_IN} == {
        "node_modules/axios",
        "node_modules/itk-wasm",
        "node_modules/mime-types",
    }
    for script in (ROOT / "space" / "page" / "built").glob("*.js"):
        assert "This is a message from the demo package" not in script.read_text("utf-8")
