"""`trainer publish` whole: a run on disk to a model and a Space on the local Hub."""

import json
import shutil
from pathlib import Path

import pytest
from huggingface_hub import HfApi, ModelCard, hf_hub_download

from space.errors import UserError
from space.history import COLUMNS
from space.hub import pull_bundle
from trainer.dataset import load_split
from trainer.publish import Lessons, build_bundle, prove_bundle, publish
from trainer.samples import COUNT

MODEL, SPACE = "alice/unet", "alice/demo"


@pytest.fixture
def second_run(tiny_run, tmp_path):
    """Another run, on one subject."""
    run = shutil.copytree(tiny_run, tmp_path / "second")
    config = json.loads((run / "config.json").read_text())
    config["settings"]["subjects"] = 1
    (run / "config.json").write_text(json.dumps(config))
    return run


def test_a_run_becomes_a_model_and_a_space_that_serves_it(hub, tiny_run, capsys):
    publish(tiny_run, MODEL, space=SPACE)
    said = capsys.readouterr().out
    bundle = pull_bundle(MODEL, "v1.0.0")
    assert f"Pushed {MODEL} v1.0.0, commit {bundle.folder.name}" in said
    assert bundle.contract["version"] == "1.0.0"
    assert len({sample.name for sample in bundle.samples}) == COUNT
    assert not any(sample.synthetic for sample in bundle.samples)
    variables = HfApi().get_space_variables(SPACE)
    assert {name: variable.value for name, variable in variables.items()} == {
        "MODEL_REPO": MODEL,
        "MODEL_REVISION": "v1.0.0",
    }

    card = ModelCard.load(MODEL)
    metrics = json.loads(Path(hf_hub_download(MODEL, "metrics.json")).read_text())
    named = {result.metric_name: result.metric_value for result in card.data.eval_results}
    assert named["mean volume Dice"] == round(metrics["test"]["mean_volume_dice"], 4)
    assert f"{metrics['test']['mean_volume_dice']:.3f}" in card.text
    assert f"{metrics['validation']['pooled']['dice']:.3f}" in card.text
    for heading in ("Intended use", "Limits", "Data and split", "Training", "Evaluation", "How to use"):
        assert f"## {heading}" in card.text
    card.validate()


def test_a_bundle_whose_networks_differ_is_not_trusted(tiny_run, phantom_data, tmp_path):
    import keras

    build_bundle(tiny_run, tmp_path / "bundle", repo=MODEL, version="1.0.0", phantoms=True)
    folder = tmp_path / "bundle"
    model = keras.saving.load_model(folder)
    kernel, bias = model.get_layer("logit").get_weights()
    model.get_layer("logit").set_weights([kernel, bias + 0.1])
    model.save(folder, zipped=False)
    contract = json.loads((folder / "contract.json").read_text())
    from space.bundle import sha256

    contract["sha256"] |= {name: sha256(folder / name) for name in ("config.json", "metadata.json", "model.weights.h5")}
    (folder / "contract.json").write_text(json.dumps(contract))
    with pytest.raises(UserError, match="Keras and ONNX differ"):
        prove_bundle(folder, load_split(phantom_data, "test"))


def test_a_dry_run_asks_the_hub_nothing(hub, tiny_run, tmp_path):
    publish(tiny_run, MODEL, phantoms=True, dry_run=tmp_path / "bundle")
    assert hub.requests == []
    assert (tmp_path / "bundle" / "model.onnx").exists()


def test_a_folder_with_something_else_in_it_is_not_overwritten(tiny_run, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match="holds something that is no bundle"):
        publish(tiny_run, MODEL, dry_run=tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_run_that_overfits_comes_along_without_a_path_of_this_machine(tiny_run, second_run, phantom_data, tmp_path):
    folder = tmp_path / "bundle"
    bundle = build_bundle(tiny_run, folder, repo=MODEL, version="1.0.0", phantoms=True, lessons=Lessons(second_run))
    assert {"overfitting/history.csv", "overfitting/config.json"} <= set(bundle.contract["sha256"])
    assert (folder / "overfitting/history.csv").read_bytes() == (second_run / "history.csv").read_bytes()
    assert bundle.overfitting is not None
    about = bundle.overfitting.about
    assert about["settings"] == bundle.contract["settings"] | {"subjects": 1}
    assert about["preset"] == "tiny"
    assert about["training"]["kept_epoch"] in (1, 2)
    for name in ("contract.json", "overfitting/config.json"):
        assert str(phantom_data.parent) not in (folder / name).read_text()


def test_a_run_that_overfits_needs_an_epoch_before_anything_is_measured(tiny_run, second_run, tmp_path):
    (second_run / "history.csv").write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(UserError, match="second has not finished an epoch yet"):
        publish(tiny_run, MODEL, dry_run=tmp_path / "bundle", lessons=Lessons(second_run))
    (second_run / "history.csv").unlink()
    with pytest.raises(UserError, match=r"history\.csv is missing"):
        publish(tiny_run, MODEL, dry_run=tmp_path / "bundle", lessons=Lessons(second_run))
    assert not (tmp_path / "bundle").exists()


def test_tables_of_other_runs_come_along(tiny_run, second_run, tmp_path, monkeypatch):
    monkeypatch.setattr("trainer.ablation.WITHOUT", {"nothing left out": {}, "one subject": {"subjects": 1}})
    figures = {"mean_volume_dice": 0.5, "pooled": {"dice": 0.4}, "mean_slice_dice": 0.3}
    (second_run / "metrics.json").write_text(json.dumps({"validation": figures, "test": figures}))
    ablation = tmp_path / "ablation"
    for name in ("nothing-left-out", "one-subject"):
        shutil.copytree(second_run, ablation / name)
    folder = tmp_path / "bundle"
    lessons = Lessons(beside=[second_run], ablation=ablation)
    bundle = build_bundle(tiny_run, folder, repo=MODEL, version="1.0.0", phantoms=True, lessons=lessons)
    ours, other = bundle.metrics["recipes"]
    assert ours["test"]["mean volume Dice"] == bundle.metrics["test"]["mean_volume_dice"]
    assert (other["differs"], other["test"]["mean volume Dice"]) == ("subjects 1", 0.5)
    ablated = [(row["run"], row["differs"]) for row in bundle.metrics["ablation"]]
    assert ablated == [("nothing-left-out", "subjects 1"), ("one-subject", "-")]
    card = (folder / "README.md").read_text()
    assert "### Beside other recipes" in card
    assert "### What the ingredients are worth" in card


def test_a_run_beside_it_must_have_been_evaluated_before_anything_is_measured(tiny_run, second_run, tmp_path):
    (second_run / "metrics.json").unlink(missing_ok=True)
    with pytest.raises(UserError, match=r"second was not evaluated yet"):
        publish(tiny_run, MODEL, dry_run=tmp_path / "bundle", lessons=Lessons(beside=[second_run]))
    assert not (tmp_path / "bundle").exists()
