"""An HTTPS server of this machine, with a certificate of an authority that the test trusts."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

Answer = Callable[[BaseHTTPRequestHandler], None]
"""Writes the answer to a request."""


@dataclass(frozen=True)
class Received:
    """A request that the server received."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpsServer:
    """A running server. `requests` holds what it received; `answer` may be replaced."""

    port: int
    authority: Path
    answer: Answer
    requests: list[Received] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)  # the server names that clients asked for

    @property
    def url(self) -> str:
        """A webhook's URL on this machine."""
        return f"https://127.0.0.1:{self.port}/tasks?of=anna"


def answers(status: int, body: str = "", **headers: str) -> Answer:
    """Returns an answer with a status, a body and headers, whose names have hyphens for underscores."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body.encode())

    return answer


NO_CONTENT = answers(204)


@contextmanager
def https_server(folder: Path, answer: Answer = NO_CONTENT, names: tuple[str, ...] = ()) -> Iterator[HttpsServer]:
    """Runs a server for 127.0.0.1, localhost and further names."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost", *names).configure_cert(context)
    authority.cert_pem.write_to_path(folder / "authority.pem")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            running.requests.append(Received(self.path, headers, body))
            running.answer(self)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # clients that go away are expected
    running = HttpsServer(server.server_address[1], folder / "authority.pem", answer)
    context.sni_callback = lambda _socket, name, _context: running.names.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
