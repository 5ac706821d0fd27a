"""To the Hub: a model as one tagged commit, a Space with the files that it needs and no others."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError
from huggingface_hub.hf_api import RepoFile

from space.disk import is_full
from space.errors import UserError
from space.model.bundle import Bundle, sha256
from space.site.place import Place
from space.ui.preview import PICTURE
from trainer.publish.space_card import space_card

ROOT = Path(__file__).parent.parent.parent
SPACE_FILES = ("app.py", "requirements.txt", "README.md", "LICENSE")
SPACE_FOLDERS = ("space", "docs", "course")
VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


def connect(*repos: str) -> HfApi:
    """Return the Hub's client, once it is certain that the token is good for writing to `repos`.

    Asked before a bundle is built: nobody should wait for an evaluation to learn of a wrong token.
    """
    api = HfApi()
    with explained("log in"):
        user = api.whoami()
    if user.get("auth", {}).get("accessToken", {}).get("role") == "read":
        raise UserError("The token may only read: make one with the right to write, and set HF_TOKEN.")
    names = [user["name"], *(organisation["name"] for organisation in user.get("orgs", []))]
    for repo in repos:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
            raise UserError(f"'{repo}' is not the name of a repository: it must be owner/name.")
        if repo.split("/")[0] not in names:
            raise UserError(f"The token may not write to {repo}: the name before the / can be {' or '.join(names)}.")
    return api


def free_version(api: HfApi, repo: str, wanted: str | None) -> str:
    """Return `wanted` if the repo has no such tag yet, or the version after its newest tag."""
    if wanted and not VERSION.fullmatch(wanted):
        raise UserError(f"--version takes three numbers such as 1.0.0, not '{wanted}'.")
    with explained(f"look up {repo}"):
        tags = [tag.name for tag in api.list_repo_refs(repo).tags] if api.repo_exists(repo) else []
    if wanted:
        version = wanted.removeprefix("v")
        if f"v{version}" in tags:
            raise UserError(f"{repo} has a v{version} already: choose another --version, or leave it out.")
        return version
    found = sorted(tuple(map(int, match.groups())) for tag in tags if (match := VERSION.fullmatch(tag)))
    return f"{found[-1][0]}.{found[-1][1] + 1}.0" if found else "1.0.0"


def check_place(api: HfApi, repo: str, kind: str, *, sdk: str | None = None, public: bool) -> None:
    """Refuse a repo that exists and is public without being told, or a Space that shows something of another kind."""
    with explained(f"look up {repo}"):
        if not api.repo_exists(repo, repo_type=kind):
            return
        found = api.repo_info(repo, repo_type=kind)
    if not public and not found.private:
        raise UserError(f"{repo} exists and is public: give --public if it may be, or make it private in its settings.")
    there = getattr(found, "sdk", None)
    if sdk and there not in (None, sdk):
        raise UserError(f"{repo} is a Space of another kind ({there}), which would be lost: choose another name.")


def push_model(api: HfApi, folder: Path, repo: str, version: str, *, public: bool) -> str:
    """Create the repo if need be, commit the folder as its whole content and tag it; return the commit."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    with explained(f"write to {repo}"):
        create(api, repo, "model", public=public)
        commit = _replace_content(api, repo, "model", files, f"Publish v{version}")
        # only what arrived whole is tagged: an app may ask for the tag
        api.create_tag(repo, tag=f"v{version}", revision=commit)
    return commit


def create(api: HfApi, repo: str, kind: str, *, sdk: str | None = None, public: bool) -> None:
    """Create a repo, private unless told otherwise; refuse to fill a public one without being told."""
    api.create_repo(repo, repo_type=kind, space_sdk=sdk, private=not public, exist_ok=True)
    check_place(api, repo, kind, sdk=sdk, public=public)


