"""A network from elsewhere is tried in a process of its own before the app takes it into its own; see `examined`.

An ONNX file is a program: it may never end, want all memory, or read other files. Hashes do not say that it works
either. On Windows only the limit on the clock holds.
"""

import json
import os
import subprocess
import sys

from space.errors import UserError
from space.model.bundle import Bundle
from space.readers.guard import KEPT, ROOT

MEMORY = 4 << 30  # bytes of address space
SECONDS = 60  # of computing, and by the clock
GAVE_UP = "one of its networks crashes the program that runs it, or needs more than 4 GB of memory"
TOO_SLOW = "its networks take more than {} seconds for a few test slices"


def try_out(bundle: Bundle, *, memory: int = MEMORY, seconds: int = SECONDS) -> None:
    """Have all networks and samples of a bundle tried, within limits of memory and time.

    Raises
    ------
    UserError
        if something of it does not work, or is not what the contract says.
    """
    job = {"folder": str(bundle.folder.resolve()), "memory": memory, "seconds": seconds}
    environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "space.model.examined"],
            input=json.dumps(job),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            env=environment,
            cwd=ROOT,
            check=False,
        )
    except OSError as error:  # of this computer, and not of the bundle
        raise UserError(f"it could not be tried on this computer ({error.strerror})") from error
    except subprocess.TimeoutExpired as error:
        raise UserError(TOO_SLOW.format(seconds)) from error
    verdict = done.stdout.rpartition("\n")[2]
    if done.returncode or not verdict.startswith("{"):
        raise UserError(GAVE_UP)
    if refused := json.loads(verdict)["refused"]:
        raise UserError(refused)
