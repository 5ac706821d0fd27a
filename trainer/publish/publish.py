"""``python -m trainer publish RUN_OR_BUNDLE --repo you/name``: build the bundle, prove it, push it as one commit."""

import tempfile
from pathlib import Path

from space.errors import UserError
from trainer.publish import push
from trainer.publish.bundling import build_bundle
from trainer.publish.lessons import NO_LESSONS, Lessons


def publish(
    source: Path,
    repo: str,
    *,
    version: str | None = None,
    private: bool = False,
    phantoms: bool = False,
    dry_run: Path | None = None,
    space: str | None = None,
    lessons: Lessons = NO_LESSONS,
) -> None:
    """Build, prove and push; with `dry_run`, only write the folder."""
    if dry_run and space:
        raise UserError("--space pushes, --dry-run does not: give one of them.")
    if dry_run:
        build_bundle(source, dry_run, repo=repo, version=version or "1.0.0", phantoms=phantoms, lessons=lessons)
        print(f"Written to {dry_run}; nothing was pushed.")
        return
    api = push.connect(repo, *([space] if space else []))
    version = push.free_version(api, repo, version)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "bundle"
        build_bundle(source, folder, repo=repo, version=version, phantoms=phantoms, lessons=lessons)
        commit = push.push_model(api, folder, repo, version, private=private)
    print(f"Pushed {repo} v{version}, commit {commit}.")
    if space:
        push.push_space(api, space, repo, f"v{version}", private=private)
        print(f"Pushed the Space {space}: it serves {repo} at v{version}.")
        if private:
            print("The model is private: give the Space a secret HF_TOKEN that may read it, in its settings.")
