"""Changes reach the projections through the relay and the processor, which the tests call as Lambda calls them."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_webhooks import CannotTell
from adapters.erasure_messages import UserErased
from adapters.items import serialize
from adapters.messages import ChangeMessage
from adapters.sns_events import EventTopic
from adapters.sqs_parking import ParkedRecords
from adapters.statistics_items import statistics_key
from adapters.task_items import task_item
from adapters.time_budget import OutOfTime
from domain.changes import TaskChange
from domain.events import Calendar, utc_day
from domain.identifiers import UserId
from domain.ports import LiveUpdateFailed, LiveUpdateRefused, LiveUpdateThrottled, TaskProjections
from domain.status import TaskStatus
from domain.task import Task
from processor.consumer import TIME_OF_A_MESSAGE, consumer
from processor.follow_change import EveryoneListens, FollowChange
from processor.queue_batches import BATCH_SIZE
from processor.relay import TIME_OF_A_CALL, relay
from tests.builders import ANNA, BORIS, a_created_task, a_task, changes_of, later
from tests.in_memory_projections import InMemoryErasures, InMemoryProjections, InMemorySettings
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import LambdaContext

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def stream_record(sequence_number: int, task: Task, **more: Any) -> dict[str, Any]:
    """Returns a stream record of a task that has recorded events but is not stored."""
    item = task_item(task, write_id=str(uuid4()), correlation_id="Root=1-abc") | more
    return {
        "eventName": "MODIFY",
        "dynamodb": {"SequenceNumber": str(sequence_number), "NewImage": serialize(item)},
    }


def canceled(*reasons: str) -> ClientError:
    """Returns DynamoDB's refusal of a transaction."""
    response = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(response, "TransactWriteItems")  # type: ignore[arg-type]


