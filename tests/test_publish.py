"""`trainer publish` whole: a run on disk, or a bundle, to a model and a Space on the local Hub; `trainer verify`."""

import shutil
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from huggingface_hub import HfApi, ModelCard, SpaceCard, snapshot_download
from PIL import Image

from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle
from space.model.hub import pull_bundle
from space.site import packages
from tests.bundles import BUNDLE
from tests.conftest import trainer
from tests.packages import installed
from tests.site.building import files_of
from trainer.publish import consent as module
from trainer.publish.consent import Consent, check_useful, pseudonyms
from trainer.publish.publish import publish
from trainer.publish.samples import COUNT

MODEL, SPACE, SITE = "alice/unet", "alice/demo", "alice/demo-static"
ALLOWED = Consent("CC BY 4.0", may_be_shared=True)
publish_tiny = partial(publish, yes=True, force=True)  # its network knows next to nothing


def test_a_run_becomes_a_model_and_a_space_that_serves_it(hub, tiny_run, capsys):
    publish_tiny(tiny_run, MODEL, samples="test", consent=ALLOWED, space=SPACE)
    said = capsys.readouterr().out
    bundle = pull_bundle(MODEL, "v1.0.0")
    assert f"Pushed {MODEL} v1.0.0, commit {bundle.folder.name}, private." in said
    assert bundle.contract.version == "1.0.0"
    assert bundle.contract.data.licence == "CC BY 4.0"
    assert len({sample.name for sample in bundle.samples}) == COUNT
    assert not any(sample.synthetic for sample in bundle.samples)
    assert "6 slices of real people: test-01-" in said
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
    assert "The sample slices show real people" in card.text
    for heading in ("Intended use", "Limits", "Data and split", "Licences", "Training", "Evaluation", "How to use"):
        assert f"## {heading}" in card.text
    card.validate()


def test_a_dry_run_asks_the_hub_nothing(hub, tiny_run, tmp_path):
    publish(tiny_run, MODEL, samples="phantom", dry_run=tmp_path / "bundle")
    assert hub.requests == []
    assert (tmp_path / "bundle" / "model.onnx").exists()


def test_the_bundled_model_can_be_ones_own_on_the_hub(hub, capsys):
    publish(BUNDLED, MODEL, yes=True)
    ours, pulled = open_bundle(BUNDLED, ""), pull_bundle(MODEL, "v1.0.0")
    assert (pulled.contract.name, pulled.contract.version) == ("unet", "1.0.0")
    assert pulled.metrics == ours.metrics
    assert pulled.contract.sha256 == ours.contract.sha256
    assert f'snapshot_download("{MODEL}", revision="v1.0.0")' in ModelCard.load(MODEL).text


def test_no_slice_of_a_patient_leaves_unless_it_is_asked_for(hub, tiny_run):
    publish_tiny(tiny_run, MODEL)
    assert not [name for name in HfApi().list_repo_files(MODEL) if name.startswith("samples")]
    assert hub.repo(MODEL).private
    served = pull_bundle(MODEL, "v1.0.0").samples
    assert served == open_bundle(BUNDLED, "").samples  # the phantoms of the app


# the page without a server


def test_a_static_space_shows_the_page_beside_the_model(hub, tmp_path, capsys):
    installed()
    publish(BUNDLED, MODEL, site=SITE, yes=True)
    said = capsys.readouterr().out
    assert "files with the same network and slices" in said
    assert "The page is private: only you can open it" in said
    assert hub.repo(SITE, "space").private
    assert hub.repo(SITE, "space").sdk == "static"
    assert len(hub.repo(SITE, "space").commits) == 2  # the Hub's own first one, and ours
    folder = Path(snapshot_download(SITE, repo_type="space", local_dir=tmp_path / "site"))
    assert {"README.md", "index.html", "postcard.png"} <= set(HfApi().list_repo_files(SITE, repo_type="space"))
    assert (files_of(folder) / "model.onnx.gz").exists()
    card = SpaceCard.load(folder / "README.md")
    assert (card.data.sdk, card.data.app_file, card.data.models) == ("static", "index.html", [MODEL])
    assert f"[{MODEL}](https://huggingface.co/{MODEL}) at v1.0.0" in card.text
    picture = f"https://huggingface.co/spaces/{SITE}/resolve/main/postcard.png"
    assert card.data["thumbnail"] == picture
    page = (folder / "index.html").read_text("utf-8")
    assert f'<meta property="og:image" content="{picture}" />' in page
    assert "canonical" not in page  # the Hub decides under which address it shows the page
    assert f"[{SITE}](https://huggingface.co/spaces/{SITE})" in ModelCard.load(MODEL).text


def test_a_page_needs_its_packages_before_anything_is_asked_or_sent(hub, monkeypatch):
    monkeypatch.setattr(packages.shutil, "which", lambda name, path: None)
    with pytest.raises(UserError, match=r"Node is not installed: get it .*npm ci"):
        publish(BUNDLED, MODEL, site=SITE, yes=True)
    assert hub.requests == []


@pytest.mark.parametrize(
    ("sdk", "private", "sentence"), [("gradio", True, "of another kind"), ("static", False, "give --public")]
)
def test_a_space_that_would_be_lost_or_seen_stops_all_of_it(hub, sdk, private, sentence):
    installed()
    HfApi().create_repo(SITE, repo_type="space", space_sdk=sdk, private=private)
    with pytest.raises(UserError, match=sentence):
        publish(BUNDLED, MODEL, site=SITE, yes=True)
    assert not HfApi().repo_exists(MODEL)


def test_the_app_and_the_page_are_two_spaces(hub):
    with pytest.raises(UserError, match="two Spaces"):
        publish(BUNDLED, MODEL, space=SPACE, site=SPACE, yes=True)


