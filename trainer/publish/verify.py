"""``python -m trainer verify BUNDLE_OR_REPO``: prove again what `publish` proved, of a folder or of the Hub."""

from pathlib import Path

from huggingface_hub import HfApi, snapshot_download

from space.errors import UserError
from space.model.bundle import Bundle, is_bundle, open_bundle
from trainer.publish.bundling import prove_bundle
from trainer.publish.push import explained
from trainer.target import REPO

UNLISTED = {"contract.json", "README.md", ".gitattributes"}  # the one that lists, and those that the Hub may change


def verify(target: str) -> Bundle:
    """Check every file against its hash, Keras against ONNX, and print the figures of the samples.

    Parameters
    ----------
    target : a bundle's folder, or 'owner/name' or 'owner/name@revision' on the Hub, of which every file is fetched.

    Raises
    ------
    UserError
        if it is no bundle, or anything about it is not as it says.
    """
    bundle = open_bundle(fetched(target), target)
    prove_bundle(bundle)
    found = {path.relative_to(bundle.folder).as_posix() for path in bundle.folder.rglob("*") if path.is_file()}
    if extra := sorted(found - UNLISTED - bundle.contract.sha256.keys()):
        raise UserError(f"{target} holds what its contract.json does not list: {', '.join(extra)}.")
    print(f"{bundle.contract.title} is what it says it is.")
    return bundle


def fetched(target: str) -> Path:
    """Return the folder of a bundle, all of it downloaded if it is on the Hub."""
    if is_bundle(Path(target)):
        return Path(target)
    if Path(target).exists() or not REPO.fullmatch(target):
        raise UserError(f"{target} is neither a bundle folder nor a model on the Hub (owner/name).")
    repo, _, revision = target.partition("@")
    with explained(f"fetch {target}"):
        commit = HfApi().model_info(repo, revision=revision or None).sha
        return Path(snapshot_download(repo, revision=commit))
