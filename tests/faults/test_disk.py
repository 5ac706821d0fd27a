"""The disk full, the temporary folder deleted, no file left to open, a helper killed: while the app runs."""

import errno
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import nibabel
import pytest
from huggingface_hub.utils import _cache_assets

from space import disk, uploads
from space.errors import UserError
from space.model.bundle import BUNDLED
from space.model.hub import choose_model
from space.model.kept import KeptModels
from space.model.refusal import NO_FOLDER, NO_ROOM
from space.preprocessing import ABDOMEN
from space.readers.guard import read_volume
from space.ui.texts import header
from tests.bundles import BUNDLE
from tests.faults.conftest import REPO, a_disk, commit, remount, renamed
from tests.serving import ROOT, free_port, running
from tests.volumes import abdomen, nifti

SAMPLE = BUNDLE.samples[0].image
API = "/gradio_api"


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory):
    with a_disk(tmp_path_factory.mktemp("disk"), "48m") as folder:
        yield folder


@pytest.fixture(scope="module")
def app(small_disk):
    """The app, with its temporary folder on the small disk, and not many files to open."""
    port = free_port()
    env = os.environ | {"TMPDIR": str(small_disk), "GRADIO_SERVER_PORT": str(port)}
    command = ["sh", "-c", "ulimit -n 100; exec python app.py"]
    with running(command, port, env, ROOT) as url, httpx2.Client(base_url=url, timeout=60) as client:
        yield client


def fill(folder: Path) -> Path:
    """Leave no room on a disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(folder).free == 0
    return filler


def upload(client, name: str, data: bytes):
    return client.post(f"{API}/upload", files={"files": (name, data)})


def uploaded(client, status: int):
    """Upload until the answer has a status, or for half a minute; return the last answer."""
    deadline = time.monotonic() + 30
    while (answer := upload(client, "a.png", SAMPLE.read_bytes())).status_code != status:
        if time.monotonic() > deadline:
            break
    return answer


def ask(client, question: str, **asked):
    """Ask as the page does."""
    components = client.get("/config").json()["components"]
    [page] = [one["id"] for one in components if one["props"].get("elem_id") == "page"]
    body = {"session_hash": "x", "component_id": page, "fn_name": question, "data": asked}
    return client.post(f"{API}/component_server", json=body).json()


def opened(client, path: str):
    fresh: dict[str, object] = {"files": [], "values": "auto", "label": None, "order": None, "place": None, "turn": 0}
    return ask(client, "open_case", slice={"uploads": [path]}, mask=None, **fresh)


def segment(client, path: str) -> str:
    """Ask the API; return what it answers last."""
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, None, 0.5, "auto", None, None, None, 0]
    event = client.post(f"{API}/call/segment", json={"data": data}).json()["event_id"]
    return str(client.get(f"{API}/call/segment/{event}").text)


def volume(folder: Path) -> bytes:
    nibabel.save(nifti(abdomen()), folder / "a.nii")
    return (folder / "a.nii").read_bytes()


def text_of(path: str | Path) -> bytes:
    """Return what the system says of a process or thread; nothing once it has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(path).read_bytes()
    return b""


def children() -> list[int]:
    """Return the processes that this one has started, by whichever of its threads."""
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in text_of(task / "children").split()]


def left_behind(folder: Path) -> list[str]:
    [home] = [path for path in folder.glob(f"{uploads.PREFIX}*") if path.is_dir()]
    return [path.name for path in home.glob(f"{uploads.SCRATCH}*")]


