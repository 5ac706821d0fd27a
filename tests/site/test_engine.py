"""The engine of the page without a server, in Node, against the app's own answers: counts and masks bit for bit."""

import base64
import csv
import io
import json
import zlib
from typing import Any

import imagecodecs
import numpy as np
import pytest

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle
from space.model.hub import choose_model
from space.real.table import the_table
from space.real.waiting import RealCases
from space.ui.asked import Breaking, Cutting, Looking, Opening, Operating, Source, Taking
from space.ui.handlers import Handlers
from space.ui.network import Turnstile
from tests.site.node import run

BUNDLE = open_bundle(BUNDLED, "")
NAMES = [sample.name for sample in BUNDLE.samples]
CLOSE = 1e-5
"""Of the largest number of a map: WebAssembly's convolutions add in another order than native ones."""


def source(example: str, **more: Any) -> dict[str, Any]:
    piece = {"example": example}
    return {"slice": piece, "mask": piece, "values": "auto", "label": None, "order": None, "place": 0, "turn": 0} | more


def array(said: dict[str, str]) -> np.ndarray:
    kind = {"Uint8Array": np.uint8, "Float32Array": np.float32, "Int16Array": np.int16}[said["type"]]
    return np.frombuffer(base64.b64decode(said["base64"]), kind)


def assert_nearly_the_same(mine: np.ndarray, theirs: np.ndarray) -> None:
    """Convolutions add in another order: now and then a probability lies just beside the middle between two levels."""
    assert np.abs(mine.astype(int) - theirs).max() <= 1
    assert (mine != theirs).mean() < 1e-4


def unpacked(text: str, kind: Any = np.uint8) -> np.ndarray:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), kind)


def asked(site_folder, uploads, questions) -> list[Any]:
    """Ask the page's engine questions about uploads, paths by their numbers."""
    named = [{"name": name, "question": question} for name, question in questions]
    return list(run("engine.mjs", site_folder, given={"uploads": uploads, "questions": named}))


@pytest.fixture(scope="module")
def app() -> Handlers:
    return Handlers(choose_model("", "", 10).responder, Turnstile(), RealCases(the_table()))


@pytest.fixture(scope="module")
def ask(site_folder):
    """Ask the page's engine several questions; return its answers."""
    return lambda *questions: asked(site_folder, {}, questions)


def test_examples_are_opened_as_the_app_opens_them(app, ask):
    found = ask(*(("open", source(name, files=[], place=None)) for name in NAMES))
    assert len(NAMES) == 6
    for name, answer in zip(NAMES, found, strict=True):
        right = app.example(name)
        for page, server in (("slice", "pixels"), ("probability", "probability"), ("mask", "mask")):
            np.testing.assert_array_equal(array(answer.pop(page)), unpacked(right[server]), f"{name}: {page}")
        same = {key: value for key, value in right.items() if key not in ("pixels", "probability", "mask")}
        assert answer == same


@pytest.mark.parametrize("turn", [1, 6])
def test_a_turned_slice_is_what_the_app_makes_of_it(app, ask, turn):
    [answer] = ask(("open", source(NAMES[1], files=[], turn=turn)))
    right = app.open(Opening.model_validate(source(NAMES[1], files=[], turn=turn)))
    np.testing.assert_array_equal(array(answer["probability"]), unpacked(right["probability"]))
    assert (answer["table"], answer["notes"]) == (right["table"], right["notes"])


def test_the_further_networks_find_what_they_find_in_the_app(app, ask):
    [found] = ask(("compare", source(NAMES[2])))
    right = app.compare(Source.model_validate(source(NAMES[2])))["found"]
    assert set(found) == set(right) == {network.name for network in BUNDLE.networks}
    for name, answer in found.items():
        assert_nearly_the_same(array(answer["probability"]), unpacked(right[name]["probability"]))
        assert answer["table"][128] == right[name]["table"][128]


@pytest.mark.parametrize("network", ["", "no-skips"])
def test_a_look_inside_shows_what_the_app_shows(app, ask, network):
    asked = {"network": network, "level": "encoder_1", "cut": [0, 3, 99]}
    [found] = ask(("inside", source(NAMES[0], **asked)))
    right = app.look(Looking.model_validate(source(NAMES[0], **asked)))
    assert_nearly_the_same(array(found.pop("probability")), unpacked(right.pop("probability")))
    pictures = [(found.pop("grid"), right.pop("grid"))]
    pictures += [(a.pop("picture"), b.pop("picture")) for a, b in zip(found["levels"], right["levels"], strict=True)]
    assert found == right
    for mine, theirs in pictures:
        assert {**mine, "url": ""} == {**theirs, "url": ""}
        assert np.abs(grey(mine["url"]).astype(int) - grey(theirs["url"])).max() <= 1


def grey(url: str) -> np.ndarray:
    return np.asarray(imagecodecs.png_decode(base64.b64decode(url.partition(",")[2])))


