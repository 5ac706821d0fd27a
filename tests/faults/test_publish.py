"""`publish`, interrupted at each of its requests in turn: an app takes the old bundle whole, or the new one whole.

The bundle and the page are made once beforehand; what is sent is sent by the real client.
"""

import copy
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from starlette.responses import Response, StreamingResponse

from space.errors import UserError
from space.model import hub as pulling
from space.model.bundle import open_bundle
from space.model.hub import pull_bundle
from tests.bundles import change_contract, rehash
from tests.faults.conftest import REPO, commit
from trainer.publish import publish as module
from trainer.publish import push
from trainer.publish.bundling import put_in_place
from trainer.publish.publish import publish

SPACE, SITE = "alice/demo", "alice/page"
OTHER = "alice/other"
MADE = Path("made beforehand")


@pytest.fixture
def old(small, tmp_path):
    """A bundle that is whole, though its network is none."""
    folder = shutil.copytree(small, tmp_path / "old", ignore=shutil.ignore_patterns("samples"))
    (folder / "model.onnx").write_bytes(b"\0" * 1000)
    rehash(folder, "model.onnx")
    change_contract(folder, lambda contract: contract["sha256"].pop("samples/samples.csv"))
    return folder


@pytest.fixture
def quick(old, tmp_path, monkeypatch):
    """What is sent is small and made beforehand; a pulled model is verified, and not run."""
    new = shutil.copytree(old, tmp_path / "new")
    (new / "model.onnx").write_bytes(b"\1" * 1000)
    rehash(new, "model.onnx")
    contract = (new / "contract.json").read_text("utf-8")
    (new / "contract.json").write_text(contract.replace('"name": "', '"name": "new-'), "utf-8")
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("the page")
    (page / "model.onnx.gz").write_bytes(b"\0" * 100)

    def built(source, folder, **_):
        shutil.copytree(new, folder)
        return open_bundle(folder, "here")

    monkeypatch.setattr(module, "build_bundle", built)
    monkeypatch.setattr(module, "write_site", lambda bundle, folder, *_: shutil.copytree(page, folder) and None)
    monkeypatch.setattr(module.packages, "node", lambda: None)
    monkeypatch.setattr(push, "SPACE_FOLDERS", ("course",))
    monkeypatch.setattr(pulling, "try_out", lambda bundle: None)
    return new


def send() -> None:
    publish(MADE, REPO, yes=True, space=SPACE, site=SITE)


def refused(hub, at):
    hub.fail("", status=403, after=at)


def answer_lost(hub, at):
    """It is carried out, but whoever asked does not hear of it."""

    async def cut():
        yield b"{"
        raise ConnectionResetError

    count = iter(range(10**6))
    hub.twist("", lambda answer: StreamingResponse(cut()) if next(count) == at else answer)


def interrupted(hub, at):
    """Ctrl-C while it waits for the answer."""
    count = iter(range(10**6))

    def stop(answer: Response) -> Response:
        if next(count) == at:
            os.kill(os.getpid(), signal.SIGINT)
        return answer

    hub.twist("", stop)


def state(hub, known: dict[str, str]) -> str:
    """Look as an app looks, at main and at the tags; return which bundle it took."""
    found = hub.repo(REPO)
    for revision, there in {**found.tags, "main": found.branches["main"]}.items():
        if there.oid not in known:
            bundle = pull_bundle(REPO, revision)
            assert bundle.folder.name == there.oid
            known[there.oid] = "new" if bundle.contract.name.startswith("new-") else "old"
        if revision != "main":
            assert known[there.oid] == ("old" if revision == "v1.0.0" else "new")
    return known[found.branches["main"].oid]


