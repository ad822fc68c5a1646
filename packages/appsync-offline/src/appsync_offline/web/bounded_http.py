"""HTTP/1.1 with bounded request heads. uvicorn's httptools protocol would keep a header of any size in memory."""

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAXIMUM_HEAD = 64 * 1024  # bytes of the request line and all headers
MAXIMUM_HEADER = 16 * 1024  # bytes of one header's name and value
_PATIENCE = 2  # seconds until a refused connection is closed; a client that is still sending can then read the answer


class BoundedHttp(HttpToolsProtocol):
    """Answers 431 (RFC 6585, section 5) to a head that exceeds the bounds, and stops reading."""

    _is_refused = False
    _is_in_head = False
    _head = 0  # bytes of the head's complete parts
    _received = 0  # bytes received while the head was incomplete, including its incomplete part

    def data_received(self, data: bytes) -> None:
        """Parse received bytes, unless the request is refused already."""
        if self._is_refused:
            return
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head:
            self._received += len(data)
            if self._received > MAXIMUM_HEAD:
                self._refuse()

    def on_message_begin(self) -> None:
        """Start counting a new head."""
        super().on_message_begin()
        self._is_in_head, self._head, self._received = True, 0, 0

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
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer a parser error: 431 if the head is too large, otherwise uvicorn's 400."""
        if self._head > MAXIMUM_HEAD:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MAXIMUM_HEAD:
            raise ValueError("too large a head")  # ends the parsing; uvicorn then calls `send_400_response`

    def _refuse(self) -> None:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        head = f"HTTP/1.1 {status} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        self._is_refused = True
        self.transport.write(head.encode())
        self.loop.call_later(_PATIENCE, self.transport.close)
