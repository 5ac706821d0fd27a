"""Small proxies: one that a network asks for the outside, one that speaks SOCKS, one in front of a web app."""

from __future__ import annotations

import http.client
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

NOT_PASSED_ON = ("transfer-encoding", "connection", "keep-alive")


def pass_on(request: BaseHTTPRequestHandler, port: int, path: str) -> None:
    """Send a request to a port of this machine, and its answer back, piece by piece as it comes."""
    body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(request.command, path, body or None, dict(request.headers))
    answer = connection.getresponse()
    request.send_response(answer.status)
    for name, value in answer.getheaders():
        if name.lower() not in NOT_PASSED_ON:
            request.send_header(name, value)
    request.end_headers()
    while piece := answer.read1(65536):
        request.wfile.write(piece)
        request.wfile.flush()
    connection.close()


@contextmanager
def serving(server: socketserver.TCPServer, scheme: str = "http") -> Iterator[str]:
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class Quiet(BaseHTTPRequestHandler):
    def handle_any(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.handle_any()

    do_POST = do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def forward_proxy(port: int, asked: list[str]) -> Iterator[str]:
    """Yield the address of an HTTP proxy that answers for every host with a port of this machine.

    `asked` gets the names of the hosts.
    """

    class Forward(Quiet):
        def handle_any(self) -> None:
            address = urlsplit(self.path)
            asked.append(str(address.hostname))
            pass_on(self, port, address.path + (f"?{address.query}" if address.query else ""))

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Forward)) as url:
        yield url


@contextmanager
def reverse_proxy(port: int, prefix: str) -> Iterator[str]:
    """Yield the address of a web server that shows a port of this machine below `prefix`, which it cuts off."""

    class Reverse(Quiet):
        def handle_any(self) -> None:
            if self.path.startswith(f"{prefix}/"):
                pass_on(self, port, self.path.removeprefix(prefix))
            else:
                self.send_error(404)

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Reverse)) as url:
        yield f"{url}{prefix}/"


@contextmanager
def socks_proxy(port: int, asked: list[str]) -> Iterator[str]:
    """Yield the address of a SOCKS 5 proxy (RFC 1928) that connects every host to a port of this machine."""

    class Socks(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.read(self.rfile.read(2)[1])  # version, and the ways to log in that the client knows
            self.wfile.write(b"\x05\x00")  # none is needed
            kind = self.rfile.read(4)[3]
            name = self.rfile.read(self.rfile.read(1)[0]).decode() if kind == 3 else str(self.rfile.read(4))
            self.rfile.read(2)
            asked.append(name)
            self.wfile.write(b"\x05\x00\x00\x01" + bytes(6))
            with socket.create_connection(("127.0.0.1", port)) as other:
                self.relay(other)

        def relay(self, other: socket.socket) -> None:
            ends = {self.connection: other, other: self.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    if not (data := end.recv(65536)):
                        return
                    ends[end].sendall(data)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with serving(Server(("127.0.0.1", 0), Socks), "socks5") as url:
        yield url
