"""Volumes in the engine of the page without a server, in Node, against the app's own answers, slice by slice."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import imagecodecs
import nibabel
import numpy as np
import pytest

from space.errors import UserError
from space.model.hub import choose_model
from space.real.table import the_table
from space.real.waiting import RealCases
from space.surfaces import surface_distances
from space.ui.asked import Counting, Cutting, Measuring, Opening, Source, Taking
from space.ui.handlers import Handlers
from space.ui.network import Turnstile
from tests.site.node import run
from tests.site.test_engine import array, asked, assert_nearly_the_same, unpacked
from tests.test_archive import zipped
from tests.test_stack import GREY
from tests.volumes import abdomen, affine_ras

pytestmark = pytest.mark.usefixtures("in_this_process")

SMALL = abdomen(7, 96, 112)
HU = SMALL.repeat(2, 1).repeat(2, 2)
LIVER = ((HU >= 110) & (HU < 200)).astype(np.uint8)
AFFINE = affine_ras() @ np.diag([0.5, 0.5, 1, 1])


def image(values: np.ndarray, code: str) -> Any:
    return nifti_of(values).as_reoriented(
        nibabel.orientations.ornt_transform(*(nibabel.orientations.axcodes2ornt(axes) for axes in ("LPS", code)))
    )


def nifti_of(values: np.ndarray) -> Any:
    return nibabel.Nifti1Image(values.transpose(2, 1, 0), AFFINE)


@pytest.fixture
def case(tmp_path, monkeypatch) -> dict[int, Path]:
    """A scan, its mask, a mask of two labels, a zip of scan and mask, a picture."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    files = {
        "scan.nii.gz": gzip.compress(image(HU, "RAS").to_bytes()),
        "mask.nii": image(LIVER, "LPI").to_bytes(),
        "two.nii": image(LIVER * 3 + (HU >= 700).astype(np.uint8) * 5, "RAS").to_bytes(),
        "slice.png": GREY[0],
    }
    paths = []
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        paths.append(tmp_path / name)
    both = zipped(tmp_path / "both.zip", {"a": files["scan.nii.gz"], "b": files["mask.nii"]})
    return dict(enumerate([*paths[:3], both, paths[3]], start=1))


class Both:
    """The page's engine and the app, with the same uploads."""

    def __init__(self, site: Path, uploads: dict[int, Path]) -> None:
        self.site = site
        self.uploads = uploads
        self.app = Handlers(choose_model("", "", 10).responder, Turnstile(), RealCases(the_table()))

    def ask(self, *questions: tuple[str, dict[str, Any]]) -> list[Any]:
        return asked(self.site, {number: str(path) for number, path in self.uploads.items()}, questions)

    def right(self, name: str, question: dict[str, Any]) -> Any:
        schemas: dict[str, Any] = {"open": Opening, "tables": Counting, "plane": Cutting, "values": Source}
        schemas |= {"distances": Measuring, "take_home": Taking}
        known = dict(question)
        for key in ("slice", "mask"):
            known[key] = self.named(known[key])
        if "files" in known:
            known["files"] = [self.named(piece) for piece in known["files"]]
        return getattr(self.app, name)(schemas[name].model_validate(known))

    def said(self, name: str, question: dict[str, Any]) -> Any:
        """Return the app's answer, also where that is a refusal."""
        try:
            return self.right(name, question)
        except UserError as error:
            return {"refused": str(error)}

    def named(self, piece: dict[str, Any] | None) -> dict[str, Any] | None:
        if piece is None or "uploads" not in piece:
            return piece
        return {"uploads": [str(self.uploads[number]) for number in piece["uploads"]]}


@pytest.fixture
def both(site_folder, case) -> Both:
    return Both(site_folder, case)


def piece(number: int) -> dict[str, Any]:
    return {"uploads": [number]}


def source(slice_: Any = 1, mask: Any = 2, **more: Any) -> dict[str, Any]:
    named = {"slice": slice_ and piece(slice_), "mask": mask and piece(mask)}
    return named | {"values": "auto", "label": None, "order": None, "place": None, "turn": 0} | more


def wish(*files: int, **more: Any) -> dict[str, Any]:
    return source(None, None, files=[piece(number) for number in files], **more)