def test_a_dry_run_names_the_way_to_the_page(hub, tmp_path):
    with pytest.raises(UserError, match=r"python -m space\.site"):
        publish(BUNDLED, MODEL, site=SITE, dry_run=tmp_path / "bundle")
    assert hub.requests == []


# consent


@pytest.mark.parametrize(
    ("consent", "missing"),
    [
        (Consent(), "--data-licence .* and --may-be-shared"),
        (Consent("CC BY 4.0"), "give --may-be-shared"),
        (Consent(may_be_shared=True), "give --data-licence"),
    ],
)
@pytest.mark.parametrize("samples", ["test", "folder"])
def test_slices_of_people_need_a_licence_and_a_statement(hub, tiny_run, tmp_path, samples, consent, missing):
    with pytest.raises(UserError, match=missing):
        publish(tiny_run, MODEL, samples=samples, consent=consent, dry_run=tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_bundle_with_slices_of_people_is_not_passed_on_without_the_statement(hub, tiny_run, tmp_path):
    """Nor one from a folder whose files carry a name: that stays behind."""
    pairs = tmp_path / "pairs"
    pairs.mkdir()
    picture = np.random.default_rng(0).integers(0, 256, (512, 512), np.uint8)
    Image.fromarray(picture).save(pairs / "DOE_JANE.png")
    Image.fromarray(np.eye(512, dtype=bool)).save(pairs / "DOE_JANE-mask.png")
    publish(tiny_run, MODEL, samples=str(pairs), consent=ALLOWED, dry_run=tmp_path / "bundle")
    bundle = open_bundle(tmp_path / "bundle", "")
    assert [sample.name for sample in bundle.samples] == ["sample-1"]
    assert np.array_equal(np.asarray(Image.open(bundle.samples[0].image)), picture)
    for path in (tmp_path / "bundle").rglob("*"):
        assert "DOE" not in path.name
        assert path.is_dir() or b"DOE" not in path.read_bytes()
    with pytest.raises(UserError, match="give --may-be-shared"):
        publish(tmp_path / "bundle", MODEL, yes=True, force=True)
    assert not HfApi().repo_exists(MODEL)


def test_subjects_are_published_under_pseudonyms(tiny_run, phantom_data, tmp_path):
    publish(tiny_run, MODEL, dry_run=tmp_path / "bundle")
    metrics = open_bundle(tmp_path / "bundle", "").metrics
    assert {row.subject for row in metrics.validation.per_subject} == {"validation-01"}
    assert {row.subject for row in metrics.test.per_slice} == {"test-01"}
    assert pseudonyms(["eve", "ann", "eve"], "test") == {"ann": "test-01", "eve": "test-02"}


def test_without_a_terminal_it_does_not_upload_unasked(hub, monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
    with pytest.raises(UserError, match=r"no terminal .* give --yes"):
        publish(BUNDLED, MODEL)
    assert hub.requests == []


@pytest.mark.parametrize(("answer", "uploaded"), [("y", True), ("", False), ("no", False)])
def test_what_will_be_seen_and_by_whom_is_said_before_it_is_uploaded(hub, monkeypatch, capsys, answer, uploaded):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    asked = []

    def answered(question):
        asked.append(capsys.readouterr().out)
        return answer

    monkeypatch.setattr("builtins.input", answered)
    if uploaded:
        publish(BUNDLED, MODEL, public=True)
    else:
        with pytest.raises(UserError, match="Nothing was uploaded"):
            publish(BUNDLED, MODEL, public=True)
    assert HfApi().repo_exists(MODEL) is uploaded
    (shown,) = asked
    for part in (MODEL, "everybody", "6 synthetic slices", "named 'pancreas-ct', licence: not stated apart"):
        assert part in shown


def test_a_network_that_learned_nothing_is_published_with_force_only():
    def with_dice(dice):
        validation = BUNDLE.metrics.validation.model_copy(update={"mean_volume_dice": dice})
        return SimpleNamespace(metrics=BUNDLE.metrics.model_copy(update={"validation": validation}))

    check_useful(with_dice(module.NEAR_ZERO))
    for dice in (None, 0.0, module.NEAR_ZERO - 0.001):
        with pytest.raises(UserError, match=r"has learned nothing .*--force"):
            check_useful(with_dice(dice))


# verify


def test_a_model_on_the_hub_is_verified_whole(hub):
    publish(BUNDLED, MODEL, yes=True)
    for target in (MODEL, f"{MODEL}@v1.0.0"):
        said = trainer("verify", target)
        for part in ("All files match their hashes", "Keras and ONNX agree", "unet 1.0.0 is what it says it is"):
            assert part in said
    hub.alter(MODEL, "model.weights.h5", b"other weights")
    said = trainer("verify", f"{MODEL}@v1.0.0", check=False)
    assert "is what it says" not in said


def test_a_bundle_that_was_altered_or_holds_more_is_not_verified(tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "bundle")
    (folder / "extra.bin").write_bytes(b"?")
    assert "does not list: extra.bin" in trainer("verify", folder, check=False)
    (folder / "model.weights.h5").write_bytes(b"other weights")
    assert "model.weights.h5 does not match the hash" in trainer("verify", folder, check=False)
    assert "neither a bundle folder nor a model on the Hub" in trainer("verify", tmp_path, check=False)


def test_the_apps_pull_counts_as_a_download(hub):
    publish(BUNDLED, MODEL, yes=True)
    before = len(hub.requests)
    pull_bundle(MODEL, "v1.0.0")
    assert [line for line in map(str, hub.requests[before:]) if "/config.json" in line]
