"""``python -m trainer publish RUN_OR_BUNDLE --repo you/name``: build the bundle, prove it, push it as one commit."""

import tempfile
from pathlib import Path
from typing import Any

from space.errors import UserError
from trainer.publish import push
from trainer.publish.bundling import build_bundle
from trainer.publish.consent import NO_CONSENT, Consent, check_can_ask, check_useful, confirm, summary
from trainer.publish.lessons import NO_LESSONS, Lessons


def publish(
    source: Path,
    repo: str,
    *,
    version: str | None = None,
    public: bool = False,
    samples: str | None = None,
    consent: Consent = NO_CONSENT,
    data: Path | None = None,
    dry_run: Path | None = None,
    space: str | None = None,
    lessons: Lessons = NO_LESSONS,
    yes: bool = False,
    force: bool = False,
) -> None:
    """Build, prove, show what will be uploaded, and push it at a yes; with `dry_run`, only write the folder.

    Parameters
    ----------
    yes : do not ask.
    force : push a network that has learned nothing too.
    """
    if dry_run and space:
        raise UserError("--space pushes, --dry-run does not: give one of them.")
    what: dict[str, Any] = {"repo": repo, "samples": samples, "consent": consent, "data": data, "lessons": lessons}
    if dry_run:
        bundle = build_bundle(source, dry_run, version=version or "1.0.0", **what)
        print(f"It would upload:\n{summary(bundle, [repo], public=public)}")
        print(f"Written to {dry_run}; nothing was pushed.")
        return
    check_can_ask(yes)
    repos = [repo, *([space] if space else [])]
    api = push.connect(*repos)
    version = push.free_version(api, repo, version)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "bundle"
        bundle = build_bundle(source, folder, version=version, **what)
        if not force:
            check_useful(bundle)
        confirm(summary(bundle, repos, public=public), yes=yes)
        commit = push.push_model(api, folder, repo, version, public=public)
    print(f"Pushed {repo} v{version}, commit {commit}, {'public' if public else 'private'}.")
    if space:
        push.push_space(api, space, bundle, repo, f"v{version}", public=public)
        print(f"Pushed the Space {space}: it serves {repo} at v{version}.")
        if not public:
            print("The model is private: give the Space a secret HF_TOKEN that may read it, in its settings.")
