"""The requirements: short files that people write, and long ones that `requirements/renew.sh` writes from them."""

from __future__ import annotations

import re
from typing import NamedTuple

from packaging.requirements import Requirement

from tests.serving import ROOT

WRITTEN_FROM = {
    "requirements.txt": "app",
    "requirements-app.txt": "app",
    "requirements-train.txt": "train",
    "requirements-train-gpu.txt": "train-gpu",
    "requirements-dev.txt": "dev",
}
COMMENT = re.compile(r"(^|\s+)#.*")


class Pin(NamedTuple):
    """One package of a file that `renew.sh` wrote."""

    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def wanted_here(self) -> bool:
        """Whether this computer and this Python need it."""
        return not self.marker or Requirement(f"a; {self.marker}").marker.evaluate()  # type: ignore[union-attr]


def direct(name: str) -> dict[str, Requirement]:
    """Return what a short file such as 'app' asks for, together with the files that it names."""
    found: dict[str, Requirement] = {}
    for line in lines((ROOT / "requirements" / f"{name}.in").read_text("utf-8")):
        if line.startswith("-r "):
            found |= direct(line.removeprefix("-r ").removesuffix(".in"))
        else:
            found[called(Requirement(line).name)] = Requirement(line)
    return found


def locked(name: str) -> dict[str, list[Pin]]:
    """Return the pins of a long file such as 'requirements.txt'; a package may have one for each of several systems."""
    found: dict[str, list[Pin]] = {}
    for line in lines((ROOT / name).read_text("utf-8")):
        wanted, *hashes = line.split(" --hash=")
        requirement = Requirement(wanted)
        assert [one.operator for one in requirement.specifier] == ["=="], line
        version = next(iter(requirement.specifier)).version
        pin = Pin(version, str(requirement.marker or ""), tuple(hash.strip() for hash in hashes))
        found.setdefault(called(requirement.name), []).append(pin)
    return found


def called(name: str) -> str:
    """Return a package's name as the registry compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def lines(text: str) -> list[str]:
    """Return the lines of a requirements file that say something, those that go on put together."""
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    return [said for line in joined.splitlines() if (said := COMMENT.sub("", line).strip())]