def test_a_full_disk_is_said_and_all_works_again_once_there_is_room(app, small_disk, tmp_path, told):
    [picture] = upload(app, "a.png", SAMPLE.read_bytes()).json()
    [scan] = upload(app, "a.nii", volume(tmp_path)).json()
    filler = fill(small_disk)
    refused = upload(app, "b.png", SAMPLE.read_bytes())
    assert (refused.status_code, refused.text) == (507, disk.FULL)
    told("the disk is full: an upload", refused.text)
    assert disk.FULL in segment(app, picture)
    told("the disk is full: the API writes a result", disk.FULL)
    assert opened(app, scan) == {"refused": disk.FULL}
    told("the disk is full: a volume is read", disk.FULL)
    engine = app.get("/local-engine/files.json")
    assert (engine.status_code, engine.text) == (507, disk.FULL)
    told("the disk is full: the files for the visitor's own computer", engine.text)
    assert "pixels" in opened(app, picture)
    told("the disk is full: a slice that was uploaded before, an example", "it is shown")
    assert left_behind(small_disk) == []
    filler.unlink()
    assert upload(app, "b.png", SAMPLE.read_bytes()).status_code == 200
    assert "area_pixels" in segment(app, picture)
    assert "pixels" in opened(app, scan)
    assert app.get("/local-engine/files.json").status_code == 200
    told("there is room again", "all of it works")


def test_with_all_its_files_open_it_says_so_and_goes_on(app, told):
    assert upload(app, "a.png", SAMPLE.read_bytes()).status_code == 200  # on a connection that stays
    with ExitStack() as stack:
        for _ in range(150):
            stack.enter_context(socket.create_connection((urlsplit(str(app.base_url)).hostname, app.base_url.port)))
        refused = uploaded(app, 507)  # once it has taken the connections
        assert (refused.status_code, refused.text) == (507, disk.TOO_MANY_FILES)
        told("no file can be opened any more", refused.text)
    assert uploaded(app, 200).status_code == 200


def test_the_temporary_folder_may_be_deleted(app, small_disk, tmp_path, told):
    [picture] = upload(app, "a.png", SAMPLE.read_bytes()).json()
    engine = app.get("/local-engine/files.json").json()
    for each in small_disk.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    gone = opened(app, picture)
    told("the temporary folder was deleted: an upload from before", gone["refused"])
    assert gone["gone"]
    [picture] = upload(app, "a.png", SAMPLE.read_bytes()).json()
    [scan] = upload(app, "a.nii", volume(tmp_path)).json()
    assert "pixels" in opened(app, picture)
    assert "pixels" in opened(app, scan)
    assert "area_pixels" in segment(app, picture)
    told("the temporary folder was deleted: an upload from now on", "it is taken and shown")
    assert app.get("/local-engine/files.json").json() == engine
    assert app.get(f"/local-engine/{engine['facts.json.gz']['url']}").status_code == 200
    told(
        "the temporary folder was deleted: the files for the visitor's own computer", "they are written again, the same"
    )


def test_a_full_disk_at_the_start_leaves_the_last_good_model(
    hub, published, small, small_disk, monkeypatch, told, untried
):
    """The folder of the Hub's client is on it."""
    folder = small_disk / "hf"
    monkeypatch.setattr(_cache_assets, "HF_ASSETS_CACHE", str(folder))
    shutil.copytree(small, KeptModels(REPO, "main").at(published))
    newest = commit(hub, renamed(small, "newer"))
    filler = fill(small_disk)
    choice = choose_model(REPO, "main", 60)
    told("the disk for models is full, and the Hub has a newer one", choice.problem)
    assert choice.responder.bundle.folder.name == published
    assert NO_ROOM in choice.problem
    filler.unlink()
    assert choose_model(REPO, "main", 60).responder.bundle.folder.name == newest
    assert sorted(path.name for path in KeptModels(REPO, "main").at(newest).parent.iterdir()) == sorted(
        [newest, published]
    )


