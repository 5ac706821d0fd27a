"""Volumes are read in a process of their own, with limits: whatever a file does to its decoder is a sentence here.

Measured: the decoder of DICOM pixels aborts its process on some damaged files. A fresh interpreter takes about 0.4 s.
On Windows only the limit on time holds.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from space.case import Case, Labels, Layout
from space.disk import FULL, NO_MEMORY
from space.errors import Choice, Lacking, Question, UserError
from space.modality import Modality
from space.preprocessing import ABDOMEN, Window
from space.readers.overlay import Grid
from space.readers.values import AUTO
from space.readers.wire import case_from_json, grid_to_json, layout_to_json
from space.readers.worker import FULL_DISK, GIVEN
from space.uploads import scratch

MEMORY = 2 << 30  # bytes of address space
SECONDS = 60  # of computing; twice as many by the clock
GAVE_UP = "The file is damaged: the program that decodes it gave up. Please export it again."
TOO_SLOW = "Reading took too long: please give fewer or smaller files."
NEVER = 1 << 40  # no process ends like this: in place of a signal that Windows does not have
OUT_OF_TIME = -getattr(signal, "SIGXCPU", NEVER)
KILLED = -getattr(signal, "SIGKILL", NEVER)
NO_PAGE = -getattr(signal, "SIGBUS", NEVER)  # what is written to a mapped file finds no room
LITTLE = 64 << 20  # bytes of a disk
ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "HOME", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "USERPROFILE", "APPDATA")
"""The environment of the process that decodes: what Python needs, and no tokens."""


def read_volume(
    paths: Sequence[Path],
    window: Window = ABDOMEN,
    values: str = AUTO,
    order: str | None = None,
    modality: Modality = "CT",
    *,
    memory: int = MEMORY,
    seconds: int = SECONDS,
) -> Case:
    """Read DICOM files, a NIfTI file, pictures of slices, or a zip of either, as `read_scan` does.

    Returns
    -------
    a case whose `hu` is mapped from a file that is deleted already: it is on disk as long as the case is held.

    Raises
    ------
    Question
        about pictures.
    UserError
        that says what is wrong and what to do; `Lacking` if that is not the file's fault.
    """
    job: dict[str, Any] = {"task": "case", "paths": _names(paths), "window": window, "values": values, "order": order}
    job["modality"] = modality
    answer, hu = _run(job | {"memory": memory, "seconds": seconds})
    return case_from_json(answer, hu)


def read_labels(paths: Sequence[Path], grid: Grid | None, target: str, order: str | None = None) -> Labels:
    """Read the mask of a volume, as `space.readers.sorting.read_mask_files` does."""
    job: dict[str, Any] = {
        "task": "labels",
        "paths": _names(paths),
        "grid": grid_to_json(grid),
        "target": target,
        "order": order,
    }
    answer, values = _run(job | {"memory": MEMORY, "seconds": SECONDS})
    members = {value: tuple(labels) for value, labels in answer["members"]}
    return Labels(values, members, answer["present"], answer["names"], tuple(answer["notes"]))


def encode_seg(mask: np.ndarray, layout: Layout, paths: Sequence[Path], target: str, model: str, version: str) -> bytes:
    """Write a DICOM segmentation, as `space.writers.seg.encoded` does."""
    job: dict[str, Any] = {"task": "seg", "paths": _names(paths), "layout": layout_to_json(layout), "target": target}
    job |= {"model": model, "version": version, "memory": MEMORY, "seconds": SECONDS}
    return _run(job, mask)[1].tobytes()


def _names(paths: Sequence[Path]) -> list[str]:
    return [str(path.resolve()) for path in paths]


def _run(job: dict[str, Any], given: np.ndarray | None = None) -> tuple[dict[str, Any], np.ndarray]:
    """Do a job in its process; return what it says and the array that it made."""
    with scratch() as folder:
        if given is not None:
            np.save(Path(folder, GIVEN), given, allow_pickle=False)
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
            raise Lacking(TOO_SLOW) from error
        if done.returncode == OUT_OF_TIME:
            raise Lacking(TOO_SLOW)
        if done.returncode == KILLED:  # by the system, which needed the memory
            raise Lacking(NO_MEMORY)
        if done.returncode == FULL_DISK or (done.returncode == NO_PAGE and shutil.disk_usage(folder).free < LITTLE):
            raise Lacking(FULL)
        answer_file = Path(folder, "answer.json")
        if done.returncode or not answer_file.is_file():
            raise UserError(GAVE_UP)
        answer = json.loads(answer_file.read_text("utf-8"))
        if "asked" in answer:
            choices = tuple(Choice(value, words) for value, words in answer["choices"])
            raise Question(answer["asked"], answer["argument"], choices)
        if "refused" in answer:
            raise UserError(answer["refused"])
        return answer, np.load(Path(folder, "array.npy"), mmap_mode="r", allow_pickle=False)
