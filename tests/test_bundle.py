import hashlib
import json
import shutil

import pytest

from space.bundle import BUNDLED, open_bundle
from space.errors import UserError


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(BUNDLED, tmp_path / "bundle")


def change_contract(folder, change):
    contract = json.loads((folder / "contract.json").read_text())
    change(contract)
    (folder / "contract.json").write_text(json.dumps(contract))


def test_the_bundled_model_is_whole_and_every_file_matches_its_hash():
    bundle = open_bundle(BUNDLED, "here")
    for name, digest in bundle.contract["sha256"].items():
        assert hashlib.sha256((BUNDLED / name).read_bytes()).hexdigest() == digest, name
    assert bundle.source == "here"
    assert bundle.title == f"{bundle.contract['name']} {bundle.contract['version']}"


def test_the_bundled_samples_are_synthetic():
    assert all(sample.synthetic for sample in open_bundle(BUNDLED, "").samples)


def test_the_headline_is_the_test_splits_mean_volume_dice():
    bundle = open_bundle(BUNDLED, "")
    rows = bundle.metrics["test"]["per_subject"]
    by_hand = [2 * row["tp"] / (2 * row["tp"] + row["fp"] + row["fn"]) for row in rows]
    assert bundle.test_dice == pytest.approx(sum(by_hand) / len(by_hand), abs=1e-12)


@pytest.mark.parametrize("name", ["contract.json", "metrics.json", "model.onnx", "samples/samples.csv"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(UserError, match=f"incomplete: {name} is missing"):
        open_bundle(folder, "")


@pytest.mark.parametrize("name", ["metrics.json", "model.onnx"])
def test_an_altered_file_is_named(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[-2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(UserError, match=f"altered: {name}"):
        open_bundle(folder, "")


def test_an_altered_sample_is_named(folder):
    image = next((folder / "samples").glob("*-mask.png"))
    image.write_bytes(image.read_bytes() + b"\0")
    with pytest.raises(UserError, match=image.name):
        open_bundle(folder, "")


def test_a_newer_contract_asks_for_a_newer_app(folder):
    change_contract(folder, lambda contract: contract.update(contract=2))
    with pytest.raises(UserError, match=r"version 2.*knows version 1: update the app"):
        open_bundle(folder, "")


@pytest.mark.parametrize("entry", ["name", "threshold", "slice", "sha256"])
def test_a_contract_without_an_entry_is_refused(folder, entry):
    change_contract(folder, lambda contract: contract.pop(entry))
    with pytest.raises(UserError, match=f"lacks an entry .*{entry}"):
        open_bundle(folder, "")


def test_a_contract_that_is_no_json_is_refused(folder):
    (folder / "contract.json").write_text("{")
    with pytest.raises(UserError, match=r"contract\.json is no valid JSON"):
        open_bundle(folder, "")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [(["x,../contract.json,m.png,yes"], "outside its folder"), ([], "has no samples")],
)
def test_a_samples_table_that_points_elsewhere_or_at_nothing_is_refused(folder, lines, sentence):
    table = folder / "samples" / "samples.csv"
    table.write_text("\n".join(["name,image,mask,synthetic", *lines]) + "\n")
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    change_contract(folder, lambda contract: contract["sha256"].update({"samples/samples.csv": digest}))
    with pytest.raises(UserError, match=sentence):
        open_bundle(folder, "")
