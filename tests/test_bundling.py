"""A run, or an earlier bundle, to a bundle that is whole and true."""

import shutil

import pytest

from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle
from tests.bundles import change_contract, rehash
from trainer.compare import compare
from trainer.publish.bundling import build_bundle, prove_bundle
from trainer.publish.lessons import Lessons

MODEL = "alice/unet"


def test_a_bundle_whose_networks_differ_is_not_trusted(tiny_run, tmp_path):
    import keras

    build_bundle(tiny_run, tmp_path / "bundle", repo=MODEL, version="1.0.0", phantoms=True)
    folder = tmp_path / "bundle"
    model = keras.saving.load_model(folder)
    kernel, bias = model.get_layer("logit").get_weights()
    model.get_layer("logit").set_weights([kernel, bias + 0.1])
    model.save(folder, zipped=False)
    rehash(folder, "config.json", "metadata.json", "model.weights.h5")
    with pytest.raises(UserError, match="Keras and ONNX differ"):
        prove_bundle(folder)


def test_a_folder_with_something_else_in_it_is_not_overwritten(tiny_run, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match="holds something that is no bundle"):
        build_bundle(tiny_run, tmp_path, repo=MODEL, version="1.0.0", phantoms=True)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.fixture
def bundle(tmp_path):
    """A copy of the bundled model, free to be changed."""
    return shutil.copytree(BUNDLED, tmp_path / "bundle")


def test_a_bundle_made_anew_keeps_all_but_its_name(bundle, tmp_path):
    made = build_bundle(bundle, tmp_path / "made", repo="alice/other", version="2.0.0", phantoms=False)
    old = open_bundle(bundle, "")
    assert made.title == "other 2.0.0"
    assert made.metrics == old.metrics
    assert made.contract == old.contract | {"name": "other", "version": "2.0.0"}


def test_a_bundle_can_be_replaced_by_itself_with_more_to_show(bundle, tmp_path):
    before = open_bundle(bundle, "").metrics["recipes"]
    other = shutil.copytree(bundle, tmp_path / "other")
    lessons = Lessons(beside=[other])
    made = build_bundle(bundle, bundle, repo=MODEL, version="2.0.0", phantoms=False, lessons=lessons)
    assert made.folder == bundle
    assert made.metrics["recipes"] == [*before, *compare([other])]


def test_a_bundle_that_was_altered_is_refused_and_left_as_it_is(bundle):
    (bundle / "model.weights.h5").write_bytes(b"no weights")
    with pytest.raises(UserError, match=r"model\.weights\.h5 does not match its hash"):
        build_bundle(bundle, bundle, repo=MODEL, version="2.0.0", phantoms=False)
    assert (bundle / "model.weights.h5").read_bytes() == b"no weights"
    (bundle / "model.weights.h5").unlink()
    with pytest.raises(UserError, match=r"not whole: model\.weights\.h5 is missing"):
        build_bundle(bundle, bundle, repo=MODEL, version="2.0.0", phantoms=False)
    assert (bundle / "model.onnx").exists()


def test_what_a_contract_names_outside_its_folder_is_not_copied(bundle, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    rehash(bundle, "../secret.txt")
    made = build_bundle(bundle, tmp_path / "made", repo=MODEL, version="2.0.0", phantoms=False)
    assert "../secret.txt" not in made.contract["sha256"]


def test_an_entry_that_only_the_card_needs_is_missed_by_its_name(bundle):
    change_contract(bundle, lambda contract: contract.pop("intended_use"))
    with pytest.raises(UserError, match="does not say its 'intended_use'"):
        build_bundle(bundle, bundle, repo=MODEL, version="2.0.0", phantoms=False)
    assert (bundle / "model.onnx").exists()


def test_a_bundle_keeps_its_samples(bundle, tmp_path):
    with pytest.raises(UserError, match="keeps its samples"):
        build_bundle(bundle, tmp_path / "made", repo=MODEL, version="2.0.0", phantoms=True)
