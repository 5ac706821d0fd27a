"""What is kept of the Hub's models on this disk: damaged, half written, deleted; with the Hub there and without."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from huggingface_hub import constants, snapshot_download

from space.model.bundle import BUNDLED
from space.model.hub import choose_model
from space.model.kept import FORGOTTEN, KeptModels
from tests.faults.conftest import REPO, commit, renamed

SECONDS = 60.0


class Damage(NamedTuple):
    """What happened to the copy, and a part of what the app says without the Hub."""

    name: str
    do: Callable[[Path], object]
    says: str


def cut(folder: Path) -> None:
    os.truncate(folder / "model.onnx", 1000)


def link_to_nothing(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    (folder / "model.onnx").symlink_to("nothing")


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def nonsense(folder: Path) -> None:
    (folder / "contract.json").write_bytes(os.urandom(100))


def a_file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(b"?")


def kept_names() -> list[str]:
    return [path.name for path in KeptModels(REPO, "main").newest_first()]


DAMAGES = [
    Damage("a file of it was cut", cut, "altered: model.onnx"),
    Damage("a file of it is a link to nothing", link_to_nothing, "incomplete: model.onnx is missing"),
    Damage("its folder is empty", emptied, "contract.json is missing"),
    Damage("its contract is nonsense", nonsense, "is no valid JSON"),
    Damage("a file is in place of its folder", a_file_in_its_place, "none was fetched here before"),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_damaged_copy_is_never_served_and_mended_once_the_hub_is_there(damage, hub, published, small, told, untried):
    kept = KeptModels(REPO, "main")
    shutil.copytree(small, kept.at(published))
    damage.do(kept.at(published))
    hub.stop()
    choice = choose_model(REPO, "main", SECONDS)
    told(f"the Hub is down, and of the copy {damage.name}", choice.problem)
    assert choice.responder.bundle.folder == BUNDLED
    assert damage.says in choice.problem
    hub.start()
    again = choose_model(REPO, "main", SECONDS)
    assert again.problem == ""
    assert again.responder.bundle.folder.name == published
    hub.stop()
    assert choose_model(REPO, "main", SECONDS).responder.bundle.folder.name == published


def test_a_copy_that_is_whole_is_not_fetched_again(hub, published, small):
    shutil.copytree(small, KeptModels(REPO, "main").at(published))
    assert choose_model(REPO, "main", SECONDS).problem == ""
    assert not [line for line in hub.requests if "/resolve/" in line]


def test_what_the_hubs_client_caches_by_itself_may_be_damaged(hub, published, told, untried):
    cache = Path(constants.HF_HUB_CACHE) / "models--alice--unet"
    for name in (f"snapshots/{published}/model.onnx", "refs/main", f"trees/{published}.json"):
        (cache / name).parent.mkdir(parents=True, exist_ok=True)
        (cache / name).write_bytes(b"nonsense")
    choice = choose_model(REPO, "main", SECONDS)
    told("the cache of the Hub's client holds nonsense", choice.problem or "it is not relied upon; the model is served")
    assert choice.problem == ""
    assert choice.responder.bundle.folder.name == published


def test_a_model_that_somebody_put_into_the_clients_cache_serves_without_the_hub(hub, published, told):
    """As `hf download` does, or the build of a Space that is told to."""
    snapshot_download(REPO)
    hub.stop()
    choice = choose_model(REPO, "main", SECONDS)
    assert choice.responder.bundle.folder.name == published
    assert "the last good copy of it is used" in choice.problem


def test_another_revisions_copy_does_not_stand_in(hub, published, small):
    shutil.copytree(small, KeptModels(REPO, "v1.0.0").at(published))
    hub.stop()
    assert choose_model(REPO, "main", SECONDS).responder.bundle.folder == BUNDLED


def test_what_a_killed_process_was_fetching_is_not_taken_and_goes(hub, published, small, told, untried):
    kept = KeptModels(REPO, "main")
    with kept.fresh() as part:
        left = part.with_name(part.name + "x")
        shutil.copytree(small, left)
    hub.stop()
    choice = choose_model(REPO, "main", SECONDS)
    told("the app was killed while it fetched, and the Hub is down", choice.problem)
    assert choice.responder.bundle.folder == BUNDLED
    hub.start()
    os.utime(left, times=(0, left.stat().st_mtime - FORGOTTEN - 1))
    assert choose_model(REPO, "main", SECONDS).problem == ""
    assert [path.name for path in kept.at(published).parent.iterdir()] == [published]


def test_two_apps_that_fetch_the_same_keep_one(hub, published, small):
    kept = KeptModels(REPO, "main")
    with kept.fresh() as part, kept.fresh() as other:
        for folder in (part, other):
            shutil.copytree(small, folder, dirs_exist_ok=True)
        assert kept.keep(part, published) == kept.keep(other, published) == kept.at(published)
    assert [path.name for path in kept.at(published).parent.iterdir()] == [published]


def test_a_newer_one_takes_the_place_of_the_older_only_once_it_was_good(hub, published, small):
    assert choose_model(REPO, "main", SECONDS).problem == ""
    commit(hub, {"model.onnx": b"junk"})
    assert choose_model(REPO, "main", SECONDS).responder.bundle.folder.name == published
    good = (small / "model.onnx").read_bytes()
    newest = commit(hub, renamed(small, "newer") | {"model.onnx": good})
    assert choose_model(REPO, "main", SECONDS).responder.bundle.folder.name == newest
    assert kept_names() == [newest, published]


def test_the_one_before_goes_when_the_next_is_fetched_and_not_while_a_start_may_be_taking_it(
    hub, published, small, untried
):
    assert choose_model(REPO, "main", SECONDS).problem == ""
    second = commit(hub, renamed(small, "second"))
    assert choose_model(REPO, "main", SECONDS).problem == ""
    assert kept_names() == [second, published]
    third = commit(hub, renamed(small, "third"))
    assert choose_model(REPO, "main", SECONDS).problem == ""
    assert kept_names() == [third, second]


def test_a_revision_that_goes_back_has_the_earlier_one_as_its_last_good_one(hub, published, small, untried):
    branches = hub.repos["model", REPO].branches
    first = branches["main"]
    assert choose_model(REPO, "main", SECONDS).problem == ""
    commit(hub, renamed(small, "withdrawn"))
    assert choose_model(REPO, "main", SECONDS).problem == ""
    branches["main"] = first
    assert choose_model(REPO, "main", SECONDS).responder.bundle.folder.name == published
    hub.stop()
    assert choose_model(REPO, "main", SECONDS).responder.bundle.folder.name == published
