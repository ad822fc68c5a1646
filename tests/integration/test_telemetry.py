"""Operators read in logs and metrics what became of each field, stream record and message."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from domain.changes import TaskChange
from domain.events import Calendar, utc_day
from domain.services.read_tasks import FindTask, ReadHistory
from processor.consumer import TIME_OF_A_MESSAGE
from processor.telemetry import logger as event_path_logger
from resolvers.application import lambda_handler
from resolvers.telemetry import logger as resolver_logger
from tests.builders import ANNA as ANNA_ID
from tests.builders import a_created_task
from tests.in_memory_projections import InMemoryProjections
from tests.in_memory_tasks import InMemoryTasks
from tests.integration.lambda_events import ANNA, BORIS, LambdaContext, field_event
from tests.integration.resolver_lambda import parts
from tests.integration.test_event_path import Consumer, Relay, bodies_of, metrics_of, stream_record

if TYPE_CHECKING:
    from domain.identifiers import TaskId
    from domain.task import Task

# What the Lambdas tell themselves; Powertools adds more.
LOG_FIELDS = {
    *("level", "message", "exception_name", "correlation_id", "correlation_ids", "field", "error_type", "error_info"),
    *("event_id", "event_type", "duplicate", "message_id", "reason", "messages", "published", "sequence_number"),
}


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """Returns the text that the Lambdas log."""
    written = StringIO()
    for logger in (resolver_logger, event_path_logger):
        monkeypatch.setattr(logger.registered_handler, "stream", written)
    return written


def logged(logs: StringIO) -> list[dict[str, Any]]:
    """Returns the log's records, without what Powertools adds to each of them."""
    records = [json.loads(line) for line in logs.getvalue().splitlines()]
    return [{name: value for name, value in record.items() if name in LOG_FIELDS} for record in records]


class Unreachable(InMemoryProjections):
    """A table that nobody reaches."""

    def record(self, change: TaskChange, day_of: Calendar = utc_day) -> bool:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    def history(self, task_id: TaskId, limit: int) -> Any:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")


