"""A stranger tries to read what another visitor gave the app, and what else lies on its computer."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import httpx2
import pytest
from gradio_client import Client, handle_file

from space.model.bundle import BUNDLED, open_bundle
from space.ui.doors import is_open
from tests.serving import ROOT, running_app

SAMPLE = open_bundle(BUNDLED, "").samples[0]
API = "/gradio_api"
META = {"_type": "gradio.FileData"}


@pytest.fixture(scope="module")
def temporary(tmp_path_factory):
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def stranger(temporary):
    """A client of an app of our own, whose files lie in `temporary`."""
    env = os.environ | {"TMPDIR": str(temporary), "TEMP": str(temporary)}
    with running_app(env) as url, httpx2.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def victim(stranger):
    """What a visitor has given and got: the paths on the app's computer."""
    client = Client(str(stranger.base_url), verbose=False, download_files=False)
    job = client.submit(handle_file(str(SAMPLE.image)), None, 0.5, api_name="/segment")
    *pictures, _ = job.result()
    given = upload(stranger, "slice of Jane Doe.png", Path(SAMPLE.image).read_bytes())
    return {"given": given, "got": [picture["path"] for picture in pictures], "session": client.session_hash}


def upload(client, name, content):
    """Upload a file; return its path."""
    [path] = client.post(f"{API}/upload", files={"files": (name, content)}).json()
    return path


def status_of(client, way):
    """Ask for a path as it is written: other clients shorten it first."""
    connection = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=30)
    connection.request("GET", way)
    return connection.getresponse().status


def asked_for(client, path, threshold=0.5):
    """Ask for a file to be segmented; return the answer, which holds the number of the event."""
    data = [{"path": path, "meta": META}, None, threshold, "auto", None, None, None, 0]
    return client.post(f"{API}/call/segment", json={"data": data})


def call(client, path, threshold=0.5):
    """Have a file segmented; return the last event and all that was said."""
    begun = asked_for(client, path, threshold)
    if begun.is_error:
        return "error", begun.text
    answer = client.get(f"{API}/call/segment/{begun.json()['event_id']}").text
    events = [line.removeprefix("event: ") for line in answer.splitlines() if line.startswith("event: ")]
    return events[-1], answer


