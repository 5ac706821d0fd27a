"""``python -m trainer publish RUN_OR_BUNDLE --repo you/name``: build the bundle, prove it, push it as one commit."""

import tempfile
from pathlib import Path
from typing import Any

from space.errors import UserError
from space.site import packages
from space.site.build import write_site
from trainer.publish import push
from trainer.publish.bundling import build_bundle
from trainer.publish.consent import NO_CONSENT, Consent, check_can_ask, check_useful, confirm, summary
from trainer.publish.lessons import NO_LESSONS, Lessons

NEEDS_TOKEN = "\nThe model is private: give the Space a secret HF_TOKEN that may read it, in its settings."
ALONE = "\nThe page is private: only you can open it, until you make it public in its settings."


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
    site: str | None = None,
    lessons: Lessons = NO_LESSONS,
    yes: bool = False,
    force: bool = False,
) -> None:
    """Build, prove, show what will be uploaded, and push it at a yes; with `dry_run`, only write the folder.

    Parameters
    ----------
    space : a Space with the app.
    site : a static Space with the page without a server.
    yes : do not ask.
    force : push a network that has learned nothing too.
    """
    spaces = {name: sdk for name, sdk in ((space, "gradio"), (site, "static")) if name}
    what: dict[str, Any] = {"repo": repo, "samples": samples, "consent": consent, "data": data, "lessons": lessons}
    if dry_run:
        _write(source, dry_run, spaces, public=public, version=version or "1.0.0", **what)
        return
    if space and space == site:
        raise UserError(f"--space and --site are two Spaces: {site} can be one of them.")
    check_can_ask(yes)
    if site:
        packages.node()
    api = push.connect(repo, *spaces)
    for name, sdk in {repo: None, **spaces}.items():
        push.check_place(api, name, "space" if sdk else "model", sdk=sdk, public=public)
    version = push.free_version(api, repo, version)
    with tempfile.TemporaryDirectory() as temporary:
        folder, page = Path(temporary) / "bundle", Path(temporary) / "site"
        bundle = build_bundle(source, folder, version=version, spaces=tuple(spaces), **what)
        if not force:
            check_useful(bundle)
        # what can fail on this machine comes before anything is sent
        written = write_site(bundle, page, push.place_of_site(site), (repo, f"v{version}")) if site else None
        confirm(summary(bundle, [repo, *spaces], public=public, site=written), yes=yes)
        commit = push.push_model(api, folder, repo, version, public=public)
        print(f"Pushed {repo} v{version}, commit {commit}, {'public' if public else 'private'}.")
        if space:
            push.push_space(api, space, bundle, repo, f"v{version}", public=public)
            print(f"Pushed the Space {space}: it serves {repo} at v{version}.{'' if public else NEEDS_TOKEN}")
        if site:
            push.push_site(api, site, page, repo, f"v{version}", public=public)
            print(f"Pushed the page {site}: each visitor's browser runs {repo} at v{version}.{'' if public else ALONE}")


def _write(source: Path, folder: Path, spaces: dict[str, str], *, public: bool, **what: Any) -> None:
    """Write the bundle that would be pushed."""
    if spaces:
        raise UserError(
            "--space and --site push, --dry-run does not: leave them out. 'python -m space.site' writes the page of a "
            f"bundle, also of what the dry run leaves in {folder}."
        )
    bundle = build_bundle(source, folder, **what)
    print(f"It would upload:\n{summary(bundle, [what['repo']], public=public)}")
    print(f"Written to {folder}; nothing was pushed.")
