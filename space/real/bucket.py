"""A public bucket that speaks S3: list a folder, read the start of an object, fetch one whole and check it.

References
----------
Amazon S3 API: ListObjectsV2 (pages of at most 1,000 keys), GetObject (Range; the ETag of an object that was uploaded in
one part, encrypted with S3's own keys or not at all, is its MD5), error responses (503 SlowDown is to be tried again).
"""

import hashlib
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self, TypeVar
from xml.etree import ElementTree

import httpx2

from space.disk import is_full
from space.errors import UserError

Result = TypeVar("Result")

TRIES = 4
PAUSE = 0.5  # seconds before the second try; doubled before each further one
TIMEOUT = httpx2.Timeout(30, connect=5)
LARGEST_ANSWER = 8 << 20  # bytes of a page of a listing: 1,000 keys take 0.4 MB
PIECE = 1 << 16
IN_ONE_PART = re.compile(r'^"?([0-9a-f]{32})"?$')
UNREACHABLE = (
    "The Imaging Data Commons cannot be reached from this computer: please check its connection to the internet (or "
    "its proxy) and try again. The examples and your own files work without it."
)
NOT_IT = (
    "Something else answers in place of the Imaging Data Commons, such as a network's login page: please log in to "
    "the network, or check the setting IDC_BUCKET, and try again."
)
REFUSED = (
    "The Imaging Data Commons refuses to give this case: please choose another one, and tell whoever runs the app, who "
    "can check the setting IDC_BUCKET."
)
BUSY = "The Imaging Data Commons is too busy at this moment: please try again in a few minutes."
MISSING = "The Imaging Data Commons does not have this case any more: please choose another one."
DAMAGED = "What the Imaging Data Commons sent is not what it lists: please try again, or choose another case."
NO_ROOM = "There is no room for the case on this computer's disk: please free some space and try again."
NO_FOLDER = "The case cannot be kept on this computer: the folder that HF_HOME names cannot be written to."


class Cancelled(Exception):  # noqa: N818  (nothing went wrong)
    """Nobody waits for the download any more."""


class Stored(NamedTuple):
    """An object of the bucket, as the listing has it."""

    key: str
    size: int
    md5: str | None
    """None if the listing does not say it."""