def test_a_disk_that_can_only_be_read_leaves_the_last_good_model(hub, published, small, tmp_path, monkeypatch, told):
    with a_disk(tmp_path / "hf", "48m") as folder:
        monkeypatch.setattr(_cache_assets, "HF_ASSETS_CACHE", str(folder))
        shutil.copytree(small, KeptModels(REPO, "main").at(published))
        remount(folder, "ro")
        assert choose_model(REPO, "main", 60).problem == ""
        commit(hub, renamed(small, "newer"))
        choice = choose_model(REPO, "main", 60)
    told("the disk for models can only be read, and the Hub has a newer one", choice.problem)
    assert choice.responder.bundle.folder.name == published
    assert NO_FOLDER in choice.problem


def test_no_temporary_folder_at_all_is_said(monkeypatch, told):
    def nowhere():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    with pytest.raises(SystemExit) as end:
        uploads.keep_uploads_to_this_process()
    told("no temporary folder can be written to, at the start", str(end.value))
    assert "set TMPDIR to a folder" in str(end.value)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="how to find a child is told for Linux")
def test_a_helper_that_the_system_kills_is_said(tmp_path, told):
    """As it does with whoever takes the most, where memory runs out."""
    (tmp_path / "a.nii").write_bytes(volume(tmp_path))
    said = []

    def read():
        with pytest.raises(UserError) as refusal:
            read_volume([tmp_path / "a.nii"], ABDOMEN)
        said.append(str(refusal.value))

    reader = threading.Thread(target=read)
    reader.start()
    helpers: list[int] = []
    while not helpers and reader.is_alive():
        helpers = [pid for pid in children() if b"space.readers.worker" in text_of(f"/proc/{pid}/cmdline")]
    os.kill(helpers[0], signal.SIGKILL)
    reader.join()
    told("the process that reads a volume is killed", said[0])
    assert said == [disk.NO_MEMORY]


@pytest.mark.parametrize("source", ["the Hub", "a folder"])
def test_what_happens_to_a_models_files_does_not_reach_the_running_app(source, hub, published, tmp_path, told, untried):
    """Further networks, what the browser computes with, the wiring and the examples are read later."""
    given = shutil.copytree(BUNDLED, tmp_path / "given")
    commit(hub, {p.relative_to(given).as_posix(): p.read_bytes() for p in given.rglob("*") if p.is_file()})
    choice = choose_model(REPO if source == "the Hub" else str(given), "main", 60)
    assert choice.problem == ""
    kept = KeptModels(REPO, "main").at("").parent
    for folder in (given, kept) if kept.exists() else (given,):
        shutil.rmtree(folder)
    responder = choice.responder
    assert len(responder.networks) == len(BUNDLE.networks) > 0
    assert all(responder.microscope(name).operations for name in ("", *responder.networks))
    for sample in responder.bundle.samples:
        assert responder.answer(sample.image, sample.mask, 0.5).scores
    told(f"the model's files are deleted while the app runs (from {source})", "nothing changes until a restart")


def test_a_revision_that_moves_is_not_noticed_before_a_restart(hub, published, small, untried, told):
    choice = choose_model(REPO, "main", 60)
    assert choice.problem == ""
    newest = commit(hub, renamed(small, "newer"))
    asked = len(hub.requests)
    for sample in choice.responder.bundle.samples:
        choice.responder.answer(sample.image, sample.mask, 0.5)
    assert len(hub.requests) == asked
    assert published[:8] in header(choice.responder.bundle, choice.problem)
    told("the revision moves while the app runs", "not noticed: the page says which commit it serves")
    assert choose_model(REPO, "main", 60).responder.bundle.folder.name == newest


def test_examples_whose_files_are_gone_are_a_sentence(hub, published, untried, told):
    """The folder of temporary files was emptied: the app's own copy of the model went with it."""
    choice = choose_model(REPO, "main", 60)
    [sample, *_] = choice.responder.bundle.samples
    shutil.rmtree(choice.responder.bundle.folder)
    with pytest.raises((UserError, OSError)) as raised:
        choice.responder.answer(sample.image, sample.mask, 0.5)
    said = disk.lacking(raised.value) or str(raised.value)
    told("the temporary folder was deleted: an example of a model from the Hub", said)
    assert said == disk.GONE
