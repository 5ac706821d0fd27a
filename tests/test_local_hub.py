"""The local Hub, asked by the real client over HTTP."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import (
    CommitOperationAdd,
    HfApi,
    ModelCard,
    SpaceCard,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub import LocalHub
from tests.hub_xet import XetHub

ROOT = Path(__file__).parents[1]
MODEL, SPACE = "alice/unet", "alice/demo"
WEIGHTS = b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 40
CARD = """---
license: mit
library_name: keras
pipeline_tag: image-segmentation
tags: [unet]
---
# A U-Net
"""


@pytest.fixture
def api(hub: LocalHub) -> HfApi:
    return HfApi()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A folder with a text, a card, a binary file, and a folder inside."""
    folder = tmp_path / "bundle"
    (folder / "samples").mkdir(parents=True)
    (folder / "README.md").write_text(CARD)
    (folder / "contract.json").write_text('{"version": 1}')
    (folder / "model.weights.h5").write_bytes(WEIGHTS)
    (folder / "samples" / "samples.csv").write_text("slice,subject\n0,a\n")
    return folder


@pytest.fixture
def sha(api: HfApi, bundle: Path) -> str:
    """The commit of a published bundle, tagged v1."""
    api.create_repo(MODEL)
    oid = api.upload_folder(folder_path=bundle, repo_id=MODEL).oid
    assert oid
    api.create_tag(MODEL, tag="v1", revision=oid)
    return oid


def status_of(call: Callable[[], object]) -> int:
    with pytest.raises(HfHubHTTPError) as caught:
        call()
    return caught.value.response.status_code


def upload(api: HfApi, path: str, data: bytes, revision: str = "main") -> str:
    commit = api.upload_file(path_or_fileobj=data, path_in_repo=path, repo_id=MODEL, revision=revision)
    return commit.oid


def content(folder: str | Path) -> dict[str, bytes]:
    """Return what a folder holds, but for the file that the Hub adds itself."""
    files = {p.relative_to(folder).as_posix(): p for p in Path(folder).rglob("*") if p.is_file()}
    return {name: p.read_bytes() for name, p in files.items() if name != ".gitattributes"}


# -- publishing and pulling --------------------------------------------------------------------


def test_a_published_folder_comes_back_by_tag_and_by_sha(hub, api, bundle, sha):
    assert content(snapshot_download(MODEL, revision="v1")) == content(bundle)
    assert content(snapshot_download(MODEL, revision=sha)) == content(bundle)
    assert any(line.startswith("PUT /lfs-storage/") for line in hub.requests)
    assert not hub.cdn_saw_token


def test_a_later_commit_leaves_the_first_as_it_was(api, bundle, sha):
    before = content(bundle)
    (bundle / "model.weights.h5").write_bytes(WEIGHTS[::-1])
    (bundle / "contract.json").unlink()
    second = api.upload_folder(folder_path=bundle, repo_id=MODEL, delete_patterns="*")

    assert second.oid != sha
    assert content(snapshot_download(MODEL, revision=second.oid)) == content(bundle)
    assert content(snapshot_download(MODEL, revision="v1")) == before
    assert content(snapshot_download(MODEL, revision=sha)) == before
    assert [commit.commit_id for commit in api.list_repo_commits(MODEL)][:2] == [second.oid, sha]


def test_publishing_the_same_folder_again_makes_no_commit(hub, api, bundle, sha):
    assert api.upload_folder(folder_path=bundle, repo_id=MODEL).oid == sha
    assert len(hub.repo(MODEL).commits) == 2  # the Hub's own first one, and ours


def test_one_file_of_a_subfolder_is_fetched_at_a_sha(sha):
    path = Path(hf_hub_download(MODEL, "samples/samples.csv", revision=sha))
    assert sha in path.parts
    assert path.read_text().startswith("slice,subject")


def test_a_commit_to_a_parent_that_is_no_longer_the_head_is_refused(api, sha):
    upload(api, "a.txt", b"1")
    late = [CommitOperationAdd("b.txt", b"2")]
    commit = lambda: api.create_commit(MODEL, late, commit_message="b", parent_commit=sha)  # noqa: E731
    assert status_of(commit) == 412


def test_tags_and_branches_are_made_listed_and_removed(api, sha):
    api.create_tag(MODEL, tag="v1", exist_ok=True)
    assert status_of(lambda: api.create_tag(MODEL, tag="v1")) == 409
    api.create_branch(MODEL, branch="next", revision="v1")
    upload(api, "a.txt", b"1", revision="next")

    refs = api.list_repo_refs(MODEL)
    assert {tag.name: tag.target_commit for tag in refs.tags} == {"v1": sha}
    heads = {branch.name: branch.target_commit for branch in refs.branches}
    assert heads["main"] == sha != heads["next"]

    api.delete_tag(MODEL, tag="v1")
    api.delete_branch(MODEL, branch="next")
    with pytest.raises(RevisionNotFoundError):
        api.model_info(MODEL, revision="v1")
    with pytest.raises(RevisionNotFoundError):
        api.delete_tag(MODEL, tag="v1")


