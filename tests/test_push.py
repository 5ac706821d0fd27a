"""Pushing the bundled model to the local Hub, with the real client over HTTP."""

from pathlib import Path

import pytest
import yaml
from huggingface_hub import HfApi, hf_hub_download

from space.errors import UserError
from space.model.bundle import BUNDLED
from space.model.hub import pull_bundle
from tests.bundles import BUNDLE
from trainer.publish.push import connect, free_version, push_model, push_site, push_space

MODEL, SPACE = "alice/unet", "alice/demo"


def push(version="1.0.0", public=False):
    return push_model(connect(MODEL), BUNDLED, MODEL, version, public=public)


def variables():
    return {name: variable.value for name, variable in HfApi().get_space_variables(SPACE).items()}


def test_a_model_is_one_tagged_commit(hub):
    commit = push()
    repo = hub.repo(MODEL)
    assert len(repo.commits) == 2  # the Hub's own first commit, and ours
    assert {name: tagged.oid for name, tagged in repo.tags.items()} == {"v1.0.0": commit}
    assert pull_bundle(MODEL, "v1.0.0").folder.name == commit


def test_a_second_push_updates_and_removes_what_is_stale(hub):
    first = push()
    HfApi().upload_file(path_or_fileobj=b"old", path_in_repo="samples/old.png", repo_id=MODEL)
    push("1.1.0")
    assert "samples/old.png" not in HfApi().list_repo_files(MODEL)
    assert pull_bundle(MODEL, "v1.0.0").folder.name == first


def test_versions_count_up_from_the_newest_tag(hub):
    api = connect(MODEL)
    assert free_version(api, MODEL, None) == "1.0.0"
    push("1.9.0")
    assert free_version(api, MODEL, None) == "1.10.0"
    push("1.10.0")
    assert free_version(api, MODEL, None) == "1.11.0"
    assert free_version(api, MODEL, "v3.0.0") == "3.0.0"


@pytest.mark.parametrize(("version", "sentence"), [("1.9.0", "has a v1.9.0 already"), ("new", "three numbers")])
def test_a_version_that_cannot_be_is_refused(hub, version, sentence):
    push("1.9.0")
    with pytest.raises(UserError, match=sentence):
        free_version(connect(MODEL), MODEL, version)


def test_a_repo_is_private_unless_told_otherwise(hub):
    push()
    assert hub.repo(MODEL).private


def test_public_creates_a_public_repo(hub):
    push(public=True)
    assert not hub.repo(MODEL).private


def test_a_repo_that_is_public_is_not_filled_without_a_word(hub):
    push(public=True)
    with pytest.raises(UserError, match="exists and is public: give --public"):
        push("2.0.0")
    assert "v2.0.0" not in hub.repo(MODEL).tags
    push("2.0.0", public=True)
    assert "v2.0.0" in hub.repo(MODEL).tags


def test_a_space_is_private_unless_told_otherwise(hub):
    push_space(connect(SPACE), SPACE, BUNDLE, MODEL, "v1.0.0", public=False)
    assert HfApi().space_info(SPACE).private


def test_the_space_gets_what_it_needs_and_no_more(hub):
    push_space(connect(SPACE), SPACE, BUNDLE, MODEL, "v1.0.0", public=False)
    files = HfApi().list_repo_files(SPACE, repo_type="space")
    assert {"app.py", "requirements.txt", "README.md", "LICENSE", "space/ui/page.py"} <= set(files)
    assert {"space/bundled/model.onnx", "space/ui/style.css", "course/README.md"} <= set(files)
    assert "space/page/built/engine/ort.wasm.gz" in files  # for who has their own computer compute
    assert not [name for name in files if name.startswith(("trainer", "tests", "data", "runs", ".ci"))]
    assert not [name for name in files if "__pycache__" in name]
    assert variables() == {"MODEL_REPO": MODEL, "MODEL_REVISION": "v1.0.0"}
    readme = Path(hf_hub_download(SPACE, "README.md", repo_type="space")).read_text()
    head = yaml.safe_load(readme.split("---")[1])
    assert head["models"] == [MODEL]
    assert head["app_file"] == "app.py"


def test_a_space_is_updated_in_place(hub):
    push_space(connect(SPACE), SPACE, BUNDLE, MODEL, "v1.0.0", public=False)
    push_space(connect(SPACE), SPACE, BUNDLE, MODEL, "v1.1.0", public=False)
    assert variables() == {"MODEL_REPO": MODEL, "MODEL_REVISION": "v1.1.0"}


def test_a_page_that_did_not_arrive_whole_is_noticed(hub, tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("the page")
    (tmp_path / "model.onnx.gz").write_bytes(b"\0" * 100)  # kept by LFS, as the Hub keeps it
    push_site(connect(SPACE), SPACE, tmp_path, MODEL, "v1.0.0", public=False)
    commit = HfApi.create_commit

    def losing(api, repo, operations, **what):
        return commit(api, repo, [one for one in operations if one.path_in_repo != "model.onnx.gz"], **what)

    (tmp_path / "model.onnx.gz").write_bytes(b"\1" * 100)
    monkeypatch.setattr(HfApi, "create_commit", losing)
    with pytest.raises(UserError, match=r"does not hold what was sent: model\.onnx\.gz\. Publish it again"):
        push_site(connect(SPACE), SPACE, tmp_path, MODEL, "v1.0.0", public=False)


@pytest.mark.parametrize(
    ("token", "repo", "sentence"),
    [
        ("", MODEL, "There is no token for the Hub"),
        ("hf_wrong", MODEL, "the token is not valid"),
        ("hf_read", MODEL, "may only read"),
        ("hf_write", "bob/unet", "the name before the / can be alice"),
        ("hf_write", "no name", "must be owner/name"),
    ],
)
def test_what_the_hub_would_refuse_is_said_before_any_work(hub, monkeypatch, token, repo, sentence):
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    else:
        monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(UserError, match=sentence):
        connect(repo)
    assert not any(request.startswith("POST") for request in hub.requests)


def test_a_refusal_in_the_midst_of_a_push_is_a_sentence_too(hub):
    api = connect(MODEL)
    hub.fail("POST /api/models/alice/unet/commit", status=403)
    with pytest.raises(UserError, match=r"Could not write to alice/unet: the token has no right"):
        push_model(api, BUNDLED, MODEL, "1.0.0", public=False)


def test_without_a_network_it_is_said(hub):
    hub.stop()
    with pytest.raises(UserError, match=r"the Hub cannot be reached .*Check the network"):
        connect(MODEL)
