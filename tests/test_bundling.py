"""A run, or an earlier bundle, to a bundle that is whole and true."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle
from tests.bundles import change_contract, rehash
from trainer.compare import compare
from trainer.prepare import prepare
from trainer.publish.bundling import build_bundle, prove_bundle
from trainer.publish.consent import Consent
from trainer.publish.lessons import Lessons
from trainer.publish.samples import phantom_samples

MODEL = "alice/unet"


def test_a_bundle_whose_networks_differ_is_not_trusted(tiny_run, tmp_path):
    import keras

    build_bundle(tiny_run, tmp_path / "bundle", repo=MODEL, version="1.0.0", samples="phantom")
    folder = tmp_path / "bundle"
    model = keras.saving.load_model(folder)
    kernel, bias = model.get_layer("logit").get_weights()
    model.get_layer("logit").set_weights([kernel, bias + 0.1])
    model.save(folder, zipped=False)
    rehash(folder, "config.json", "metadata.json", "model.weights.h5")
    with pytest.raises(UserError, match="Keras and ONNX differ"):
        prove_bundle(open_bundle(folder, ""))


def test_a_folder_with_something_else_in_it_is_not_overwritten(tiny_run, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match="holds something that is not a bundle"):
        build_bundle(tiny_run, tmp_path, repo=MODEL, version="1.0.0", samples="phantom")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.fixture
def bundle(tmp_path):
    """A copy of the bundled model, free to be changed."""
    return shutil.copytree(BUNDLED, tmp_path / "bundle")


def test_a_bundle_made_anew_keeps_all_but_its_name(bundle, tmp_path):
    made = build_bundle(bundle, tmp_path / "made", repo="alice/other", version="2.0.0")
    old = open_bundle(bundle, "")
    assert made.contract.title == "other 2.0.0"
    assert made.metrics == old.metrics
    assert made.contract == old.contract.model_copy(update={"name": "other", "version": "2.0.0"})


def test_a_bundle_can_be_replaced_by_itself_with_more_to_show(bundle, tmp_path):
    before = open_bundle(bundle, "").metrics.recipes
    other = shutil.copytree(bundle, tmp_path / "other")
    lessons = Lessons(beside=[other])
    made = build_bundle(bundle, bundle, repo=MODEL, version="2.0.0", lessons=lessons)
    assert made.folder == bundle
    assert made.metrics.recipes == (*before, compare([other])[0])  # the rows that it has already stand once


def test_a_bundle_that_was_altered_is_refused_and_left_as_it_is(bundle):
    (bundle / "model.weights.h5").write_bytes(b"no weights")
    with pytest.raises(UserError, match=r"altered: model\.weights\.h5"):
        build_bundle(bundle, bundle, repo=MODEL, version="2.0.0")
    assert (bundle / "model.weights.h5").read_bytes() == b"no weights"
    (bundle / "model.weights.h5").unlink()
    with pytest.raises(UserError, match=r"incomplete: model\.weights\.h5 is missing"):
        build_bundle(bundle, bundle, repo=MODEL, version="2.0.0")
    assert (bundle / "model.onnx").exists()


def test_what_a_contract_names_outside_its_folder_is_not_copied(bundle, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    rehash(bundle, "../secret.txt")
    with pytest.raises(UserError, match=r"secret\.txt.*a file name leads out of the folder"):
        build_bundle(bundle, tmp_path / "made", repo=MODEL, version="2.0.0")
    assert not (tmp_path / "made").exists()


def test_a_contract_without_an_entry_makes_no_bundle(bundle):
    change_contract(bundle, lambda contract: contract.pop("intended_use"))
    with pytest.raises(UserError, match="lacks the entry 'intended_use'"):
        build_bundle(bundle, bundle, repo=MODEL, version="2.0.0")
    assert (bundle / "model.onnx").exists()


def test_a_bundle_can_be_given_other_samples(bundle, tmp_path):
    before = open_bundle(bundle, "")
    pairs = tmp_path / "pairs"
    pairs.mkdir()
    for name in ("phantom-2.png", "phantom-2-mask.png"):
        shutil.copy(bundle / "samples" / name, pairs / name)
    allowed = Consent("CC BY 4.0", may_be_shared=True)
    made = build_bundle(bundle, bundle, repo=MODEL, version="2.0.0", samples=str(pairs), consent=allowed)
    assert [(sample.name, sample.synthetic) for sample in made.samples] == [("sample-1", False)]
    assert sorted(path.name for path in (bundle / "samples").iterdir()) == [
        "sample-1-mask.png", "sample-1.png", "samples.csv",
    ]  # fmt: skip
    assert made.metrics == before.metrics
    kept = {name: value for name, value in before.contract.sha256.items() if "samples/" not in name}
    assert kept.items() <= made.contract.sha256.items()


@pytest.mark.parametrize("samples", ["test", "folder"])
def test_a_bundle_gets_no_slices_of_people_without_consent(bundle, samples):
    with pytest.raises(UserError, match="--data-licence"):
        build_bundle(bundle, bundle, repo=MODEL, version="2.0.0", samples=samples)


def test_a_bundle_is_told_where_the_test_slices_are(bundle):
    allowed = Consent("CC BY 4.0", may_be_shared=True)
    with pytest.raises(UserError, match="name it with --data"):
        build_bundle(bundle, bundle, repo=MODEL, version="2.0.0", samples="test", consent=allowed)
    assert open_bundle(bundle, "").samples[0].synthetic


def test_the_bundled_phantoms_are_those_that_the_table_draws():
    bundle = open_bundle(BUNDLED, "")
    drawn = phantom_samples(bundle.contract.target, bundle.contract.window)
    for sample, (name, pixels, mask) in zip(bundle.samples, drawn, strict=True):
        assert sample.name == name
        assert np.abs(np.asarray(Image.open(sample.image)).astype(int) - pixels).max() <= 1, name
        assert (np.asarray(Image.open(str(sample.mask))) != mask).sum() <= 2, name


def test_a_run_is_measured_on_its_own_data_or_not_at_all(tiny_run, tmp_path):
    other = tmp_path / "other"
    prepare("phantom", other, subjects=3, seed=7)
    with pytest.raises(UserError, match="is not the data set that the network was trained on"):
        build_bundle(tiny_run, tmp_path / "made", repo=MODEL, version="1.0.0", data=other)


def test_a_bundle_is_measured_anew_where_its_data_are_given(tiny_run, phantom_data, tmp_path):
    made = build_bundle(tiny_run, tmp_path / "made", repo=MODEL, version="1.0.0")
    metrics = json.loads((tmp_path / "made" / "metrics.json").read_text())
    metrics["test"]["mean_volume_dice"] = 0.99
    (tmp_path / "made" / "metrics.json").write_text(json.dumps(metrics))
    change_contract(tmp_path / "made", lambda contract: contract.update(measured="otherwise"))
    rehash(tmp_path / "made", "metrics.json")
    again = build_bundle(tmp_path / "made", tmp_path / "again", repo=MODEL, version="1.1.0", data=phantom_data)
    assert again.metrics == made.metrics
    assert again.contract.measured == ""
