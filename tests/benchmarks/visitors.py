"""People who use the app at the same time, as its server meets them: what a browser sends, each on a connection."""

import http.client
import json
import math
import re
import secrets
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from space.ui.component import BUNDLE
from space.ui.questions import FAILED

PATIENCE = 120.0
"""Seconds after which somebody gives up."""


class Refused(Exception):  # noqa: N818  (it is no error of the app's)
    """The app said in a sentence why there is no answer."""


@dataclass
class Heard:
    """What came back: how long each answer took, and what was no answer.

    Attributes
    ----------
    seconds : of each answer.
    refused : sentences that came instead of one.
    failed : what else came instead of one.
    lasted : seconds until the last one.
    """

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    lasted: float = 0.0

    def hear(self, act: Callable[[], object]) -> None:
        """Do something that ends with an answer, and note how long that took, or what came instead."""
        start = time.monotonic()
        try:
            act()
        except Refused as sentence:
            self.refused.append(str(sentence))
        except Exception as error:  # whatever it is, it is counted
            self.failed.append(f"{type(error).__name__}: {error}")
        else:
            self.seconds.append(time.monotonic() - start)

    def within(self, share: float) -> float:
        """Return the seconds within which a share of the answers came."""
        return sorted(self.seconds)[int(share * (len(self.seconds) - 1))] if self.seconds else math.nan


class Visitor:
    """Somebody with the page open."""

    def __init__(self, url: str, engine: int, name: str) -> None:
        self._address = urlsplit(url).netloc
        self._engine = engine
        self._name = name
        self._connection = http.client.HTTPConnection(self._address, timeout=PATIENCE)

    def enter(self) -> None:
        """Fetch the page, and what its HTML names."""
        html = self.get("/").decode()
        for address in sorted({urlsplit(found).path for found in re.findall(r'(?:src|href)="(\./[^"]+)"', html)}):
            self.get(address.removeprefix("."))
        self.get(f"/gradio_api/file={BUNDLE}")

    def get(self, path: str) -> bytes:
        """Fetch a file of the page."""
        return self._send("GET", path, b"", "")

    def upload(self, name: str, data: bytes) -> str:
        """Send a file; return where it lies on the server."""
        head = f'--edge\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
        body = head + data + b"\r\n--edge--\r\n"
        return str(json.loads(self._send("POST", "/gradio_api/upload", body, "multipart/form-data; boundary=edge"))[0])

    def ask(self, question: str, **asked: Any) -> dict[str, Any]:
        """Ask one of the page's questions."""
        data = asked | {"ticket": secrets.token_hex(8)}
        body = {"data": data, "component_id": self._engine, "fn_name": question, "session_hash": self._name}
        answer: dict[str, Any] = json.loads(self.send_json("/gradio_api/component_server/", body))
        while "full" in answer:  # as the page does
            time.sleep(min(5.0, answer["full"]["seconds"] / 2))
            answer = json.loads(self.send_json("/gradio_api/component_server/", body))
        if "refused" in answer or "question" in answer:
            raise sentence(answer.get("refused") or answer["question"]["text"])
        return answer

    def open(self, piece: dict[str, Any], mask: dict[str, Any] | None = None) -> dict[str, Any]:
        """Open a slice: by its upload, or an example by its name."""
        return self.ask("open_case", slice=piece, mask=mask, files=[], **FRESH)

    def look(self, piece: dict[str, Any], level: str) -> dict[str, Any]:
        """Look at a level of the network."""
        return self.ask("look_inside", slice=piece, mask=None, network="", level=level, cut=[], **FRESH)

    def segment(self, path: str) -> None:
        """Segment an upload through the API, and fetch the three pictures."""
        given = [{"path": path, "meta": {"_type": "gradio.FileData"}}, None, 0.5, "auto", None, None, None, 0]
        event = json.loads(self.send_json("/gradio_api/call/segment", {"data": given}))["event_id"]
        told = self.get(f"/gradio_api/call/segment/{event}").decode()
        if "event: error" in told:
            raise sentence((json.loads(told.rsplit("data: ", 1)[1]) or {}).get("error", ""))
        assert "event: complete" in told, told[-300:]
        for picture in json.loads(told.split("event: complete\ndata: ", 1)[1])[:3]:
            assert self.get(urlsplit(picture["url"]).path)[:4] == b"\x89PNG", "a picture was cut off"

    def send_json(self, path: str, body: object) -> bytes:
        """Send something as JSON; return what comes back."""
        return self._send("POST", path, json.dumps(body).encode(), "application/json")

    def _send(self, method: str, path: str, body: bytes, kind: str) -> bytes:
        headers = {"Content-Type": kind} if kind else {}
        try:
            self._connection.request(method, path, body or None, headers)
            answer = self._connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # it is opened anew with the next request
            raise
        if answer.status in (400, 413, 507):
            raise sentence(data.decode())
        assert answer.status == 200, f"status {answer.status}: {data[:200]!r}"
        return data


def sentence(text: str) -> Exception:
    """Return what the app said; an error if that is none of its sentences, or the one for what nobody foresaw."""
    plain = re.fullmatch(r"[^<>{}]{10,500}[.?]", text)
    return Refused(text) if plain and text != FAILED else AssertionError(f"no sentence: {text!r}")


FRESH: dict[str, Any] = {"values": "auto", "label": None, "order": None, "place": None, "turn": 0}


def anew(pixels: np.ndarray) -> Iterator[bytes]:
    """Return a picture again and again as a PNG, each with other pixels in its corner: the same work, and a new slice.

    Parameters
    ----------
    pixels : uint8 [h, w]
    """
    height, width = pixels.shape
    rows = np.pad(pixels, ((0, 0), (1, 0)))  # before each row a 0: it is stored as it is
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    for number in count():
        rows[0, 1:5] = np.frombuffer(struct.pack(">I", number), np.uint8)
        body = _chunk(b"IDAT", zlib.compress(rows.tobytes(), 0))  # packing would take the time of the machine's cores
        yield b"\x89PNG\r\n\x1a\n" + header + body + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def at_once(users: int, seconds: float, visit: Callable[[int, Heard], Iterator[None]]) -> Heard:
    """Have users do something again and again for a while, each as soon as his last answer is there.

    Parameters
    ----------
    visit : what a user, by number, does: each step ends with an answer, which `Heard.hear` notes.
    """
    heard, start = Heard(), time.monotonic()

    def use(number: int) -> None:
        for _ in visit(number, heard):
            if time.monotonic() - start > seconds:
                break

    with ThreadPoolExecutor(users) as people:
        list(people.map(use, range(users)))
    heard.lasted = time.monotonic() - start
    return heard