def tool(client, arguments, **headers):
    """Call an MCP tool; return whether it failed, and what it said."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "segment", "arguments": arguments}}
    accepted = {"Accept": "application/json, text/event-stream"} | headers
    answer = client.post(f"{API}/mcp/", json=body, headers=accepted).text
    result = json.loads(answer.partition("data: ")[2])["result"]
    return result["isError"], " ".join(part.get("text", "") for part in result["content"])


# paths


def test_whoever_is_told_a_path_may_read_it_and_nobody_can_guess_one(stranger, victim):
    for path in (victim["given"], *victim["got"]):
        assert stranger.get(f"{API}/file={quote(path)}").status_code == 200
        folder = Path(path).parent
        assert int(folder.name, 16).bit_length() > 100, "a name that can be guessed"
        for guess in (folder, folder.parent, folder.parent / secrets.token_hex(32) / Path(path).name):
            assert stranger.get(f"{API}/file={quote(str(guess))}").status_code == 403


def test_an_uploads_folder_holds_the_secret_of_the_app_and_not_the_content_alone(stranger, victim):
    content = Path(SAMPLE.image).read_bytes()
    assert Path(victim["given"]).parent.name != hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../../../etc/passwd",
        "{home}/../../../../../../../../etc/passwd",
        "{home}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "%2Fetc%2Fpasswd",
        "%252Fetc%252Fpasswd",
        "/proc/self/environ",
        "/proc/self/root/etc/passwd",
        "/proc/self/cwd/app.py",
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "{root}/app.py",
        "{root}/space/ui/handlers.py",
        "{root}/space/bundled/contract.json",
        "{root}/space/page/../settings.py",
        "{root}/.git/config",
        "app.py",
        ".",
        "~",
        "/dev/zero",
        "\\\\server\\share",
    ],
)
def test_no_path_leads_out_of_what_is_served(stranger, victim, path):
    asked = path.format(home=Path(victim["given"]).parents[1], root=ROOT)
    for way in (f"{API}/file={asked}", f"{API}/file/{asked}", f"/static/{asked}", f"/assets/{asked}"):
        assert status_of(stranger, way) in (403, 404), way
    assert call(stranger, asked)[0] == "error"


def test_the_way_that_leads_out_for_nobody_leads_to_an_upload(stranger, victim):
    assert call(stranger, victim["given"])[0] == "complete"


@pytest.mark.skipif(os.name == "nt", reason="making links takes a right there")
def test_a_link_among_the_uploads_would_not_be_followed_by_the_page(stranger, victim):
    link = Path(victim["given"]).parents[1] / "link.png"
    link.symlink_to(SAMPLE.image)
    assert asked_of_the_page(stranger, str(link)) == {"gone": True, "refused": GONE}
    link.unlink()


@pytest.mark.parametrize(
    "name", ["../../x.png", "..%2f..%2fx.png", "/etc/x.png", "..", ".", "a\\..\\..\\x.png", "\0.png"]
)
def test_an_uploads_name_does_not_say_where_it_lies(stranger, victim, temporary, name):
    home = Path(victim["given"]).parents[1]
    answer = stranger.post(f"{API}/upload", files={"files": (name, secrets.token_bytes(8))})
    for path in answer.json() if answer.status_code == 200 else []:
        assert Path(path).resolve().parents[1] == home
    assert {path.name for path in temporary.iterdir()} == {home.name, f"{home.name}.lock"}


# the page's own questions

GONE = "The file is not there any more: please give it again."


def asked_of_the_page(client, path):
    """Ask the page's server function for a case of an upload."""
    page = next(c for c in client.get("/config").json()["components"] if c["props"].get("elem_id") == "page")
    piece = {"uploads": [path]}
    reading = {"values": "auto", "label": None, "order": None, "place": None, "turn": 0}
    data: dict[str, object] = {"slice": piece, "mask": None, "files": [], **reading}
    body = {"data": data, "component_id": page["id"], "session_hash": secrets.token_hex(8), "fn_name": "open_case"}
    return client.post(f"{API}/component_server", json=body).json()


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "{home}", "{home}/../{name}.lock", "http://127.0.0.1/a.png", "{sample}", ""]
)
def test_the_page_reads_uploads_only_and_does_not_tell_what_else_there_is(stranger, victim, path):
    home = Path(victim["given"]).parents[1]
    asked = path.format(home=home, name=home.name, sample=SAMPLE.image)
    assert asked_of_the_page(stranger, asked) == {"gone": True, "refused": GONE}
    assert "reading" in asked_of_the_page(stranger, victim["given"])


@pytest.mark.parametrize("name", ["__init__", "preprocess", "move_resource_to_block_cache", "ls", "process_example"])
def test_no_other_function_of_a_component_can_be_called(stranger, name):
    for component in stranger.get("/config").json()["components"]:
        body = {"data": "/etc/passwd", "component_id": component["id"], "session_hash": "a", "fn_name": name}
        assert stranger.post(f"{API}/component_server", json=body).status_code == 404


# sessions and events


@pytest.mark.parametrize("session", ["", "null", "*", "{own}"])
def test_a_session_that_was_used_before_tells_nothing(stranger, victim, session):
    asked = session.format(own=victim["session"])
    said = heard(stranger, f"{API}/queue/data?session_hash={quote(asked)}")
    assert "process_completed" not in said
    assert Path(victim["got"][0]).parent.name not in said


def heard(client, way):
    """Return what a stream of events says within some seconds."""
    said = ""
    with contextlib.suppress(httpx2.HTTPError), client.stream("GET", way, timeout=2) as answer:
        for part in answer.iter_text():
            said += part
    return said


def test_a_result_is_told_once_and_only_to_who_knows_its_event(stranger):
    event = asked_for(stranger, upload(stranger, "a.png", Path(SAMPLE.image).read_bytes())).json()["event_id"]
    assert len(event) == 32
    for guess in (secrets.token_hex(16), "0" * 32, event[:-1], "*"):
        assert "event: complete" not in heard(stranger, f"{API}/call/segment/{guess}")
    assert "event: complete" in stranger.get(f"{API}/call/segment/{event}").text
    assert "event: complete" not in heard(stranger, f"{API}/call/segment/{event}")


def test_each_of_many_at_once_gets_the_answer_to_its_own_question(stranger):
    given = upload(stranger, "a.png", Path(SAMPLE.image).read_bytes())
    thresholds = [number / 20 for number in range(1, 9)]

    def threshold_of(asked):
        _, said = call(stranger, given, asked)
        return json.loads(said.rpartition("data: ")[2])[-1]["threshold"]

    with ThreadPoolExecutor(4) as crowd:
        assert list(crowd.map(threshold_of, thresholds)) == thresholds