def assert_opened_the_same(answer: dict[str, Any], right: dict[str, Any], both: Both) -> None:
    assert "refused" not in answer, answer
    if "question" in right:
        assert answer["question"] == right["question"]
        return
    for page, server in (("slice", "pixels"), ("mask", "mask")):
        mine, theirs = answer.pop(page), right.pop(server)
        assert (mine is None) == (theirs is None)
        if mine is not None:
            np.testing.assert_array_equal(array(mine), unpacked(theirs))
    assert_nearly_the_same(array(answer.pop("probability")), unpacked(right.pop("probability")))
    for name in ("slice", "mask"):
        answer["source"][name] = both.named(answer["source"][name])
    for name in ("slice", "mask"):
        right["source"][name] = right["source"][name] and {
            key: value for key, value in right["source"][name].items() if value is not None
        }
    mine, theirs = answer.pop("table"), right.pop("table")
    assert (mine is None) == (theirs is None)
    if mine is not None:
        assert mine[128] == theirs[128]
    assert answer.pop("millilitres") == pytest.approx(right.pop("millilitres"))
    assert answer.pop("spacing") == pytest.approx(right.pop("spacing"))
    right["source"].pop("files", None)
    assert answer == right


@pytest.mark.parametrize(
    "files",
    [(1,), (1, 2), (2, 1), (3, 1), (4,), (1, 3)],
    ids=["scan", "scan and mask", "mask first", "two labels first", "zip of both", "two labels"],
)
def test_files_are_told_apart_and_opened_as_in_the_app(both, files):
    [answer] = both.ask(("open", wish(*files)))
    assert_opened_the_same(answer, both.right("open", wish(*files)), both)


def test_a_file_joins_the_case_as_in_the_app(both):
    for asked_for in (wish(2) | {"slice": piece(1)}, wish(1) | {"slice": piece(5), "mask": piece(2)}):
        [answer] = both.ask(("open", asked_for))
        assert_opened_the_same(answer, both.right("open", asked_for), both)


@pytest.mark.parametrize("files", [(2,), (1, 5), (1, 2, 5), (5, 2)])
def test_what_does_not_fit_is_said_as_in_the_app(both, files):
    [answer] = both.ask(("open", wish(*files)))
    right = both.said("open", wish(*files))
    named = ("refused", "problem", "notes")
    assert [answer.get(name) for name in named] == [right.get(name) for name in named]


def test_an_answered_question_opens_the_label(both):
    [answer] = both.ask(("open", source(1, 3, files=[], label="3")))
    assert_opened_the_same(answer, both.right("open", source(1, 3, files=[], label="3")), both)
    assert array(answer_mask(both)).any()


def answer_mask(both: Both) -> Any:
    [answer] = both.ask(("open", source(1, 3, files=[], label="3")))
    return answer["mask"]


@pytest.mark.parametrize("turn", [0, 3, 6])
def test_every_slice_is_counted_and_cut_as_in_the_app(both, turn):
    about = source(turn=turn, place=2)
    places = list(range(len(HU)))
    cuts = [{"plane": "coronal", "at": 100}, {"plane": "sagittal", "at": 90}]
    opened, tables, values, *planes = both.ask(
        ("open", about | {"files": []}),
        ("tables", about | {"places": places}),
        ("values", about),
        *(("plane", about | one) for one in cuts),
    )
    assert_opened_the_same(opened, both.right("open", about | {"files": []}), both)
    right = both.right("tables", about | {"places": places})["tables"]
    assert [table[128] for table in tables] == [table[128] for table in right]
    assert np.abs(np.array(tables) - right).max() <= 2
    np.testing.assert_array_equal(array(values), unpacked(both.right("values", about)["hu"], "<i2"))
    for mine, one in zip(planes, cuts, strict=True):
        theirs = both.right("plane", about | one)
        assert (mine["width"], mine["height"]) == (theirs["width"], theirs["height"])
        np.testing.assert_array_equal(array(mine["slice"]), unpacked(theirs["pixels"]))
        np.testing.assert_array_equal(array(mine["mask"]), unpacked(theirs["mask"]))
        assert_nearly_the_same(array(mine["probability"]), unpacked(theirs["probability"]))


def test_a_whole_case_is_looked_at_slice_by_slice(both):
    left = both.ask(*[("advance", source())] * (len(HU) + 1))
    assert left == [*range(len(HU) - 1, -1, -1), 0]


@pytest.mark.parametrize("turn", [0, 5])
@pytest.mark.parametrize("level", [1, 128])
def test_distances_are_those_of_the_app(both, turn, level):
    [found] = both.ask(("distances", source(turn=turn, level=level)))
    right = both.right("distances", source(turn=turn, level=level))
    assert found == pytest.approx(right)
    if level == 1:
        assert found["hausdorff"] is not None