class Again(Exception):  # noqa: N818  (it is caught here)
    """A request failed in a way that can be over the next time."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence


class Bucket:
    """Asks one bucket, from several threads; each request is tried a few times.

    Parameters
    ----------
    address : of the bucket; objects lie below it.
    stop : ends waiting and fetching when it is set.
    """

    def __init__(self, address: str, stop: threading.Event) -> None:
        self._address = address
        self._stop = stop
        self._client = httpx2.Client(timeout=TIMEOUT, headers={"Accept-Encoding": "identity"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def folder(self, name: str) -> list[Stored]:
        """Return the objects in a folder, by their keys.

        Raises
        ------
        UserError
            if the bucket cannot be reached, or answers with something that is no listing of this folder.
        """
        found: list[Stored] = []
        token: str | None = None
        while True:
            query = {"list-type": "2", "prefix": f"{name}/"} | ({"continuation-token": token} if token else {})
            objects, token = self._again(lambda query=query: _page(self._small("", query, {})))  # type: ignore[misc]
            if any(not re.fullmatch(rf"{re.escape(name)}/[\w.-]+", stored.key) for stored in objects):
                raise UserError(NOT_IT)
            in_order = not objects or not found or objects[0].key > found[-1].key
            if not in_order or (token and not objects):  # it leads in a circle
                raise UserError(NOT_IT)
            found += objects
            if not token:
                return sorted(found)

    def start(self, stored: Stored, count: int) -> bytes:
        """Return the first bytes of an object, at most `count`."""
        end = min(count, stored.size) - 1
        return self._again(lambda: self._small(stored.key, {}, {"Range": f"bytes=0-{end}"}))[: end + 1]

    def fetch(self, stored: Stored, target: Path, arrived: Callable[[int], None]) -> None:
        """Put an object at `target`, whole and checked, or not at all.

        Parameters
        ----------
        arrived : is told how many bytes have come; a negative number when they have to come once more.
        """
        self._again(lambda: self._whole(stored, target, arrived))

    def _whole(self, stored: Stored, target: Path, arrived: Callable[[int], None]) -> None:
        count, seen = 0, hashlib.md5(usedforsecurity=False)
        try:
            with self._answer(stored.key, {}, {}) as answer, _written(target) as write:
                for piece in answer.iter_bytes(PIECE):
                    self._look()
                    count += len(piece)
                    arrived(len(piece))
                    if count > stored.size:
                        raise Again(DAMAGED)
                    seen.update(piece)
                    write(piece)
                if count != stored.size or stored.md5 not in (None, seen.hexdigest()):
                    raise Again(DAMAGED)
        except BaseException:
            arrived(-count)
            raise

    def _small(self, key: str, query: dict[str, str], headers: dict[str, str]) -> bytes:
        """Return an answer of a few megabytes at most."""
        data = b""
        with self._answer(key, query, headers) as answer:
            for piece in answer.iter_bytes(PIECE):
                self._look()
                data += piece
                if "Range" in headers and answer.status_code == 200 and len(data) >= PIECE:
                    return data  # a server that knows no ranges sends all of it
                if len(data) > LARGEST_ANSWER:
                    raise UserError(NOT_IT)
        return data

    @contextmanager
    def _answer(self, key: str, query: dict[str, str], headers: dict[str, str]) -> Iterator[httpx2.Response]:
        self._look()
        try:
            with self._client.stream("GET", f"{self._address}/{key}", params=query, headers=headers) as answer:
                if answer.status_code in (429, 500, 502, 503, 504):
                    raise Again(BUSY)
                if answer.status_code in (401, 403):
                    raise UserError(REFUSED)
                if answer.status_code == 404:
                    raise UserError(MISSING)
                if answer.status_code not in (200, 206):
                    raise UserError(NOT_IT)
                yield answer
        except httpx2.TransportError as error:  # no route, no name, a time limit, a connection that was cut
            raise Again(UNREACHABLE) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UserError(NOT_IT) from error

    def _again(self, ask: Callable[[], Result]) -> Result:
        for number in range(TRIES):
            try:
                return ask()
            except Again as failure:
                sentence = failure.sentence
            if number + 1 < TRIES and self._stop.wait(PAUSE * 2**number):
                raise Cancelled
        raise UserError(sentence)

    def _look(self) -> None:
        if self._stop.is_set():
            raise Cancelled


def not_kept(error: OSError | ValueError) -> str:
    """Return why something cannot be kept on this computer's disk."""
    return NO_ROOM if is_full(error) else NO_FOLDER


@contextmanager
def _written(target: Path) -> Iterator[Callable[[bytes], object]]:
    """Write a file that is there only when all of it is."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as file:
            try:
                yield file.write
                file.close()
                Path(file.name).replace(target)
            except BaseException:
                file.close()
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise UserError(not_kept(error)) from error


def _page(data: bytes) -> tuple[list[Stored], str | None]:
    """Return the objects of one page of a listing, and what to ask the next one with."""
    try:
        if b"<!" in data:  # a listing declares no entities; a web page declares its type
            raise ValueError
        root = ElementTree.fromstring(data)
        tag = root.tag.partition("}")
        space = tag[0] + tag[1] if tag[1] else ""
        if root.tag != f"{space}ListBucketResult":
            raise ValueError
        objects = [_stored(entry, space) for entry in root.iter(f"{space}Contents")]
        more = root.findtext(f"{space}IsTruncated") == "true"
        token = root.findtext(f"{space}NextContinuationToken") if more else None
        if more and not token:
            raise ValueError
    except (ElementTree.ParseError, ValueError) as error:
        raise UserError(NOT_IT) from error
    return objects, token


def _stored(entry: ElementTree.Element, space: str) -> Stored:
    key, size, etag = (entry.findtext(f"{space}{name}") or "" for name in ("Key", "Size", "ETag"))
    md5 = IN_ONE_PART.match(etag)
    return Stored(key, int(size), md5[1] if md5 else None)
