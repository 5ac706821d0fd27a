"""Take a bundle from a folder, or pull it from the Hub within bounded time; else the last good one, or our own.

All files come from one commit, whose SHA is resolved first. The last good one is the last of its repo and revision that
was fetched whole, opened and tried here (`space.model.kept`).
"""

import os
import queue
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple, TypeVar

import httpx2
from huggingface_hub import HfApi, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError

from space.answer import Responder
from space.errors import UserError
from space.model.bundle import BUNDLED, DOWNLOADED, Bundle, is_bundle, open_bundle
from space.model.kept import NOTES, KeptModels
from space.model.refusal import NOT_IT, refusal, seconds_to_wait
from space.model.trial import try_out
from space.uploads import scratch

ASK_SECONDS = 4.0  # for the one question which commit a revision is
LOOK_SECONDS = 20.0  # for the last good copy: reading and hashing what is on this disk
PATIENT = 600.0  # for a command, whose caller can stop it
COMMIT = re.compile("[0-9a-f]{40}")

Result = TypeVar("Result")


class Choice(NamedTuple):
    """The model to serve, and why it is not the one asked for (empty if it is)."""

    responder: Responder
    problem: str


def choose_model(repo: str, revision: str, seconds: float) -> Choice:
    """Return the model of a folder or a Hub repo; else the last good one of that repo, or the bundled one.

    Parameters
    ----------
    repo : the folder of a bundle, or 'owner/name'; empty for the bundled one.
    revision : of a repo.
    seconds : for the Hub; the last good one has its own limit.
    """
    problem = ""
    if repo and is_bundle(Path(repo)):
        try:
            given = own_copy(open_bundle(Path(repo), "from a folder"))
            try_out(given)
            return Choice(Responder(given), "")
        except UserError as error:
            problem = f"The model in the folder {Path(repo).name} is not served: {error}."
    elif repo:
        try:
            bundle, problem = had(repo, revision, seconds, late=" (restart the app to try again)")
        except UserError as error:
            problem = str(error)
        else:
            try:
                return Choice(Responder(own_copy(bundle)), problem)
            except UserError as error:  # it worked when it was kept
                problem = f"The model {repo} at {revision} is not served: {error}."
    instead = f"{problem} Instead, the model that comes with the app is used." if problem else ""
    return Choice(Responder(open_bundle(BUNDLED, "bundled with this app")), instead)


def had(repo: str, revision: str, seconds: float, late: str = "") -> tuple[Bundle, str]:
    """Return a bundle of the Hub and an empty string, or the last good one and a sentence that says why and which.

    Parameters
    ----------
    seconds : for the Hub; the last good one gets `LOOK_SECONDS`.
    late : what to add where time was not enough.

    Raises
    ------
    UserError
        a sentence why there is neither.
    """
    try:
        return _within(seconds, late, lambda: pull_bundle(repo, revision, patience=seconds / 2)), ""
    except UserError as error:
        problem = f"The model {repo} at {revision} is not served from the Hub: {error}."
    try:
        bundle = _within(LOOK_SECONDS, late, lambda: last_good(repo, revision))
    except UserError as error:
        raise UserError(f"{problem} No good copy of it is at hand: {error}.") from None
    commit, when = bundle.folder.name, time.strftime("%Y-%m-%d", time.localtime(bundle.folder.stat().st_mtime))
    return bundle, f"{problem} Instead, the last good copy of it is used: commit {commit[:8]}, fetched on {when}."


