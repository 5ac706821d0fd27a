"""Questions that Gradio would answer with status 500 and a stack trace; `python -m tests.fuzz.questions` found them."""

import asyncio
import errno
import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from gradio_client import Client, handle_file

from space.ui.doors import is_open
from space.ui.understood import Understood
from tests.fuzz.questions import GOOD, Stranger, fuzz, running
from tests.test_isolation import META, SAMPLE, upload

API = "/gradio_api"


@pytest.fixture(scope="module")
def app():
    with running() as app:
        yield app


@pytest.fixture(scope="module")
def client(app):
    with httpx2.Client(base_url=f"http://127.0.0.1:{app.port}", timeout=60) as client:
        yield client


@pytest.fixture
def silent(app):
    """The log holds no stack trace that was not there before."""
    before = app.log.read_text().count("Traceback")
    yield
    assert app.log.read_text().count("Traceback") == before


def post(client, way, body, kind="application/json"):
    answer = client.post(f"{API}/{way}", content=body, headers={"Content-Type": kind})
    return answer.status_code, answer.text


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize(
    "way", ["component_server", "component_server/", "call/segment", "queue/join", "cancel", "reset"]
)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"data": NaN}', 400),
        (b'{"data": 1e400}', 400),
        (b'{"data": "\\ud800"}', 400),
        (b'{"data": ' + b"[" * 40 + b"]" * 40 + b"}", 400),
        (b"\xff\xfe", 400),
        (b"1", 422),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"data": 1, "session_hash": {}, "component_id": -1, "fn_name": 5, "event_id": 1}', 422),
    ],
)
def test_what_is_no_question_is_refused_in_words(client, way, body, status):
    got, said = post(client, way, body)
    assert (got, "This cannot be understood" in said) == (status, True)


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize(
    "said", [b"{", b'{"id": 1e400}', b'{"id": "\\ud800"}', b"[" * 5000, b'{"jsonrpc": "2.0", "id": {}}']
)
def test_what_is_no_question_to_mcp_is_refused(client, said):
    kinds = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    assert 400 <= client.post(f"{API}/mcp/", content=said, headers=kinds).status_code < 500


@pytest.mark.usefixtures("silent")
def test_a_session_that_gradio_would_stumble_over_is_refused(client):
    given = {"path": upload(client, "x.png", SAMPLE.image.read_bytes()), "meta": META}
    asked = {"data": [given, None, 0.5, "auto", None, None, None, 0], "component_id": 1, "fn_name": "x", "fn_index": 0}
    for way in ("call/segment", "queue/join", "component_server", "cancel"):
        said = asked | {"session_hash": "a<gradio-sep>b", "event_id": "x"}
        assert post(client, way, json.dumps(said).encode())[0] == 422
    said = asked | {"session_hash": "1b4e28ba-2fa1-11d2-883f-b9a761bde3fb"}
    assert post(client, "call/segment", json.dumps(said).encode())[0] == 200


@pytest.mark.usefixtures("silent")
def test_too_much_and_other_kinds_are_refused(client):
    assert post(client, "queue/join", b'"' + b"x" * 5_000_000 + b'"')[0] == 413
    assert post(client, "component_server", b"{}", "text/plain")[0] == 415
    assert post(client, "component_server", b"--b--\r\n", "multipart/form-data; boundary=b")[0] == 415


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, {"path": 5}),
        (0, {}),
        (0, "x"),
        (1, [1]),
        (2, "much"),
        (3, 5),
        (3, "x" * 300),
        (6, 0.5),
        (7, None),
        (7, "one"),
    ],
)
def test_arguments_of_another_kind_are_refused(client, place, value):
    given = {"path": upload(client, "x.png", SAMPLE.image.read_bytes()), "meta": META}
    data = [given, None, 0.5, "auto", None, None, None, 0]
    assert post(client, "call/segment", json.dumps({"data": data}).encode())[0] == 200
    data[place] = value
    assert post(client, "call/segment", json.dumps({"data": data}).encode())[0] == 422
    assert post(client, "call/segment", json.dumps({"data": data[:3]}).encode())[0] == 422


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("path", ["/etc/passwd", "x", "", "a\x00b", "x" * 4000])
def test_a_file_that_nobody_uploaded_is_not_there(client, path):
    data = [{"path": path, "meta": META}, None, 0.5, "auto", None, None, None, 0]
    assert post(client, "call/segment", json.dumps({"data": data}).encode())[0] == 400


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("way", ["queue/data?session_hash=x", "queue/data", "call/segment/x", "call/segment/x%00"])
def test_an_answer_that_nobody_waits_for_is_not_there(client, way):
    assert client.get(f"{API}/{way}").status_code == 404


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize(
    "body", [b"--b\r\n\r\nx", b'--b\r\nContent-Disposition: form-data; name="\xed\xa0\x80"\r\n\r\n\r\n--b--']
)
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=b", "multipart/form-data", "x"])
def test_an_upload_that_is_no_form_gives_no_file(client, body, kind):
    status, said = post(client, "upload", body, kind)
    assert status in (400, 422) or said == "[]"


def test_a_name_that_no_file_can_have_is_not_looked_for():
    assert not is_open("/assets/" + "x" * 256)
    assert is_open("/assets/" + "x" * 255)


@pytest.mark.usefixtures("silent")
def test_good_questions_pass(app):
    one = Stranger(app)
    assert "pixels" in one.server_function("open_case", GOOD["open_case"])
    client = Client(f"http://127.0.0.1:{app.port}", verbose=False, download_files=False)
    *_, figures = client.predict(handle_file(str(SAMPLE.image)), None, 0.5, api_name="/segment")
    assert figures["threshold"] == 0.5


def test_changed_questions_are_answered_in_words(app, capsys):
    fuzz(app, 300, 2)
    printed = capsys.readouterr().out
    assert printed.count(" 0 finds;") == 7
    assert printed.rstrip().endswith(" 0 stack traces")


def test_an_upload_that_fails_for_a_full_disk_is_not_called_damaged(monkeypatch):
    async def full(scope, receive, send):
        raise OSError(errno.ENOSPC, "No space left on device")

    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {}

    scope = {"type": "http", "method": "POST", "path": "/gradio_api/upload", "headers": [], "query_string": b""}
    # in a thread: Playwright's loop, where a browser test came before, is this one's
    with ThreadPoolExecutor(1) as thread, pytest.raises(OSError, match="No space"):
        thread.submit(asyncio.run, Understood(full)(scope, receive, send)).result()
    assert sent == []