def look_at_spaces(hub) -> None:
    """A Space names no model, or one that is there whole; a page is whole or not there."""
    if ("space", SPACE) in hub.repos:
        names = {name: variable["value"] for name, variable in hub.repo(SPACE, "space").variables.items()}
        if repo := names.get("MODEL_REPO"):
            assert pull_bundle(repo, names["MODEL_REVISION"]).folder.name
    if ("space", SITE) in hub.repos and len(hub.repo(SITE, "space").commits) > 1:
        assert {"index.html", "model.onnx.gz"} <= hub.repo(SITE, "space").branches["main"].files.keys()


@pytest.mark.parametrize("fault", [refused, answer_lost, interrupted])
def test_publish_interrupted_at_any_request(fault, hub, old, quick, told):
    """With a model that is there in its first version; the Space serves another one until then."""
    files = {p.name: p.read_bytes() for p in old.iterdir()}
    for repo in (REPO, OTHER):
        commit(hub, files, repo)
        hub.repo(repo).private = True
        hub.repo(repo).tags["v1.0.0"] = hub.repo(repo).branches["main"]
    HfApi().create_repo(SPACE, repo_type="space", space_sdk="gradio", private=True)
    push._point_at(HfApi(), SPACE, OTHER, "v1.0.0")
    before = copy.deepcopy((hub.repos, hub.lfs))
    hub.requests.clear()
    send()
    requests = list(hub.requests)
    known: dict[str, str] = {}
    seen = []
    for at in range(len(requests)):
        hub.clear()
        repos, lfs = copy.deepcopy(before)
        hub.repos.update(repos)
        hub.lfs.update(lfs)
        fault(hub, at)
        with suppress(UserError, KeyboardInterrupt):
            send()
        hub.mend()
        seen.append(state(hub, known))
        look_at_spaces(hub)
        send()
        assert state(hub, known) == "new"
        look_at_spaces(hub)
        variables = {name: variable["value"] for name, variable in hub.repo(SPACE, "space").variables.items()}
        assert variables["MODEL_REPO"] == REPO
        assert variables["MODEL_REVISION"] in hub.repo(REPO).tags
    what = {"refused": "refused", "answer_lost": "carried out, its answer lost", "interrupted": "met by Ctrl-C"}
    told(
        f"publish --space --site: each of its {len(requests)} requests {what[fault.__name__]} in turn",
        f"an app then took the old bundle whole {seen.count('old')} times, the new one whole {seen.count('new')} "
        f"times; the next publish succeeded {len(seen)} times",
    )


def test_what_the_hub_holds_otherwise_is_not_tagged(hub, published, quick, told):
    """It answers 200, but has lost a file of the commit."""
    hub.repo(REPO).private = True

    def lose(answer):
        head = hub.repo(REPO).branches["main"]
        if "contract.json" in head.files and head.title.startswith("Publish"):
            head.files.pop("metrics.json", None)
        return answer

    hub.twist("/commit/main", lose)
    with pytest.raises(
        UserError, match=r"alice/unet does not hold what was sent: metrics\.json\. Publish it again"
    ) as said:
        publish(MADE, REPO, yes=True)
    told("publish: the Hub answers that all is well, but lost a file", str(said.value))
    assert hub.repo(REPO).tags == {}
    with pytest.raises(UserError, match=r"incomplete: metrics\.json"):
        pull_bundle(REPO, "main")
    hub.mend()
    publish(MADE, REPO, yes=True)
    assert pull_bundle(REPO, "v1.0.0").contract.name.startswith("new-")


def test_a_folder_that_is_written_anew_is_whole_all_the_time(small, tmp_path, monkeypatch, told):
    """The disk full, in the midst of the copy."""
    folder = shutil.copytree(small, tmp_path / "mine")

    def full(source, target, **_):
        target.mkdir()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copytree", full)
        with pytest.raises(OSError, match="No space"):
            put_in_place(small, folder)
    told("publish --dry-run: the disk is full", "the folder holds the earlier bundle, whole")
    open_bundle(folder, "here")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    put_in_place(small, folder)
    open_bundle(folder, "here")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
