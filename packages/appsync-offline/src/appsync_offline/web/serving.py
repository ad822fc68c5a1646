"""Serves one application on several loopback ports in one process."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from appsync_offline.web.bounded_http import BoundedHttp, raise_file_limit

_HOST = "127.0.0.1"
MAXIMUM_FRAME = 1_000_000  # bytes of one WebSocket message
_BAD_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_KEEP_ALIVE = 75  # seconds that an idle HTTP connection stays open, which is longer than clients keep theirs for reuse
_PATIENCE = 3  # seconds that running requests may take to finish once the server stops


@dataclass(frozen=True)
class Port:
    """A port to listen on; with TLS if a certificate chain and its key (PEM files) are given."""

    number: int
    certificate: Path | None = None
    key: Path | None = None


class _Server(uvicorn.Server):
    """A server that leaves signal handling to `serve`, which runs several servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _WebSockets(WebSocketsSansIOProtocol):
    """Refuses a handshake that cannot be parsed, such as a line over 8 KB. uvicorn 0.54 would not answer it at all.

    After the client's first frame it clears the handshake's headers. uvicorn, websockets and Starlette would otherwise
    keep about 7 KB for the life of the connection.
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


async def serve(app: ASGIApp, ports: Sequence[Port]) -> None:
    """Serve until SIGINT or SIGTERM. Raises OSError if a port is taken or a certificate cannot be read."""
    configurations = [configuration(app, port, lifespan=port is ports[0]) for port in ports]
    servers = list(map(_Server, configurations))

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    raise_file_limit()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        sockets = list(map(_bound, configurations))
        await asyncio.gather(*(server.serve([listening]) for server, listening in zip(servers, sockets, strict=True)))
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _bound(configuration: uvicorn.Config) -> socket.socket:
    listening = configuration.bind_socket()
    # A response's head and body are two packets. Nagle's algorithm would delay the body until the client acknowledges
    # the head, 40 ms later. asyncio disables it only for sockets whose protocol is TCP, and uvicorn 0.54 leaves the
    # protocol unset. Accepted connections inherit the option from the listening socket.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def configuration(app: ASGIApp, port: Port, *, lifespan: bool) -> uvicorn.Config:
    """Returns uvicorn's configuration for a port. Exactly one port of an application must have `lifespan`."""
    return uvicorn.Config(
        app,
        host=_HOST,
        port=port.number,
        ssl_certfile=port.certificate,
        ssl_keyfile=port.key,
        lifespan="on" if lifespan else "off",
        proxy_headers=False,  # there is no proxy to trust
        log_level="warning",
        http=BoundedHttp,
        ws=_WebSockets,
        ws_max_size=MAXIMUM_FRAME,
        ws_per_message_deflate=False,  # compression saves nothing on loopback and costs 40 KB per connection
        ws_ping_interval=None,  # AppSync sends `ka` messages, and no pings
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_PATIENCE,
    )
