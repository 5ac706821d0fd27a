"""What the local Hub keeps: repositories, commits, files, and the JSON that describes them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import yaml

LFS_ENDINGS = ("bin", "gz", "h5", "npy", "npz", "onnx", "pkl", "safetensors", "zip")
LFS_RULES = [f"*.{ending} filter=lfs diff=lfs merge=lfs -text\n" for ending in LFS_ENDINGS]
GITATTRIBUTES = "".join(LFS_RULES).encode()
FRONT_MATTER = re.compile(r"\s*---\r?\n(.*?)\r?\n---[ \t]*(\r?\n|$)", re.S)
SPACE_SDKS = ("gradio", "docker", "static")
SPACE_COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")


class HubError(Exception):
    """An answer other than success. The client picks its exception class by ``code``."""

    def __init__(self, status: int, code: str | None, message: str, headers: dict[str, str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def now() -> str:
    """Return the time as the Hub writes it, in the one format that the client parses."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def git_oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class Blob:
    """One file's content.

    The hashes are those of the bytes it was made with: a test that alters ``data`` leaves them as
    they were, and every commit that holds this blob then serves the altered bytes.

    Attributes
    ----------
    data
        The bytes served.
    sha256
        Set for a file kept in large-file storage.
    oid
        The git hash, of the file or of its LFS pointer.
    """

    data: bytes
    sha256: str | None = None
    oid: str = field(init=False)

    def __post_init__(self) -> None:
        self.oid = git_oid(self.pointer if self.sha256 else self.data)

    @property
    def pointer(self) -> bytes:
        head = "version https://git-lfs.github.com/spec/v1"
        return f"{head}\noid sha256:{self.sha256}\nsize {len(self.data)}\n".encode()

    @property
    def etag(self) -> str:
        return self.sha256 or self.oid

    @property
    def lfs(self) -> dict[str, Any]:
        """What a listing adds about a file in LFS storage: nothing for any other file."""
        if self.sha256 is None:
            return {}
        size = {"size": len(self.data), "pointerSize": len(self.pointer)}
        # The Hub names the hash "oid" in a tree and "sha256" in a repository's info.
        return {"lfs": {"oid": self.sha256, "sha256": self.sha256, **size}}

    def entry(self, path: str) -> dict[str, Any]:
        return {"type": "file", "oid": self.oid, "size": len(self.data), "path": path, **self.lfs}


@dataclass(frozen=True)
class Commit:
    """A commit: all files of the repository at that point."""

    oid: str
    title: str
    message: str
    author: str
    date: str
    parent: Commit | None
    files: dict[str, Blob]

    def history(self) -> Iterator[Commit]:
        commit: Commit | None = self
        while commit:
            yield commit
            commit = commit.parent

    def card(self) -> dict[str, Any]:
        """Return the metadata at the head of README.md, dates as text."""
        readme = self.files.get("README.md", Blob(b"")).data.decode()
        found = FRONT_MATTER.match(readme)
        return json.loads(json.dumps(yaml.safe_load(found[1]) or {}, default=str)) if found else {}

    def tree(self, folder: str, recursive: bool) -> list[dict[str, Any]]:
        """List files and folders, of ``folder`` alone or of everything below it."""
        rows: dict[str, dict[str, Any]] = {}
        prefix = folder.strip("/") + "/" if folder else ""
        for path, blob in sorted(self.files.items()):
            if not path.startswith(prefix):
                continue
            inner = path.removeprefix(prefix).split("/")
            for depth in range(1, len(inner) if recursive else min(len(inner), 2)):
                sub = prefix + "/".join(inner[:depth])
                oid = git_oid(sub.encode())
                rows[sub] = {"type": "directory", "oid": oid, "size": 0, "path": sub}
            if recursive or len(inner) == 1:
                rows[path] = blob.entry(path)
        if folder and not rows:
            raise HubError(404, "EntryNotFound", f'"{folder}" does not exist on "{self.oid}"')
        return list(rows.values())