def test_info_and_listings_describe_the_commit_asked_for(api, bundle, sha):
    upload(api, "new.txt", b"new")

    info = api.model_info(MODEL, revision="v1")
    assert info.sha == sha
    assert info.library_name == "keras"
    assert info.card_data.license == "mit"
    assert {"unet", "license:mit"} <= set(info.tags)
    assert api.model_info(MODEL).sha != sha

    files = api.repo_info(MODEL, revision="v1", files_metadata=True).siblings
    sizes = {file.rfilename: file.size for file in files if file.rfilename != ".gitattributes"}
    assert sizes == {name: len(data) for name, data in content(bundle).items()}

    weights = next(file for file in files if file.rfilename == "model.weights.h5")
    (row,) = api.get_paths_info(MODEL, ["model.weights.h5", "no-such-file"], revision="v1")
    assert row.lfs.sha256 == weights.lfs.sha256
    assert "samples" in {row.path for row in api.list_repo_tree(MODEL)}
    assert "samples/samples.csv" in api.list_repo_files(MODEL)
    assert not api.file_exists(MODEL, "new.txt", revision="v1")


def test_a_card_is_validated_and_pushed(api, sha):
    card = ModelCard(CARD.replace("mit", "apache-2.0"))
    card.validate()
    card.push_to_hub(MODEL)
    assert ModelCard.load(MODEL).data.license == "apache-2.0"
    with pytest.raises(ValueError, match="license"):
        ModelCard("---\nlicense: {a: b}\n---\n").validate()


# -- Spaces ------------------------------------------------------------------------------------


def test_a_space_is_published_with_a_variable_and_pulled_in_part(api, bundle):
    for _ in range(2):
        url = api.create_repo(SPACE, repo_type="space", space_sdk="gradio", exist_ok=True)
    assert (url.repo_id, url.repo_type) == (SPACE, "space")
    (bundle / "README.md").write_text("---\ntitle: Demo\nsdk: gradio\ncolorFrom: blue\n---\n")
    api.upload_folder(folder_path=bundle, repo_id=SPACE, repo_type="space")

    api.add_space_variable(SPACE, "MODEL_REPO", "alice/old")
    api.add_space_variable(SPACE, "MODEL_REPO", MODEL, description="where the model is")
    variable = api.get_space_variables(SPACE)["MODEL_REPO"]
    assert (variable.value, variable.description) == (MODEL, "where the model is")
    assert variable.updated_at

    assert api.space_info(SPACE).sdk == "gradio"
    folder = snapshot_download(SPACE, repo_type="space", allow_patterns=["*.json", "samples/*"])
    assert set(content(folder)) == {"contract.json", "samples/samples.csv"}


def test_a_space_card_with_a_colour_the_hub_does_not_know_is_refused(hub):
    with pytest.raises(ValueError, match="colorFrom"):
        SpaceCard("---\nsdk: gradio\ncolorFrom: teal\n---\n").validate()


# -- who may do what ---------------------------------------------------------------------------


def test_whoami_tells_the_user_and_what_the_token_may(api):
    assert api.whoami()["name"] == "alice"
    assert HfApi(token="hf_read").whoami()["auth"]["accessToken"]["role"] == "read"


def test_a_wrong_token_is_refused_with_401(sha):
    stranger = HfApi(token="hf_wrong")
    assert status_of(stranger.whoami) == 401
    with pytest.raises(HfHubHTTPError) as caught:
        stranger.model_info(MODEL)
    assert caught.value.response.status_code == 401
    assert not isinstance(caught.value, RepositoryNotFoundError)


@pytest.mark.parametrize("token", ["hf_read", "hf_other"])
def test_who_may_not_write_is_refused_with_403(sha, token):
    reader = HfApi(token=token)
    assert status_of(lambda: upload(reader, "a.txt", b"1")) == 403
    assert status_of(lambda: reader.create_repo("alice/other")) == 403
    assert status_of(lambda: reader.create_tag(MODEL, tag="v2")) == 403
    assert reader.model_info(MODEL).sha == sha


def test_what_is_missing_has_its_own_error(api, sha):
    for repo_id in ("alice/none", "none"):
        with pytest.raises(RepositoryNotFoundError):
            hf_hub_download(repo_id, "a.txt")
        with pytest.raises(RepositoryNotFoundError):
            api.model_info(repo_id)
    with pytest.raises(RevisionNotFoundError):
        hf_hub_download(MODEL, "contract.json", revision="v9")
    with pytest.raises(RemoteEntryNotFoundError):
        hf_hub_download(MODEL, "none.txt", revision=sha)


def test_a_private_repo_is_seen_by_its_owner_alone(api):
    api.create_repo(MODEL, private=True)
    assert api.model_info(MODEL).private
    for stranger in (HfApi(token=False), HfApi(token="hf_other")):
        with pytest.raises(RepositoryNotFoundError) as caught:
            stranger.model_info(MODEL)
        assert not isinstance(caught.value, GatedRepoError)


def test_a_gated_repo_shows_itself_but_not_its_files(hub, sha):
    hub.repo(MODEL).gated = True
    for token in (False, "hf_other"):
        assert HfApi(token=token).model_info(MODEL).gated == "auto"
        with pytest.raises(GatedRepoError):
            HfApi(token=token).hf_hub_download(MODEL, "contract.json")
    assert HfApi().hf_hub_download(MODEL, "contract.json")


