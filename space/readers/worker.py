"""Decodes strangers' bytes, in a process that `space/readers/guard.py` starts and that ends with this one job.

It reads a job as JSON from its standard input, sets itself limits, and writes what it found into the job's folder.
"""

import errno
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from space.disk import is_full
from space.errors import Question, UserError

GIVEN = "given.npy"
"""The array that some jobs come with, in their folder."""

FULL_DISK = 75
"""How the process ends where there is no room for its answer either."""
TOO_MUCH = "This needs more memory than there is for it: please give fewer slices."
DAMAGED = "The file is damaged or of an unusual kind and cannot be read: please export it again."


def main() -> None:
    """Do the one job."""
    job = json.load(sys.stdin)
    set_limits(job["memory"], job["seconds"])
    folder = Path(job["folder"])
    try:
        (folder / "answer.json").write_text(json.dumps(_answer(job, folder)), "utf-8")
    except OSError as error:
        sys.exit(FULL_DISK if is_full(error) else 1)


def set_limits(memory: int, seconds: int) -> None:
    """Limit what this process may use: bytes of address space and of a file, and seconds of computing."""
    try:
        import resource
    except ImportError:  # Windows: there only the guard's time limit holds
        return
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 0,  # a core dump would hold the patient's data
    }
    for what, limit in limits.items():
        resource.setrlimit(what, (limit, limit + 1))  # the softer one ends the process by a signal that tells why


def _answer(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array, about = TASKS[job["task"]](job, folder)
        np.save(folder / "array.npy", array, allow_pickle=False)
    except Question as question:
        return {"asked": str(question), "argument": question.argument, "choices": question.choices}
    except UserError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": TOO_MUCH}
    except OSError as error:
        if error.errno == errno.EFBIG:  # the limit that this process has set itself
            return {"refused": TOO_MUCH}
        if is_full(error):
            raise
        return {"refused": DAMAGED}
    except Exception:  # whatever a damaged file provokes in a reader
        return {"refused": DAMAGED}
    return about


def _case(job: dict[str, Any], folder: Path) -> tuple[np.ndarray, dict[str, Any]]:
    # the imports are within the limits, too
    from space.preprocessing import Window
    from space.readers.sorting import read_scan
    from space.readers.wire import case_to_json

    case = read_scan(_paths(job), Window(*job["window"]), job["values"], job["order"], folder, job["modality"])
    return case.hu, case_to_json(case)


def _labels(job: dict[str, Any], folder: Path) -> tuple[np.ndarray, dict[str, Any]]:
    from space.readers.sorting import read_mask_files
    from space.readers.wire import grid_from_json

    labels = read_mask_files(_paths(job), grid_from_json(job["grid"]), job["target"], job["order"], folder)
    about = {"members": list(labels.members.items()), "present": labels.present}
    return labels.values, about | {"names": labels.names, "notes": labels.notes}


def _seg(job: dict[str, Any], folder: Path) -> tuple[np.ndarray, dict[str, Any]]:
    from space.readers.wire import layout_from_json
    from space.writers.seg import encoded

    mask = np.load(folder / GIVEN, mmap_mode="r", allow_pickle=False)
    layout = layout_from_json(job["layout"])
    data = encoded(mask, layout, _paths(job), job["target"], job["model"], job["version"])
    return np.frombuffer(data, np.uint8), {}


TASKS = {"case": _case, "labels": _labels, "seg": _seg}


def _paths(job: dict[str, Any]) -> list[Path]:
    return [Path(path) for path in job["paths"]]


if __name__ == "__main__":
    main()
