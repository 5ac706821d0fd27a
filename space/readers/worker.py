"""Decodes strangers' bytes, in a process that `space/readers/guard.py` starts and that ends with this one job.

It reads a job as JSON from its standard input, sets itself limits, and writes what it found into the job's folder.
"""

import json
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from space.case import Case
from space.errors import UserError

TOO_MUCH = "This needs more memory than there is for it: please give fewer slices."
DAMAGED = "The file is damaged or of an unusual kind and cannot be read: please export it again."
UNKNOWN = "This is no CT that can be read: please give DICOM, NIfTI (or a zip of one series), or PNG, JPEG or TIFF."
PICTURES = "The archive holds pictures: please unpack it and give the one slice."
SEVERAL_MASKS = "The mask is an archive of several files: please give one label volume (NIfTI)."
SEVERAL = "These are several volumes: please give one, and its mask in its own field."


def main() -> None:
    """Do the one job."""
    job = json.load(sys.stdin)
    _limit(job["memory"], job["seconds"])
    folder = Path(job["folder"])
    (folder / "answer.json").write_text(json.dumps(_answer(job, folder)), "utf-8")


def _limit(memory: int, seconds: int) -> None:
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
            paths = [Path(path) for path in job["paths"]]
            array, about = _labels(paths[0], job["grid"]) if job["labels"] else _case(paths)
        np.save(folder / "array.npy", array, allow_pickle=False)
    except UserError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": TOO_MUCH}
    except Exception:  # whatever a damaged file provokes in a reader
        return {"refused": DAMAGED}
    return about


def _case(paths: list[Path]) -> tuple[np.ndarray, dict[str, Any]]:
    case = read(paths)
    affine = None if case.affine is None else case.affine.tolist()
    about = {"name": case.name, "spacing": case.spacing, "affine": affine}
    return case.hu, about | {"reading": case.reading, "notes": case.notes}


def _labels(path: Path, grid: dict[str, Any] | None) -> tuple[np.ndarray, dict[str, Any]]:
    from space.readers.archive import unpacked
    from space.readers.labels import read_labels

    files = list(unpacked([path]))
    if len(files) != 1:
        raise UserError(SEVERAL_MASKS)
    place = (tuple(grid["shape"]), np.array(grid["affine"])) if grid else (None, None)
    labels = read_labels(files[0], *place)
    return labels.values, {"present": list(labels.present.items()), "notes": labels.notes}


def read(paths: list[Path]) -> Case:
    """Read a volume: DICOM files, a NIfTI file, or a zip of either, told apart by content.

    Raises
    ------
    UserError
        that says what is wrong and what to do.
    """
    # the imports are within the limits, too
    from space.readers.archive import unpacked
    from space.readers.dicom import read_dicom
    from space.readers.frames import header_of
    from space.readers.kinds import HEAD, READ, kind_of
    from space.readers.nifti import is_nifti, read_nifti

    datasets, volumes, pictures, others = [], [], 0, 0
    for data in unpacked(paths):
        found = kind_of(data[:HEAD])
        if is_nifti(data) and data[128:132] != b"DICM":
            volumes.append(data)
        elif found and found.kind in READ:
            pictures += 1
        elif (dataset := header_of(data)) is not None:
            datasets.append(dataset)
        else:
            others += 1
    if not datasets and not volumes:
        raise UserError(PICTURES if pictures else UNKNOWN)
    if len(volumes) > 1 or (volumes and datasets):
        raise UserError(SEVERAL)
    case = read_dicom(datasets) if datasets else read_nifti(volumes[0])
    if left := pictures + others:
        case = replace(case, notes=(*case.notes, f"{left} files are no CT and were left out."))
    return case


if __name__ == "__main__":
    main()
