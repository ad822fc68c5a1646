"""Nonsense in the heads of requests, byte by byte: no door fails at it, hangs, or fails the next request."""

from __future__ import annotations

import re
import socket
import ssl
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st

from tests.trust.nonsense import nasty
from tests.trust.scale import SEED, bounds, figures, scaled
from tests.trust.test_fuzz import dates, good_signatures, jwts, signatures

if TYPE_CHECKING:
    from pathlib import Path

    from local.description import StackDescription
    from local.settings import Settings

DOORS = ("gateway", "TLS port", "embedded cloud")
SHORT, FULL = 40, 2000
# Seconds within which a door ends a connection that its client has ended. The embedded cloud keeps one for 75 if the
# head hides its `connection: close` in a folded line.
PATIENCE = 100
SILENCE = 0.2  # seconds after which the client ends its side: a head may announce a body that never comes
UNKNOWN_ENCODING = 501  # RFC 9112, section 6.1: the answer to a transfer encoding that the server does not know
OWN = b"<own>"
"""Stands for the door's address in a generated head."""
_STATUS = re.compile(rb"HTTP/1\.[01] ([2-9]\d\d|101)")
_CONTROLS = re.compile(rb"[\x00-\x1f\x7f]")
_FAULTS = {
    # MiniStack also logs what its own background work met; what comes through our guard, hypercorn reports.
    "embedded cloud": re.compile(
        r"Error in ASGI Framework|Task exception was never retrieved|appsync_offline/web/visits\.py"
    ),
    "gateway": re.compile(r"Traceback|Exception in ASGI application|Task exception was never retrieved"),
}


def octets(text: str) -> bytes:
    return text.encode(errors="replace")


texts = nasty.map(octets)
raw = st.binary(max_size=12)
methods = st.sampled_from(
    [b"GET", b"POST", b"OPTIONS", b"HEAD", b"PUT", b"CONNECT", b"BREW", b"get", b"", b"G\x00T", b"PRI", b"GET\t"]
)
targets = st.sampled_from(
    [
        *(b"/", b"/graphql", b"/graphql/realtime", b"/health", b"/_reload", b"/board/", b"/main.js", b"*", b"//", b""),
        *(b"/graphql?query=%7B__typename%7D", b"/graphql?query=%", b"/graphql?query={&variables=[", b"/%00", b"/%ff"),
        *(b"/graphql/realtime?header=e30&payload=e30", b"/graphql/realtime?header=%ff", b"/../../etc/passwd", b"/a b"),
        *(b"http://[::1", b"http://evil.example/", b"localhost:1", b"/" + b"x" * 70_000, b"/\xff\xfe", b"/?\x00"),
    ]
)
GOOD_METHODS = (b"GET", b"POST", b"POST", b"POST", b"OPTIONS", b"HEAD", b"PUT")
GOOD_TARGETS = (
    *(
        b"/graphql",
        b"/graphql",
        b"/graphql?query=%7B__typename%7D",
        b"/graphql?query=%",
        b"/graphql?query={&variables=[",
    ),
    *(
        b"/",
        b"/graphql/realtime",
        b"/graphql/realtime?header=e30&payload=e30",
        b"/graphql/realtime?header=%ff",
        b"/health",
    ),
    *(b"/_reload", b"/board/", b"/main.js", b"//", b"/%00", b"/%ff", b"/../../etc/passwd"),
)
versions = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.1.1", b"http/1.1", b"", b"X"])
versions |= st.just(b"HTTP/1.1")  # most of what is refused here would not meet the rest
ends = st.sampled_from([b"\r\n"] * 6 + [b"\n", b"\r", b"\r\n ", b"\r\n\t", b"\x00\r\n"])

hosts = st.sampled_from(
    [
        *(OWN, b"[::1", b"[::1]", b"[::1]:x", b"[]", b"::1", b"a]b", b"", b" ", b".", b"localhost:-1"),
        *(b"localhost:99999999999", b"localhost:0", b"127.1", b"0x7f000001", b"user:pw@127.0.0.1", b"localhost@evil"),
        *(b"l\xc3\xb6calhost", b"\xff\xfe", b"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", b"localhost, localhost"),
    ]
)
hosts |= texts
lengths = st.sampled_from(
    [*(b"0", b"5", b"23", b"-1", b"+5", b"5, 5", b"5, 6", b"0x5", b"05", b"1e3", b"", b"5 5"), b"9" * 30]
)
encodings = st.sampled_from(
    [b"chunked", b"chunked, chunked", b"gzip, chunked", b"chunked, gzip", b"identity", b"xchunked", b"\x0bchunked", b""]
)
authorizations = (signatures | good_signatures | jwts | nasty).map(octets)
keys = st.sampled_from([b"<key>", b"none", b""])