def test_distances_are_those_of_scipys_trees_for_any_two_masks(tmp_path):
    random = np.random.default_rng(1)
    z, y, x = np.mgrid[:9, :40, :44]
    pairs = []
    for seed in range(6):
        centres = random.uniform((3, 14, 14), (6, 26, 30), (2, 3))
        pair = [((z - a) / 3) ** 2 + ((y - b) / 12) ** 2 + ((x - c) / 9) ** 2 < 1 for a, b, c in centres]
        if seed > 3:
            pair = [mask ^ (random.random(mask.shape) < 0.02) for mask in pair]
        pairs.append(pair)
    full, empty = np.ones(z.shape, bool), np.zeros(z.shape, bool)
    pairs += [[full, pairs[0][0]], [empty, full], [full, full]]
    spacing = (5.0, 0.7, 0.8)
    found = run(
        "distances.mjs",
        given=[
            {"masks": [mask.astype(int).ravel().tolist() for mask in pair], "shape": list(z.shape), "spacing": spacing}
            for pair in pairs
        ],
    )
    for mine, (one, other) in zip(found, pairs, strict=True):
        right = surface_distances(one, other, spacing)._asdict()
        assert mine == (right if right["mean"] is None else pytest.approx(right, rel=1e-12))


@pytest.mark.parametrize("turn", [0, 3])
def test_the_mask_and_the_figures_are_taken_home_as_from_the_app(both, turn):
    about = source(turn=turn, level=3)
    kinds = ("nifti", "png", "json", "csv")
    found = both.ask(*(("takeHome", about | {"kind": kind}) for kind in kinds))
    right = [both.right("take_home", about | {"kind": kind}) for kind in kinds]
    assert [one["name"] for one in found] == [one["name"] for one in right]
    mine = [array(one["bytes"]).tobytes() for one in found]
    theirs = [unpacked(one["bytes"]).tobytes() for one in right]
    assert gzip.decompress(mine[0]) == gzip.decompress(theirs[0])  # header and all
    assert pictures(mine[1]) == pictures(theirs[1])
    assert same(json.loads(mine[2]), json.loads(theirs[2]))
    rows = [list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))) for text in (mine[3], theirs[3])]
    assert len(rows[0]) == len(rows[1]) == len(HU) + 2
    for one, other in zip(*rows, strict=True):
        assert [number(cell) for cell in one] == pytest.approx([number(cell) for cell in other])


def number(cell: str) -> Any:
    try:
        return float(cell)
    except ValueError:
        return cell


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return set(one) == set(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other or (isinstance(one, float) and one == pytest.approx(other)))


def pictures(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        return {name: imagecodecs.png_decode(packed.read(name)).tobytes() for name in packed.namelist()}


@pytest.mark.parametrize("how", ["qform", "nothing", "oblique", "leaning", "mirrored"])
def test_a_nifti_mask_says_where_it_lies_as_the_scan_does(both, tmp_path, how):
    scan = image(HU, "LAS" if how == "mirrored" else "RAS")
    if how == "qform":
        scan.set_qform(scan.affine, code=2)
        scan.set_sform(None, code=0)
    if how == "nothing":
        scan = nibabel.Nifti1Image(scan.dataobj, None)
        scan.header.set_zooms((2, 1.75, 5))
    if how in ("oblique", "leaning"):
        more = np.eye(4)
        more[:2, :2] = [[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]]
        more[1, 2] = 0.3 if how == "leaning" else 0
        scan = nibabel.Nifti1Image(scan.dataobj, more @ scan.affine)
    both.uploads[6] = tmp_path / "other.nii"
    both.uploads[6].write_bytes(scan.to_bytes())
    [found] = both.ask(("takeHome", source(6, None, level=1, kind="nifti")))
    data = unpacked(both.right("take_home", source(6, None, level=1, kind="nifti"))["bytes"]).tobytes()
    mine, right = (
        nibabel.Nifti1Image.from_bytes(gzip.decompress(one)) for one in (array(found["bytes"]).tobytes(), data)
    )
    assert mine.affine == pytest.approx(right.affine, abs=1e-6)
    assert mine.header["qform_code"] == right.header["qform_code"]
    assert mine.header["sform_code"] == right.header["sform_code"]
    if right.header["qform_code"]:
        assert mine.get_qform() == pytest.approx(right.get_qform(), abs=1e-4)
    np.testing.assert_array_equal(mine.dataobj, right.dataobj)
