"""`dciodvfy` of Debian's dicom3tools, which knows what DICOM asks of a file: one that is there, or got by apt."""

import getpass
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

LOCK = Path(tempfile.gettempdir()) / f"find-the-pancreas-dicom3tools-{getpass.getuser()}.lock"  # tests run side by side


def errors_of(path: Path) -> list[str]:
    """Return what is wrong with a DICOM file."""
    with FileLock(LOCK):
        if shutil.which("dciodvfy") is None and shutil.which("apt-get") and os.geteuid() == 0:
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            for command in (["update"], ["install", "-y", "dicom3tools"]):
                subprocess.run(["apt-get", "-q", *command], env=environment, check=False)
    program = shutil.which("dciodvfy")
    assert program, "These tests need dciodvfy: install dicom3tools (Debian and Ubuntu have a package of it)."
    done = subprocess.run([program, str(path)], capture_output=True, text=True)
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]
