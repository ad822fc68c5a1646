"""One correlation id finds the trace of a request, of its relay and of its processing, with their AWS calls."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from adapters.tracing import subsegment
from tests.builders import a_created_task
from tests.in_memory_projections import InMemoryProjections
from tests.integration.lambda_events import ANNA, LambdaContext, field_event
from tests.integration.resolver_lambda import handler
from tests.integration.test_event_path import Consumer, Relay, stream_record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRACE, SEGMENT = "1-6b04d614-4164c69a0123456789abcdef", "53995c3f42cd8ad8"
REQUEST = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"
"""The id of the request, whose trace is another one than that of a later invocation."""


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE};Parent={SEGMENT};Sampled=1;Lineage=1:a:0")
        yield listening


def received(daemon: socket.socket) -> list[dict[str, Any]]:
    """Returns the subsegments that were sent, without ids and times, each with its parent's name."""
    documents = []
    while True:
        try:
            header, _, text = daemon.recv(65_536).partition(b"\n")
        except BlockingIOError:
            break
        assert json.loads(header) == {"format": "json", "version": 1}
        documents.append(json.loads(text))
    names = {document["id"]: document["name"] for document in documents}
    for document in documents:
        assert document["trace_id"] == TRACE
        assert document["type"] == "subsegment"
        assert len(document["id"]) == 16
        assert document["start_time"] <= document["end_time"]
        document["parent"] = names.get(document["parent_id"], document["parent_id"])
    return documents


def summary(documents: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Returns name, parent and correlation id of each."""
    return [
        (document["name"], document["parent"], document.get("annotations", {}).get("correlation_id"))
        for document in documents
    ]


def test_a_field_is_found_by_its_request_and_holds_its_calls(dynamodb: DynamoDBClient, daemon: socket.socket) -> None:
    event = field_event("Mutation.createTask", {"input": {"title": "one"}}, ANNA)
    event["request"]["headers"]["x-amzn-trace-id"] = REQUEST

    handler(event, LambdaContext())

    call, field = received(daemon)
    assert summary([call, field]) == [
        ("dynamodb", "Mutation.createTask", None),
        ("Mutation.createTask", SEGMENT, REQUEST),
    ]
    assert (call["namespace"], call["aws"]["operation"]) == ("aws", "PutItem")
    assert call["http"] == {"response": {"status": 200}}
    assert [call[kind] for kind in ("fault", "error", "throttle")] == [False, False, False]


def test_a_call_that_is_refused_is_marked(dynamodb: DynamoDBClient, daemon: socket.socket) -> None:
    dynamodb.delete_table(TableName="tasks")

    handler(field_event("Query.task", {"id": "task-none"}, ANNA), LambdaContext())

    call, _ = received(daemon)
    assert (call["error"], call["http"]) == (True, {"response": {"status": 400}})


def test_a_change_is_found_by_its_request_in_the_relay_and_the_processor(daemon: socket.socket) -> None:
    relay, task = Relay(), a_created_task()

    relay(stream_record(1, task, CorrelationId=REQUEST))
    relayed = received(daemon)
    Consumer(InMemoryProjections())(*relay.topic.published)

    assert summary(relayed) == [("TaskCreated", SEGMENT, REQUEST)]
    assert summary(received(daemon)) == [("TaskCreated", SEGMENT, REQUEST)]


def test_an_error_is_a_fault_and_passes(daemon: socket.socket) -> None:
    with pytest.raises(KeyError), subsegment("outer", REQUEST), subsegment("inner", None, calls=True):
        raise KeyError

    inner, outer = received(daemon)
    assert [document["fault"] for document in (inner, outer)] == [True, True]
    assert (inner["namespace"], inner["parent"]) == ("remote", "outer")


@pytest.mark.parametrize("header", ["", "Root=1-a-b;Parent=c;Sampled=0", "Root=1-a-b;Sampled=1", "nonsense"])
def test_what_is_not_sampled_sends_nothing(daemon: socket.socket, monkeypatch: pytest.MonkeyPatch, header: str) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)

    with subsegment("field", REQUEST):
        pass

    assert received(daemon) == []


def test_nobody_who_listens_fails_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", "nowhere.invalid:2000")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE};Parent={SEGMENT};Sampled=1")

    with subsegment("field", REQUEST):
        pass