def test_the_pages_description_says_nothing_of_anybody(stranger, victim):
    for way in ("/", "/config", f"{API}/info", f"{API}/openapi.json", "/?__theme=dark", f"{API}/queue/status"):
        answer = stranger.get(way)
        assert answer.status_code == 200
        for secret in (victim["session"], "Jane Doe", Path(victim["given"]).parent.name):
            assert secret not in answer.text


# addresses


class Listening(BaseHTTPRequestHandler):
    """A server of this computer that nobody may reach: it notes who does."""

    reached: ClassVar[list[str]] = []

    def do_GET(self):
        self.reached.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def private():
    """The port of a server on this computer, and what it was asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    Listening.reached.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, Listening.reached
    server.shutdown()
    server.server_close()


HOSTS = [
    "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]", "100.64.0.1", "169.254.169.254", "huggingface.co", "user@127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_no_address_is_opened(stranger, private, host):
    port, reached = private
    address = f"http://{host}:{port}/a.png"
    assert call(stranger, address)[0] == "error"
    assert tool(stranger, {"slice_path": address})[0]
    assert stranger.get(f"{API}/file={address}").status_code == 404
    assert reached == []


def test_whoever_gives_an_address_is_told_what_to_do(stranger):
    for said in (call(stranger, "https://hf.co/a.png")[1], tool(stranger, {"slice_path": "https://hf.co/a.png"})[1]):
        assert "opens no addresses: please download the file, and upload it" in said


def test_the_address_of_an_upload_is_read_from_the_disk_whatever_its_host(stranger, victim, private):
    port, reached = private
    assert call(stranger, f"http://127.0.0.1:{port}{API}/file={quote(victim['given'])}")[0] == "complete"
    assert call(stranger, f"http://127.0.0.1:{port}{API}/file=/etc/passwd")[0] == "error"
    assert reached == []


# what Gradio offers beside


@pytest.mark.parametrize(
    "way",
    [
        "/monitoring", "/monitoring/summary", "/monitoring/key", "/gradio_api/deep_link?session_hash=a", "/login",
        "/logout", "/docs", "/redoc", "/openapi.json", "/svelte/a.js", "/gradio_api/runs",
        "/gradio_api/run/segment", "/gradio_api/api/segment",
        "/gradio_api/token",
        "/gradio_api/run-history/records", "/gradio_api/vibe-code", "/gradio_api/process_recording",
        "/gradio_api/dev/reload", "/gradio_api/custom_component/a/client/component/index.js",
        "/gradio_api/stream/a/b/1/playlist.m3u8", "/gradio_api/profiling/traces",
        "/gradio_api/proxy=http://127.0.0.1/", "/gradio_api/file=http://127.0.0.1/",
        "/Config", "/gradio_api", "/gradio_api/",
    ],
)  # fmt: skip
def test_what_the_page_does_not_need_is_not_there(stranger, way):
    for ask in (stranger.get, stranger.post):
        answer = ask(way)
        assert answer.status_code == 404
        assert answer.text == "There is nothing here."


@pytest.mark.parametrize("way", ["//config", "/gradio_api/../config", f"{API}/file=HTTPS://hf.co", "/%2e%2e/config"])
def test_other_ways_to_write_a_path_lead_nowhere(stranger, way):
    assert status_of(stranger, way) in (403, 404)


def test_below_a_path_the_same_is_there():
    assert is_open("/")
    assert not is_open("/pancreas/")


# MCP


@pytest.mark.parametrize(
    "given",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        str(SAMPLE.image),
        {"path": str(SAMPLE.image), "meta": META},
        [{"path": str(SAMPLE.image), "meta": META}],
    ],
)
def test_mcp_reads_no_file_of_the_computer(stranger, given):
    for argument in ("slice_path", "mask_path", "values", "more"):
        arguments = {"slice_path": data_uri(), argument: given}
        failed, said = tool(stranger, arguments)
        assert failed
        assert "dice" not in said


def data_uri():
    return f"data:image/png;base64,{base64.b64encode(Path(SAMPLE.image).read_bytes()).decode()}"


def test_mcp_takes_a_file_as_text_or_by_the_address_of_an_upload(stranger, victim):
    address = f"{str(stranger.base_url).rstrip('/')}{API}/file={quote(victim['given'])}"
    for given in (data_uri(), address):
        failed, said = tool(stranger, {"slice_path": given})
        assert not failed, said
        assert "area_pixels" in said
