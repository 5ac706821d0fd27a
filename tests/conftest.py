"""The Hub that all tests talk to, and the environment that makes every client talk to it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.hub import LocalHub
from tests.proxies import reverse_proxy
from tests.serving import ROOT, free_port, running_app, running_inside_another

# huggingface_hub reads its variables once, at import: they must be set before that.
assert "huggingface_hub" not in sys.modules, "imported too early: HF_ENDPOINT would be ignored"

TOKENS = {"hf_write": "alice", "hf_read": "alice", "hf_other": "bob"}
HUB = LocalHub(TOKENS, read_only=["hf_read"], port=free_port())  # tests stop it and start it again
HUB.start()
HF_HOME = tempfile.TemporaryDirectory(prefix="hf-home-")

# Whoever runs the tests may have a token, a cache or a mirror of their own.
for name in [name for name in os.environ if name.startswith(("HF_", "HUGGING"))]:
    del os.environ[name]
os.environ.update(
    HF_ENDPOINT=HUB.url,
    HF_HOME=HF_HOME.name,
    HF_TOKEN="hf_write",
    HF_HUB_DISABLE_IMPLICIT_TOKEN="0",
    HF_HUB_DISABLE_XET="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    NO_PROXY="127.0.0.1,localhost",
    GRADIO_ANALYTICS_ENABLED="False",
    MPLBACKEND="Agg",
    CUDA_VISIBLE_DEVICES="",
)

# Minutes each, in few tests: begun last, one of them would keep a worker busy long after the others have ended.
LONGEST = [
    "tests/test_space.py",
    "tests/test_backends.py",
    "tests/test_machines.py",
    "tests/test_ablation.py",
    "tests/browser/test_static_space.py",
    "tests/browser/test_site_dicom.py",
    "tests/browser/test_hostile.py",
    "tests/test_course.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files; the workers take files in this order, as `--no-loadscope-reorder` says."""

    def place(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]
        return LONGEST.index(file) if file in LONGEST else len(LONGEST)

    items.sort(key=place)


def pytest_unconfigure() -> None:
    HUB.stop()
    HF_HOME.cleanup()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalHub]:
    """An empty Hub, and an empty cache folder for the client in this process.

    ``alice`` has the tokens ``hf_write`` (the client's default) and ``hf_read``, ``bob`` has
    ``hf_other``.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import _cache_assets

    HUB.start()  # a test may have stopped it
    HUB.clear()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr(_cache_assets, "HF_ASSETS_CACHE", str(tmp_path / "kept"))  # it was imported from there
    yield HUB
    HUB.clear()  # cuts off what still hangs


@pytest.fixture
def hub_env(hub: LocalHub, tmp_path: Path) -> dict[str, str]:
    """The environment of a subprocess that talks to ``hub``, with a cache folder of its own."""
    return os.environ | {"HF_HOME": str(tmp_path / "hf-home")}


@pytest.fixture(autouse=True)
def float32_again() -> Iterator[None]:
    """Whatever precision a test computes in, the next one begins with Keras's own."""
    yield
    _set_float32()


def _set_float32() -> None:
    if keras := sys.modules.get("keras"):
        keras.mixed_precision.set_global_policy("float32")


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model is verified, and not run: what is tried here is something else, many times over."""
    from space.model import hub as pulling

    monkeypatch.setattr(pulling, "try_out", lambda bundle: None)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Volumes and masks are read without a process of their own, which takes half a second each time."""
    from space.readers import label_volume, reading
    from space.readers.sorting import read_mask_files, read_scan

    folder = tmp_path_factory.mktemp("scratch")

    def read_volume(paths, window, values, order, modality):
        return read_scan(paths, window, values, order, folder, modality)

    def read_labels(paths, grid, target, order=None):
        return read_mask_files(paths, grid, target, order, folder)

    monkeypatch.setattr(reading, "read_volume", read_volume)
    monkeypatch.setattr(label_volume, "read_labels", read_labels)


def trainer(*arguments: object, check: bool = True) -> str:
    """Run a command of the trainer in this process, on a console that knows ASCII only; return what it printed."""
    from trainer.__main__ import main

    printed = io.BytesIO()
    console = io.TextIOWrapper(printed, "ascii", write_through=True)
    code: object = None
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(console), redirect_stderr(console):
        patch.setattr(sys, "argv", ["trainer", *map(str, arguments)])
        try:
            main()
        except SystemExit as end:
            code = end.code
    _set_float32()  # `fit` may have set another one
    said = printed.getvalue().decode()
    if check and code:
        raise AssertionError(f"{arguments} ended with {code}:\n{said}")
    return said


def fresh_env() -> dict[str, str]:
    """The environment of a process that starts as a person starts it: without what JAX and tf2onnx set in this one."""
    return {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}


def trainer_process(*arguments: object, **variables: str) -> str:
    """Run ``python -m trainer`` as a person would, with further environment variables; return what it printed."""
    command = [sys.executable, "-m", "trainer", *map(str, arguments)]
    env = fresh_env() | variables
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def phantom_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three prepared phantoms, one a split."""
    out = tmp_path_factory.mktemp("data") / "phantom"
    trainer("prepare", "phantom", out, "--subjects", 3)
    return out


@pytest.fixture(scope="session")
def tiny_run(phantom_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two epochs of preset tiny on the phantoms: a real run, though its network knows little."""
    out = tmp_path_factory.mktemp("runs") / "tiny"
    trainer("fit", phantom_data, "--preset", "tiny", "--epochs", 2, "--batch", 4, "--out", out)
    return out


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium for all tests of a process: Playwright has room for one."""
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The app with the bundled model, started once for all tests that only use it."""
    with running_app() as url:
        yield url


@pytest.fixture(scope="session")
def below_a_path() -> Iterator[tuple[str, str]]:
    """Such an app behind a web server that shows it below a path: its own address, and the one that people see."""
    with (
        running_app(os.environ | {"GRADIO_ROOT_PATH": "/pancreas"}) as inner,
        reverse_proxy(int(inner.rpartition(":")[2]), "/pancreas") as outer,
    ):
        yield inner, outer


@pytest.fixture(scope="session")
def inside_another(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Another web app that has the demo at /pancreas, and the folder where it keeps its temporary files."""
    folder = tmp_path_factory.mktemp("host")
    with running_inside_another(folder) as url:
        yield url, folder / "temporary"


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory) -> Path:
    """The page without a server, built once from the bundled model."""
    from tests.site.building import built_site  # it imports the Hub's client

    return built_site(tmp_path_factory.mktemp("www"))


@pytest.fixture(scope="session")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page without a server in one file, built once."""
    from tests.site.building import built_file  # as above

    return built_file(tmp_path_factory.mktemp("file"))


@pytest.fixture(scope="session")
def site_url(site_folder: Path) -> Iterator[str]:
    """The same, on a plain web server."""
    from tests.site.building import served

    with served(site_folder.parents[1]) as url:
        yield url