def header(name: bytes, values: st.SearchStrategy[bytes]) -> st.SearchStrategy[tuple[bytes, bytes]]:
    return st.tuples(st.just(name), values)


odd_headers = st.one_of(
    header(b"authorization", authorizations),
    header(b"x-api-key", keys),
    header(b"x-amz-date", dates.map(octets)),
    header(b"date", dates.map(octets)),
    header(b"if-modified-since", dates.map(octets)),
    header(b"x-amz-content-sha256", texts),
    header(b"x-amzn-trace-id", texts),
    header(b"range", st.sampled_from([b"bytes=0-", b"bytes=-", b"bytes=9-1", b"bytes=0-0,-1", b"bytes=" + b"9" * 30])),
    header(b"expect", st.sampled_from([b"100-continue", b"more"])),
    header(b"content-type", st.sampled_from([b"application/json", b"text/plain; charset=\xff", b";", b""])),
    header(b"upgrade", st.sampled_from([b"websocket", b"h2c", b"\xff"])),
    header(b"connection", st.sampled_from([b"Upgrade", b"keep-alive, Upgrade", b"close, close", b"\xff"])),
    header(b"sec-websocket-key", st.sampled_from([b"dGhlIHNhbXBsZSBub25jZQ==", b"x", b""])),
    header(b"sec-websocket-version", st.sampled_from([b"13", b"-1", b"x"])),
    header(
        b"sec-websocket-protocol", st.sampled_from([b"graphql-ws", b"graphql-ws, header-e30", b"header-\xff", b","])
    ),
    header(b"origin", st.sampled_from([b"null", b"http://localhost:5173", b"http://[::1", b"\xff"])),
    header(b"sec-fetch-site", st.sampled_from([b"none", b"cross-site", b"\xff"])),
    header(b"cookie", texts),
)
headers = odd_headers | st.one_of(
    header(b"host", hosts),
    header(b"content-length", lengths),
    header(b"transfer-encoding", encodings),
    st.tuples(raw, raw),
    st.tuples(texts, texts),
)
QUERY = b'{"query":"{__typename}"}'
bodies = st.sampled_from(
    [
        *(b"", b"x" * 5, QUERY, b"\xff\xfe", b"[" * 1000),
        *(
            b"5\r\nhello\r\n0\r\n\r\n",
            b"zz\r\n",
            b"-1\r\n\r\n",
            b"f" * 20 + b"\r\nx",
            b"5;\xff\r\nhello\r\n0\r\nx: y\r\n\r\n",
        ),
    ]
)


@st.composite
def broken_requests(draw: st.DrawFn) -> bytes:
    """Draw a request that breaks HTTP's grammar somewhere."""
    line = b" ".join([draw(methods), draw(targets), draw(versions)])
    parts = draw(st.lists(headers, max_size=6))
    if draw(st.booleans()):
        parts.insert(0, (b"host", OWN))
    separator = draw(st.sampled_from([b": "] * 6 + [b":", b" : ", b""]))
    lines = [line, *(name + separator + value for name, value in parts)]
    return draw(ends).join([*lines, b"connection: close", b"", draw(bodies)])


