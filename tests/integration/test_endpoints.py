"""The product posts to servers that nobody trusts, at exactly the address that it checked, for ten seconds at most."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from urllib3.connection import HTTPSConnection

from adapters.endpoints import PATIENCE, Endpoints, trust
from domain.deliveries import Failure
from domain.webhook_urls import Destination, destination_of
from tests.builders import NOON
from tests.integration.https_server import HttpsServer, answers, https_server

NAME = "hooks.example.com"
PUBLIC = "93.184.216.34"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpsServer]:
    with https_server(tmp_path, names=(NAME,)) as server:
        yield server


def post(server: HttpsServer, destination: Destination | None = None, **options: Any) -> Failure | None:
    endpoints = Endpoints(trust(str(server.authority)), clock=lambda: NOON, **options)
    return endpoints.post(destination or destination_of(server.url, allows_loopback=True), b"{}", {"webhook-id": "1"})


def test_a_message_arrives_with_its_body_and_headers(server: HttpsServer) -> None:
    assert post(server) is None

    (received,) = server.requests
    assert (received.path, received.body, received.headers["webhook-id"]) == ("/tasks?of=anna", b"{}", "1")
    assert received.headers["host"] == f"127.0.0.1:{server.port}"


def test_the_name_is_resolved_once_and_the_connection_goes_to_exactly_that_address(server: HttpsServer) -> None:
    """A name that answers with a private address from the second time on (DNS rebinding) gains nothing."""
    answers_of_the_name = iter([[PUBLIC], ["127.0.0.1"]])
    addresses: list[tuple[str, int]] = []

    def connect(address: str, port: int, **options: Any) -> HTTPSConnection:
        addresses.append((address, port))
        return HTTPSConnection("127.0.0.1", server.port, **options)

    assert (
        post(server, destination_of(f"https://{NAME}/x"), resolver=lambda _: next(answers_of_the_name), connect=connect)
        is None
    )

    assert addresses == [(PUBLIC, 443)]
    assert next(answers_of_the_name) == ["127.0.0.1"]
    assert server.names == [NAME]
    assert server.requests[0].headers["host"] == NAME


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "::ffff:10.0.0.1"], ["169.254.169.254"], []])
def test_a_name_with_a_private_address_is_never_connected_to(server: HttpsServer, addresses: list[str]) -> None:
    def connect(*_: object, **__: object) -> HTTPSConnection:
        raise AssertionError("connected")

    failure = post(server, destination_of(f"https://{NAME}/x"), resolver=lambda _: addresses, connect=connect)

    assert failure == Failure("The host name has an address that is not public.")


def test_a_certificate_of_another_name_is_refused(server: HttpsServer) -> None:
    failure = post(server, Destination("other.example.com", server.port, "/", is_loopback=True))

    assert failure is not None
    assert failure.reason.startswith("Its certificate is not valid: Hostname mismatch")
    assert server.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(server: HttpsServer) -> None:
    failure = Endpoints(trust(None)).post(destination_of(server.url, allows_loopback=True), b"{}", {})

    assert failure == Failure("Its certificate is not valid: unable to get local issuer certificate.")
    assert server.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_not_followed(server: HttpsServer, status: int) -> None:
    server.answer = answers(status, location=f"https://127.0.0.1:{server.port}/other")

    assert post(server) == Failure(f"It answered {status}: redirects are not followed.", status)
    assert [request.path for request in server.requests] == ["/tasks?of=anna"]


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Mon, 23 Nov 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 23 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
        ("9" * 40, timedelta(days=1)),
    ],
)
def test_a_wait_is_seconds_or_a_date(server: HttpsServer, header: str, wait: timedelta | None) -> None:
    server.answer = answers(429, retry_after=header)

    failure = post(server)

    assert failure is not None
    assert failure.status == 429
    assert failure.wait == (wait or timedelta(0))


def test_of_a_refusal_a_hundred_visible_characters_are_shown_and_a_kilobyte_is_read(server: HttpsServer) -> None:
    server.answer = answers(500, "no\x1b[31m\r\nentry " + "x" * 5_000_000)

    failure = post(server)

    assert failure is not None
    assert failure.reason == "It answered 500: no[31mentry " + "x" * 85


def test_a_port_that_nobody_listens_on_is_a_failure(server: HttpsServer) -> None:
    assert post(server, Destination("127.0.0.1", 1, "/", is_loopback=True)) == Failure("It accepted no connection.")


def drips_headers(request: BaseHTTPRequestHandler, ended: threading.Event) -> None:
    """Writes a byte at a time, so that no single read of the client takes long."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
    try:
        while not ended.wait(0.02):
            request.wfile.write(b"y")
    except OSError:
        ended.set()


def test_an_endpoint_that_answers_byte_by_byte_has_its_time_for_everything(server: HttpsServer) -> None:
    ended = threading.Event()
    server.answer = lambda request: drips_headers(request, ended)

    failure = post(server, patience=0.3)

    assert failure == Failure("It did not answer within 0.3 seconds.")
    assert ended.wait(10)
    assert PATIENCE == 10


def test_an_endpoint_that_does_not_answer_has_its_time(server: HttpsServer) -> None:
    ended = threading.Event()

    def hangs(_: BaseHTTPRequestHandler) -> None:
        ended.wait(10)

    server.answer = hangs
    try:
        assert post(server, patience=0.2) == Failure("It did not answer within 0.2 seconds.")
    finally:
        ended.set()


def test_a_name_server_that_does_not_answer_has_its_time(server: HttpsServer) -> None:
    ended = threading.Event()

    def resolver(_: str) -> list[str]:
        ended.wait(10)
        return [PUBLIC]

    try:
        failure = post(server, destination_of(f"https://{NAME}/x"), resolver=resolver, patience=0.1)
        assert failure == Failure("The host name was not resolved within 0.1 seconds.")
    finally:
        ended.set()


def test_an_answer_that_is_no_http_is_a_failure(server: HttpsServer) -> None:
    def speaks_ssh(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"SSH-2.0-x\r\n\r\n")

    server.answer = speaks_ssh

    assert post(server) == Failure("It ended the connection without an answer.")
