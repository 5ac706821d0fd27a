"""The page's own readers against Python's: the same values, masks, questions and sentences for the same files."""

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tifffile import COMPRESSION, PHOTOMETRIC

from space.answer import Responder
from space.errors import Question, UserError
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import ABDOMEN
from space.readers.image import read_slice
from space.readers.kinds import HEAD, READ, kind_of
from space.readers.mask import read_mask
from space.readers.reading import check_picture
from space.site.facts import facts
from tests.cases import TARGET, Case, truth
from tests.cases.broken import broken_cases
from tests.cases.masks import mask_cases
from tests.cases.slices import slice_cases
from tests.cases.values import value_cases
from tests.site.node import run

ELSEWHERE = "which only the app that this page was made from reads"
ONLY_THERE = re.compile(r"zstd|lzma|1-bit-fax|jpeg-cmyk")
"""Pictures whose decoders the page does not carry."""


def kind(path: Path) -> str:
    found = kind_of(path.read_bytes()[:HEAD])
    return found.kind if found else ""


def pythons_slice(path: Path, values: str = "auto") -> dict[str, Any]:
    """Return what Python makes of a slice."""
    try:
        check_picture(path)
        case = read_slice(path, ABDOMEN, values)
    except Question as question:
        return {"kind": "asked", "said": str(question), "choices": [one._asdict() for one in question.choices]}
    except UserError as error:
        return {"kind": "refused", "said": str(error)}
    return {"kind": "read", "said": " ".join(case.notes), "hu": case.hu, "reading": case.reading, "in_hu": case.in_hu}


def pythons_mask(path: Path, label: str | None = None) -> dict[str, Any]:
    """Return what Python makes of a mask."""
    shape = truth().organ.shape
    try:
        check_picture(path)
        mask = read_mask(path, TARGET, shape=(shape[0], shape[1]), label=label)
    except Question as question:
        return {"kind": "asked", "said": str(question), "choices": [one._asdict() for one in question.choices]}
    except UserError as error:
        return {"kind": "refused", "said": str(error)}
    return {"kind": "read", "said": " ".join(mask.notes), "organ": mask.labels.mask(TARGET)}


def differences(found: dict[str, Any], right: dict[str, Any], path: Path) -> list[str]:
    """Return what the page does otherwise, a line each."""
    if found["kind"] == "refused" and ELSEWHERE in found["said"]:
        return [] if ONLY_THERE.search(path.name) else [f"is sent elsewhere: {found['said']}"]
    if found["kind"] != right["kind"]:
        return [f"{found['kind']}, not {right['kind']}: {found['said']} | {right['said']}"]
    # a damaged file is named in the same words; how it is damaged, the one that meets it first may say
    said, meant = (re.sub(r"(cannot be read) \([^)]*\)", r"\1", text) for text in (found["said"], right["said"]))
    wrong = [] if said == meant else [f"says '{said}', not '{meant}'"]
    if found.get("choices") != right.get("choices"):
        wrong.append(f"offers {found.get('choices')}, not {right.get('choices')}")
    if "hu" in right:
        values = np.frombuffer(base64.b64decode(found["hu"]), right["hu"].dtype)
        if not np.array_equal(values, right["hu"].ravel()):
            wrong.append(f"{(values != right['hu'].ravel()).sum()} values differ")
        if (found["reading"], found["inHu"]) != (right["reading"], right["in_hu"]):
            wrong.append(f"read as {found['reading']}, not {right['reading']}")
    if "organ" in right:
        organ = np.frombuffer(base64.b64decode(found["organ"]), np.uint8)
        if not np.array_equal(organ, right["organ"].ravel()):
            wrong.append(f"{(organ != right['organ'].ravel()).sum()} pixels of the mask differ")
    return wrong


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What the page's engine is told of the model."""
    bundle = open_bundle(BUNDLED, "")
    shape = truth().organ.shape
    about = facts(
        Responder(bundle), {"model": bundle.folder / "model.onnx"} | {n.name: n.model for n in bundle.networks}
    )
    return about | {"shape": {"height": shape[0], "width": shape[1]}, "networks": []}


def written(cases: list[Case], folder: Path) -> list[Path]:
    for case in cases:
        case.write(folder / case.name)
    return [folder / case.name for case in cases]


def compared(paths: list[Path], told: dict[str, Any], what: str, answers: list[str]) -> dict[str, list[str]]:
    """Return what differs, by file."""
    files = [
        {"path": str(path), "what": what, "values": answer or "auto", "label": answer or None}
        for path, answer in zip(paths, answers, strict=True)
    ]
    found = run("read.mjs", given={"facts": told, "files": files})
    right = [
        pythons_slice(path, answer or "auto") if what == "slice" else pythons_mask(path, answer or None)
        for path, answer in zip(paths, answers, strict=True)
    ]
    wrong = {path.name: differences(a, b, path) for path, a, b in zip(paths, found, right, strict=True)}
    return {name: lines for name, lines in wrong.items() if lines}


def test_every_slice_is_read_asked_about_or_refused_as_in_python(told, tmp_path):
    cases = [*slice_cases(), *value_cases(), *broken_cases()]
    paths = written(cases, tmp_path)
    assert sum(kind(path) in READ for path in paths) > 270
    assert compared(paths, told, "slice", [""] * len(paths)) == {}


def test_every_mask_is_read_asked_about_or_refused_as_in_python(told, tmp_path):
    cases = list(mask_cases())
    paths = written(cases, tmp_path)
    assert sum(kind(path) in READ for path in paths) > 80
    assert compared(paths, told, "mask", [""] * len(paths)) == {}


@pytest.mark.parametrize("what", ["slice", "mask"])
def test_an_answer_is_taken_as_in_python(told, tmp_path, what):
    every = mask_cases() if what == "mask" else [*slice_cases(), *value_cases()]
    cases = [case for case in every if case.answer]
    assert len(cases) > 5
    assert compared(written(cases, tmp_path), told, what, [case.answer for case in cases]) == {}


def test_compressions_and_colours_are_called_as_by_tifffile():
    names = run("names.mjs")
    read = (1, 5, 8, 32773, 32946)
    assert names["compressions"] == {str(one.value): one.name for one in COMPRESSION if one.value not in read}
    shown = (0, 1, 2, 3, 4)
    assert names["colours"] == {str(one.value): one.name for one in PHOTOMETRIC if one.value not in shown}


def test_what_only_the_app_reads_is_refused_with_the_way_to_it(told, tmp_path):
    paths = written([case for case in slice_cases() if ONLY_THERE.search(case.name)], tmp_path)
    files = [{"path": str(path), "what": "slice", "values": "auto"} for path in paths]
    found = run("read.mjs", given={"facts": told, "files": files})
    assert len(found) > 10
    assert all("python app.py" in one["said"] and ELSEWHERE in one["said"] for one in found)
