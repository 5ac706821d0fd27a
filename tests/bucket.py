"""A small S3 bucket in memory that answers as the public bucket of the Imaging Data Commons does, and fails on request.

It knows ListObjectsV2 (prefix, pages, tokens), GetObject with a range, ETags, and the errors that S3 answers with.
Written to Amazon's documentation: the real bucket was never asked.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.proxies import Quiet, serving

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class Fault:
    """What goes wrong with requests whose path and query match.

    `kind`: 'busy' (503 SlowDown), 'cut' (the connection ends in the middle), 'wrong' (other bytes of the same size),
    'hang' (nothing comes until the gate is open), 'login' (a page in HTML), 'gone' (404), 'circle' (it leads to
    itself), 'endless' (there is always a further page of the listing), or a status, such as '403'.
    """

    pattern: str
    kind: str
    times: int


@dataclass
class LocalBucket:
    """What the bucket holds, and what was asked.

    Attributes
    ----------
    page : the most keys of one answer; S3 has 1,000.
    in_parts : keys whose ETag is not the MD5 of their bytes, as they were uploaded in parts.
    ranges : whether it knows how to answer with a part of an object.
    gate : to be opened for requests that hang.
    """

    objects: dict[str, bytes]
    page: int = 1000
    in_parts: set[str] = field(default_factory=set)
    ranges: bool = True
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    bytes_sent: int = 0
    url: str = ""
    gate: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, pattern: str, kind: str, times: int = 10**9) -> None:
        self.faults.append(Fault(pattern, kind, times))

    def asked(self, pattern: str) -> int:
        return sum(bool(re.search(pattern, line)) for line in self.requests)

    def etag(self, key: str) -> str:
        md5 = hashlib.md5(self.objects[key]).hexdigest()
        return f'"{md5}-2"' if key in self.in_parts else f'"{md5}"'

    def listing(self, query: Mapping[str, list[str]]) -> str:
        prefix, token = query.get("prefix", [""])[0], query.get("continuation-token", [""])[0]
        keys = sorted(key for key in self.objects if key.startswith(prefix))
        start = int(token.removeprefix("token/+=")) if token else 0
        here, more = keys[start : start + self.page], start + self.page < len(keys)
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2024-06-21T00:00:00.000Z</LastModified>"
            f"<ETag>{escape(self.etag(key), {chr(34): '&quot;'})}</ETag><Size>{len(self.objects[key])}</Size>"
            "<StorageClass>INTELLIGENT_TIERING</StorageClass></Contents>"
            for key in here
        )
        following = f"<NextContinuationToken>token/+={start + self.page}</NextContinuationToken>" if more else ""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="{NAMESPACE}"><Name>idc-open-data</Name>'
            f"<Prefix>{escape(prefix)}</Prefix>{following}<KeyCount>{len(here)}</KeyCount><MaxKeys>{self.page}</MaxKeys>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{contents}</ListBucketResult>"
        )

    def fault(self, path: str, *, but: str = "") -> str:
        with self.lock:
            for fault in self.faults:
                if fault.times and fault.kind != but and re.search(fault.pattern, path):
                    fault.times -= 1
                    return fault.kind
        return ""


def error(code: str, message: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    ).encode()


class Answers(Quiet):
    """What the bucket answers to one connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # header and body in one packet, or each answer takes 40 ms
    bucket: LocalBucket

    def handle_any(self) -> None:
        bucket, url = self.bucket, urlsplit(self.path)
        key, span = unquote(url.path).removeprefix("/"), self.headers.get("Range", "")
        bucket.requests.append(f"{self.path} {span}".strip())
        kind = bucket.fault(self.path)
        if kind == "hang":
            bucket.gate.wait()
            kind = bucket.fault(self.path, but="hang")
        if kind == "busy":
            self.send(503, error("SlowDown", "Please reduce your request rate."))
        elif kind.isdigit():
            self.send(int(kind), error("Failed", "It does not work."))
        elif kind == "circle":
            self.send(302, b"", {"Location": self.path})
        elif kind == "endless":
            bucket.page = 1
            self.send(200, bucket.listing(parse_qs(url.query) | {"continuation-token": ["token/+=0"]}).encode())
        elif kind == "login":
            self.send(200, b"<!DOCTYPE html><html><body>Please log in.</body></html>", {"Content-Type": "text/html"})
        elif not key:
            self.send(200, bucket.listing(parse_qs(url.query)).encode(), cut=kind == "cut")
        elif key not in bucket.objects or kind == "gone":
            self.send(404, error("NoSuchKey", "The specified key does not exist."))
        else:
            self.send_object(key, span if bucket.ranges else "", kind)

    def send_object(self, key: str, span: str, kind: str) -> None:
        data = self.bucket.objects[key]
        if kind == "wrong":
            data = data[:-1] + bytes([data[-1] ^ 1])
        headers = {"ETag": self.bucket.etag(key), "Accept-Ranges": "bytes", "Content-Type": "application/dicom"}
        if found := re.fullmatch(r"bytes=(\d+)-(\d+)", span):
            first, last = int(found[1]), min(int(found[2]), len(data) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            self.send(206, data[first : last + 1], headers, cut=kind == "cut")
        else:
            self.send(200, data, headers, cut=kind == "cut")

    def send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None, *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/xml", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        sent = body[: len(body) // 2] if cut else body
        self.wfile.write(sent)
        self.wfile.flush()
        self.bucket.bytes_sent += len(sent)
        self.close_connection = self.close_connection or cut


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass  # whoever asked has gone


@contextmanager
def local_bucket(objects: Mapping[str, bytes]) -> Iterator[LocalBucket]:
    """Serve a bucket."""
    bucket = LocalBucket(dict(objects))
    with serving(Server(("127.0.0.1", 0), type("AnswersOfOne", (Answers,), {"bucket": bucket}))) as url:
        bucket.url = url
        try:
            yield bucket
        finally:
            bucket.gate.set()
