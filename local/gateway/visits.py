"""Keeps web pages from what listens on this machine.

Any page that the developer opens can make their browser send requests to loopback addresses, which no firewall sees.
What it cannot do is forge the headers that the browser adds: `Host` (the name that the page had resolved, which tells
DNS rebinding), `Origin` (Fetch Standard, "`Origin` header") and `Sec-Fetch-Site` (W3C, "Fetch Metadata Request
Headers").

Standard library only: the embedded cloud's process, which has an environment of its own, uses it too.
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
_SHOWN = 100  # characters of a header in the log
_REFUSAL = {
    "errorType": "ForbiddenException",
    "message": "Pages of other origins, and other names than this machine's loopback names, have no access here.",
}


@dataclass(frozen=True)
class Visit:
    """A request or a WebSocket handshake, as far as it tells which page it comes from."""

    scope: Scope

    def values(self, name: str) -> Sequence[str]:
        """What the headers of this lower-cased name say."""
        return [value.decode("latin-1") for key, value in self.scope["headers"] if key.lower() == name.encode()]

    def value(self, name: str) -> str | None:
        """What the header says; of several headers of one name, all of it, which then is no origin and no host."""
        values = self.values(name)
        return ", ".join(values) if values else None

    @property
    def method(self) -> str:
        """GET for a WebSocket handshake."""
        return str(self.scope.get("method", "GET"))

    @property
    def path(self) -> str:
        """Without its query."""
        return str(self.scope["path"])

    @cached_property
    def port(self) -> int | None:
        """The port that `Host` names; None unless the host is one of this machine's loopback names."""
        found = _HOST.fullmatch(self.value("host") or "")
        if not found or not _is_loopback(found["name"]):
            return None
        return int(found["port"] or _DEFAULT_PORTS[self.scope["scheme"]])

    @property
    def origin(self) -> str | None:
        """The origin of the page; None for programs, for navigation, and for much of what a page gets by GET."""
        return self.value("origin")

    @cached_property
    def is_from_loopback(self) -> bool:
        """Whether the page's origin is http or https on a loopback name of this machine, at any port."""
        found = _ORIGIN.fullmatch(self.origin or "")
        return bool(found and _is_loopback(found["name"]))

    @property
    def is_from_here(self) -> bool:
        """Whether the page's origin is the address that it asks."""
        scheme = {"ws": "http", "wss": "https"}.get(self.scope["scheme"], self.scope["scheme"])
        return self.origin == f"{scheme}://{self.value('host')}"

    @property
    def site(self) -> str | None:
        """`same-origin`, `same-site`, `cross-site`, or `none` for what the person asked for; None for programs."""
        return self.value("sec-fetch-site")

    @property
    def is_navigation(self) -> bool:
        """Whether it opens the address in a window of its own, as a link does."""
        return (self.method, self.value("sec-fetch-mode"), self.value("sec-fetch-dest")) == (
            "GET",
            "navigate",
            "document",
        )


class Guard:
    """An ASGI application in front of another: what `admits` refuses, or comes under a foreign name, gets a 403."""

    def __init__(self, app: Application, admits: Callable[[Visit], bool]) -> None:
        self._app = app
        self._admits = admits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, one WebSocket, or the server's own events."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        visit = Visit(scope)
        if visit.port is not None and self._admits(visit):
            await self._app(scope, receive, send)
            return
        logger.warning("refused: %s", _shown(visit))
        await _refuse(scope, send)


def _is_loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _shown(visit: Visit) -> str:
    parts = [f"{visit.method} {visit.path}"]
    parts += [f"{name} {visit.value(name)}" for name in ("host", "origin", "sec-fetch-site") if visit.value(name)]
    return ", ".join(ascii(part)[1:-1][:_SHOWN] for part in parts)


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it was accepted: the server answers 403
        return
    body = json.dumps({"errors": [_REFUSAL]}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-errortype", _REFUSAL["errorType"].encode()),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
