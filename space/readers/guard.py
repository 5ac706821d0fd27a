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
from typing import Any

import numpy as np

from space.case import Case, Labels
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
    answer, hu = _run({"paths": _names(paths), "labels": False, "memory": memory, "seconds": seconds})
    spacing, affine = answer["spacing"], answer["affine"]
    return Case(
        name=answer["name"],
        hu=hu,
        spacing=None if spacing is None else tuple(spacing),
        affine=None if affine is None else np.array(affine),
        reading=answer["reading"],
        notes=tuple(answer["notes"]),
    )


def read_labels(path: Path, shape: tuple[int, ...] | None = None, affine: np.ndarray | None = None) -> Labels:
    """Read a label volume, as `space.readers.labels.read_labels` does."""
    grid = None if shape is None or affine is None else {"shape": shape, "affine": affine.tolist()}
    job = {"paths": _names([path]), "labels": True, "grid": grid, "memory": MEMORY, "seconds": SECONDS}
    answer, values = _run(job)
    return Labels(values, dict(answer["present"]), tuple(answer["notes"]))


def _names(paths: Sequence[Path]) -> list[str]:
    return [str(path.resolve()) for path in paths]


def _run(job: dict[str, Any]) -> tuple[dict[str, Any], np.ndarray]:
    """Do a job in its process; return what it says and the array that it made."""
    with scratch() as folder:
        # threads' stacks count as memory
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                [sys.executable, "-m", "space.readers.worker"],
                input=json.dumps(job | {"folder": folder}),
                text=True,
                timeout=2 * job["seconds"],
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
        return answer, np.load(Path(folder, "array.npy"), mmap_mode="r", allow_pickle=False)
