"""Under which licences the packages are that a Space installs.

None of them is handed on by us: pip gets them from their makers. What a wheel brings beside its own code is judged all
the same, because it runs in the app: LGPL is for a library that is a file of its own, GPL for what its exception frees.
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

from tests.supply.locked import locked

WORDS = r"MIT|MIT-0|MIT-CMU|0BSD|BSD-[23]-Clause|BSD|Apache-2\.0|Apache|ISC|ISCL|PSF-2\.0|MPL-2\.0|Zlib|CC0-1\.0"
NAMES = r"(?:3-Clause )?BSD License|(?:MIT|ISC|Apache Software) License|Mozilla Public License 2\.0"
PERMITTED = re.compile(rf"(?:{WORDS}|{NAMES})(?: \((?:ISCL|MPL 2\.0)\))?")
COPYLEFT = re.compile(r"\b[AL]?GPL|GNU\s+(?:\w+\s+)?General\s+Public\s+License", re.IGNORECASE)
JUDGED = {
    "imagecodecs": "LZF is under BSD; GPL is an alternative that nobody has to take",
    "ml-dtypes": "Eigen is under MPL 2.0, whose text names the GPL as a licence it may be combined with",
    "numpy": "libgfortran: GPL with the exception for what GCC compiles; libquadmath: LGPL, a library file of its own",
    "onnxruntime": "Eigen as above; Mbed TLS is under Apache 2.0, or GPL, which nobody has to take",
    "opencv-python-headless": "FFmpeg and libquadmath: LGPL, library files of their own; libgfortran as above",
    "orjson": "MPL 2.0, whose text names the GPL as a licence it may be combined with",
    "pandas": "Python's licence, whose history says that it can be combined with the GPL",
    "pillow": "FreeType and liblzma name the GPL as an alternative that nobody has to take",
    "scipy": "libgfortran and libquadmath as above",
    "typing-extensions": "Python's licence, as above",
}
"""Packages with a text that names the GNU licences, and why they may be installed all the same."""
ELSEWHERE = {
    "audioop-lts": "PSF-2.0",
    "colorama": "BSD License",
    "httpx2-jsfetch": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
}
"""What other systems and Pythons need, as the registry gives it."""


def licences() -> dict[str, str]:
    """Return the licence that each package of `requirements.txt` declares."""
    return {
        package: declared(distribution(package)) if any(pin.wanted_here for pin in pins) else ELSEWHERE[package]
        for package, pins in locked("requirements.txt").items()
    }


def declared(package: Distribution) -> str:
    """Return the licence that a package declares: as an expression, as a class, or in words."""
    about = package.metadata
    classes = [name.split(" :: ")[-1] for name in about.get_all("Classifier", []) if name.startswith("License ::")]
    return str(about.json.get("license_expression") or " AND ".join(classes) or about.json.get("license") or "none")


def permitted(licence: str) -> bool:
    """Return whether every part of a licence's expression is one that we may ship; of alternatives, one is enough."""
    parts = re.split(r" AND ", licence.replace("(Apache-2.0 OR MIT)", "MIT"))
    return all(any(PERMITTED.fullmatch(one.strip()) for one in part.split(" OR ")) for part in parts)


def copyleft_texts(package: str) -> list[str]:
    """Return the files of an installed package that look like a licence and name one of GNU's."""
    found: list[str] = []
    for file in distribution(package).files or []:
        path = Path(str(file.locate()))
        told = re.search(r"licen[cs]e|copying|notice", file.name, re.IGNORECASE) and file.suffix not in (".py", ".pyc")
        if told and path.is_file() and COPYLEFT.search(path.read_text("utf-8", "ignore")):
            found.append(str(file))
    return found
