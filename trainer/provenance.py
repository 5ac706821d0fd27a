"""With what a run was made: the code's commit and address, and every package that takes part."""

import importlib.metadata
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "tensorflow",
    "nvidia-cudnn-cu12",
    "jax",
    "jaxlib",
    "keras",
    "numpy",
    "scipy",
    "h5py",
    "opencv-python-headless",
    "onnx",
    "onnxruntime",
    "tf2onnx",
)


def packages() -> dict[str, str]:
    """Return the version of each package that computes something of a run, of those that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def code() -> str:
    """Return address and commit of the code, as far as git knows them; nothing outside a clone."""
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return ""
    changed = ", with changes that are not committed" if _git("status", "--porcelain", "--untracked-files=no") else ""
    address = public_address(_git("remote", "get-url", "origin"))
    return f"{address + ' at ' if address else ''}commit {commit[:12]}{changed}"


def public_address(remote: str) -> str:
    """Return a remote's address without a name or a token in it; nothing for a folder of this machine."""
    parts = urlsplit(remote)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    return urlunsplit(("https", parts.hostname, parts.path.removesuffix(".git"), "", ""))


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
