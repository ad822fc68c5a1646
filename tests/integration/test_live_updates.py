"""Live updates are signed requests to the API, which are repeated while AppSync is briefly away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
import urllib3
from appsync_offline.authentication.sigv4 import Signature
from appsync_offline.schema.executable import PRELUDE
from botocore.session import Session
from graphql import build_schema, execute_sync, parse, validate

from adapters.appsync_live_updates import AppSyncLiveUpdates, connections
from adapters.time_budget import OutOfTime, TimeBudget
from cdk.fields import SCHEMA
from domain.changes import TaskChange
from domain.ports import LiveUpdateFailed, LiveUpdateRefused, LiveUpdateThrottled
from tests.builders import a_created_task, a_task, changes_of, later

ACCEPTED = b'{"data": {}}'


@dataclass(frozen=True)
class Request:
    """A request that AppSync received."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def operation(self) -> Any:
        """Returns the GraphQL request."""
        return json.loads(self.body)


@dataclass
class AppSync:
    """AppSync as the processor sees it. It gives the prepared answers first, and accepts every further request."""

    url: str = ""
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Request] = field(default_factory=list)
    clients: set[int] = field(default_factory=set)
    together: threading.Barrier = field(default_factory=lambda: threading.Barrier(1))


@pytest.fixture
def appsync() -> Iterator[AppSync]:
    stage = AppSync()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            stage.received.append(Request(self.path, headers, body))
            stage.clients.add(self.client_address[1])
            stage.together.wait(10)
            status, answer = stage.answers.pop(0) if stage.answers else (200, ACCEPTED)
            self.send_response(status)
            for name, value in {**stage.headers, "content-length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        stage.url = f"http://127.0.0.1:{server.server_port}/graphql"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield stage
        server.shutdown()
        thread.join()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Returns the seconds of every pause between two attempts. No time passes in them."""
    delays: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", delays.append)
    return delays


@pytest.fixture
def updates(appsync: AppSync, pauses: list[float]) -> Iterator[AppSyncLiveUpdates]:
    with connections(1) as pool:
        yield AppSyncLiveUpdates(appsync.url, pool, budget=TimeBudget())


def a_completion() -> TaskChange:
    task = a_task(title="Bücher ✓")
    task.complete(later())
    return changes_of(task)[0]


def a_creation() -> TaskChange:
    return changes_of(a_created_task())[0]


@pytest.mark.parametrize(
    ("change", "event", "fields"),
    [
        (a_creation, "CREATED", ["publishTaskChange"]),
        (a_completion, "COMPLETED", ["publishTaskChange", "publishTaskCompleted"]),
    ],
)
def test_a_change_is_one_mutation_with_every_stored_field_and_a_completion_is_published_beside_it(
    appsync: AppSync, updates: AppSyncLiveUpdates, change: Any, event: str, fields: list[str]
) -> None:
    schema = build_schema(PRELUDE + SCHEMA.read_text())

    published = change()
    updates.publish(published, None)

    (request,) = appsync.received
    document = parse(request.operation["query"])
    assert validate(schema, document) == []
    by_field: dict[str, Any] = {}
    root = {name: lambda _info, name=name, **arguments: by_field.update({name: arguments}) for name in fields}
    assert not execute_sync(schema, document, root, variable_values=request.operation["variables"]).errors
    assert list(by_field) == fields
    assert by_field["publishTaskChange"]["change"]["event"] == event
    tasks = [by_field["publishTaskChange"]["change"]["task"], *(by_field[name]["task"] for name in fields[1:])]
    assert [(task["id"], task["title"], task["version"]) for task in tasks] == [
        (str(published.task_id), published.task.title, published.version)
    ] * len(fields)


@pytest.mark.parametrize("correlation_id", ["Root=1-abc", None, "a line\nbreak"])
def test_a_request_is_signed_whole_and_carries_the_correlation_id_that_a_header_can_hold(
    appsync: AppSync, updates: AppSyncLiveUpdates, correlation_id: str | None
) -> None:
    updates.publish(a_completion(), correlation_id)
    updates.publish(a_creation(), correlation_id)

    for request in appsync.received:
        assert request.headers["content-type"] == "application/json"
        assert request.headers.get("x-amzn-trace-id") == ("Root=1-abc" if correlation_id == "Root=1-abc" else None)
        signature = Signature.parse(request.headers["authorization"])
        assert "content-type" in signature.signed_headers
        signature.verify(
            "testing",
            region="us-east-1",
            path=request.path,
            headers=request.headers,
            body=request.body,
            now=datetime.now(UTC),
        )


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_update_that_is_throttled_or_meets_an_outage_is_sent_again(
    appsync: AppSync, updates: AppSyncLiveUpdates, status: int
) -> None:
    appsync.answers = [(status, b"later"), (status, b"later")]

    updates.publish(a_creation(), None)

    assert len(appsync.received) == 3


def test_after_three_attempts_an_update_has_failed_and_its_answer_is_told(
    appsync: AppSync, updates: AppSyncLiveUpdates, pauses: list[float]
) -> None:
    appsync.answers = [(503, b"away for " + b"x" * 1_000)] * 3
    appsync.headers = {"retry-after": "60"}  # more time than the Lambda has

    with pytest.raises(LiveUpdateFailed) as failed:
        updates.publish(a_creation(), None)

    assert str(failed.value) == f"HTTP 503: away for {'x' * 491}"
    assert len(appsync.received) == 3
    assert all(pause <= 0.5 for pause in pauses)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (200, {"message": "Variable 'change' has an invalid value."}, LiveUpdateRefused),
        (200, {"message": "Can't serialize value (/publishTaskChange/task/createdAt)"}, LiveUpdateRefused),
        (429, {"errorType": "TooManyRequestsException", "message": "Too many requests"}, LiveUpdateThrottled),
        (200, {"message": "Validation error of type UnknownArgument: Unknown field argument task"}, LiveUpdateFailed),
        (200, {"errorType": "Unauthorized", "message": "Not Authorized to access publishTaskChange"}, LiveUpdateFailed),
        (403, {"errorType": "AccessDeniedException", "message": "no"}, LiveUpdateFailed),
        (500, {"message": "internal"}, LiveUpdateFailed),
    ],
)
def test_what_one_change_can_cause_is_told_from_a_fault_of_the_code(
    appsync: AppSync, updates: AppSyncLiveUpdates, status: int, error: Any, kind: type[LiveUpdateFailed]
) -> None:
    appsync.answers = [(status, json.dumps({"errors": [error]}).encode())] * 3

    with pytest.raises(LiveUpdateFailed) as failed:
        updates.publish(a_creation(), None)

    assert isinstance(failed.value, kind)
    assert isinstance(failed.value, LiveUpdateRefused | LiveUpdateThrottled) is (kind is not LiveUpdateFailed)


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (200, b'{"errors": [{"message": "denied"}]}', 'HTTP 200: {"errors": [{"message": "denied"}]}'),
        (403, b"\xff", "HTTP 403: \N{REPLACEMENT CHARACTER}"),
        (200, b"no json", "JSONDecodeError: "),
    ],
)
def test_a_refused_update_has_failed_at_once(
    appsync: AppSync, updates: AppSyncLiveUpdates, status: int, answer: bytes, reason: str
) -> None:
    appsync.answers = [(status, answer)]

    with pytest.raises(LiveUpdateFailed) as failed:
        updates.publish(a_creation(), None)

    assert str(failed.value).startswith(reason)
    assert len(appsync.received) == 1


def test_an_address_where_nobody_answers_fails_the_update() -> None:
    with connections(1) as pool, pytest.raises(LiveUpdateFailed, match=r"^MaxRetryError: "):
        AppSyncLiveUpdates("http://127.0.0.1:1/graphql", pool).publish(a_creation(), None)


def test_without_credentials_nothing_is_sent(appsync: AppSync, updates: AppSyncLiveUpdates) -> None:
    anonymous = Session()
    anonymous.get_component("credential_provider").providers.clear()

    with pytest.raises(LiveUpdateFailed, match=r"^no AWS credentials to sign with$"):
        AppSyncLiveUpdates(appsync.url, updates.http, boto3.Session(botocore_session=anonymous)).publish(
            a_creation(), None
        )

    assert appsync.received == []


def test_concurrent_updates_keep_their_connections(appsync: AppSync) -> None:
    appsync.together = threading.Barrier(3)
    with connections(3) as pool, ThreadPoolExecutor(3) as workers:
        updates = AppSyncLiveUpdates(appsync.url, pool)
        for _ in range(2):
            list(workers.map(lambda _: updates.publish(a_creation(), None), range(3)))

    assert len(appsync.received) == 6
    assert len(appsync.clients) == 3


@pytest.mark.parametrize(("seconds", "attempts"), [(4.9, 0), (5.1, 1), (9.6, 2), (30, 3)])
def test_an_update_is_attempted_as_often_as_the_time_of_the_invocation_allows(
    appsync: AppSync, updates: AppSyncLiveUpdates, seconds: float, attempts: int
) -> None:
    budget = TimeBudget()
    budget.start(int(seconds * 1000))
    appsync.answers = [(503, b"away")] * 3

    with pytest.raises(LiveUpdateFailed if attempts else OutOfTime):
        replace(updates, budget=budget).publish(a_creation(), None)

    assert len(appsync.received) == attempts


def test_an_attempt_takes_at_most_four_seconds() -> None:
    timeout = connections(1).connection_pool_kw["timeout"]

    assert isinstance(timeout, urllib3.Timeout)
    assert (timeout.connect_timeout, timeout.read_timeout) == (1, 3)