@pytest.mark.parametrize("network", ["", "article-today"])
def test_every_operation_passes_what_it_passes_in_the_app(app, ask, network):
    names = list(Responder(BUNDLE).microscope(network).operations)
    wishes = [{"network": network, "cut": [1], "name": name} for name in names]
    right = [
        app.operation(Operating.model_validate(source(NAMES[0], **wish, input_map=None, output_map=None)))
        for wish in wishes
    ]
    # the maps that the app chose are asked for: two of them may be as strong as each other
    maps = [{"from": one["input"]["number"] if one["kernel"] else None, "to": one["output"]["number"]} for one in right]
    found = ask(*(("operation", source(NAMES[0], **wish, **of)) for wish, of in zip(wishes, maps, strict=True)))
    assert len(names) > 10
    for name, mine, theirs in zip(names, found, right, strict=True):
        for which in ("input", "output"):
            plane, wanted = mine.pop(which), theirs.pop(which)
            values, exact = array(plane.pop("values")), unpacked(wanted.pop("values"), "<f4")
            assert np.abs(values - exact).max() <= CLOSE * max(1, np.abs(exact).max()), name
            assert plane == wanted, name
        norms = mine.pop("norm"), theirs.pop("norm")
        assert mine == theirs
        assert (norms[0] is None) == (norms[1] is None)
        if norms[0] is not None and norms[1] is not None:
            assert norms[0]["together"] == norms[1]["together"]
            for entry in ("factor", "offset"):
                assert norms[0][entry] == pytest.approx(norms[1][entry], rel=1e-3, abs=1e-3)
            for side in ("before", "after"):
                mine_of, theirs_of = norms[0][side], norms[1][side]
                assert sum(mine_of["counts"]) == sum(theirs_of["counts"])
                moved = sum(abs(a - b) for a, b in zip(mine_of["counts"], theirs_of["counts"], strict=True))
                assert moved <= 1e-3 * sum(theirs_of["counts"])


def test_the_maps_that_tell_most_are_chosen_as_in_the_app(app, ask):
    names = [name for name in Responder(BUNDLE).microscope("").operations if "conv" in name][:6]
    wishes = [{"network": "", "cut": [], "name": name} for name in names]
    found = ask(*(("operation", source(NAMES[3], **wish, **{"from": None, "to": None})) for wish in wishes))
    for mine, wish in zip(found, wishes, strict=True):
        right = app.operation(Operating.model_validate(source(NAMES[3], **wish, input_map=None, output_map=None)))
        assert mine["output"]["number"] == right["output"]["number"]
        assert mine["input"]["number"] == right["input"]["number"]


def test_a_slice_is_changed_as_in_the_app(app, ask):
    wishes = [
        *(("window level", 100.0), ("window level", 135.0), ("window width", 175.0), ("noise", 10.0), ("blur", 1.5)),
        *(("pixel size", 2.5), ("rotation", -20.0), ("size", 1.25), ("shift", 40.0)),
    ]
    found = ask(*(("broken", source(NAMES[4], change=name, strength=strength)) for name, strength in wishes))
    for answer, (name, strength) in zip(found, wishes, strict=True):
        right = app.broken(Breaking.model_validate(source(NAMES[4], change=name, strength=strength)))
        np.testing.assert_array_equal(array(answer["slice"]), unpacked(right["pixels"]), name)
        np.testing.assert_array_equal(array(answer["mask"]), unpacked(right["mask"]), name)
        assert_nearly_the_same(array(answer["probability"]), unpacked(right["probability"]))
        assert np.abs(np.subtract(answer["table"][128], right["table"][128])).max() <= 2  # pixels beside the middle


def test_a_change_that_is_not_measured_is_refused(ask):
    [answer] = ask(("broken", source(NAMES[4], change="rotation", strength=41)))
    assert answer["refused"] == "The rotation goes from -40 to 40 degrees, not to 41."


def test_planes_and_values_are_those_of_the_app(app, ask):
    cuts = [("coronal", 250), ("sagittal", 200)]
    *planes, values = ask(
        ("open", source(NAMES[0], files=[])),
        *(("plane", source(NAMES[0], plane=plane, at=at)) for plane, at in cuts),
        ("values", source(NAMES[0])),
    )[1:]
    for answer, (plane, at) in zip(planes, cuts, strict=True):
        right = app.plane(Cutting.model_validate(source(NAMES[0], plane=plane, at=at)))
        np.testing.assert_array_equal(array(answer["slice"]), unpacked(right["pixels"]))
        np.testing.assert_array_equal(array(answer["mask"]), unpacked(right["mask"]))
    np.testing.assert_array_equal(
        array(values), unpacked(app.values(Source.model_validate(source(NAMES[0])))["hu"], "<i2")
    )


def test_figures_are_taken_home_as_from_the_app(app, ask):
    kinds = ("json", "csv", "png")
    found = ask(*(("takeHome", source(NAMES[5], level=77, kind=kind)) for kind in kinds))
    right = [app.take_home(Taking.model_validate(source(NAMES[5], level=77, kind=kind))) for kind in kinds]
    assert [one["name"] for one in found] == [one["name"] for one in right]
    mine = [array(one["bytes"]).tobytes() for one in found]
    theirs = [unpacked(one["bytes"]).tobytes() for one in right]
    assert json.loads(mine[0]) == json.loads(theirs[0])
    assert mine[1].startswith(b"\xef\xbb\xbf")
    rows = [list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))) for text in (mine[1], theirs[1])]
    assert rows[0] == rows[1]
    np.testing.assert_array_equal(imagecodecs.png_decode(mine[2]), imagecodecs.png_decode(theirs[2]))
