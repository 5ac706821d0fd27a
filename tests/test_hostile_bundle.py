"""Bundles by somebody who means ill: each was found by `python -m tests.fuzz.bundles`, or is of its kind."""

import json
import shutil

import pytest

from space.errors import UserError
from space.model.bundle import open_bundle
from tests.bundles import change_contract, rehash
from tests.fuzz.bundles import FILES, fuzz, small


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bundled model without its networks, which nobody looks into here."""
    folder = tmp_path_factory.mktemp("good") / "bundle"
    small(folder, networks=False)
    return folder


@pytest.fixture
def folder(good, tmp_path):
    return shutil.copytree(good, tmp_path / "bundle")


def change(folder, name, entry, value):
    """Give an entry of a JSON file, 'a.b.0', another value."""
    content = json.loads((folder / name).read_text())
    *path, last = [int(part) if part.isdigit() else part for part in entry.split(".")]
    place = content
    for part in path:
        place = place[part]
    place[last] = value
    (folder / name).write_text(json.dumps(content))
    if name != "contract.json":
        rehash(folder, name)


@pytest.mark.parametrize(
    ("name", "entry", "value", "sentence"),
    [
        ("contract.json", "name", "x" * 10_000_000, "holds a text of 10,000,000 characters"),
        ("contract.json", "target", "pan\x00creas", "contains control characters"),
        ("contract.json", "contract", "\u0301" * 500, r"is version .{80}\.\.\., but this app knows"),
        ("contract.json", "plane", "\u202exial", "contains control characters"),
        ("contract.json", "parameters", 10**400, "holds a number beyond 1e\\+15"),
        ("contract.json", "settings.epochs", 10**30, "holds a number beyond"),
        ("contract.json", "window_hu", [310, -40], "must lie above the first"),
        ("contract.json", "window_hu", [0, 0], "must lie above the first"),
        ("contract.json", "window_hu", [0, 1e308], "'window_hu.1' that cannot be"),
        ("contract.json", "limits", ["x"] * 101, "'limits' that cannot be"),
        ("contract.json", "settings", 5, "'settings' that cannot be"),
        ("metrics.json", "test.without_organ.mean_false_positive_pixels", None, "the mean is missing"),
        ("metrics.json", "test.table.0", [0, 0, 10**400], "cannot come from one map"),
        ("metrics.json", "test.table.255", [10**9, 0, 0], "cannot come from one map"),
        ("metrics.json", "test.subjects", 10**400, "holds a number beyond"),
        ("metrics.json", "test.per_subject.0.\x1b[31m", 1, None),
        ("metrics.json", "recipes.0.settings." + "x" * 300, 1, r"x{60}\.\.\.' that cannot be"),
        ("overfitting/config.json", "settings", 0, "'settings' that cannot be"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused(folder, name, entry, value, sentence):
    change(folder, name, entry, value)
    if sentence is None:  # what nobody asks for is left out
        open_bundle(folder, "")
        return
    with pytest.raises(UserError, match=sentence) as refused:
        open_bundle(folder, "")
    assert len(str(refused.value)) < 400
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "name",
    [
        "../x.png", "/etc/passwd", "a/../../x", "a//b", ".", "", "..\\x", "C:x", "C:\\x", "con", "aux.png",
        "a/LPT1.txt", "x.png:stream", "a?", "ends.", "ends ", "nul\x00", "\u202egnp.x", "x" * 256,
        "networks/..\\..\\x.onnx",
    ],
)  # fmt: skip
def test_a_file_that_is_not_below_the_folder_on_every_system_is_refused(folder, name):
    change_contract(folder, lambda contract: contract["sha256"].update({name: "0" * 64}))
    with pytest.raises(UserError, match=r"'sha256.*leads out of the folder"):
        open_bundle(folder, "")


@pytest.mark.parametrize("name", ["x.png", "a/b c.png", "肝臓.png", "..x.png", "console.png", ".gitattributes"])
def test_other_names_are_fine(folder, name):
    change_contract(folder, lambda contract: contract["sha256"].update({name: "0" * 64}))
    open_bundle(folder, "")


def write(folder, name, text):
    (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    rehash(folder, name)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,image,mask,synthetic\n" + "x" * 200_000 + ",a.png,b.png,yes\n", "is no text"),
        ("name,image,mask,synthetic\n\ud800,a.png,b.png,yes\n", "is no text"),
        ("name,image,mask,synthetic\nx,a.png,b.png,yes,more\n", "5 cells in row 1, but 4 columns"),
        ("name,image,mask,synthetic\n" + "x,phantom-1.png,phantom-1-mask.png,yes\n" * 101, "101 rows"),
        ("name,image,mask,synthetic\nx,phantom\x00\x00.png,,yes\n", r"does not list samples/phantom\?\?.png"),
    ],
)
def test_a_table_of_samples_that_cannot_be_is_refused(folder, text, sentence):
    write(folder, "samples/samples.csv", text)
    with pytest.raises(UserError, match=sentence):
        open_bundle(folder, "")


def test_a_record_of_a_million_epochs_is_refused(folder):
    head, row, *_ = (folder / "history.csv").read_text().splitlines()
    write(folder, "history.csv", f"{head}\n" + f"{row}\n" * 1_000_000)
    with pytest.raises(UserError, match="1,000,000 rows: more than the 10,000"):
        open_bundle(folder, "")


def test_changed_bundles_are_refused_in_words_or_make_a_page(capsys):
    fuzz(120, 1, FILES, pages=False)
    printed = capsys.readouterr().out
    assert printed.count(" 0 finds;") == len(FILES) == printed.count("\n")
