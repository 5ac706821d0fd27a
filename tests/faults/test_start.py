"""The Hub at the app's start: whatever it does, the app comes up, serves the last good model, and says so."""

import shutil
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from huggingface_hub import constants
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from space.model.bundle import BUNDLED
from space.model.hub import choose_model
from space.model.kept import KeptModels
from tests.faults.conftest import REPO, commit, renamed
from tests.proxies import Quiet

PATIENT, SHORT = 60.0, 0.7  # seconds: for what ends by itself, and for what does not
ASKED, LISTED, FILES = "/api/models/.*/revision/", "/tree/", "/(resolve|lfs-storage)/"
LOGIN = HTMLResponse("<!DOCTYPE html><html><body>Please log in.</body></html>")


class Fault(NamedTuple):
    """What goes wrong, and a part of what the app then says."""

    name: str
    inject: Callable
    says: str
    seconds: float = PATIENT


def answered(pattern, change):
    return lambda hub, patch: hub.twist(pattern, change)


def failing(pattern, status, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda hub, patch: hub.fail(pattern, status, times=10**6, headers=named)


def stopped(hub, patch):
    hub.stop()


def another_address(address):
    return lambda hub, patch: patch.setattr(constants, "ENDPOINT", address)


def cut_off(response: Response) -> Response:
    """Half of the body, then the end of the connection."""
    data = bytes(response.body)

    async def half():
        yield data[: len(data) // 2]
        raise ConnectionResetError

    return StreamingResponse(
        half(), headers={"Content-Length": str(len(data)), "ETag": response.headers.get("ETag", "")}
    )


def trickling(response: Response) -> Response:
    """A byte now and then."""
    import asyncio

    data = bytes(response.body)

    async def slowly():
        for at in range(100):
            yield data[at : at + 1]
            await asyncio.sleep(0.05)

    return StreamingResponse(
        slowly(), headers={"Content-Length": str(len(data)), "ETag": response.headers.get("ETag", "")}
    )


def shorter(response: Response) -> Response:
    return Response(bytes(response.body)[:-7], headers={"ETag": response.headers.get("ETag", "")})


def other_bytes(response: Response) -> Response:
    data = bytes(response.body)
    return Response(data[:-1] + bytes([data[-1] ^ 1]), headers={"ETag": response.headers.get("ETag", "")})


def untrusted(hub, patch):
    """A certificate that nobody vouches for."""
    patch.setattr(constants, "ENDPOINT", secure_address())


@cache
def secure_address() -> str:
    """Serve nothing, over TLS, with a certificate that was made just now."""
    folder = Path(mkdtemp(prefix="tls-"))
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    shutil.rmtree(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"https://127.0.0.1:{server.server_address[1]}"


def without(name):
    def inject(hub, patch):
        files = dict(hub.repo(REPO).branches["main"].files)
        del files[name]
        hub.repo(REPO).commit("main", "half", "", "alice", files)

    return inject


def pointer_text(hub, patch):
    files = dict(hub.repo(REPO).branches["main"].files)
    commit(hub, {"model.onnx.txt": files["model.onnx"].pointer})
    files["model.onnx"] = hub.repo(REPO).branches["main"].files["model.onnx.txt"]
    hub.repo(REPO).commit("main", "without LFS", "", "alice", files)


def another_contract(hub, patch):
    commit(hub, {"contract.json": b'{"contract": 3}'})


def gated(hub, patch):
    hub.repo(REPO).gated = True
    patch.setenv("HF_TOKEN", "hf_other")


def private(hub, patch):
    hub.repo(REPO).private = True
    patch.setenv("HF_TOKEN", "hf_other")


def wrong_token(hub, patch):
    patch.setenv("HF_TOKEN", "hf_wrong")


def gone(hub, patch):
    hub.repos.clear()


def no_main(hub, patch):
    hub.repo(REPO).branches.clear()


def hanging(pattern):
    return lambda hub, patch: hub.hang(pattern)


NOT_IT, UNREACHED = "something else answers in place of the Hub", "the Hub cannot be reached"
FAULTS = [
    Fault("refuses connections", stopped, UNREACHED),
    Fault("its name cannot be looked up", another_address("http://no-such-hub.invalid"), UNREACHED),
    Fault("has a certificate that is not valid", untrusted, "its certificate is not valid here"),
    Fault("cuts the answer off", answered(ASKED, cut_off), UNREACHED),
    Fault("cuts the list of files off", answered(LISTED, cut_off), "", SHORT),
    Fault("cuts the files off", answered(FILES, cut_off), "", SHORT),
    Fault("hangs when asked", hanging(ASKED), "did not come within", SHORT),
    Fault("hangs when it is to list the files", hanging(LISTED), "did not come within", SHORT),
    Fault("hangs when it is to send them", hanging(FILES), "did not come within", SHORT),
    Fault("sends a byte now and then", answered("/(revision|resolve|lfs-storage)/", trickling), "did not come", SHORT),
    Fault("answers with a page in HTML", answered(ASKED, lambda _: LOGIN), NOT_IT),
    Fault("lists the files in HTML", answered(LISTED, lambda _: LOGIN), NOT_IT),
    Fault("sends HTML for each file", answered(FILES, lambda _: LOGIN), ""),
    Fault("answers with other JSON", answered(ASKED, lambda _: JSONResponse([])), NOT_IT),
    Fault("names no commit", answered(ASKED, lambda _: JSONResponse({"id": REPO})), NOT_IT),
    Fault("names a path as the commit", answered(ASKED, lambda _: JSONResponse({"id": REPO, "sha": "../x"})), NOT_IT),
    Fault("lists other JSON", answered(LISTED, lambda _: JSONResponse({"a": 1})), ""),
    Fault("lists nothing", answered(LISTED, lambda _: JSONResponse([])), ""),
    Fault("sends files of another size", answered("/lfs-storage/", shorter), "another size"),
    Fault("sends other bytes of the same size", answered("/lfs-storage/", other_bytes), "altered: model.onnx"),
    Fault("redirects in a circle", answered(ASKED, lambda _: RedirectResponse("/api/models/a/b/revision/c")), ""),
    Fault("leads everything to a login page", answered("", lambda _: LOGIN), NOT_IT),
    Fault("lacks a file of the commit", without("model.onnx"), "incomplete: model.onnx is missing"),
    Fault("lacks the contract", without("contract.json"), "contract.json is missing"),
    Fault("has the pointer of LFS in place of a file", pointer_text, "altered: model.onnx"),
    Fault("has a contract of another version", another_contract, "update the app"),
    Fault("restricts the model", gated, "access to it is restricted"),
    Fault("has made the model private", private, "or it is private"),
    Fault("does not know the token", wrong_token, "refuses the token"),
    Fault("has no such model any more", gone, "the Hub has no model"),
    Fault("has no such revision any more", no_main, "no revision 'main'"),
    Fault("forbids it", failing("", 403), "status 403"),
    *[Fault(f"has an error of its own ({n})", failing(ASKED, n), f"status {n}") for n in (500, 502, 503, 504)],
    Fault("has an error of its own in the midst", failing(LISTED, 500), "", SHORT),
    Fault("limits the rate, for an hour", failing(ASKED, 429, Retry_After="3600"), "asks to wait 3600 seconds"),
    Fault("limits the rate, for how long it does not say", failing(ASKED, 429), "asks to wait a while"),
    Fault("limits the rate in the midst", failing(LISTED, 429, Retry_After="3600"), "", SHORT),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_hub(fault, hub, published, small, untried, monkeypatch, told):
    """A copy of an earlier commit is here, and serves; then the Hub is well again."""
    kept = KeptModels(REPO, "main")
    shutil.copytree(small, kept.at(published))
    newest = commit(hub, renamed(small, "newer"))
    with monkeypatch.context() as patch:
        fault.inject(hub, patch)
        choice = choose_model(REPO, "main", fault.seconds)
        told(f"the Hub {fault.name}" if not fault.name.startswith("its") else fault.name, choice.problem)
        assert choice.responder.bundle.folder.name == published, choice.problem
        assert fault.says in choice.problem
        assert f"Instead, the last good copy of it is used: commit {published[:8]}" in choice.problem
    hub.start()
    hub.mend()
    if ("model", REPO) not in hub.repos or hub.repo(REPO).branches.get("main") != hub.repo(REPO).commits[newest]:
        return  # it is not what it was
    again = choose_model(REPO, "main", PATIENT)
    assert again.problem == ""
    assert again.responder.bundle.folder.name == newest
    assert [folder.name for folder in kept.newest_first()] == [newest, published]


def test_without_a_copy_the_bundled_model_is_served(hub, published, told):
    hub.stop()
    choice = choose_model(REPO, "main", PATIENT)
    told("the Hub refuses connections, and nothing was fetched before", choice.problem)
    assert choice.responder.bundle.folder == BUNDLED
    assert "none was fetched here before. Instead, the model that comes with the app is used." in choice.problem


def test_a_short_wait_that_the_hub_asks_for_is_waited(hub, published, told, untried):
    hub.fail(ASKED, 429, headers={"Retry-After": "1"})
    choice = choose_model(REPO, "main", PATIENT)
    told("the Hub limits the rate, for a second", choice.problem or "it is waited for; the model is served")
    assert choice.responder.bundle.folder.name == published
    assert choice.problem == ""


def test_a_model_that_was_renamed_is_followed(hub, published, told, untried):
    hub.moved["alice/old"] = REPO
    choice = choose_model("alice/old", "main", PATIENT)
    told("the model was renamed", choice.problem or "its new name is followed; the model is served")
    assert choice.responder.bundle.folder.name == published
    assert choice.problem == ""
