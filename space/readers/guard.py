"""Volumes are read in a process of their own, with limits: whatever a file does to its decoder is a sentence here.

Measured: the decoder of DICOM pixels aborts its process on some damaged files. A fresh interpreter takes about 0.4 s.
On Windows only the limit on time holds.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from space.case import Case
from space.errors import UserError
from space.uploads import scratch

MEMORY = 2 << 30  # bytes of address space
SECONDS = 60  # of computing; twice as many by the clock
GAVE_UP = "The file is damaged: the program that decodes it gave up. Please export it again."
TOO_SLOW = "Reading took too long: please give fewer or smaller files."
OUT_OF_TIME = getattr(signal, "SIGXCPU", 0)
ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "HOME", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "USERPROFILE", "APPDATA")
"""The environment of the process that decodes: what Python needs, and no tokens."""


def read_volume(paths: Sequence[Path], *, memory: int = MEMORY, seconds: int = SECONDS) -> Case:
    """Read DICOM files, a NIfTI file or a zip of either.

    Returns
    -------
    a case whose `hu` is mapped from a file that is deleted already: it is on disk as long as the case is held.

    Raises
    ------
    UserError
        that says what is wrong and what to do.
    """
    with scratch() as folder:
        job = {"paths": [str(path.resolve()) for path in paths], "memory": memory, "seconds": seconds, "folder": folder}
        # threads' stacks count as memory
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                [sys.executable, "-m", "space.readers.worker"],
                input=json.dumps(job),
                text=True,
                timeout=2 * seconds,
                env=environment,
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a decoder's complaints may quote the file
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UserError(TOO_SLOW) from error
        if done.returncode == -OUT_OF_TIME:
            raise UserError(TOO_SLOW)
        answer_file = Path(folder, "answer.json")
        if done.returncode or not answer_file.is_file():
            raise UserError(GAVE_UP)
        answer = json.loads(answer_file.read_text("utf-8"))
        if "refused" in answer:
            raise UserError(answer["refused"])
        hu = np.load(Path(folder, "hu.npy"), mmap_mode="r", allow_pickle=False)
    spacing = answer["spacing"]
    return Case(
        name=answer["name"],
        hu=hu,
        spacing=None if spacing is None else tuple(spacing),
        reading=answer["reading"],
        notes=tuple(answer["notes"]),
    )
