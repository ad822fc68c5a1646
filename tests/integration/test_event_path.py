"""From outbox to projections: the relay and the processor, called as Lambda calls them."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.items import serialize, task_item
from adapters.messages import event_of, to_message
from adapters.sns_events import EventTopic
from domain.events import DomainEvent, TaskSnapshot
from domain.status import TaskStatus
from domain.task import Task
from processor import consumer, relay
from tests.builders import ANNA, BORIS, a_created_task, a_task, later
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import LambdaContext

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def stream_record(sequence_number: int, task: Task, **more: Any) -> dict[str, Any]:
    """A stream record of a task that has recorded events but is not stored."""
    item = task_item(task, write_id=str(uuid4()), correlation_id="Root=1-abc") | more
    return {
        "eventName": "MODIFY",
        "dynamodb": {"SequenceNumber": str(sequence_number), "NewImage": serialize(item)},
    }


@dataclass
class Topic:
    """SNS as the relay sees it; refuses the messages whose turn is in `refuses`."""

    refuses: set[int] = field(default_factory=set)
    published: list[dict[str, Any]] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def publish_batch(self, TopicArn: str, PublishBatchRequestEntries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        failed = []
        self.batches.append(len(PublishBatchRequestEntries))
        for entry in PublishBatchRequestEntries:
            if sum(self.batches[:-1]) + int(entry["Id"]) in self.refuses:
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                self.published.append(json.loads(entry["Message"]))
        return {"Successful": [], "Failed": failed}


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Topic:
    fake = Topic()
    monkeypatch.setattr(relay, "topic", EventTopic(fake, "arn"))  # type: ignore[arg-type]
    return fake


def relayed(*records: dict[str, Any]) -> list[str]:
    answer = relay.handler({"Records": list(records)}, LambdaContext())  # type: ignore[arg-type] # what is read of it
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_every_event_of_every_outbox_is_published_in_order(topic: Topic) -> None:
    first, second = a_created_task(), a_task(status=TaskStatus.IN_PROGRESS, version=2)
    second.complete(later())

    failures = relayed(stream_record(1, first), stream_record(2, second))

    assert failures == []
    assert [message["eventType"] for message in topic.published] == [
        "TaskCreated",
        "TaskStatusChanged",
        "TaskCompleted",
    ]
    assert [event_of(message) for message in topic.published] == [*first.events, *second.events]
    assert {message["correlationId"] for message in topic.published} == {"Root=1-abc"}


def test_the_relay_publishes_ten_messages_a_call(topic: Topic) -> None:
    relayed(*(stream_record(n, a_created_task()) for n in range(25)))

    assert topic.batches == [10, 10, 5]


def test_the_relay_stops_at_the_first_record_that_is_not_wholly_published(topic: Topic) -> None:
    topic.refuses = {12}

    failures = relayed(*(stream_record(n, a_created_task()) for n in range(25)))

    assert failures == ["12"]
    assert topic.batches == [10, 10]


def test_an_unreadable_record_stops_the_relay_after_what_stands_before_it(topic: Topic) -> None:
    unreadable = stream_record(2, a_created_task(), Outbox=["SomethingElse"])

    failures = relayed(stream_record(1, a_created_task()), unreadable, stream_record(3, a_created_task()))

    assert failures == ["2"]
    assert len(topic.published) == 1


@dataclass
class Subscribers:
    """Live updates as the processor sees them."""

    down: bool = False
    completed: list[TaskSnapshot] = field(default_factory=list)
    changed: list[DomainEvent] = field(default_factory=list)

    def task_completed(self, task: TaskSnapshot) -> None:
        self._check()
        self.completed.append(task)

    def task_changed(self, event: DomainEvent) -> None:
        self._check()
        self.changed.append(event)

    def _check(self) -> None:
        if self.down:
            raise ConnectionError("AppSync is away")


@pytest.fixture
def subscribers(monkeypatch: pytest.MonkeyPatch) -> Subscribers:
    fake = Subscribers()
    monkeypatch.setattr(consumer, "live_updates", fake)
    return fake


@pytest.fixture
def projections(dynamodb: DynamoDBClient) -> DynamoDBProjections:
    return DynamoDBProjections(dynamodb, TABLE_NAME)


def consumed(*bodies: str) -> list[str]:
    records = [
        {
            "messageId": str(number),
            "receiptHandle": "handle",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
            "awsRegion": "us-east-1",
        }
        for number, body in enumerate(bodies)
    ]
    answer = consumer.handler({"Records": records}, LambdaContext())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def a_completed_life(**more: Any) -> Task:
    task = a_created_task(**more)
    task.start(later(1))
    task.complete(later(2))
    return task


def bodies_of(*tasks: Task) -> list[str]:
    return [to_message(event, "Root=1-abc") for task in tasks for event in task.events]


def test_events_become_history_statistics_and_live_updates(
    projections: DynamoDBProjections, subscribers: Subscribers
) -> None:
    task = a_completed_life()

    assert consumed(*bodies_of(task)) == []

    history = projections.history(task.id, 100)
    assert [entry.event_type for entry in history] == [event.event_type for event in task.events]
    statistics = projections.statistics(ANNA)
    assert (statistics.total, statistics.count(TaskStatus.COMPLETED)) == (1, 1)
    assert statistics.completed_since(later().date()) == 1
    assert subscribers.completed == [task.snapshot()]
    assert [event.event_type for event in subscribers.changed] == [
        "TaskCreated",
        "TaskStatusChanged",
        "TaskStatusChanged",
    ]


def test_a_reopening_travels_whole_and_takes_the_completion_back(
    topic: Topic, projections: DynamoDBProjections, subscribers: Subscribers
) -> None:
    task = a_completed_life()
    before = bodies_of(task)
    task.events.clear()
    task.reopen(later(3))

    relayed(stream_record(1, task))
    assert consumed(*before, *map(json.dumps, topic.published)) == []

    assert [event_of(message) for message in topic.published] == task.events
    history = projections.history(task.id, 100)
    assert [entry.event_type for entry in history][-2:] == ["TaskStatusChanged", "TaskReopened"]
    statistics = projections.statistics(ANNA)
    assert (statistics.total, statistics.count(TaskStatus.PENDING)) == (1, 1)
    assert statistics.completed_since(later().date()) == 0


def test_events_delivered_three_times_and_shuffled_are_counted_once(
    projections: DynamoDBProjections, subscribers: Subscribers
) -> None:
    tasks = [a_completed_life(user_id=ANNA if n % 2 else BORIS) for n in range(40)]
    bodies = bodies_of(*tasks) * 3
    random.Random(20261123).shuffle(bodies)

    for start in range(0, len(bodies), 10):
        assert consumed(*bodies[start : start + 10]) == []

    for user in (ANNA, BORIS):
        statistics = projections.statistics(user)
        assert dict(statistics.by_status) == {status: 20 * (status is TaskStatus.COMPLETED) for status in TaskStatus}
        assert statistics.completed_since(later().date()) == 20
    for task in tasks:
        entries = projections.history(task.id, 100)
        assert sorted(entry.event_id for entry in entries) == sorted(event.event_id for event in task.events)


@pytest.mark.parametrize("poison", ["", "not json", "[]", "{}", '{"eventType": "TaskCreated"}', '"text"'])
def test_a_poison_message_fails_alone(projections: DynamoDBProjections, subscribers: Subscribers, poison: str) -> None:
    task = a_created_task()

    failures = consumed(poison, *bodies_of(task))

    assert failures == ["0"]
    assert len(projections.history(task.id, 100)) == 1


def test_an_event_of_an_unknown_type_is_dropped(projections: DynamoDBProjections, subscribers: Subscribers) -> None:
    assert consumed('{"eventId": "1", "eventType": "TaskPraised"}') == []
    assert (subscribers.changed, subscribers.completed) == ([], [])


def test_an_event_whose_live_update_failed_comes_again_and_is_counted_once(
    projections: DynamoDBProjections, subscribers: Subscribers
) -> None:
    task = a_created_task()
    subscribers.down = True
    assert consumed(*bodies_of(task)) == ["0"]

    subscribers.down = False
    assert consumed(*bodies_of(task)) == []

    assert projections.statistics(ANNA).total == 1
    assert [event.task for event in subscribers.changed] == [task.snapshot()]
