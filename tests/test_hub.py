"""`space.model.hub` against the local Hub, through the real client and over HTTP."""

import hashlib
import json
import shutil

import pytest
from huggingface_hub import HfApi

from space.errors import UserError
from space.model.bundle import BUNDLED
from space.model.hub import choose_model, pull_bundle
from tests.bundles import ABOUT, add_overfitting

REPO = "alice/unet"


@pytest.fixture
def published(hub):
    """The bundled model on the Hub, tagged v1.0.0; returns its commit."""
    api = HfApi()
    api.create_repo(REPO)
    commit = api.upload_folder(repo_id=REPO, folder_path=BUNDLED).oid
    api.create_tag(REPO, tag="v1.0.0", revision=commit)
    return commit


def update_contract(text: str) -> str:
    """Commit another contract to main; return the commit."""
    return HfApi().upload_file(path_or_fileobj=text.encode(), path_in_repo="contract.json", repo_id=REPO).oid


@pytest.mark.parametrize("revision", ["main", "v1.0.0", "commit"])
def test_a_model_is_pulled_by_branch_tag_and_commit(published, revision):
    bundle = pull_bundle(REPO, published if revision == "commit" else revision)
    assert bundle.folder.name == published
    assert (bundle.folder / "model.onnx").read_bytes() == (BUNDLED / "model.onnx").read_bytes()
    assert published[:8] in bundle.source


def test_only_the_files_that_the_app_reads_are_downloaded(hub, published):
    folder = pull_bundle(REPO, "main").folder
    assert not (folder / "model.weights.h5").exists()
    assert not any("weights" in request for request in hub.requests if "resolve" in request)


def test_a_run_that_overfits_is_pulled_too(published, tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "bundle")
    add_overfitting(folder)
    HfApi().upload_folder(repo_id=REPO, folder_path=folder)
    run = pull_bundle(REPO, "main").overfitting
    assert run is not None
    assert run.about == ABOUT
    older = pull_bundle(REPO, "v1.0.0").overfitting
    assert older is not None
    assert older.about != ABOUT


def test_all_files_come_from_one_commit_though_main_moves_on(published):
    newer = update_contract((BUNDLED / "contract.json").read_text().replace('"version": "', '"version": "9'))
    assert pull_bundle(REPO, "main").folder.name == newer
    assert pull_bundle(REPO, "v1.0.0").folder.name == published
    assert pull_bundle(REPO, "main").contract.title != pull_bundle(REPO, "v1.0.0").contract.title


@pytest.mark.parametrize(
    ("repo", "revision", "sentence"),
    [
        ("alice/nothing", "main", "the Hub has no model alice/nothing"),
        (REPO, "v9", "no revision 'v9'"),
        ("not a name", "main", "must be owner/name"),
    ],
)
def test_what_is_not_there_is_said(published, repo, revision, sentence):
    with pytest.raises(UserError, match=sentence):
        pull_bundle(repo, revision)


def change_contract(**entries):
    """Commit a contract with other entries to main."""
    update_contract(json.dumps(json.loads((BUNDLED / "contract.json").read_text()) | entries))


@pytest.mark.parametrize(
    "entries", [{"threshold": 2}, {"threshold": "x"}, {"target": 5}, {"slice": {"crop": "a"}}, {"window_hu": [0, 100]}]
)
def test_a_contract_that_cannot_be_is_refused_and_the_bundled_model_served(published, entries):
    change_contract(**entries)
    choice = choose_model(REPO, "main", 30)
    assert choice.responder.bundle.folder == BUNDLED
    assert "is not served from the Hub: " in choice.problem


@pytest.mark.parametrize(("name", "data"), [("model.onnx", b"junk"), ("metrics.json", b'{"test": [1]}')])
def test_a_file_that_matches_its_hash_but_does_not_work_is_refused(published, name, data):
    hashes = json.loads((BUNDLED / "contract.json").read_text())["sha256"]
    change_contract(sha256=hashes | {name: hashlib.sha256(data).hexdigest()})
    HfApi().upload_file(path_or_fileobj=data, path_in_repo=name, repo_id=REPO)
    choice = choose_model(REPO, "main", 30)
    assert choice.responder.bundle.folder == BUNDLED
    assert "is not served from the Hub: " in choice.problem


def test_no_repo_means_the_bundled_model_and_no_request(hub):
    choice = choose_model("", "main", 1)
    assert choice.responder.bundle.folder == BUNDLED
    assert choice.problem == ""
    assert hub.requests == []