def pull_bundle(repo: str, revision: str, *, patience: float = 0.0) -> Bundle:
    """Fetch, verify, try and keep a bundle; a copy of the same commit that is kept already is taken.

    Parameters
    ----------
    patience : seconds for which it waits where the Hub asks to.

    Raises
    ------
    UserError
        in words: no such repo or revision, no access, not reachable, altered, incomplete, no room on the disk.
    """
    try:
        commit = _commit(repo, revision, patience)
        kept = KeptModels(repo, revision)
        source = f"{repo} at {revision} ({commit[:8]})"
        if os.path.lexists(kept.at(commit)):
            try:
                bundle = open_bundle(kept.at(commit), source)
            except UserError:  # damaged on this disk: it is fetched anew
                kept.remove(kept.at(commit))
            else:
                kept.renew(commit)
                return bundle
        with kept.fresh() as part:
            # with a cache of its own: from its usual one the client takes what is there, unlooked at
            snapshot_download(
                repo, revision=commit, local_dir=part, cache_dir=part / NOTES, allow_patterns=list(DOWNLOADED)
            )
            try_out(open_bundle(part, source))
            return open_bundle(kept.keep(part, commit), source)
    except UserError:
        raise
    except Exception as error:  # the client raises whatever the answers lead it to
        raise UserError(refusal(error, repo, revision)) from None


def last_good(repo: str, revision: str) -> Bundle:
    """Return the last bundle of a repo and revision that was good here, or that somebody put in the client's cache.

    Raises
    ------
    UserError
        in words: there is none, or it is damaged.
    """
    kept: list[Path] = []
    others: list[Path] = []
    with suppress(OSError, ValueError):
        kept = KeptModels(repo, revision).newest_first()
        cached = try_to_load_from_cache(repo, "contract.json", revision=revision)
        others = [Path(cached).parent] if isinstance(cached, str) else []
    damage = "none was fetched here before"
    for folder in (*kept, *others):
        try:
            bundle = open_bundle(folder, f"{repo} at {revision} ({folder.name[:8]}, the last good copy)")
            if folder in others:
                try_out(bundle)
        except UserError as error:
            damage = str(error)
        else:
            return bundle
    raise UserError(damage)


def own_copy(bundle: Bundle) -> Bundle:
    """Return a bundle that is in a folder of this process: what happens to its files later does not reach the app.

    Samples, further networks and what the browser computes with are read while the app runs.
    """
    try:
        ours = scratch()
        target = Path(ours.name) / bundle.folder.name
        for path in bundle.folder.rglob("*"):
            name = path.relative_to(bundle.folder).as_posix()
            if any(fnmatch(name, pattern) for pattern in DOWNLOADED):
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target / name)
    except OSError:  # no room: the files are read where they are
        return bundle
    copied = open_bundle(target, bundle.source)
    _copies.append(ours)
    return copied


def _commit(repo: str, revision: str, patience: float) -> str:
    """Ask which commit a revision is; once more after a short wait that the Hub asks for, or a broken connection."""

    def ask() -> str | None:
        return HfApi().model_info(repo, revision=revision, timeout=ASK_SECONDS).sha

    try:
        commit = ask()
    except HfHubHTTPError as error:
        wait = seconds_to_wait(error)
        if error.response.status_code not in (429, 503) or wait is None or wait > patience:
            raise
        time.sleep(wait)
        commit = ask()
    except httpx2.TransportError:
        commit = ask()
    if not COMMIT.fullmatch(commit or ""):
        raise UserError(NOT_IT)
    return str(commit)


def _within(seconds: float, late: str, work: Callable[[], Result]) -> Result:
    """Do something in a thread that the app's start does not wait for longer than `seconds`.

    The client's own time limits do not bound its retries, which can take minutes. What comes later is kept all the
    same, for the next start.
    """
    answer: queue.SimpleQueue[Result | UserError] = queue.SimpleQueue()

    def run() -> None:
        try:
            answer.put(work())
        except UserError as error:
            answer.put(error)
        except Exception as error:  # whatever else goes wrong there, the page must come up
            answer.put(UserError(f"it does not work ({type(error).__name__}: {error})"))

    threading.Thread(target=run, daemon=True).start()
    try:
        result = answer.get(timeout=seconds)
    except queue.Empty:
        raise UserError(f"it did not come within {seconds:g} seconds{late}") from None
    if isinstance(result, UserError):
        raise result
    return result


_copies: list[tempfile.TemporaryDirectory[str]] = []
