"""Runs one application on several ports of this machine, in one process."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from local.gateway.bounded_http import BoundedHttp

_HOST = "127.0.0.1"
MAXIMUM_FRAME = 1_000_000  # bytes of one WebSocket message
_BAD_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_KEEP_ALIVE = 75  # seconds that an idle HTTP connection stays: longer than clients keep theirs for another request
_PATIENCE = 3  # seconds that a request may take to end once the server stops


@dataclass(frozen=True)
class Port:
    """Where to listen; over TLS where a certificate chain and its key (PEM files) are given."""

    number: int
    certificate: Path | None = None
    key: Path | None = None


class _Server(uvicorn.Server):
    """A server that leaves signals to `serve`, which has several of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _WebSockets(WebSocketsSansIOProtocol):
    """Refuses a handshake that cannot be read, as of a line over 8 KB, which uvicorn 0.54 leaves without any answer.

    Once a client speaks, it forgets the handshake's headers: some 7 KB that uvicorn, the parser of websockets and
    Starlette would keep as long as the connection.
    """

    def data_received(self, data: bytes) -> None:
        if self.handshake_complete and hasattr(self, "request"):
            self.request.headers.clear()
            self.response.headers.clear()
            self.scope["headers"] = _emptied(self.scope["headers"])
            del self.request, self.response
        super().data_received(data)
        if self.conn.handshake_exc and not self.transport.is_closing():
            self.transport.write(_BAD_HANDSHAKE)
            self.transport.close()


def _emptied(headers: object) -> list[tuple[bytes, bytes]]:
    if isinstance(headers, list):
        headers.clear()  # Starlette's WebSocket holds the same list
    return []


async def serve(app: Starlette, ports: Sequence[Port]) -> None:
    """Serve until SIGINT or SIGTERM. Raises OSError for a port that is taken or a certificate that cannot be read."""
    configurations = [configuration(app, port, lifespan=port is ports[0]) for port in ports]
    servers = [_Server(one) for one in configurations]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        sockets = [_bound(one) for one in configurations]
        await asyncio.gather(*(server.serve([one]) for server, one in zip(servers, sockets, strict=True)))
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _bound(configuration: uvicorn.Config) -> socket.socket:
    listening = configuration.bind_socket()
    # An answer's head and body are two packets: Nagle's algorithm would hold the second back until the client has
    # acknowledged the first, 40 ms later. asyncio turns it off only for sockets that name TCP as their protocol, which
    # uvicorn's do not (uvicorn 0.54). Accepted connections inherit it from here.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def configuration(app: Starlette, port: Port, *, lifespan: bool) -> uvicorn.Config:
    """How the application is served on a port. It starts and ends once, with the port that has its `lifespan`."""
    return uvicorn.Config(
        app,
        host=_HOST,
        port=port.number,
        ssl_certfile=port.certificate,
        ssl_keyfile=port.key,
        lifespan="on" if lifespan else "off",
        proxy_headers=False,  # there is no proxy to believe
        log_level="warning",
        http=BoundedHttp,
        ws=_WebSockets,
        ws_max_size=MAXIMUM_FRAME,
        ws_per_message_deflate=False,  # on one machine it saves nothing, and costs each connection 40 KB
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_PATIENCE,
    )
