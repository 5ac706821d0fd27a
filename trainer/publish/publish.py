"""``python -m trainer publish RUN_OR_BUNDLE --repo you/name``: build the bundle, prove it, push it as one commit."""

import tempfile
from pathlib import Path
from typing import Any

from space.errors import UserError
from trainer.publish import push
from trainer.publish.bundling import Samples, build_bundle
from trainer.publish.lessons import NO_LESSONS, Lessons


def publish(
    source: Path,
    repo: str,
    *,
    version: str | None = None,
    public: bool = False,
    samples: Samples | None = None,
    data: Path | None = None,
    dry_run: Path | None = None,
    space: str | None = None,
    lessons: Lessons = NO_LESSONS,
) -> None:
    """Build, prove and push; with `dry_run`, only write the folder."""
    if dry_run and space:
        raise UserError("--space pushes, --dry-run does not: give one of them.")
    what: dict[str, Any] = {"repo": repo, "samples": samples, "data": data, "lessons": lessons}
    if dry_run:
        build_bundle(source, dry_run, version=version or "1.0.0", **what)
        print(f"Written to {dry_run}; nothing was pushed.")
        return
    api = push.connect(repo, *([space] if space else []))
    version = push.free_version(api, repo, version)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "bundle"
        build_bundle(source, folder, version=version, **what)
        commit = push.push_model(api, folder, repo, version, public=public)
    print(f"Pushed {repo} v{version}, commit {commit}, {'public' if public else 'private'}.")
    if space:
        push.push_space(api, space, repo, f"v{version}", public=public)
        print(f"Pushed the Space {space}: it serves {repo} at v{version}.")
        if not public:
            print("The model is private: give the Space a secret HF_TOKEN that may read it, in its settings.")
