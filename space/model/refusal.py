"""Why a model could not be fetched from the Hub, in words that follow 'the model is not served: '."""

import errno
import re

import httpx2
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from space.disk import is_full

NOT_REACHED = "the Hub cannot be reached"
NOT_IT = "something else answers in place of the Hub, such as the login page of a network"
NOT_TRUSTED = "the Hub cannot be reached safely: its certificate is not valid here (check the clock, or the proxy)"
NO_ROOM = "the disk of the server is full"
NO_FOLDER = "the folder that HF_HOME names cannot be written to"


def refusal(error: Exception, repo: str, revision: str) -> str:
    """Return what is wrong, whatever it was that the Hub's client raised."""
    if isinstance(error, HFValidationError):
        return f"'{repo}' is not the name of a model on the Hub: it must be owner/name, or the folder of a bundle"
    if isinstance(error, GatedRepoError):
        return "access to it is restricted: accept its terms on its page and set HF_TOKEN"
    if isinstance(error, RepositoryNotFoundError):
        return f"the Hub has no model {repo}, or it is private and HF_TOKEN holds no token that may read it"
    if isinstance(error, RevisionNotFoundError):
        return f"it has no revision '{revision}'"
    if isinstance(error, HfHubHTTPError):
        return _of_status(error)
    if isinstance(error, httpx2.TooManyRedirects | httpx2.DecodingError | httpx2.InvalidURL):
        return NOT_IT
    if isinstance(error, httpx2.ConnectError) and "CERTIFICATE" in str(error):
        return NOT_TRUSTED
    if isinstance(error, httpx2.HTTPError):
        return NOT_REACHED
    if isinstance(error, OSError):
        return _of_system(error, repo, revision)
    return NOT_IT  # what came cannot be understood: no JSON, or without what a Hub says


def _of_status(error: HfHubHTTPError) -> str:
    status, wait = error.response.status_code, seconds_to_wait(error)
    if status == 401:
        return "the Hub refuses the token in HF_TOKEN"
    if status == 429:
        time = f"{wait} seconds" if wait is not None else "a while"
        return f"the Hub has had too many requests from here, and asks to wait {time}"
    if status >= 500:
        return f"the Hub is out of order at this moment (status {status})"
    return f"the Hub refuses the request (status {status})"


def _of_system(error: OSError, repo: str, revision: str) -> str:
    if is_full(error):
        return NO_ROOM
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
        return NO_FOLDER
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "the server has too many files open"
    if "Consistency check failed" in str(error):
        return "the Hub sent files of another size than it lists"
    cause = error.__cause__
    return refusal(cause, repo, revision) if isinstance(cause, Exception) else NOT_REACHED


def seconds_to_wait(error: HfHubHTTPError) -> int | None:
    """Return how long the Hub asks to wait, if it says so."""
    headers = error.response.headers
    for said in (headers.get("Retry-After", ""), *re.findall(r"\bt=(\d+)", headers.get("RateLimit", ""))):
        if said.isascii() and said.isdigit():
            return int(said)
    return None
