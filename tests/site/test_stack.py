"""Several pictures as one volume or its mask: the page's own reader against Python's."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from space.case import Layout
from space.errors import Question, UserError
from space.preprocessing import ABDOMEN
from space.readers.archive import Content
from space.readers.overlay import Grid, grid_of
from space.readers.stack import read_picture_labels, read_picture_volume
from space.readers.values import AUTO, readings_for
from tests.site.node import run
from tests.test_stack import GREY, HU, LIVER, SPINE, case_of, pictures
from tests.volumes import PLANES, slices

pytestmark = pytest.mark.usefixtures("in_this_process")
FACTS = {"modality": "CT", "window": list(ABDOMEN), "readings": readings_for("CT")}
ORDERS = (None, "feet-first", "head-first")


def contents(paths: list[Path]) -> list[Content]:
    return [Content(path.name, path.read_bytes()) for path in paths]


def pythons(call: Any) -> Any:
    """Return what Python's reader answers, or its question or sentence as the page gives it."""
    try:
        return call()
    except Question as question:
        choices = [one._asdict() for one in question.choices]
        return {"asked": str(question), "about": question.argument, "choices": choices}
    except UserError as error:
        return {"refused": str(error)}


def numbers(answer: dict[str, str]) -> np.ndarray:
    kind = answer["type"].removesuffix("Array").lower()
    return np.frombuffer(base64.b64decode(answer["base64"]), kind)


def same_volume(found: dict[str, Any], right: Any) -> None:
    if isinstance(right, dict):
        assert found == right
        return
    np.testing.assert_array_equal(numbers(found["hu"]), right.hu.ravel())
    assert [found["count"], found["height"], found["width"]] == list(right.hu.shape)
    assert (found["name"], found["inHu"], found["reading"]) == (right.name, right.in_hu, right.reading)
    assert tuple(found["notes"]) == right.notes
    layout = found["layout"] and (tuple(found["layout"]["axes"]), tuple(found["layout"]["flips"]))
    assert layout == (right.layout and (right.layout.axes, right.layout.flips))


def same_labels(found: dict[str, Any], right: Any) -> None:
    if isinstance(right, dict):
        assert found == right
        return
    np.testing.assert_array_equal(numbers(found["values"]), right.values.ravel())
    assert found["shape"] == list(right.values.shape)
    assert {int(value): tuple(labels) for value, labels in found["members"].items()} == right.members
    assert (found["present"], found["names"], tuple(found["notes"])) == (right.present, right.names, right.notes)


def test_slices_are_the_volume_that_they_are_in_python(tmp_path):
    wide = [(HU[place].astype(np.int32) + 1024).astype(np.uint16) for place in (0, 1)]
    sets = {
        "all": GREY,
        "sizes": [*GREY[:3], GREY[0][:40]],
        "readings": [*GREY[:2], *wide],
        "hu": wide,
        "one": GREY[:1],
        "masks": LIVER[:3] * np.uint8(255),
    }
    asked, right = [], []
    for name, arrays in sets.items():
        paths = pictures(tmp_path / name, arrays, "20240101123456789012-{}.png")  # a number that no float holds
        for order in ORDERS:
            for values in (AUTO, "grey", "hu+1024"):
                asked.append({"paths": [*map(str, paths)], "what": "slices", "values": values, "order": order})
                right.append(
                    pythons(
                        lambda p=paths, v=values, o=order: read_picture_volume(contents(p), ABDOMEN, v, o, tmp_path)
                    )
                )
    twice = [*pictures(tmp_path / "a", GREY[:2]), *pictures(tmp_path / "b", GREY[2:4])]
    asked.append({"paths": [*map(str, twice)], "what": "slices", "values": AUTO, "order": None})
    right.append(pythons(lambda: read_picture_volume(contents(twice), ABDOMEN, AUTO, None, tmp_path)))
    for found, meant in zip(run("stack.mjs", given={"facts": FACTS, "asked": asked}), right, strict=True):
        same_volume(found, meant)
    assert sum(isinstance(one, dict) for one in right) < len(right) - 10


def grids(folder: Path) -> dict[str, Grid | None]:
    found: dict[str, Grid | None] = {"none": None}
    for kind in ("nifti", "pictures"):
        found[kind] = grid_of(case_of(folder / kind, kind))
    for number, plane in enumerate(PLANES):
        found[f"dicom-{number}"] = grid_of(case_of(folder / f"dicom-{number}", "dicom", plane))
    return found


def told(layout: Layout) -> dict[str, Any]:
    """Return a layout as the page holds it; of the instances only how many there are matters here."""
    return {"axes": layout.axes, "flips": layout.flips, "instances": [{} for _ in layout.instances]}


def test_masks_lie_on_their_slices_as_in_python(tmp_path):
    colours = np.zeros((*HU.shape, 3), np.uint8)
    colours[LIVER], colours[SPINE] = (255, 0, 0), (0, 0, 255)
    masks = LIVER * np.uint8(255)
    sets: dict[str, Any] = {
        "liver": masks, "two": colours, "few": masks[:-1], "one": masks[:1], "small": masks[:, :40],
        "inverted": 255 - masks, "empty": masks * 0, "slices": GREY,
    }  # fmt: skip
    for number, plane in enumerate(PLANES):
        sets[f"stored-{number}"] = [one.pixel_array > 1024 for one in slices(LIVER.astype(np.int16), plane)]
    asked, right = [], []
    for place, grid in grids(tmp_path).items():
        for name, arrays in sets.items():
            folder = tmp_path / f"{place}-{name}"
            paths = pictures(folder, [np.asarray(one, np.uint8) * (255 if one.dtype == bool else 1) for one in arrays])
            known = grid and {"shape": grid.shape, "layout": told(grid.layout)}
            for order in ORDERS:
                asked.append({"paths": [*map(str, paths)], "what": "mask", "order": order, "grid": known})
                right.append(pythons(lambda p=paths, g=grid, o=order: read_picture_labels(contents(p), g, o, tmp_path)))
    for found, meant in zip(run("stack.mjs", given={"facts": FACTS, "asked": asked}), right, strict=True):
        same_labels(found, meant)
    assert sum(not isinstance(one, dict) for one in right) > 40
