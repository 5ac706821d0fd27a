"""Take a bundle from a folder, or pull it from the Hub within bounded time; or say why the one in the repo is served.

All files come from one commit. Its SHA is resolved first, because a cached file cannot be found again
once another file of the repo has moved on.
"""

import queue
import threading
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx2
from huggingface_hub import HfApi, hf_hub_download, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from space.answer import Responder
from space.errors import UserError
from space.model.bundle import BUNDLED, DOWNLOADED, Bundle, is_bundle, open_bundle
from space.model.trial import try_out

ASK_SECONDS = 4.0  # for the one question which commit a revision is
UNREACHABLE = (httpx2.HTTPError, OfflineModeIsEnabled, OSError)


class Choice(NamedTuple):
    """The model to serve, and why it is not the one asked for (empty if it is)."""

    responder: Responder
    problem: str


def choose_model(repo: str, revision: str, seconds: float) -> Choice:
    """Return the model of a folder or a Hub repo, or the bundled one if that cannot be had in time or does not work.

    Parameters
    ----------
    repo : the folder of a bundle, or 'owner/name'; empty for the bundled one.
    revision : of a repo.
    """
    problem = ""
    if repo and is_bundle(Path(repo)):
        try:
            return Choice(_tried(open_bundle(Path(repo), "from a folder")), "")
        except UserError as error:
            problem = f"The model in the folder {Path(repo).name} is not served: {error}."
    elif repo:
        try:
            return Choice(_tried(_within(seconds, repo, revision)), "")
        except UserError as error:
            problem = f"The model {repo} at {revision} is not served: {error}."
    return Choice(Responder(open_bundle(BUNDLED, "bundled with this app")), problem)


def pull_bundle(repo: str, revision: str) -> Bundle:
    """Download and verify a bundle; the Hub unreachable, the last one pulled at this revision is used.

    Raises
    ------
    UserError
        in words: no such repo or revision, no access, not reachable and not cached, altered, incomplete.
    """
    try:
        commit = HfApi().model_info(repo, revision=revision, timeout=ASK_SECONDS).sha
    except UNREACHABLE as error:
        reason = _refusal(error, repo, revision)
        if reason:
            raise UserError(reason) from None
        return _cached_bundle(repo, revision)
    except HFValidationError:
        raise UserError(
            f"'{repo}' is not the name of a model on the Hub: it must be owner/name, or the folder of a bundle"
        ) from None
    try:
        folder = Path(snapshot_download(repo, revision=commit, allow_patterns=list(DOWNLOADED)))
        bundle = open_bundle(folder, f"{repo} at {revision} ({str(commit)[:8]})")
    except UNREACHABLE as error:
        raise UserError(_refusal(error, repo, revision) or f"its download failed ({type(error).__name__})") from None
    with suppress(*UNREACHABLE):  # a bookmark: it lets the cache answer for this revision when the Hub cannot
        hf_hub_download(repo, "contract.json", revision=revision, etag_timeout=ASK_SECONDS)
    return bundle


def _cached_bundle(repo: str, revision: str) -> Bundle:
    found = try_to_load_from_cache(repo, "contract.json", revision=revision)
    if not isinstance(found, str):
        raise UserError("the Hub cannot be reached, and no copy of the model is in the cache")
    folder = Path(found).parent
    return open_bundle(folder, f"{repo} at {revision} ({folder.name[:8]}, cached: the Hub cannot be reached)")


def _refusal(error: Exception, repo: str, revision: str) -> str:
    """Return what the Hub objects to, or nothing if it did not answer as a Hub does."""
    if isinstance(error, GatedRepoError):
        return "access to it is restricted: accept its terms on its page and set HF_TOKEN"
    if isinstance(error, RepositoryNotFoundError):
        return f"the Hub has no model {repo}, or it is private and HF_TOKEN holds no token that may read it"
    if isinstance(error, RevisionNotFoundError):
        return f"it has no revision '{revision}'"
    if isinstance(error, HfHubHTTPError) and error.response.status_code == 401:
        return "the Hub refuses the token in HF_TOKEN"
    if isinstance(error, HfHubHTTPError) and error.response.status_code < 500:
        return f"the Hub refuses the request (status {error.response.status_code})"
    return ""


def _within(seconds: float, repo: str, revision: str) -> Bundle:
    """Pull the model in a thread that the app's start does not wait for longer than `seconds`.

    The client's own time limits do not bound its retries, which can take minutes.
    """
    answer: queue.SimpleQueue[Bundle | UserError] = queue.SimpleQueue()

    def pull() -> None:
        try:
            answer.put(pull_bundle(repo, revision))
        except UserError as error:
            answer.put(error)
        except Exception as error:  # whatever else goes wrong there, the page must come up
            answer.put(UserError(f"it does not work ({type(error).__name__}: {error})"))

    threading.Thread(target=pull, daemon=True).start()
    try:
        result = answer.get(timeout=seconds)
    except queue.Empty:
        raise UserError(
            f"the Hub did not deliver it within {seconds:g} seconds; restart the app to try again"
        ) from None
    if isinstance(result, UserError):
        raise result
    return result


def _tried(bundle: Bundle) -> Responder:
    """Return a model that works: hashes do not say that, nor what a stranger's network may want."""
    try_out(bundle)
    return Responder(bundle)