@st.composite
def odd_requests(draw: st.DrawFn) -> bytes:
    """Draw a request that keeps HTTP's grammar, so that its values get further than the parser."""
    line = b"%s %s HTTP/1.1" % (draw(st.sampled_from(GOOD_METHODS)), draw(st.sampled_from(GOOD_TARGETS)))
    body = draw(bodies | st.just(QUERY))
    parts = [(name, _CONTROLS.sub(b"?", value)) for name, value in draw(st.lists(odd_headers, max_size=6))]
    if draw(st.booleans()):
        parts += [(b"x-more", b"y")] * draw(st.sampled_from([1, 100, 5_000]))
    if draw(st.booleans()):
        parts.append((b"x-api-key", b"<key>"))
    parts += [(b"host", OWN), (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    return b"\r\n".join([line, *(name + b": " + value for name, value in parts), b"", body])


requests = broken_requests() | odd_requests()


@dataclass(frozen=True)
class Door:
    """A port of the stack. `marks` are headers that make every request one which our own code must answer.

    `fault` finds in `log` what no request may cause.
    """

    address: str
    is_tls: bool
    health: str
    log: Path
    fault: re.Pattern[str]
    key: str
    trusted: str | None
    marks: bytes = b""

    def connection(self) -> socket.socket:
        host, _, port = self.address.partition(":")
        plain = socket.create_connection((host, int(port)), timeout=PATIENCE)
        if not self.is_tls:
            return plain
        return ssl.create_default_context(cafile=self.trusted).wrap_socket(plain, server_hostname=host)

    def answers(self, request: bytes) -> list[int]:
        """Returns the statuses of all final answers to these bytes.

        Raises TimeoutError if the connection stays open.
        """
        request = request.replace(OWN, self.address.encode()).replace(b"<key>", self.key.encode())
        line, end, rest = request.partition(b"\n")
        received = b""
        with self.connection() as connection, suppress(ConnectionError, ssl.SSLError):
            connection.sendall(line + end + self.marks + rest)
            received = _until_silent(connection)
            connection.settimeout(PATIENCE)
            _end(connection)
            received += _rest(connection)
        return [int(status) for status in _STATUS.findall(received)]

    def is_well(self) -> bool:
        """Returns whether the door answers an ordinary request."""
        with self.connection() as connection:
            connection.sendall(
                f"GET {self.health} HTTP/1.1\r\nhost: {self.address}\r\nconnection: close\r\n\r\n".encode()
            )
            return _rest(connection).startswith(b"HTTP/1.1 200")


def _until_silent(connection: socket.socket) -> bytes:
    received = b""
    connection.settimeout(SILENCE)
    with suppress(TimeoutError):
        while some := connection.recv(65_536):
            received += some
    return received


def _end(connection: socket.socket) -> None:
    """End the client's side of the connection, as a client does that has nothing more to send."""
    if isinstance(connection, ssl.SSLSocket):
        with suppress(ssl.SSLError, ValueError, ConnectionError):
            connection.unwrap()
    else:
        connection.shutdown(socket.SHUT_WR)


def _rest(connection: socket.socket) -> bytes:
    received = b""
    while some := connection.recv(65_536):
        received += some
    return received


@pytest.fixture
def door(request: pytest.FixtureRequest, settings: Settings, stack: StackDescription) -> Door:
    urls = dict(zip(DOORS, (stack.graphql_url, stack.tls_graphql_url, stack.aws_endpoint_url), strict=True))
    url = urlsplit(urls[request.param])
    is_cloud = request.param == "embedded cloud"
    return Door(
        url.netloc,
        url.scheme == "https",
        f"/{stack.user_pool_id}/.well-known/jwks.json" if is_cloud else "/health",  # both without credentials
        settings.log("ministack" if is_cloud else "gateway"),
        _FAULTS["embedded cloud" if is_cloud else "gateway"],
        stack.api_key,
        stack.certificate_authority,
        # What the guard admits is MiniStack's own to answer. It admits no page of another site.
        b"origin: https://evil.example\r\n" if is_cloud else b"",
    )


@pytest.mark.cases(scaled(SHORT, FULL))
@pytest.mark.parametrize("door", DOORS, indirect=True)
def test_any_head_is_answered_or_ends_its_connection(door: Door, request: pytest.FixtureRequest) -> None:
    statuses: Counter[int] = Counter()
    logged = door.log.stat().st_size

    @seed(SEED)
    @bounds(SHORT, FULL)
    @given(sent=requests)
    def hold(sent: bytes) -> None:
        if door.marks:
            sent = sent.replace(b"h2c", b"h2")  # the next test
        answered = door.answers(sent)
        statuses.update(answered or [0])
        failed = [status for status in answered if status >= 500 and status != UNKNOWN_ENCODING]
        assert not failed, answered
        if door.marks:
            assert all(status >= 400 for status in answered), answered
        assert door.is_well()

    hold()

    with door.log.open(errors="replace") as log:
        log.seek(logged)
        new = log.read()
    assert not door.fault.search(new), new[-5000:]
    kinds = ", ".join(f"{status or 'closed'} {count}" for status, count in sorted(statuses.items()))
    figures.append(f"heads, {request.node.callspec.params['door']}: {kinds}")


@pytest.mark.parametrize("door", ["embedded cloud"], indirect=True)
def test_the_embedded_cloud_refuses_a_foreign_page_over_http_2_too(door: Door) -> None:
    """Its server, hypercorn, takes the upgrade, and ends such a connection after its keep-alive of 75 seconds."""
    request = f"GET /_ministack/health HTTP/1.1\r\nhost: {door.address}\r\nupgrade: h2c\r\n".encode()
    with door.connection() as connection:
        connection.sendall(request + door.marks + b"\r\n")
        received = b""
        while b"ForbiddenException" not in received:
            some = connection.recv(65_536)
            assert some, received
            received += some

    assert received.startswith(b"HTTP/1.1 101 ")
    assert door.is_well()
