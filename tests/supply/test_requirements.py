"""The long requirements files hold what the short ones ask for, in one version each, with a hash for every file."""

import re
from importlib.metadata import distributions

import pytest

from tests.serving import ROOT
from tests.supply.locked import WRITTEN_FROM, called, direct, locked

HASHED = sorted(set(WRITTEN_FROM) - {"requirements.txt"})


@pytest.mark.parametrize("name", sorted(set(WRITTEN_FROM.values())))
def test_every_package_that_we_ask_for_has_one_version(name: str) -> None:
    for requirement in direct(name).values():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement


@pytest.mark.parametrize("name", WRITTEN_FROM)
def test_a_long_file_holds_what_its_short_one_asks_for(name: str) -> None:
    pins = locked(name)
    for package, requirement in direct(WRITTEN_FROM[name]).items():
        assert [f"=={pin.version}" for pin in pins[package]] == [str(requirement.specifier)], (
            "run requirements/renew.sh"
        )


def test_a_package_has_the_same_version_in_every_file() -> None:
    versions: dict[str, set[str]] = {}
    for name in WRITTEN_FROM:
        for package, pins in locked(name).items():
            versions.setdefault(package, set()).update(pin.version for pin in pins)
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", HASHED)
def test_every_file_of_a_package_has_its_hash(name: str) -> None:
    for package, pins in locked(name).items():
        for pin in pins:
            assert pin.hashes, package
            assert all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in pin.hashes), package


def test_a_space_installs_the_same_without_hashes() -> None:
    def without_hashes(name: str) -> dict[str, list[tuple[str, str]]]:
        return {package: [(pin.version, pin.marker) for pin in pins] for package, pins in locked(name).items()}

    assert without_hashes("requirements.txt") == without_hashes("requirements-app.txt")
    assert "--hash" not in (ROOT / "requirements.txt").read_text("utf-8")  # the Space's builder adds packages without


def test_the_app_needs_no_tensorflow() -> None:
    assert not {"tensorflow", "keras", "jax", "matplotlib"} & set(locked("requirements.txt"))


@pytest.mark.parametrize("name", WRITTEN_FROM)
def test_no_file_names_a_place_to_load_from(name: str) -> None:
    for text in (ROOT / name, ROOT / "requirements" / f"{WRITTEN_FROM[name]}.in"):
        assert not re.search(r"://|--(extra-)?index|--find-links|--trusted|@ ", text.read_text("utf-8"))


def test_the_tests_run_with_the_versions_that_are_locked() -> None:
    installed = {called(one.metadata["Name"]): one.version for one in distributions()}
    wanted = {
        package: pin.version
        for package, pins in locked("requirements-dev.txt").items()
        for pin in pins
        if pin.wanted_here
    }
    other = {package: installed.get(package) for package in wanted if installed.get(package) != wanted[package]}
    assert other == {}, "pip install -r requirements-dev.txt"
