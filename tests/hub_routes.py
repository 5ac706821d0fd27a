"""The local Hub's answers: one method an endpoint, over what `tests.hub_store` keeps."""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from tests.hub_store import GITATTRIBUTES, Blob, HubError, Repo, card_errors, now

KINDS = {"models": "model", "spaces": "space"}
REGULAR_FILE_LIMIT = 10 * 2**20  # bytes; the Hub keeps larger text files in LFS too


class HubRoutes:
    """What is stored, and the answer to each request.

    Attributes
    ----------
    url, cdn_url
        This Hub, and the origin it redirects to for large files.
    tokens
        The user that each token belongs to.
    read_only
        Those of the tokens that may not write.
    cdn_saw_token
        Whether a token reached ``cdn_url``: the client must not send it there.
    """

    url = cdn_url = ""  # the server knows them

    def __init__(self, tokens: Mapping[str, str], read_only: Sequence[str]):
        self.tokens, self.read_only = dict(tokens), set(read_only)
        self.repos: dict[tuple[str, str], Repo] = {}
        self.lfs: dict[str, Blob] = {}
        self.cdn_saw_token = False

    def route(self, request: Request, parts: list[str], body: bytes) -> Response:  # noqa: C901 (a table, not a maze)
        verb = "GET" if request.method == "HEAD" else request.method
        match [verb, *parts]:
            case ["GET", "api", "whoami-v2"]:
                return self._whoami(request)
            case ["POST", "api", "validate-yaml"]:
                ask = json.loads(body)
                errors = card_errors(ask.get("repoType") or "model", ask["content"])
                answer = {"warnings": [], "errors": [{"message": error} for error in errors]}
                return JSONResponse(answer, 400 if errors else 200)
            case ["POST", "api", "repos", "create"]:
                return self._create(request, json.loads(body))
            case ["PUT", "lfs-storage", sha256]:
                if hashlib.sha256(body).hexdigest() != sha256:
                    raise HubError(400, None, "the bytes have another sha256")
                self.lfs[sha256] = Blob(body, sha256)
                return Response()
            case ["GET", "lfs-storage", sha256]:
                self.cdn_saw_token |= "authorization" in request.headers
                return Response(self.lfs[sha256].data, headers={"ETag": f'"{sha256}"'})
            case ["POST", "lfs-verify"]:
                ask = json.loads(body)
                if ask["oid"] not in self.lfs or len(self.lfs[ask["oid"]].data) != ask["size"]:
                    raise HubError(400, None, "the object is missing or of another size")
                return JSONResponse({})
            case ["POST", *prefix, owner, git, "info", "lfs", "objects", "batch"]:
                kind = KINDS[prefix[0]] if prefix else "model"
                self._find(request, kind, f"{owner}/{git.removesuffix('.git')}", write=True)
                return self._lfs_batch(json.loads(body))
            case ["GET", "api", kinds, owner, name, *rest] if kinds in KINDS:
                repo = self._find(request, KINDS[kinds], f"{owner}/{name}")
                return self._read(request, repo, rest)
            case ["POST", "api", kinds, owner, name, "paths-info", revision] if kinds in KINDS:
                files = self._find(request, KINDS[kinds], f"{owner}/{name}").resolve(revision).files
                paths = parse_qs(body.decode()).get("paths", [])
                return JSONResponse([files[p].entry(p) for p in paths if p in files])
            case [_, "api", kinds, owner, name, *rest] if kinds in KINDS:
                repo = self._find(request, KINDS[kinds], f"{owner}/{name}", write=True)
                return self._write(request, repo, [verb, *rest], body)
            case ["GET", kinds, owner, name, "resolve", revision, *path] if kinds in KINDS:
                repo = self._find(request, KINDS[kinds], f"{owner}/{name}", content=True)
                return self._resolve(request, repo, revision, "/".join(path))
            case ["GET", owner, name, "resolve", revision, *path]:
                repo = self._find(request, "model", f"{owner}/{name}", content=True)
                return self._resolve(request, repo, revision, "/".join(path))
            case ["GET", "api", "models" | "spaces", _] | ["GET", _, "resolve", *_]:
                raise HubError(404, "RepoNotFound", "Repository not found")  # no owner named
        raise HubError(501, None, f"not in the local Hub: {request.method} /{'/'.join(parts)}")

    # -- who may do what --------------------------------------------------------------------------

    def _token(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def _user(self, request: Request) -> str | None:
        token = self._token(request)
        if token and token not in self.tokens:
            raise HubError(401, None, "Invalid credentials in Authorization header")
        return self.tokens.get(token)

    def _known_user(self, request: Request) -> str:
        user = self._user(request)
        if user is None:
            raise HubError(401, None, "Invalid username or password.")
        return user

    def _writer(self, request: Request, owner: str) -> str:
        user = self._known_user(request)
        if user != owner or self._token(request) in self.read_only:
            raise HubError(403, None, f"You don't have the rights to write under the namespace {owner}")
        return user

    def _find(
        self,
        request: Request,
        kind: str,
        repo_id: str,
        *,
        write: bool = False,
        content: bool = False,
    ) -> Repo:
        """Return the repository if the caller may write to it, read its files, or see it."""
        user, repo = self._user(request), self.repos.get((kind, repo_id))
        if repo is None or (repo.private and user != repo.owner):
            if user is None:  # the Hub does not tell an anonymous caller whether it exists
                raise HubError(401, "RepoNotFound", "Invalid username or password.")
            raise HubError(404, "RepoNotFound", "Repository not found")
        if content and repo.gated and user != repo.owner:
            message = f"Access to {kind} {repo_id} is restricted"
            raise HubError(403 if user else 401, "GatedRepo", message)
        if write:
            self._writer(request, repo.owner)
        return repo

    def _whoami(self, request: Request) -> Response:
        user = self._known_user(request)
        role = "read" if self._token(request) in self.read_only else "write"
        token = {"type": "access_token", "accessToken": {"displayName": "local", "role": role}}
        return JSONResponse({"type": "user", "name": user, "orgs": [], "auth": token})

    # -- reading ----------------------------------------------------------------------------------

    def _read(self, request: Request, repo: Repo, rest: list[str]) -> Response:
        ask = request.query_params
        match rest:
            case []:
                return JSONResponse(repo.info(repo.resolve("main"), "blobs" in ask))
            case ["revision", revision]:
                return JSONResponse(repo.info(repo.resolve(revision), "blobs" in ask))
            case ["tree", revision, *folder]:
                recursive = ask.get("recursive", "").lower() == "true"
                return JSONResponse(repo.resolve(revision).tree("/".join(folder), recursive))
            case ["refs"]:
                return JSONResponse(repo.refs())
            case ["variables"] if repo.kind == "space":
                return JSONResponse(repo.variables)
            case ["commits", revision]:
                rows = [
                    {"id": c.oid, "title": c.title, "message": c.message, "date": c.date}
                    | {"authors": [{"user": c.author}]}
                    for c in repo.resolve(revision).history()
                ]
                return JSONResponse(rows)
        raise HubError(501, None, f"not in the local Hub: {'/'.join(rest)}")

    def _resolve(self, request: Request, repo: Repo, revision: str, path: str) -> Response:
        commit = repo.resolve(revision)
        headers = {"X-Repo-Commit": commit.oid}
        if path not in commit.files:
            raise HubError(404, "EntryNotFound", "Entry not found", headers)
        blob = commit.files[path]
        if blob.sha256 is None:
            return Response(blob.data, headers=headers | {"ETag": f'"{blob.oid}"'})
        headers |= {"X-Linked-Size": str(len(blob.data)), "X-Linked-ETag": f'"{blob.sha256}"'}
        return RedirectResponse(f"{self.cdn_url}/lfs-storage/{blob.sha256}", 302, headers)

    # -- writing ----------------------------------------------------------------------------------

    def _page(self, repo: Repo) -> str:
        return f"{self.url}/{'spaces/' if repo.kind == 'space' else ''}{repo.id}"

    def _create(self, request: Request, ask: dict[str, Any]) -> Response:
        owner = ask.get("organization") or self._known_user(request)
        user = self._writer(request, owner)
        repo = Repo(ask.get("type") or "model", f"{owner}/{ask['name']}", sdk=ask.get("sdk"))
        if repo.kind not in KINDS.values():
            raise HubError(501, None, f"not in the local Hub: a {repo.kind} repository")
        answer = {"url": self._page(repo), "name": repo.id}
        if (repo.kind, repo.id) in self.repos:
            error = {"error": f"You already created this {repo.kind} repo"}
            return JSONResponse(answer | error, 409)
        repo.private = ask.get("visibility") == "private"
        repo.commit("main", "initial commit", "", user, {".gitattributes": Blob(GITATTRIBUTES)})
        self.repos[repo.kind, repo.id] = repo
        return JSONResponse(answer)

    def _write(self, request: Request, repo: Repo, call: list[str], body: bytes) -> Response:
        match call:
            case ["POST", "preupload", revision]:
                return self._preupload(repo, revision, json.loads(body))
            case ["POST", "commit", branch]:
                lines = [json.loads(line) for line in body.splitlines() if line]
                return self._commit(request, repo, branch, lines)
            case ["POST", "variables"] if repo.kind == "space":
                ask = json.loads(body)
                repo.variables[ask.pop("key")] = ask | {"updatedAt": now()}
                return JSONResponse(repo.variables)
            case ["DELETE", "variables"] if repo.kind == "space":
                repo.variables.pop(json.loads(body)["key"], None)
                return JSONResponse(repo.variables)
            case ["POST", "branch", name]:
                start = json.loads(body or b"{}").get("startingPoint", "main")
                return self._add_ref(repo.branches, name, repo, start)
            case ["POST", "tag", revision]:
                return self._add_ref(repo.tags, json.loads(body)["tag"], repo, revision)
            case ["DELETE", "branch" | "tag" as action, name]:
                table = repo.branches if action == "branch" else repo.tags
                if table.pop(name, None) is None:
                    raise HubError(404, "RevisionNotFound", f"Reference does not exist: {name}")
                return JSONResponse({})
        raise HubError(501, None, f"not in the local Hub: {' '.join(call)}")

    def _add_ref(self, table: dict, name: str, repo: Repo, revision: str) -> Response:
        if name in table:
            raise HubError(409, None, f"Reference already exists: {name}")
        table[name] = repo.resolve(revision)
        return JSONResponse({})

    def _preupload(self, repo: Repo, revision: str, ask: dict[str, Any]) -> Response:
        """Say which files go to LFS, and the hash of those there: the client skips equal ones."""
        commit, rows = repo.resolve(revision), []
        rules = commit.files.get(".gitattributes", Blob(b"")).data.decode().splitlines()
        patterns = [rule.split()[0] for rule in rules if "filter=lfs" in rule]
        for file in ask["files"]:
            path, size = file["path"], file["size"]
            name = path.rsplit("/", 1)[-1]
            binary = b"\0" in base64.b64decode(file["sample"]) or size > REGULAR_FILE_LIMIT
            lfs = size > 0 and (binary or any(fnmatch.fnmatch(name, p) for p in patterns))
            row = {"path": path, "uploadMode": "lfs" if lfs else "regular", "shouldIgnore": False}
            if path in commit.files:
                row["oid"] = commit.files[path].etag
            rows.append(row)
        return JSONResponse({"files": rows, "commitOid": commit.oid})

    def _lfs_batch(self, ask: dict[str, Any]) -> Response:
        rows = []
        for item in ask["objects"]:
            row = {"oid": item["oid"], "size": item["size"]}
            if item["oid"] not in self.lfs:  # without actions the client does not send it again
                row["actions"] = {
                    "upload": {"href": f"{self.url}/lfs-storage/{item['oid']}"},
                    "verify": {"href": f"{self.url}/lfs-verify"},
                }
            rows.append(row)
        return JSONResponse({"transfer": "basic", "objects": rows})

    def _commit(self, request: Request, repo: Repo, branch: str, lines: list[dict[str, Any]]) -> Response:
        if branch not in repo.branches:
            repo.resolve(branch)  # RevisionNotFound, unless a tag or commit has that name
            raise HubError(400, None, "a commit goes to a branch, not to a tag or a commit")
        head, header = repo.branches[branch], lines[0]["value"]
        if header.get("parentCommit") not in (None, head.oid):
            raise HubError(412, None, "A commit has happened since. Please refresh and try again.")
        files = dict(head.files)
        for line in lines[1:]:
            self._apply(files, line["key"], line["value"])
        user = self._known_user(request)
        new = repo.commit(branch, header["summary"], header.get("description", ""), user, files)
        url = f"{self._page(repo)}/commit/{new.oid}"
        return JSONResponse({"success": True, "commitOid": new.oid, "commitUrl": url})

    def _apply(self, files: dict[str, Blob], key: str, value: dict[str, Any]) -> None:
        """Carry out one line of a commit on ``files``."""
        path = value["path"]
        if key == "file":
            files[path] = Blob(base64.b64decode(value["content"]))
        elif key == "lfsFile":
            if value["oid"] not in self.lfs:
                raise HubError(400, None, f"LFS pointer without a file: {path}")
            files[path] = self.lfs[value["oid"]]
        elif key in ("deletedFile", "deletedFolder"):
            folder = path.rstrip("/") + "/"
            gone = [f for f in files if f == path or f.startswith(folder)]
            if not gone:
                raise HubError(404, "EntryNotFound", "A file with this name doesn't exist")
            for file in gone:
                del files[file]
        else:
            raise HubError(501, None, f"not in the local Hub: {key}")
