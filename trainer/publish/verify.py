"""``python -m trainer verify BUNDLE_OR_REPO``: prove again what `publish` proved, of a folder or of the Hub."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download

from space.errors import UserError
from space.model.bundle import is_bundle, open_bundle
from trainer.publish.bundling import prove_bundle
from trainer.publish.push import explained
from trainer.target import REPO

UNLISTED = {"contract.json", "README.md", ".gitattributes"}  # the one that lists, and those that the Hub may change


def verify(target: str) -> None:
    """Check every file against its hash, Keras against ONNX, and print the figures of the samples.

    Parameters
    ----------
    target : a bundle's folder, or 'owner/name' or 'owner/name@revision' on the Hub, of which every file is fetched.

    Raises
    ------
    UserError
        if it is no bundle, or anything about it is not as it says.
    """
    with fetched(target) as folder:
        bundle = open_bundle(folder, target)
        prove_bundle(bundle)
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        if extra := sorted(found - UNLISTED - bundle.contract.sha256.keys()):
            raise UserError(f"{target} holds what its contract.json does not list: {', '.join(extra)}.")
        print(f"{bundle.contract.title} is what it says it is.")


@contextmanager
def fetched(target: str) -> Iterator[Path]:
    """Give the folder of a bundle; one on the Hub is downloaded whole and anew, for a cache may hold what it was."""
    if is_bundle(Path(target)):
        yield Path(target)
        return
    if Path(target).exists() or not REPO.fullmatch(target):
        raise UserError(f"{target} is neither a bundle folder nor a model on the Hub (owner/name).")
    repo, _, revision = target.partition("@")
    with tempfile.TemporaryDirectory() as cache:
        with explained(f"fetch {target}"):
            commit = HfApi().model_info(repo, revision=revision or None).sha
            folder = snapshot_download(repo, revision=commit, cache_dir=cache)
        yield Path(folder)