@dataclass
class Topic:
    """SNS as the relay sees it. It refuses the messages at the positions `refuses` and fails the calls at `fails`."""

    refuses: set[int] = field(default_factory=set)
    refuses_for_good: set[int] = field(default_factory=set)
    fails: set[int] = field(default_factory=set)
    fault: Exception = field(default_factory=lambda: ConnectTimeoutError(endpoint_url="https://sns"))
    published: list[str] = field(default_factory=list)
    attributes: list[dict[str, Any]] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def publish_batch(self, TopicArn: str, PublishBatchRequestEntries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        assert TopicArn == "arn"
        failed = []
        self.batches.append(len(PublishBatchRequestEntries))
        if len(self.batches) in self.fails:
            raise self.fault
        for entry in PublishBatchRequestEntries:
            position = sum(self.batches[:-1]) + int(entry["Id"])
            if position in self.refuses_for_good:
                failed.append({"Id": entry["Id"], "Code": "InvalidParameter", "SenderFault": True})
            elif position in self.refuses:
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                self.published.append(entry["Message"])
                self.attributes.append(entry["MessageAttributes"])
        return {"Successful": [], "Failed": failed}

    def changes(self) -> list[TaskChange]:
        return [ChangeMessage.read(message).change for message in self.published]


@dataclass
class Queue:
    """The queue of parked records as the relay sees it."""

    down: bool = False
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:
        assert QueueUrl == "url"
        if self.down:
            raise ConnectTimeoutError(endpoint_url="https://sqs")
        self.bodies.append(json.loads(MessageBody))


@dataclass
class Owners:
    """The owners of webhooks as the relay sees them. Nobody else has any."""

    some: set[str] = field(default_factory=set)
    down: bool = False

    def without_any(self, owners: Collection[str]) -> frozenset[str]:
        if self.down:
            raise CannotTell
        return frozenset(owners) - self.some


@dataclass
class Relay:
    """The relay's Lambda between a stream of the test and the test's stand-ins of SNS and SQS."""

    topic: Topic = field(default_factory=Topic)
    parked: Queue = field(default_factory=Queue)
    webhooks: Owners = field(default_factory=Owners)

    def __call__(self, *records: dict[str, Any], remaining: int = 30_000) -> list[str]:
        """Process a batch with `remaining` milliseconds left. Returns the sequence numbers of the failed records."""
        topic, parked = EventTopic(self.topic, "arn"), ParkedRecords(self.parked, "url")  # type: ignore[arg-type]
        handler = relay(topic, parked, self.webhooks)  # type: ignore[arg-type]
        answer = handler({"Records": list(records)}, LambdaContext(remaining=remaining))
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def relayed() -> Relay:
    return Relay()


def test_each_change_is_one_message_with_all_its_events(relayed: Relay) -> None:
    first, second = a_created_task(), a_task(status=TaskStatus.IN_PROGRESS, version=2)
    second.complete(later())

    failures = relayed(stream_record(1, first), stream_record(2, second))

    assert failures == []
    assert relayed.topic.changes() == [*changes_of(first), *changes_of(second)]
    assert [[event.event_type for event in change.events] for change in relayed.topic.changes()] == [
        ["TaskCreated"],
        ["TaskStatusChanged", "TaskCompleted"],
    ]
    assert {json.loads(message)["correlationId"] for message in relayed.topic.published} == {"Root=1-abc"}


def test_subscribers_can_filter_by_types_and_status_and_read_the_attributes_of_CloudEvents(relayed: Relay) -> None:
    task = a_task(status=TaskStatus.IN_PROGRESS, version=2)
    task.complete(later())

    relayed(stream_record(1, task))

    (attributes,) = relayed.topic.attributes
    assert attributes.pop("eventTypes") == {
        "DataType": "String.Array",
        "StringValue": '["TaskStatusChanged", "TaskCompleted"]',
    }
    assert {attribute["DataType"] for attribute in attributes.values()} == {"String"}
    assert {name: attribute["StringValue"] for name, attribute in attributes.items()} == {
        "specversion": "1.0",
        "id": f"{task.id}/3",
        "source": "arn",
        "type": "TaskCompleted",
        "subject": str(task.id),
        "time": "2026-11-23T12:01:00.000Z",
        "dataschema": "urn:x-tasks-api:change:1",
        "status": "COMPLETED",
        "webhooks": "none",
    }


def test_changes_of_owners_without_webhooks_say_so_and_all_are_published_if_nobody_can_tell() -> None:
    relayed = Relay(webhooks=Owners(some={"anna"}))
    records = [stream_record(n, a_created_task(user_id=owner)) for n, owner in enumerate((ANNA, BORIS), start=1)]

    relayed(*records)
    relayed.webhooks.down = True
    relayed(*records)

    marks = [attributes.get("webhooks", {}).get("StringValue") for attributes in relayed.topic.attributes]
    assert marks == [None, "none", None, None]
    assert max(map(len, relayed.topic.attributes)) <= 10  # SNS delivers no more raw


def test_a_rewrite_that_keeps_the_outbox_is_not_published_again(relayed: Relay) -> None:
    first, rewritten, last = (stream_record(n, a_created_task()) for n in (1, 2, 3))
    rewritten["dynamodb"]["OldImage"] = {**rewritten["dynamodb"]["NewImage"], "GSI1PK": {"S": "USER#anna"}}

    assert relayed(first, rewritten, last) == []

    assert len(relayed.topic.published) == 2


def test_a_rewrite_of_a_tombstone_is_neither_published_nor_parked(relayed: Relay) -> None:
    deleted = a_created_task()
    deleted.delete(later())
    rewritten = stream_record(1, deleted)
    rewritten["dynamodb"]["OldImage"] = {**rewritten["dynamodb"]["NewImage"], "GSI1PK": {"S": "USER#anna"}}

    assert relayed(rewritten, stream_record(2, a_created_task())) == []

    assert (len(relayed.topic.published), relayed.parked.bodies) == (1, [])


def test_a_change_whose_record_has_the_old_image_is_published(relayed: Relay) -> None:
    record = stream_record(1, a_created_task())
    record["dynamodb"]["OldImage"] = stream_record(0, a_created_task())["dynamodb"]["NewImage"]

    relayed(record)

    assert len(relayed.topic.published) == 1


def test_the_relay_publishes_ten_messages_a_call(relayed: Relay) -> None:
    relayed(*(stream_record(n, a_created_task()) for n in range(25)))

    assert relayed.topic.batches == [10, 10, 5]


def test_the_relay_stops_at_the_first_record_that_is_not_published(relayed: Relay) -> None:
    relayed.topic.refuses = {12}

    failures = relayed(*(stream_record(n, a_created_task()) for n in range(25)))

    assert failures == ["12"]
    assert relayed.topic.batches == [10, 10]


def test_a_publish_that_fails_in_its_third_batch_checkpoints_there(relayed: Relay) -> None:
    relayed.topic.fails = {3}

    assert relayed(*(stream_record(n, a_created_task()) for n in range(25))) == ["20"]


def test_a_topic_that_is_away_fails_the_invocation_so_that_operators_see_it(relayed: Relay) -> None:
    relayed.topic.fails = {1}

    with pytest.raises(ConnectTimeoutError):
        relayed(stream_record(1, a_created_task()))


def test_the_relay_stops_before_a_call_that_may_outlast_it(relayed: Relay) -> None:
    failures = relayed(*(stream_record(n, a_created_task()) for n in range(25)), remaining=TIME_OF_A_CALL)

    assert failures == ["10"]


@pytest.mark.parametrize("more", [{"Version": "two"}, {"Outbox": []}, {"UserId": "#"}])
def test_a_record_that_cannot_be_read_is_parked_whole_and_the_shard_goes_on(
    relayed: Relay, more: dict[str, Any]
) -> None:
    unreadable = stream_record(2, a_created_task(), **more)

    failures = relayed(stream_record(1, a_created_task()), unreadable, stream_record(3, a_created_task()))

    assert failures == []
    assert len(relayed.topic.published) == 2
    assert relayed.parked.bodies == [unreadable]


def test_a_record_that_can_neither_be_read_nor_parked_is_the_checkpoint(relayed: Relay) -> None:
    relayed.parked.down = True

    failures = relayed(stream_record(1, a_created_task()), stream_record(2, a_created_task(), Outbox=[]))

    assert failures == ["2"]


def test_an_unreadable_record_after_the_checkpoint_is_not_parked_twice(relayed: Relay) -> None:
    relayed.topic.refuses = {0}

    failures = relayed(stream_record(1, a_created_task()), stream_record(2, a_created_task(), Outbox=[]))

    assert failures == ["1"]
    assert relayed.parked.bodies == []


def test_a_message_that_sns_refuses_for_good_is_parked_with_its_code_and_the_shard_goes_on(
    relayed: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    relayed.topic.refuses_for_good = {3, 15}
    records = [stream_record(n, a_created_task()) for n in range(25)]

    assert relayed(*records) == []

    assert len(relayed.topic.published) == 23
    assert relayed.parked.bodies == [records[3], records[15]]
    logged = [vars(record) for record in caplog.records if record.message == "refused by SNS"]
    assert [(each["sequence_number"], each["reason"]) for each in logged] == [
        ("3", "InvalidParameter"),
        ("15", "InvalidParameter"),
    ]


def test_a_refusal_after_a_failure_that_may_pass_is_parked_when_its_turn_comes(relayed: Relay) -> None:
    relayed.topic.refuses, relayed.topic.refuses_for_good = {12}, {3, 14}
    records = [stream_record(n, a_created_task()) for n in range(25)]

    assert relayed(*records) == ["12"]

    assert relayed.parked.bodies == [records[3]]


@dataclass
class Subscribers:
    """Live updates as the processor sees them. Updates of the users in `down` fail."""

    down: set[UserId] = field(default_factory=set)
    published: list[TaskChange] = field(default_factory=list)
    correlation_ids: set[str | None] = field(default_factory=set)

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        if change.user_id in self.down:
            raise LiveUpdateFailed("AppSync is away")
        self.published.append(change)
        self.correlation_ids.add(correlation_id)


@dataclass
class Consumer:
    """The consumer's Lambda between a queue of the test and the table."""

    projections: TaskProjections
    subscribers: Subscribers = field(default_factory=Subscribers)
    workers: Executor = field(default_factory=lambda: ThreadPoolExecutor(1))  # moto's transactions support one thread

    def __call__(self, *bodies: str, remaining: int = 30_000) -> list[str]:
        """Process a batch with `remaining` milliseconds left. Returns the positions of the failed messages."""
        records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        follow_change = FollowChange(
            self.projections,
            self.subscribers,
            InMemoryErasures(),
            EveryoneListens(),
            InMemorySettings(),
            lambda: later(5),
        )
        handler = consumer(follow_change, self.workers)
        answer = handler({"Records": records}, LambdaContext(remaining=remaining))
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def projections(dynamodb: DynamoDBClient) -> DynamoDBProjections:
    return DynamoDBProjections(dynamodb, TABLE_NAME)


@pytest.fixture
def consumed(projections: DynamoDBProjections) -> Consumer:
    return Consumer(projections)


def a_completed_life(**more: Any) -> Task:
    task = a_created_task(**more)
    task.start(later(1))
    task.complete(later(2))
    return task


def bodies_of(*tasks: Task) -> list[str]:
    return [ChangeMessage(change, "Root=1-abc").to_json() for task in tasks for change in changes_of(task)]


def test_changes_become_history_statistics_and_live_updates(
    projections: DynamoDBProjections, consumed: Consumer
) -> None:
    task = a_completed_life()

    assert consumed(*bodies_of(task)) == []

    assert projections.history(task.id, 100) == list(task.events)
    statistics = projections.statistics(ANNA)
    assert (statistics.total, statistics.count(TaskStatus.COMPLETED)) == (1, 1)
    assert statistics.completed_since(later().date()) == 1
    assert consumed.subscribers.published == list(changes_of(task))
    assert consumed.subscribers.correlation_ids == {"Root=1-abc"}


def test_a_completion_is_one_transaction_of_two_items(
    projections: DynamoDBProjections, dynamodb: DynamoDBClient
) -> None:
    task = a_task()
    task.complete(later())

    for change in changes_of(task):
        projections.record(change)

    assert dynamodb.scan(TableName=TABLE_NAME)["Count"] == 2


def test_the_latest_events_are_told_oldest_first(projections: DynamoDBProjections) -> None:
    task = a_completed_life()
    for change in changes_of(task):
        projections.record(change)

    assert [entry.event_type for entry in projections.history(task.id, 2)] == ["TaskStatusChanged", "TaskCompleted"]


def test_completions_of_long_ago_leave_the_statistics_item(
    projections: DynamoDBProjections, dynamodb: DynamoDBClient
) -> None:
    for days in (0, 8, 20):
        task = a_task()
        task.complete(later(days * 24 * 60))
        for change in changes_of(task):
            projections.record(change)

    item = dynamodb.get_item(TableName=TABLE_NAME, Key=serialize(statistics_key(ANNA)))["Item"]

    assert [name for name in item if name.startswith("Completed#")] == [f"Completed#{later(20 * 24 * 60).date()}"]


def test_a_reopening_travels_whole_and_takes_the_completion_back(
    relayed: Relay, projections: DynamoDBProjections, consumed: Consumer
) -> None:
    task = a_completed_life()
    before = bodies_of(task)
    task.changes.clear()
    task.reopen(later(3))

    relayed(stream_record(1, task))
    assert consumed(*before, *relayed.topic.published) == []

    assert relayed.topic.changes() == list(changes_of(task))
    history = projections.history(task.id, 100)
    assert [entry.event_type for entry in history][-2:] == ["TaskStatusChanged", "TaskReopened"]
    statistics = projections.statistics(ANNA)
    assert (statistics.total, statistics.count(TaskStatus.PENDING)) == (1, 1)
    assert statistics.completed_since(later().date()) == 0


@pytest.mark.no_cover
def test_changes_delivered_three_times_and_shuffled_are_counted_once(
    projections: DynamoDBProjections, consumed: Consumer
) -> None:
    tasks = [a_completed_life(user_id=ANNA if n % 2 else BORIS) for n in range(10)]
    bodies = bodies_of(*tasks) * 3
    random.Random(20261123).shuffle(bodies)

    for start in range(0, len(bodies), 10):
        assert consumed(*bodies[start : start + 10]) == []

    for user in (ANNA, BORIS):
        statistics = projections.statistics(user)
        assert dict(statistics.by_status) == {status: 5 * (status is TaskStatus.COMPLETED) for status in TaskStatus}
        assert statistics.completed_since(later().date()) == 5
    for task in tasks:
        entries = projections.history(task.id, 100)
        assert [entry.event_id for entry in entries] == [event.event_id for event in task.events]


def spoiled(**more: Any) -> str:
    """Returns the message of a created task with some parts replaced."""
    return json.dumps(json.loads(bodies_of(a_created_task())[0]) | more)


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        ("", "message: Invalid JSON"),
        ("not json", "message: Invalid JSON"),
        ("[]", "message: Input should be an object"),
        ("{}", "source: Field required"),
        ('{"Type": "Notification", "Message": "of another product"}', "source: Field required"),
        (spoiled(version=2), "version: Input should be 1"),
        (spoiled(source="orders-api"), "source: Input should be 'tasks-api'"),
        (spoiled(task={"id": "t", "color": "red"}), "task.title: Field required"),
        (spoiled().replace("correlationId", "correlation_id"), "correlationId: Field required"),
        (
            spoiled(task=json.loads(bodies_of(a_created_task())[0])["task"] | {"id": "TASK#1"}),
            "task.id must be 1 to 100",
        ),
        (spoiled(events=[]), "events: List should have at least 1 item"),
        (spoiled(events=[{"id": "t/1/TaskPraised", "type": "TaskPraised"}]), "events: must have the ids"),
        (spoiled(events=[{"id": "t/1/TaskCreated"}]), "events.0: Unable to extract tag"),
        (spoiled(events=[{"id": "t/1/TaskCreated", "type": "TaskCreated"}]), "events: must have the ids"),
        (spoiled(timestamp="yesterday"), "timestamp: Input should be a valid datetime"),
    ],
)
def test_a_message_that_cannot_be_read_fails_alone_and_its_field_and_rule_are_logged(
    projections: DynamoDBProjections,
    consumed: Consumer,
    caplog: pytest.LogCaptureFixture,
    poison: str,
    reason: str,
) -> None:
    task = a_created_task()

    failures = consumed(poison, *bodies_of(task))

    assert failures == ["0"]
    assert len(projections.history(task.id, 100)) == 1
    (logged,) = (record for record in caplog.records if record.message == "unreadable message")
    assert vars(logged)["reason"].startswith(reason)
    assert "correlation_id" not in vars(logged)


