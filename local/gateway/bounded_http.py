"""HTTP/1.1 whose heads are bounded: uvicorn's httptools protocol would keep a header of any size in memory."""

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAXIMUM_HEAD = 64 * 1024  # bytes of a request's line and all its headers
MAXIMUM_HEADER = 16 * 1024  # bytes of one header's name and value
_PATIENCE = 2  # seconds that a client may go on sending before the connection is closed: it reads its answer after that


class BoundedHttp(HttpToolsProtocol):
    """Answers 431 (RFC 6585, section 5) to a head beyond the bounds, and reads no more of it."""

    _is_refused = False
    _is_in_head = False
    _head = 0  # bytes of the parts that are complete
    _received = 0  # bytes that came while a head was incomplete: its one incomplete part is among them

    def data_received(self, data: bytes) -> None:
        """Take in what came."""
        if self._is_refused:
            return
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head:
            self._received += len(data)
            if self._received > MAXIMUM_HEAD:
                self._refuse()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._is_in_head, self._head, self._received = True, 0, 0

    def on_url(self, url: bytes) -> None:
        """A part of the request's address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the head, or a trailer."""
        size = len(name) + len(value)
        self._count(size if size <= MAXIMUM_HEADER else MAXIMUM_HEAD + 1)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head has ended."""
        self._is_in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What the parser did not take, as too large a head."""
        if self._head > MAXIMUM_HEAD:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MAXIMUM_HEAD:
            raise ValueError("too large a head")  # ends the parsing: `send_400_response` follows

    def _refuse(self) -> None:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        head = f"HTTP/1.1 {status} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        self._is_refused = True
        self.transport.write(head.encode())
        self.loop.call_later(_PATIENCE, self.transport.close)