def test_a_processed_message_is_told_by_its_event_and_a_duplicate_is_named(
    logs: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    consumed, task = Consumer(InMemoryProjections()), a_created_task()
    log_fields = {
        "level": "INFO",
        "message": "processed",
        "event_id": f"{task.id}/1/TaskCreated",
        "event_type": "TaskCreated",
        "correlation_id": "Root=1-abc",
    }

    for _ in range(2):
        consumed(*bodies_of(task))

    assert logged(logs) == [log_fields | {"duplicate": False}, log_fields | {"duplicate": True}]
    assert metrics_of(capsys) == {
        "MessagesReceived": 2,
        "ChangesProcessed": 1,
        "ChangesLate": 1,  # the task of the test was created before today
        "DuplicateChanges": 1,
    }


def test_a_message_that_comes_again_is_told_with_the_reason(logs: StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    task = a_created_task()
    log_fields = {"event_id": f"{task.id}/1/TaskCreated", "correlation_id": "Root=1-abc"}
    without_subscribers = Consumer(InMemoryProjections())
    without_subscribers.subscribers.down = {ANNA_ID}

    Consumer(InMemoryProjections())(*bodies_of(task), remaining=TIME_OF_A_MESSAGE)
    without_subscribers(*bodies_of(task))
    Consumer(Unreachable())(*bodies_of(task))
    Consumer(InMemoryProjections())("[]")

    assert logged(logs) == [
        {"level": "WARNING", "message": "given back"} | log_fields,
        {"level": "ERROR", "message": "live update failed", "exception_name": "LiveUpdateFailed"} | log_fields,
        {"level": "ERROR", "message": "failed", "exception_name": "ConnectTimeoutError"} | log_fields,
        {
            "level": "ERROR",
            "message": "unreadable message",
            "exception_name": "UnreadableMessage",
            "message_id": "0",
            "reason": "message: Input should be an object",
        },
    ]
    assert metrics_of(capsys) == {
        "MessagesReceived": 4,
        "ChangesGivenBack": 1,
        "LiveUpdatesFailed": 1,
        "ChangesFailed": 1,
        "UnreadableMessages": 1,
    }


def test_a_relayed_batch_is_told_with_its_requests_and_what_was_published(
    logs: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    relayed = Relay()
    relayed.topic.refuses = {1}

    relayed(*(stream_record(number, a_created_task()) for number in range(3)))

    assert logged(logs) == [
        {"level": "INFO", "message": "relayed", "messages": 3, "published": 1, "correlation_ids": ["Root=1-abc"]}
    ]
    assert metrics_of(capsys) == {"ChangesRelayed": 1, "RecordsFailed": 1}


@pytest.mark.parametrize("down", [False, True])
def test_an_unreadable_record_is_told_by_its_number_and_whether_it_was_parked(
    logs: StringIO, capsys: pytest.CaptureFixture[str], down: bool
) -> None:
    relayed = Relay()
    relayed.parked.down = down

    relayed(stream_record(7, a_created_task(), Version="two"))

    unreadable, *unparked, relay = logged(logs)
    assert unreadable == {
        "level": "ERROR",
        "message": "unreadable record",
        "sequence_number": "7",
        "reason": "ValueError",
        "exception_name": "UnreadableImage",
    }
    assert unparked == [
        {"level": "ERROR", "message": "a record could not be parked", "exception_name": "CannotPark"}
        for _ in range(down)
    ]
    assert (relay["messages"], relay["published"], relay["correlation_ids"]) == (0, 0, [])
    assert metrics_of(capsys) == {"ChangesRelayed": 0, "RecordsFailed": down} | ({} if down else {"RecordsParked": 1})


@pytest.fixture
def tasks() -> InMemoryTasks:
    return InMemoryTasks()


@pytest.fixture
def task(tasks: InMemoryTasks) -> Task:
    """Returns a stored task of Anna."""
    stored = a_created_task()
    tasks.add(stored)
    return stored


def test_a_field_is_told_by_its_name_and_request_and_a_refusal_by_its_error(
    logs: StringIO, capsys: pytest.CaptureFixture[str], tasks: InMemoryTasks, task: Task
) -> None:
    handler = lambda_handler(replace(parts, find_task=FindTask(tasks)))
    of_request = {"level": "INFO", "field": "Query.task", "correlation_id": "Root=1-test"}

    for caller in (ANNA, BORIS):
        handler(field_event("Query.task", {"id": str(task.id)}, caller), LambdaContext())

    assert logged(logs) == [
        of_request | {"message": "answered"},
        of_request | {"message": "refused", "error_type": "TaskNotFound", "error_info": {"id": str(task.id)}},
    ]
    assert metrics_of(capsys) == {"Querytask": 1, "RefusedTaskNotFound": 1}


def test_a_failure_is_told_with_its_exception(
    logs: StringIO, capsys: pytest.CaptureFixture[str], tasks: InMemoryTasks, task: Task
) -> None:
    class Away(InMemoryTasks):
        def get(self, task_id: TaskId) -> Task | None:
            raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    handler = lambda_handler(replace(parts, find_task=FindTask(Away())))

    handler(field_event("Query.task", {"id": str(task.id)}, ANNA), LambdaContext())

    assert logged(logs) == [
        {
            "level": "ERROR",
            "message": "failed",
            "field": "Query.task",
            "correlation_id": "Root=1-test",
            "exception_name": "ConnectTimeoutError",
        }
    ]
    assert metrics_of(capsys) == {"Failed": 1}


@pytest.mark.parametrize(("code", "metric"), [("ThrottlingException", "Throttled"), ("AccessDenied", "Failed")])
def test_a_throttle_that_a_user_causes_is_counted_apart_from_failures(
    capsys: pytest.CaptureFixture[str], tasks: InMemoryTasks, task: Task, code: str, metric: str
) -> None:
    fault = ClientError({"Error": {"Code": code}}, "GetItem")

    class Throttled(InMemoryTasks):
        def get(self, task_id: TaskId) -> Task | None:
            raise fault

    class ThrottledHistories(InMemoryProjections):
        def history(self, task_id: TaskId, limit: int) -> Any:
            raise fault

    handler = lambda_handler(
        replace(parts, find_task=FindTask(Throttled()), read_history=ReadHistory(ThrottledHistories()))
    )

    answer: Any = handler(field_event("Query.task", {"id": str(task.id)}, ANNA), LambdaContext())
    source = {"id": str(task.id), "userId": "anna"}
    handler([field_event("Task.history", {}, ANNA, source=source)] * 2, LambdaContext())

    assert answer["error"]["type"] == "InternalError"
    assert metrics_of(capsys) == {metric: 3, "Taskhistory": 1}


def test_each_history_of_a_batch_that_failed_is_counted(logs: StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    handler = lambda_handler(replace(parts, read_history=ReadHistory(Unreachable())))
    sources = [{"id": f"task-{number}", "userId": user} for number, user in enumerate(("anna", "anna", "boris"))]

    handler([field_event("Task.history", {}, ANNA, source=source) for source in sources], LambdaContext())

    assert [record["message"] for record in logged(logs)] == ["failed", "failed"]
    assert metrics_of(capsys) == {"Taskhistory": 1, "Failed": 2}


def test_a_request_without_a_usable_trace_is_told_by_the_invocation(logs: StringIO, tasks: InMemoryTasks) -> None:
    handler = lambda_handler(replace(parts, find_task=FindTask(tasks)))
    event = field_event("Query.task", {"id": "task-1"}, ANNA)
    event["request"]["headers"]["x-amzn-trace-id"] = "a line\nbreak"

    handler(event, LambdaContext(aws_request_id="invocation-1"))

    assert [record["correlation_id"] for record in logged(logs)] == ["invocation-1"]
