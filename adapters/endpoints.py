"""Sends messages to the endpoints of webhooks: servers on the internet that a user names and nobody trusts."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from socket import SHUT_RDWR
from threading import Timer
from time import monotonic

import urllib3
from urllib3.connection import HTTPSConnection

from adapters.public_addresses import NotPublic, public_address, resolve
from adapters.timestamps import now
from domain.deliveries import Failure
from domain.ports import Clock
from domain.webhook_urls import Destination

PATIENCE = 10.0  # seconds for everything: the name, the connection and the answer
_READ = 1024  # bytes of an answer's body
_SHOWN = 100  # characters of it that the webhook's owner sees
# More threads than messages: a name server that does not answer holds a thread longer than the message waits for it.
_RESOLVERS = ThreadPoolExecutor(40)


def trust(authority: str | None) -> ssl.SSLContext:
    """Returns the system's trust in public authorities, and in the authority of a PEM file if one is named."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority:
        context.load_verify_locations(authority)
    return context


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Posts to targets that `domain/webhook_urls.py` admits.

    The name is resolved once, and the connection goes to exactly that address, for the certificate of that name. No
    redirect is followed and no proxy used. An endpoint has PATIENCE for everything, however slowly it answers.
    """

    context: ssl.SSLContext
    resolver: Callable[[str], Sequence[str]] = resolve
    patience: float = PATIENCE
    clock: Clock = now
    connect: Callable[..., HTTPSConnection] = HTTPSConnection
    resolvers: Executor = field(default=_RESOLVERS, repr=False)

    def post(self, destination: Destination, body: bytes, headers: Mapping[str, str]) -> Failure | None:
        """Returns None when the endpoint answers with a status 2xx, and otherwise why the message did not arrive."""
        ends = monotonic() + self.patience
        try:
            address = self._address(destination)
        except NotPublic as fault:
            return Failure(str(fault))
        except NotInTime:
            return Failure(f"The host name was not resolved within {self.patience:g} seconds.")
        connection = self.connect(
            address,
            destination.port,
            timeout=max(ends - monotonic(), 0.01),
            ssl_context=self.context,
            server_hostname=destination.host,
        )
        ended: list[bool] = []
        try:
            with _closed_at(connection, ends, ended):
                failure = self._answer(connection, destination, body, headers)
            # A connection that was shut down looks like one that the endpoint ended, even after a status of success.
            return Failure(self._late()) if ended else failure
        # An answer that is no HTTP raises either of the last two.
        except (urllib3.exceptions.HTTPError, OSError, ValueError, HTTPException) as fault:
            return Failure(self._reason(fault, is_late=bool(ended)))
        finally:
            connection.close()

    def _address(self, destination: Destination) -> str:
        if destination.is_loopback:
            return "127.0.0.1"
        return self.resolvers.submit(public_address, destination.host, self.resolver).result(timeout=self.patience)

    def _answer(
        self, connection: HTTPSConnection, destination: Destination, body: bytes, headers: Mapping[str, str]
    ) -> Failure | None:
        connection.connect()
        host = destination.host if destination.port == 443 else f"{destination.host}:{destination.port}"
        connection.request(
            "POST", destination.path, body=body, headers={**headers, "host": host}, preload_content=False
        )
        response = connection.getresponse()
        text = response.read(_READ, decode_content=False).decode("ascii", errors="ignore")
        if 200 <= response.status < 300:
            return None
        if 300 <= response.status < 400:
            return Failure(f"It answered {response.status}: redirects are not followed.", response.status)
        shown = "".join(character for character in text[:_SHOWN] if character.isprintable()).strip()
        reason = f"It answered {response.status}{f': {shown}' if shown else ''}"
        return Failure(reason, response.status, self._retry_after(response.headers.get("retry-after")))

    def _retry_after(self, text: str | None) -> timedelta | None:
        """Returns the wait that a header asks for: seconds or a date (RFC 9110, "Retry-After")."""
        if not text:
            return None
        if text.strip().isdecimal():
            return timedelta(seconds=min(int(text[:9]), 10**8))
        try:
            until: datetime = parsedate_to_datetime(text)
            return max(until - self.clock(), timedelta(0))
        except (TypeError, ValueError, OverflowError):  # no date, or one without a zone
            return None

    def _late(self) -> str:
        return f"It did not answer within {self.patience:g} seconds."

    def _reason(self, fault: Exception, *, is_late: bool) -> str:
        """Returns the reason in words that name no address."""
        if isinstance(fault, urllib3.exceptions.NewConnectionError):
            return "It accepted no connection."
        if is_late or isinstance(fault, TimeoutError | urllib3.exceptions.TimeoutError):
            return self._late()
        if isinstance(fault, ssl.SSLCertVerificationError):
            return f"Its certificate is not valid: {fault.verify_message}."
        if isinstance(fault, ssl.SSLError):
            return "It offered no TLS connection."
        return "It ended the connection without an answer."


@contextmanager
def _closed_at(connection: HTTPSConnection, ends: float, ended: list[bool]) -> Iterator[None]:
    """Shut the connection down at a time, because its timeout bounds each read and not all of them together."""

    def end() -> None:
        ended.append(True)
        if connection.sock is not None:
            try:
                connection.sock.shutdown(SHUT_RDWR)
            except OSError:
                return  # the other side was first

    timer = Timer(max(ends - monotonic(), 0.0), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