def push_space(api: HfApi, space: str, bundle: Bundle, repo: str, revision: str, *, public: bool) -> None:
    """Create or update a Space that serves a bundle, which is `repo` at `revision`."""
    files = {name: ROOT / name for name in SPACE_FILES}
    for folder in SPACE_FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                files[path.relative_to(ROOT).as_posix()] = path
    with explained(f"write to the Space {space}"), tempfile.TemporaryDirectory() as temporary:
        create(api, space, "space", sdk="gradio", public=public)
        card = Path(temporary) / "README.md"
        card.write_text(space_card(files["README.md"].read_text("utf-8"), bundle, repo, revision), "utf-8")
        files["README.md"] = card
        _replace_content(api, space, "space", files, f"Serve {repo} at {revision}")
        _point_at(api, space, repo, revision)


def _point_at(api: HfApi, space: str, repo: str, revision: str) -> None:
    """Have a Space serve a model that is there already; between two requests it never names another one.

    Without a MODEL_REPO it serves the model that comes with the app.
    """
    now = {name: variable.value for name, variable in api.get_space_variables(space).items()}
    if now.get("MODEL_REPO") not in (None, repo):
        api.delete_space_variable(space, "MODEL_REPO")
    api.add_space_variable(space, "MODEL_REVISION", revision)
    api.add_space_variable(space, "MODEL_REPO", repo)


def place_of_site(site: str) -> Place:
    """Return where the picture of a static Space will be; under which address it shows its page, the Hub decides."""
    return Place(picture=f"https://huggingface.co/spaces/{site}/resolve/main/{PICTURE}")


def push_site(api: HfApi, site: str, folder: Path, repo: str, revision: str, *, public: bool) -> None:
    """Create or update a static Space with a site that was written into a folder, of `repo` at `revision`."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    with explained(f"write to the Space {site}"):
        create(api, site, "space", sdk="static", public=public)
        _replace_content(api, site, "space", files, f"Show {repo} at {revision}")


def _check_content(api: HfApi, repo: str, kind: str, commit: str, files: dict[str, Path]) -> None:
    """Compare what a repo holds at a commit with what was sent: an app or a page without one of its files is none."""
    there = {
        entry.path: entry.lfs.sha256 if entry.lfs else entry.blob_id
        for entry in api.list_repo_tree(repo, recursive=True, revision=commit, repo_type=kind)
        if isinstance(entry, RepoFile)
    }
    wrong = [name for name, path in files.items() if there.get(name) not in (sha256(path), _git_hash(path))]
    if wrong:
        raise UserError(f"{repo} does not hold what was sent: {', '.join(sorted(wrong))}. Publish it again.")


def _git_hash(path: Path) -> str:
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _replace_content(api: HfApi, repo: str, kind: str, files: dict[str, Path], message: str) -> str:
    """Commit `files` as the whole content of a repo, and see whether it arrived.

    One call: `upload_folder` may make several commits.
    """
    stale = set(api.list_repo_files(repo, repo_type=kind)) - set(files) - {".gitattributes"}
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        *(CommitOperationAdd(name, str(path)) for name, path in sorted(files.items())),
        *(CommitOperationDelete(name) for name in sorted(stale)),
    ]
    commit = str(api.create_commit(repo, operations, commit_message=message, repo_type=kind).oid)
    _check_content(api, repo, kind, commit, files)
    return commit


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what can go wrong with the Hub into sentences."""
    try:
        yield
    except UserError:
        raise
    except LocalTokenNotFoundError:
        raise UserError(
            "There is no token for the Hub: make one with the right to write on its settings page, then run "
            "'hf auth login' or set HF_TOKEN."
        ) from None
    except Exception as error:  # the client wraps what goes wrong with a file, and fails at answers of other things
        wrapped = error.__cause__ if isinstance(error, RuntimeError) else None
        raise UserError(f"Could not {what}: {_reason(wrapped or error)}") from None


def _reason(error: BaseException) -> str:
    if isinstance(error, HFValidationError):
        return str(error)
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        said = (error.server_message or str(error)).strip().splitlines()[0]
        advice = {
            401: "the token is not valid: make a new one and set HF_TOKEN",
            403: "the token has no right to write there",
        }.get(status, "try again later")
        return f"{advice} (the Hub says {status}: {said})."
    if is_full(error):
        return "the disk of this computer is full. Free some space, then try again."
    if isinstance(error, httpx2.HTTPError | OSError):
        return f"the Hub cannot be reached ({error}). Check the network, then try again."
    return "what answers is not the Hub, such as the login page of a network. Check the network, then try again."
