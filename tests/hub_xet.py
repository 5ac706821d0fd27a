"""The local Hub with Xet storage, the client's default way for large files.

The storage is hf_xet's own, inside the client's process, on a folder: ``local://`` as its address,
which hf_xet has for its own tests and does not document (it works with 1.8.0). The Hub keeps no
bytes of such files, so what a client gets back has come through Xet. A commit names files by
sha256 alone: the Hub reads from the shards that the client left which Xet hash each file has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.hub import LocalHub
from tests.hub_routes import KINDS
from tests.hub_store import Blob, Repo

BLOCK = 48  # bytes: a shard is a row of blocks of this size
WITH_VERIFICATION, WITH_METADATA = 1 << 31, 1 << 30  # flags of a file's first block


def number(block: bytes, at: int) -> int:
    return int.from_bytes(block[at : at + 4], "little")


def hash_text(block: bytes) -> str:
    """Write a hash as hf_xet does: four little-endian 64-bit words in hexadecimal."""
    return "".join(f"{int.from_bytes(block[i : i + 8], 'little'):016x}" for i in range(0, 32, 8))


def files_of_shard(shard: bytes) -> Iterator[tuple[str, str, int]]:
    """Yield (sha256, Xet hash, size) of each file that a shard describes."""
    blocks = [shard[at : at + BLOCK] for at in range(0, len(shard), BLOCK)]
    at = 1  # after the shard's header
    while not blocks[at].startswith(b"\xff" * 32):  # the bookend of the list of files
        file, flags, terms = blocks[at], number(blocks[at], 32), number(blocks[at], 36)
        size = sum(number(term, 36) for term in blocks[at + 1 : at + 1 + terms])
        at += 1 + terms * (2 if flags & WITH_VERIFICATION else 1)
        if flags & WITH_METADATA:
            yield hash_text(blocks[at]), hash_text(file), size
            at += 1


class XetHub(LocalHub):
    """A `LocalHub` whose large files are in ``store``, an empty folder on this machine."""

    def __init__(self, tokens: Mapping[str, str], store: Path):
        super().__init__(tokens)
        self.store = store
        self.xet_hashes: dict[str, str] = {}

    def route(self, request: Request, parts: list[str], body: bytes) -> Response:
        match parts:
            case ["api", kinds, owner, name, "xet-read-token" | "xet-write-token" as token, _]:
                write = token == "xet-write-token"
                self._find(request, KINDS[kinds], f"{owner}/{name}", write=write)
                address, expiry = f"local://{self.store}", int(time.time()) + 3600
                headers = {
                    "X-Xet-Cas-Url": address,
                    "X-Xet-Access-Token": "xet",
                    "X-Xet-Token-Expiration": str(expiry),
                }
                # huggingface_hub reads the headers, hf_xet the body: without it, it hangs.
                answer = {"accessToken": "xet", "exp": expiry, "casUrl": address}
                return JSONResponse(answer, headers=headers)
        return super().route(request, parts, body)

    def _commit(self, request: Request, repo: Repo, branch: str, lines: list[dict[str, Any]]) -> Response:
        wanted = {line["value"]["oid"] for line in lines if line["key"] == "lfsFile"}
        for shard in self.store.glob("xet/xorbs/shards/*.mdb"):
            for sha256, xet_hash, size in files_of_shard(shard.read_bytes()):
                if sha256 in wanted:
                    # The client fetches the bytes from the store: no other process may open it.
                    self.lfs[sha256] = Blob(bytes(size), sha256)
                    self.xet_hashes[sha256] = xet_hash
        return super()._commit(request, repo, branch, lines)

    def _resolve(self, request: Request, repo: Repo, revision: str, path: str) -> Response:
        response = super()._resolve(request, repo, revision, path)
        commit = repo.resolve(revision)
        xet_hash = self.xet_hashes.get(commit.files[path].sha256 or "")
        if xet_hash:
            response.headers["X-Xet-Hash"] = xet_hash
            response.headers["X-Xet-Refresh-Route"] = (
                f"{self.url}/api/{repo.kind}s/{repo.id}/xet-read-token/{commit.oid}"
            )
        return response