@dataclass
class Repo:
    """A model or Space repository."""

    kind: str
    id: str
    private: bool = False
    gated: bool = False
    sdk: str | None = None
    variables: dict[str, dict[str, str]] = field(default_factory=dict)
    branches: dict[str, Commit] = field(default_factory=dict)
    tags: dict[str, Commit] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    created: str = field(default_factory=now)

    @property
    def owner(self) -> str:
        return self.id.split("/")[0]

    def resolve(self, revision: str) -> Commit:
        """Find the commit that a branch, tag or full hash names."""
        for table in (self.branches, self.tags, self.commits):
            if revision in table:
                return table[revision]
        raise HubError(404, "RevisionNotFound", f"Invalid rev id: {revision}")

    def commit(self, branch: str, title: str, message: str, author: str, files: dict[str, Blob]) -> Commit:
        parent, date = self.branches.get(branch), now()
        content = sorted((path, blob.oid) for path, blob in files.items())
        # The count keeps two equal commits within one tick of the clock apart.
        seed = [self.id, parent and parent.oid, title, date, len(self.commits), content]
        oid = hashlib.sha1(json.dumps(seed).encode()).hexdigest()
        new = Commit(oid, title, message, author, date, parent, files)
        self.branches[branch] = self.commits[oid] = new
        return new

    def refs(self) -> dict[str, list[dict[str, str]]]:
        def rows(place: str, table: dict[str, Commit]) -> list[dict[str, str]]:
            return [
                {"name": name, "ref": f"refs/{place}/{name}", "targetCommit": commit.oid}
                for name, commit in table.items()
            ]

        heads, tags = rows("heads", self.branches), rows("tags", self.tags)
        return {"branches": heads, "tags": tags, "converts": []}

    def info(self, commit: Commit, files_metadata: bool) -> dict[str, Any]:
        """Describe the repository at ``commit``."""
        card, siblings = commit.card(), []
        for path, blob in sorted(commit.files.items()):
            row: dict[str, Any] = {"rfilename": path}
            if files_metadata:
                row |= {"size": len(blob.data), "blobId": blob.oid, **blob.lfs}
            siblings.append(row)
        tags = [card[key] for key in ("library_name", "pipeline_tag") if key in card]
        tags += card.get("tags") or []
        tags += [f"license:{card['license']}"] if "license" in card else []
        info = {
            "id": self.id,
            "author": self.owner,
            "sha": commit.oid,
            "private": self.private,
            "gated": "auto" if self.gated else False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": tags,
            "lastModified": commit.date,
            "createdAt": self.created,
            "cardData": card,
            "siblings": siblings,
        }
        if self.kind == "model":
            info |= {key: card.get(key) for key in ("library_name", "pipeline_tag", "model-index")}
        else:
            info |= {"sdk": card.get("sdk", self.sdk), "models": card.get("models") or []}
        return info


def card_errors(kind: str, text: str) -> list[str]:
    """Say what the Hub would refuse in a README.md's metadata: some of its rules, not all."""
    found = FRONT_MATTER.match(text)
    try:
        card = yaml.safe_load(found[1]) or {} if found else {}
    except yaml.YAMLError as error:
        return [f"YAML Metadata Error: {error}"]
    if not isinstance(card, dict):
        return ["metadata must be a mapping"]
    errors = []
    if not isinstance(card.get("license", ""), str | list):
        errors.append('"license" must be a string')
    if not all(result.get("name") for result in card.get("model-index") or []):
        errors.append('"model-index[0].name" is required')
    if kind == "space" and found:
        if card.get("sdk") not in SPACE_SDKS:
            errors.append(f'"sdk" must be one of {", ".join(SPACE_SDKS)}')
        errors += [
            f'"{key}" must be one of {", ".join(SPACE_COLORS)}'
            for key in ("colorFrom", "colorTo")
            if card.get(key, SPACE_COLORS[0]) not in SPACE_COLORS
        ]
        if len(card.get("short_description", "")) > 60:
            errors.append('"short_description" must be at most 60 characters')
    return errors
