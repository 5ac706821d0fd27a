"""What the tests of faults share: a small model on the Hub, and a way to tell what came of a fault."""

import json
import re
import shutil
from collections.abc import Callable

import pytest

from tests.bundles import remove_overfitting
from tests.hub import LocalHub
from tests.hub_store import Blob, Repo

REPO = "alice/unet"
NOT_THERE = ("networks", "model.weights.h5", "curves.png", "robustness.png")
Tell = Callable[[str, str], None]


@pytest.fixture
def told(record_property) -> Tell:
    """Tell a row of the table: the fault, and what the app said or did."""

    def tell(fault: str, said: str) -> None:
        hidden = re.sub(r"\b[0-9a-f]{8}\b", "1a2b3c4d", re.sub(r"\d{4}-\d\d-\d\d", "2026-01-31", said))
        record_property(fault, hidden)

    return tell


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The bundled model without what these tests do not look at."""
    from space.model.bundle import BUNDLED

    folder = shutil.copytree(
        BUNDLED, tmp_path_factory.mktemp("small") / "bundle", ignore=shutil.ignore_patterns(*NOT_THERE)
    )
    remove_overfitting(folder)
    contract = json.loads((folder / "contract.json").read_text("utf-8"))
    there = {name: digest for name, digest in contract["sha256"].items() if (folder / name).exists()}
    (folder / "contract.json").write_text(json.dumps(contract | {"sha256": there}), "utf-8")
    return folder


@pytest.fixture
def published(hub, small) -> str:
    """The small model on the Hub, without a client; returns its commit."""
    return commit(hub, {p.relative_to(small).as_posix(): p.read_bytes() for p in small.rglob("*") if p.is_file()})


def commit(hub: LocalHub, files: dict[str, bytes], repo_id: str = REPO) -> str:
    """Commit files to a model's main, which keeps its others, and make the repo if need be."""
    repo = hub.repos.setdefault(("model", repo_id), Repo("model", repo_id))
    blobs = dict(repo.branches["main"].files) if repo.branches else {}
    for name, data in files.items():
        blobs[name] = Blob(data)
        if name.endswith(".onnx"):
            blobs[name] = Blob(data, sha256_of(data))
            hub.lfs[sha256_of(data)] = blobs[name]
    return repo.commit("main", "a commit", "", "alice", blobs).oid


def sha256_of(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def renamed(small, name: str) -> dict[str, bytes]:
    """Return what a newer commit changes: the same model by another name."""
    contract = json.loads((small / "contract.json").read_text("utf-8"))
    return {"contract.json": json.dumps(contract | {"name": name}).encode()}