# -- faults ------------------------------------------------------------------------------------


def test_an_injected_fault_hits_as_often_as_asked(hub, api, sha):
    hub.fail("GET /api/models/", status=418, times=2, headers={"X-Why": "tea"})
    with pytest.raises(HfHubHTTPError) as caught:
        api.model_info(MODEL)
    assert caught.value.response.headers["X-Why"] == "tea"
    assert status_of(lambda: api.model_info(MODEL)) == 418
    assert api.model_info(MODEL).sha == sha


@pytest.fixture
def in_background(hub: LocalHub) -> Iterator[Callable[[Callable[[], object]], Future]]:
    """Start a call on a thread, and return once its request has reached the Hub."""
    with ThreadPoolExecutor() as pool:

        def start(call: Callable[[], object]) -> Future:
            asked = len(hub.requests)
            future = pool.submit(call)
            while len(hub.requests) == asked and not future.done():
                time.sleep(0.001)
            return future

        yield start
        hub.release()  # else a test that failed would wait for its thread for ever


def test_a_hang_is_bounded_by_the_clients_timeout(hub, api, sha):
    cached = hf_hub_download(MODEL, "contract.json", revision="v1")
    hub.hang("v1")
    with pytest.raises(httpx2.TimeoutException):
        api.model_info(MODEL, revision="v1", timeout=0.1)
    # Only for what is cached: else the client tries on, six times a minute long.
    assert hf_hub_download(MODEL, "contract.json", revision="v1", etag_timeout=0.1) == cached


def test_a_hang_ends_at_the_release_and_leaves_other_requests_alone(hub, api, sha, in_background):
    hub.hang("HEAD .*contract.json")
    waiting = in_background(lambda: hf_hub_download(MODEL, "contract.json", revision=sha))
    assert api.model_info(MODEL).sha == sha
    assert not waiting.done()
    hub.release()
    assert Path(waiting.result()).read_text() == '{"version": 1}'


def test_what_hangs_does_not_keep_the_hub_from_stopping(hub, api, sha, in_background):
    hub.hang("GET /api/models/")
    waiting = in_background(lambda: status_of(lambda: api.model_info(MODEL)))
    hub.stop()
    assert waiting.result() == 503
    with pytest.raises(httpx2.ConnectError):
        api.model_info(MODEL)

    hub.start()
    assert api.model_info(MODEL).sha == sha


@pytest.mark.parametrize("path", ["model.weights.h5", "contract.json"])
def test_an_altered_file_is_served_under_the_old_hashes(hub, api, bundle, sha, path):
    (before,) = api.get_paths_info(MODEL, [path])
    hub.alter(MODEL, path, b"altered")
    (after,) = api.get_paths_info(MODEL, [path])

    assert Path(hf_hub_download(MODEL, path, revision="v1")).read_bytes() == b"altered"
    assert api.model_info(MODEL, revision="v1").sha == sha
    assert after.blob_id == before.blob_id
    if before.lfs:
        assert after.lfs.sha256 == before.lfs.sha256


# -- other processes ---------------------------------------------------------------------------


def test_started_by_hand_it_says_what_to_export_and_stops_at_ctrl_c(hub_env):
    command = [sys.executable, "-m", "tests.hub", "--port", "0", "--token", "hf_mine"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            exports: dict[str, str] = {}
            assert process.stdout
            assert process.stderr
            while len(exports) < 3:
                line = process.stdout.readline()
                assert line, process.stderr.read()
                if line.startswith("export "):
                    key, value = line.removeprefix("export ").strip().split("=", 1)
                    exports[key] = value
            assert exports["HF_TOKEN"] == "hf_mine"
            assert exports["HF_HUB_DISABLE_XET"] == "1"
            user = HfApi(exports["HF_ENDPOINT"], token="hf_mine").whoami()
            assert user["name"] == "local"
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "")
    assert "Stopped." in out


def test_a_port_that_is_taken_is_said_in_a_sentence(hub):
    command = [sys.executable, "-m", "tests.hub", "--port", str(hub.port)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {hub.port} is not free")
    assert len(done.stderr.splitlines()) == 1


PUBLISH_AND_PULL = """
import sys
from huggingface_hub import HfApi, snapshot_download
HfApi().create_repo("alice/unet")
HfApi().upload_folder(folder_path=sys.argv[1], repo_id="alice/unet")
print(snapshot_download("alice/unet"))
"""


def test_a_folder_goes_and_comes_through_xet(hub_env, bundle, tmp_path):
    del hub_env["HF_HUB_DISABLE_XET"]  # read at import, hence the other process
    with XetHub({"hf_write": "alice"}, store=tmp_path / "xet-store") as xet_hub:
        env = hub_env | {"HF_ENDPOINT": xet_hub.url}
        command = [sys.executable, "-c", PUBLISH_AND_PULL, str(bundle)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert content(done.stdout.strip()) == content(bundle)
    assert xet_hub.xet_hashes
