"""`trainer publish` whole: a run on disk, or a bundle, to a model and a Space on the local Hub."""

from huggingface_hub import HfApi, ModelCard

from space.model.bundle import BUNDLED, open_bundle
from space.model.hub import pull_bundle
from trainer.publish.publish import publish
from trainer.publish.samples import COUNT

MODEL, SPACE = "alice/unet", "alice/demo"


def test_a_run_becomes_a_model_and_a_space_that_serves_it(hub, tiny_run, capsys):
    publish(tiny_run, MODEL, samples="test", space=SPACE)
    said = capsys.readouterr().out
    bundle = pull_bundle(MODEL, "v1.0.0")
    assert f"Pushed {MODEL} v1.0.0, commit {bundle.folder.name}, private." in said
    assert bundle.contract.version == "1.0.0"
    assert len({sample.name for sample in bundle.samples}) == COUNT
    assert not any(sample.synthetic for sample in bundle.samples)
    variables = HfApi().get_space_variables(SPACE)
    assert {name: variable.value for name, variable in variables.items()} == {
        "MODEL_REPO": MODEL,
        "MODEL_REVISION": "v1.0.0",
    }

    card = ModelCard.load(MODEL)
    metrics = bundle.metrics
    assert metrics.test.mean_volume_dice is not None
    named = {result.metric_name: result.metric_value for result in card.data.eval_results}
    assert named["mean volume Dice"] == round(metrics.test.mean_volume_dice, 4)
    assert f"{metrics.test.mean_volume_dice:.3f}" in card.text
    assert f"{metrics.validation.pooled.dice:.3f}" in card.text
    for heading in ("Intended use", "Limits", "Data and split", "Training", "Evaluation", "How to use"):
        assert f"## {heading}" in card.text
    card.validate()


def test_a_dry_run_asks_the_hub_nothing(hub, tiny_run, tmp_path):
    publish(tiny_run, MODEL, samples="phantom", dry_run=tmp_path / "bundle")
    assert hub.requests == []
    assert (tmp_path / "bundle" / "model.onnx").exists()


def test_the_bundled_model_can_be_ones_own_on_the_hub(hub, capsys):
    publish(BUNDLED, MODEL)
    ours, pulled = open_bundle(BUNDLED, ""), pull_bundle(MODEL, "v1.0.0")
    assert (pulled.contract.name, pulled.contract.version) == ("unet", "1.0.0")
    assert pulled.metrics == ours.metrics
    assert pulled.contract.sha256 == ours.contract.sha256
    assert f'snapshot_download("{MODEL}", revision="v1.0.0")' in ModelCard.load(MODEL).text


def test_no_slice_of_a_patient_leaves_unless_it_is_asked_for(hub, tiny_run):
    publish(tiny_run, MODEL)
    assert not [name for name in HfApi().list_repo_files(MODEL) if name.startswith("samples")]
    assert hub.repo(MODEL).private
    served = pull_bundle(MODEL, "v1.0.0").samples
    assert served == open_bundle(BUNDLED, "").samples  # the phantoms of the app