def test_a_message_whose_time_runs_out_while_it_is_handled_is_given_back(
    projections: DynamoDBProjections, capsys: pytest.CaptureFixture[str]
) -> None:
    class Slow(Subscribers):
        def publish(self, change: TaskChange, correlation_id: str | None) -> None:
            raise OutOfTime("no time for another attempt")

    task = a_created_task()

    assert Consumer(projections, Slow())(*bodies_of(task)) == ["0"]

    counted = metrics_of(capsys)
    assert counted["ChangesGivenBack"] == 1
    assert "ChangesFailed" not in counted


def test_a_change_whose_live_update_failed_comes_again_and_is_counted_once(
    projections: DynamoDBProjections, consumed: Consumer
) -> None:
    task, other = a_created_task(), a_created_task(user_id=BORIS)
    consumed.subscribers.down = {ANNA}
    assert consumed(*bodies_of(task, other)) == ["0"]

    consumed.subscribers.down = set()
    assert consumed(*bodies_of(task)) == []

    assert projections.statistics(ANNA).total == 1
    assert consumed.subscribers.published == [*changes_of(other), *changes_of(task)]


def test_messages_for_which_no_time_is_left_are_given_back_untouched(
    projections: DynamoDBProjections, consumed: Consumer
) -> None:
    task = a_created_task()

    assert consumed(*bodies_of(task), remaining=TIME_OF_A_MESSAGE) == ["0"]

    assert projections.history(task.id, 100) == []
    assert consumed.subscribers.published == []


