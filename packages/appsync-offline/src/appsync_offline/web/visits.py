"""Refuses requests of foreign web pages to servers on this machine.

Any page that the developer opens can make their browser send requests to loopback addresses, where no firewall applies.
A page cannot forge the headers that the browser adds: `Host` (the name that the page resolved, which exposes DNS
rebinding), `Origin` (Fetch Standard, "`Origin` header") and `Sec-Fetch-Site` (W3C, "Fetch Metadata Request Headers").

This module imports only the standard library, because the embedded cloud uses it in an environment of its own.
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import ip_address
from typing import Any

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_NAME = r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>\d{1,5}))?"
_HOST = re.compile(_NAME, re.IGNORECASE)
_ORIGIN = re.compile(rf"(?P<scheme>https?)://{_NAME}", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_REMEMBERED = 16  # names of hosts; most requests name the same one or two
_SHOWN = 100  # characters of a header in the log
_LOGGED = ("host", "x-forwarded-host", "origin", "sec-fetch-site")
_FORBIDDEN = "ForbiddenException"
_OTHER_PAGE = "Pages of other origins and other users have no access here."
_OTHER_NAME = (
    "{name} is not a name of this machine. Use a loopback name, such as 127.0.0.1 (VS Code on your own machine forwards"
    " the ports of a codespace there), or allow the name: ALLOWED_HOSTS of the stack, --allowed-host of the server."
)


@dataclass(frozen=True)
class Visit:
    """The parts of a request or WebSocket handshake that identify the page that sent it.

    `allowed_hosts` are lower-cased names that count as this machine's, beside its loopback names.
    """

    scope: Scope
    allowed_hosts: frozenset[str] = frozenset()

    def values(self, name: str) -> Sequence[str]:
        """Returns the values of all headers with this lower-cased name."""
        return [value.decode("latin-1") for key, value in self.scope["headers"] if key.lower() == name.encode()]

    def value(self, name: str) -> str | None:
        """Returns the header's value, or None. Repeated headers are joined, so that they match no origin or host."""
        values = self.values(name)
        return ", ".join(values) if values else None

    @property
    def method(self) -> str:
        """The HTTP method; GET for a WebSocket handshake."""
        return str(self.scope.get("method", "GET"))

    @property
    def path(self) -> str:
        """The path without the query string."""
        return str(self.scope["path"])

    @cached_property
    def port(self) -> int | None:
        """The port that `Host` names; None unless the host is one of this machine's names."""
        host = _HOST.fullmatch(self.value("host") or "")
        if not host or not self._is_here(host["name"]):
            return None
        return int(host["port"] or _DEFAULT_PORTS[self.scope["scheme"]])

    @cached_property
    def foreign_name(self) -> str | None:
        """The name by which the caller reached this machine; None if it is one of this machine's names.

        The proxy of a codespace sends `Host: localhost` and the caller's name as `X-Forwarded-Host`.
        """
        for header in ("host", "x-forwarded-host"):
            value = self.value(header)
            host = _HOST.fullmatch(value or "")
            if (value or header == "host") and not (host and self._is_here(host["name"])):
                return value or "A request without a host"
        return None

    @property
    def origin(self) -> str | None:
        """The page's origin; None for programs, for navigation, and for most same-origin GET requests of a page."""
        return self.value("origin")

    @cached_property
    def is_from_loopback(self) -> bool:
        """Whether the page's origin is http or https on one of this machine's names, at any port."""
        origin = _ORIGIN.fullmatch(self.origin or "")
        return bool(origin and self._is_here(origin["name"]))

    def _is_here(self, name: str) -> bool:
        return _is_loopback(name) or name.lower() in self.allowed_hosts

    @property
    def is_from_here(self) -> bool:
        """Whether the page's origin is the requested address."""
        scheme = {"ws": "http", "wss": "https"}.get(self.scope["scheme"], self.scope["scheme"])
        return self.origin == f"{scheme}://{self.value('host')}"

    @property
    def site(self) -> str | None:
        """`same-origin`, `same-site`, `cross-site`, or `none` for a request by the user; None for programs."""
        return self.value("sec-fetch-site")

    @property
    def is_navigation(self) -> bool:
        """Whether the browser opens the address as a top-level document, as for a link."""
        return (self.method, self.value("sec-fetch-mode"), self.value("sec-fetch-dest")) == (
            "GET",
            "navigate",
            "document",
        )


class Guard:
    """ASGI middleware that answers 403 to requests that `admits` refuses or whose `Host` is not this machine's.

    This machine's names are its loopback names and `allowed_hosts`, such as 10.0.2.2 of an Android emulator.
    """

    def __init__(self, app: Application, admits: Callable[[Visit], bool], allowed_hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._admits = admits
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, one WebSocket, or the server's own events."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        visit = Visit(scope, self._allowed_hosts)
        if visit.foreign_name is None and self._admits(visit):
            await self._app(scope, receive, send)
            return
        logger.warning("refused: %s", _shown(visit))
        await _refuse(visit, send)


@lru_cache(_REMEMBERED)
def _is_loopback(name: str) -> bool:
    if name.lower() == "localhost" or name.lower().endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _shown(visit: Visit) -> str:
    parts = [f"{visit.method} {visit.path}"]
    parts += [
        f"{name} {visit.value(name)}"
        for name in ("host", "x-forwarded-host", "origin", "sec-fetch-site")
        if visit.value(name)
    ]
    return ", ".join(ascii(part)[1:-1][:_SHOWN] for part in parts)


async def _refuse(visit: Visit, send: Send) -> None:
    if visit.scope["type"] == "websocket":
        await send(
            {"type": "websocket.close", "code": 1008}
        )  # the socket is not accepted yet, so the server answers 403
        return
    name = visit.foreign_name
    message = _OTHER_PAGE if name is None else _OTHER_NAME.format(name=name[:_SHOWN])
    body = json.dumps({"errors": [{"errorType": _FORBIDDEN, "message": message}]}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-errortype", _FORBIDDEN.encode()),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
