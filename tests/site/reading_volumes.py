"""Read scans and masks as the page does, in Node, and as the app does; tell what differs."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from space.answer import Responder
from space.case import Case
from space.errors import Question, UserError
from space.modality import Modality
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import ABDOMEN
from space.readers.label_volume import is_label_volume, read_case_mask
from space.readers.reading import read_case
from space.readers.worker import DAMAGED
from space.site.facts import facts
from tests.site.node import run

TARGET = "pancreas"


def told(modality: Modality = "CT") -> dict[str, Any]:
    """Return what the page's engine is told of the bundled model, and of one for MR."""
    bundle = open_bundle(BUNDLED, "")
    about = facts(
        Responder(bundle), {"model": bundle.folder / "model.onnx"} | {n.name: n.model for n in bundle.networks}
    )
    return about | {"networks": [], "modality": modality, "target": TARGET}


def scan(paths: Sequence[Path], **more: Any) -> dict[str, Any]:
    return {"what": "scan", "paths": [str(path) for path in paths], **more}


def labels(path: Path, of: Sequence[Path], label: str | None = None) -> dict[str, Any]:
    return {"what": "labels", "paths": [str(path)], "scan": [str(one) for one in of], "label": label}


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def pythons(job: dict[str, Any], modality: Modality = "CT") -> dict[str, Any]:
    """Return what the app makes of a job."""
    try:
        if job["what"] == "isLabels":
            return {"kind": "read", "said": str(is_label_volume(job["paths"])).lower()}
        scanned = read_case(job.get("scan", job["paths"]), ABDOMEN, job.get("values", "auto"), modality=modality)
        if job["what"] == "labels":
            mask = read_case_mask(job["paths"], scanned, TARGET, job["label"])
            organ = mask.labels.mask(TARGET).view(np.uint8)
            return {"kind": "read", "said": " ".join(mask.notes), "organ": digest(organ)}
    except Question as question:
        choices = [one._asdict() for one in question.choices]
        return {"kind": "asked", "said": str(question), "choices": choices, "argument": question.argument}
    except UserError as error:
        return {"kind": "refused", "said": str(error)}
    except Exception:  # the app's process for strangers' bytes makes this sentence of it
        return {"kind": "refused", "said": DAMAGED}
    return _scanned(scanned)


def _scanned(case: Case) -> dict[str, Any]:
    layout = case.layout
    found: dict[str, Any] = {
        "kind": "read",
        "said": " ".join(case.notes),
        "name": case.name,
        "shape": list(case.hu.shape),
        "spacing": case.spacing and list(case.spacing),
        "affine": None if case.affine is None else case.affine.tolist(),
        "inHu": case.in_hu,
        "reading": case.reading,
        "hu": digest(case.hu),
        "type": {"int16": "Int16Array", "float32": "Float32Array"}[str(case.hu.dtype)],
        "millilitres": case.millilitres,
    }
    if layout:
        found |= {
            "stored": None if layout.affine is None else layout.affine.tolist(),
            "codes": layout.codes and list(layout.codes),
            "axes": list(layout.axes),
            "flips": list(layout.flips),
            "space": layout.frame_of_reference,
            "instances": [[*one[:3], one.position and list(one.position)] for one in layout.instances],
        }
    return found


def assert_same(jobs: Sequence[dict[str, Any]], modality: Modality = "CT") -> None:
    """Fail with what the page says or reads otherwise than the app."""
    found = run("volumes.mjs", given={"facts": told(modality), "jobs": list(jobs)})
    wrong = {
        " ".join(Path(path).name for path in job["paths"][:2]): lines
        for job, mine in zip(jobs, found, strict=True)
        if (lines := differences(mine, pythons(job, modality)))
    }
    assert wrong == {}, "\n".join(f"{name}: {lines}" for name, lines in wrong.items())


def differences(mine: dict[str, Any], right: dict[str, Any]) -> list[str]:
    """Return what the page says or reads otherwise than is right, a line each."""
    lines = []
    for name in {**mine, **right}:
        one, other = mine.get(name), right.get(name)
        if name in ("spacing", "affine", "stored", "millilitres") and one is not None and other is not None:
            same = np.asarray(one, float) == pytest.approx(np.asarray(other, float), rel=1e-9, abs=1e-7)
        else:
            same = one == other
        if not same:
            lines.append(f"{name}: {one}, not {other}")
    return lines