def test_the_changes_of_one_user_never_run_at_the_same_time() -> None:
    running: Counter[UserId] = Counter()
    most: Counter[UserId | None] = Counter()
    together = Barrier(2)

    class Projections(InMemoryProjections):
        def record(self, change: TaskChange, day_of: Calendar = utc_day) -> bool:
            running[change.user_id] += 1
            most[change.user_id] = max(most[change.user_id], running[change.user_id])
            most[None] = max(most[None], running.total())
            together.wait(10)
            running[change.user_id] -= 1
            return True

    tasks = [a_created_task(user_id=user) for _ in range(3) for user in (ANNA, BORIS)]

    assert Consumer(Projections(), workers=ThreadPoolExecutor(BATCH_SIZE))(*bodies_of(*tasks)) == []

    assert (most[ANNA], most[BORIS], most[None]) == (1, 1, 2)


def metrics_of(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """Returns the sums of the metrics written since the last call (embedded metric format)."""
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    sums: Counter[str] = Counter()
    for metrics in written:
        for name, values in metrics.items():
            if isinstance(values, list):
                sums[name] += sum(values)
    return dict(sums)


def test_the_processor_counts_live_updates_that_failed_apart_from_changes_that_did(
    consumed: Consumer, capsys: pytest.CaptureFixture[str]
) -> None:
    message = bodies_of(a_created_task(user_id=ANNA))[0]

    consumed.subscribers.down = {ANNA}
    consumed(message, "{}")
    counted = metrics_of(capsys)
    assert (counted["MessagesReceived"], counted["LiveUpdatesFailed"], counted["UnreadableMessages"]) == (2, 1, 1)
    assert "ChangesFailed" not in counted

    class Unreachable(InMemoryProjections):
        def record(self, change: TaskChange, day_of: Calendar = utc_day) -> bool:
            raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    Consumer(Unreachable())(message)
    counted = metrics_of(capsys)
    assert counted["ChangesFailed"] == 1
    assert "LiveUpdatesFailed" not in counted


@pytest.mark.parametrize(
    ("fault", "metric"),
    [
        (LiveUpdateRefused("its values"), "LiveUpdatesRefused"),
        (LiveUpdateThrottled("too many"), "LiveUpdatesThrottled"),
        (LiveUpdateFailed("denied"), "LiveUpdatesFailed"),
        (canceled("TransactionConflict"), "ChangesContended"),
        (canceled("ValidationError"), "ChangesFailed"),
        (KeyError("Title"), "ChangesFailed"),
    ],
)
def test_a_failure_is_counted_by_its_kind(
    projections: DynamoDBProjections, capsys: pytest.CaptureFixture[str], fault: Exception, metric: str
) -> None:
    class Failing(Subscribers):
        def publish(self, change: TaskChange, correlation_id: str | None) -> None:
            raise fault

    assert Consumer(projections, Failing())(*bodies_of(a_created_task())) == ["0"]

    assert metrics_of(capsys) == {"MessagesReceived": 1, metric: 1}


def test_a_throttle_of_the_topic_is_no_failure_of_the_relay(relayed: Relay, capsys: pytest.CaptureFixture[str]) -> None:
    relayed.topic.fault = ClientError({"Error": {"Code": "Throttled"}}, "PublishBatch")
    for calls in ({1}, {3}):
        relayed.topic.fails, relayed.topic.batches = calls, []
        assert relayed(*(stream_record(n, a_created_task()) for n in range(25))) == [str(min(calls) * 10 - 10)]

        counted = metrics_of(capsys)
        assert (counted["RecordsFailed"], counted["RecordsThrottled"]) == (0, 1)


def test_the_relay_counts_the_record_that_it_stops_at(relayed: Relay, capsys: pytest.CaptureFixture[str]) -> None:
    relayed(stream_record(1, a_created_task()))
    assert metrics_of(capsys)["RecordsFailed"] == 0

    relayed.topic.refuses = {2}
    relayed(*(stream_record(n, a_created_task()) for n in range(5)))
    assert metrics_of(capsys)["RecordsFailed"] == 1


def test_an_announced_erasure_is_acknowledged_and_delays_no_change(projections: DynamoDBProjections) -> None:
    announced = UserErased(ANNA, later()).message()
    task = a_created_task(user_id=BORIS)
    consumer = Consumer(projections)

    failed = consumer(announced.body, *bodies_of(task), announced.body.replace('"anna"', '"#"'))

    assert failed == ["2"], "one that names nobody is unreadable"
    assert announced.event_types == ("UserErased",)
    assert [change.user_id for change in consumer.subscribers.published] == [BORIS]
