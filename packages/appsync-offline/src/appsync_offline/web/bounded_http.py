"""HTTP/1.1 with bounded request heads and connections.

uvicorn's httptools protocol would keep a header of any size in memory, and a connection without a request for ever.
"""

import asyncio
import resource
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAXIMUM_HEAD = 64 * 1024  # bytes of the request line and all headers
MAXIMUM_HEADER = 16 * 1024  # bytes of one header's name and value
_PATIENCE = 2  # seconds until a refused connection is closed; a client that is still sending can then read the answer
_HEAD_PATIENCE = 30  # seconds that a client may take to send a request's head, from the connection or its first byte on
_RESERVED = 64  # files that remain for everything but clients' connections


class BoundedHttp(HttpToolsProtocol):
    """Answers 431 (RFC 6585, section 5) to a head that exceeds the bounds, and stops reading.

    A head that does not end in time is answered by 408. When connections would use up the process's files, the
    connection that has waited longest for a request makes room.
    """

    _waiting: dict["BoundedHttp", None] = {}  # noqa: RUF012 - shared: connections of all ports without a request
    _is_refused = False
    _is_in_head = False
    _head = 0  # bytes of the head's complete parts
    _received = 0  # bytes received while the head was incomplete, including its incomplete part
    _head_ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Wait for a request, and make room if too many connections are open."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > _room():
            next(iter(self._waiting)).leave()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse received bytes, unless the request is refused already."""
        if self._is_refused:
            return
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head:
            self._received += len(data)
            if self._received > MAXIMUM_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Start counting a new head."""
        super().on_message_begin()
        self._is_in_head, self._head, self._received = True, 0, 0
        if self._head_ends is None:
            self._wait()

    def on_url(self, url: bytes) -> None:
        """Count a part of the request's URL."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header or a trailer."""
        size = len(name) + len(value)
        self._count(size if size <= MAXIMUM_HEADER else MAXIMUM_HEAD + 1)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop counting, because the head is complete."""
        self._is_in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Let the connection make room for others until its next request."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._waiting[self] = None

    def send_400_response(self, msg: str) -> None:
        """Answer a parser error: 431 if the head is too large, otherwise uvicorn's 400."""
        if self._head > MAXIMUM_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            super().send_400_response(msg)

    def _wait(self) -> None:
        self._waiting[self] = None
        self._head_ends = self.loop.call_later(_HEAD_PATIENCE, self._end_head)

    def _stop_waiting(self) -> None:
        self._waiting.pop(self, None)
        if self._head_ends:
            self._head_ends.cancel()
            self._head_ends = None

    def _end_head(self) -> None:
        if self._is_in_head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.leave()

    def leave(self) -> None:
        """Close the connection, which has no request."""
        self._stop_waiting()
        self.transport.close()

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MAXIMUM_HEAD:
            raise ValueError("too large a head")  # ends the parsing; uvicorn then calls `send_400_response`

    def _refuse(self, status: HTTPStatus) -> None:
        head = f"HTTP/1.1 {status} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        self._is_refused = True
        self.transport.write(head.encode())
        self.loop.call_later(_PATIENCE, self.transport.close)


def _room() -> int:
    """Returns how many connections may be open."""
    return max(resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _RESERVED, 1)


def raise_file_limit() -> None:
    """Raise the soft limit of open files to the hard limit, because each connection is a file."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (ValueError, OSError):  # macOS refuses "unlimited"
        return
