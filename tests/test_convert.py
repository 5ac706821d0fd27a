"""A bundle of contract 1 becomes one of contract 2, with the same network and the same figures."""

import json
import shutil

import numpy as np
import pytest

from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle, sha256
from space.model.segmenter import Segmenter
from trainer.export import load_published
from trainer.publish.bundling import build_bundle
from trainer.publish.convert import HEADLINE, converted
from trainer.target import open_target

ENGLISH = {name: label for label, name in HEADLINE.items()}


def row_of_contract_1(row):
    settings = {"preset": row.pop("preset"), **row["settings"]}
    splits = {
        split: {ENGLISH[name]: value for name, value in row[split].items()}
        for split in ("validation", "test")
        if row[split]
    }
    return {k: v for k, v in row.items() if k not in ("validation", "test")} | {"settings": settings, "of": 1} | splits


@pytest.fixture
def old(tmp_path):
    """The bundled model as contract 1 would have written it: other names, weights that are not rounded."""
    folder = shutil.copytree(BUNDLED, tmp_path / "old")
    model = load_published(folder)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        layer.set_weights([part * rng.uniform(0.9999, 1.0001, part.shape) for part in layer.get_weights()])
    model.save(folder, zipped=False)
    (folder / "model.onnx").write_bytes(b"a network that this version cannot run")
    metrics = json.loads((folder / "metrics.json").read_text())
    for name in ("recipes", "ablation"):
        metrics[name] = [row_of_contract_1(row) for row in metrics[name]]
    (folder / "metrics.json").write_text(json.dumps(metrics))
    contract = json.loads((folder / "contract.json").read_text())
    slices = {name: contract["slice"][name] for name in ("matrix", "crop", "divisor", "levels")}
    contract |= {"contract": 1, "version": "1.3.2", "slice": slices}
    contract["sha256"] = {name: sha256(folder / name) for name in contract["sha256"]}
    del contract["measured"]
    (folder / "contract.json").write_text(json.dumps(contract))
    return folder


def test_an_old_bundle_is_refused_until_it_is_published_anew(old, tmp_path):
    with pytest.raises(UserError, match="publish it anew"):
        open_bundle(old, "")
    made = build_bundle(old, tmp_path / "made", repo="alice/unet", version="2.0.0")
    ours = open_bundle(BUNDLED, "")
    assert (made.contract.title, made.contract.measured[:29]) == ("unet 2.0.0", "with the weights of pancreas-")
    assert made.metrics == ours.metrics
    assert made.contract.slice == ours.contract.slice
    assert "1.3.2" in (tmp_path / "made" / "README.md").read_text()


def test_its_network_stays_the_same_but_for_the_rounding(old, tmp_path):
    before = load_published(old)
    folder = converted(old, tmp_path / "made")
    hu = np.random.default_rng(1).integers(-100, 300, (512, 512), np.int16)
    seen, got = Segmenter(folder / "model.onnx").network(hu)
    assert np.abs(np.asarray(before(seen)) - got).max() < 2 / 255
    after = open_target(str(folder)).keras()
    np.testing.assert_allclose(np.asarray(after(seen)), got, atol=1e-4)


def test_an_altered_file_is_not_converted(old, tmp_path):
    (old / "model.weights.h5").write_bytes(b"no weights")
    with pytest.raises(UserError, match=r"altered: model\.weights\.h5"):
        converted(old, tmp_path / "made")


@pytest.mark.parametrize("entry", ["target", "settings", "training"])
def test_what_an_old_contract_lacks_is_named(old, tmp_path, entry):
    contract = json.loads((old / "contract.json").read_text())
    del contract[entry]
    (old / "contract.json").write_text(json.dumps(contract))
    with pytest.raises(UserError, match=rf"contract\.json .*{'older version' if entry == 'settings' else entry}"):
        converted(old, tmp_path / "made")


def test_a_bundle_of_today_is_taken_as_it_is(tmp_path):
    assert converted(BUNDLED, tmp_path / "made") == BUNDLED
    assert not (tmp_path / "made").exists()
