"""This code meets data of a newer version, loses nothing and fails for nobody (docs/decisions/0016)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.history_items import history_key
from adapters.items import deserialize, serialize
from adapters.messages import ChangeMessage
from adapters.statistics_items import statistics_key
from adapters.task_items import task_item, task_key
from domain.events import UnknownEvent
from domain.status import TaskStatus, UnknownStatus
from domain.task import Task
from tests.builders import ANNA, a_created_task, changes_of, later
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ANNA as ANNA_SIGNED_IN
from tests.integration.lambda_events import LambdaContext, field_event
from tests.integration.resolver_lambda import handler
from tests.integration.test_event_path import Consumer, Relay, metrics_of, stream_record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def item_of(dynamodb: DynamoDBClient, task: Task) -> dict[str, Any]:
    return deserialize(dynamodb.get_item(TableName=TABLE_NAME, Key=serialize(task_key(task.id)))["Item"])


def store(dynamodb: DynamoDBClient, task: Task, **more: Any) -> Task:
    """Stores a task's item with attributes as newer code may write them."""
    item = task_item(task, write_id="w", correlation_id=None) | more
    dynamodb.put_item(TableName=TABLE_NAME, Item=serialize(item))
    return task


def resolve(field: str, **arguments: Any) -> Any:
    answer: Any = handler(field_event(field, arguments, ANNA_SIGNED_IN), LambdaContext())
    return json.loads(json.dumps(answer))


@pytest.mark.parametrize("mutation", ["startTask", "completeTask", "cancelTask"])
def test_a_change_keeps_the_attributes_that_newer_code_wrote(dynamodb: DynamoDBClient, mutation: str) -> None:
    newer = {"Effort": 5, "Tags": ["home", "garden"], "Assignee": {"Name": "Boris"}, "Pinned": True}
    task = store(dynamodb, a_created_task(), **newer)

    resolve(f"Mutation.{mutation}", id=str(task.id))
    resolve("Mutation.createTask", input={"title": "Another"})

    item = item_of(dynamodb, task)
    assert {name: item[name] for name in newer} == newer
    assert item["Version"] == 2


def test_a_deletion_removes_the_texts_that_newer_code_wrote(dynamodb: DynamoDBClient) -> None:
    task = store(dynamodb, a_created_task(), Notes="Secret plan", Tags=["secret"])

    resolve("Mutation.deleteTask", id=str(task.id))

    item = item_of(dynamodb, task)
    assert item["Deleted"]
    assert "secret" not in str(item).lower()


def test_a_list_leaves_out_a_task_of_an_unknown_status_and_counts_it(
    dynamodb: DynamoDBClient, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = [a_created_task(title=str(minute), at=later(minute)) for minute in range(4)]
    for task in tasks:
        store(dynamodb, task, **({"Status": "PAUSED"} if task is tasks[2] else {}))

    first = resolve("Query.tasksByUser", limit=2)["data"]
    second = resolve("Query.tasksByUser", limit=2, nextToken=first["nextToken"])["data"]

    assert [[task["title"] for task in page["items"]] for page in (first, second)] == [["3", "1"], ["0"]]
    assert second["nextToken"] is None
    assert metrics_of(capsys)["UnknownTasks"] == 1


@pytest.mark.parametrize("damage", [{"Version": "many"}, {"UpdatedAt": "yesterday"}, {"Due": "soon"}])
def test_a_list_leaves_out_a_damaged_task_and_the_log_names_it(
    dynamodb: DynamoDBClient,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    damage: dict[str, Any],
) -> None:
    tasks = [a_created_task(title=str(minute), at=later(minute)) for minute in range(3)]
    for task in tasks:
        store(dynamodb, task, **(damage if task is tasks[1] else {}))

    page = resolve("Query.tasksByUser", limit=2)["data"]

    assert [task["title"] for task in page["items"]] == ["2", "0"]
    assert metrics_of(capsys)["DamagedTasks"] == 1
    (record,) = (record for record in caplog.records if record.message == "damaged task")
    assert str(tasks[1].id) in vars(record)["reason"]


def damage_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [vars(record)["reason"] for record in caplog.records if record.message == "damaged task"]


def test_several_tasks_are_answered_without_the_damaged_one_and_the_log_names_it(
    dynamodb: DynamoDBClient, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    first, damaged, paused, last = (a_created_task(title=str(number)) for number in range(4))
    for task, more in ((first, {}), (damaged, {"Version": "many"}), (paused, {"Status": "PAUSED"}), (last, {})):
        store(dynamodb, task, **more)

    answer = resolve("Query.tasks", ids=[str(task.id) for task in (first, damaged, damaged, paused, last)])["data"]

    assert [task and task["title"] for task in answer] == ["0", None, None, None, "3"]
    (reason,) = damage_of(caplog)
    assert str(damaged.id) in reason
    counted = metrics_of(capsys)
    assert (counted["DamagedTasks"], counted["UnknownTasks"]) == (1, 1)


def test_of_several_changes_only_that_of_the_damaged_task_fails(dynamodb: DynamoDBClient) -> None:
    good, damaged = a_created_task(), a_created_task()
    store(dynamodb, good)
    store(dynamodb, damaged, Version="many")

    started, failed = resolve(
        "Mutation.changeTasks", input=[{"id": str(task.id), "action": "START"} for task in (good, damaged)]
    )["data"]

    assert (started["task"]["status"], started["problem"]) == ("IN_PROGRESS", None)
    assert (failed["task"], failed["problem"]["errorType"]) == (None, "InternalError")
    assert item_of(dynamodb, damaged)["Version"] == "many"


def test_a_damaged_task_is_neither_changed_nor_deleted_for_who_catches_up(
    dynamodb: DynamoDBClient, caplog: pytest.LogCaptureFixture
) -> None:
    good, damaged = (a_created_task(title=title) for title in ("good", "damaged"))
    token = resolve("Query.taskChanges")["data"]["token"]
    for task in (good, damaged):
        DynamoDBProjections(dynamodb, TABLE_NAME).record(changes_of(task)[0])
        store(dynamodb, task, **({"UpdatedAt": "yesterday"} if task is damaged else {}))

    of_all = resolve("Query.taskChanges")["data"]
    since = resolve("Query.taskChanges", since=token)["data"]

    for answer in (of_all, since):
        assert ([task["title"] for task in answer["changed"]], answer["deleted"]) == (["good"], [])
    assert [str(damaged.id) in reason for reason in damage_of(caplog)] == [True, True]


@pytest.mark.parametrize(
    ("damage", "changed"),
    [({"Version": "many"}, {"good", "damaged"}), ({"Events": 7}, {"good", "damaged"}), ({"RecordedAt": "9"}, {"good"})],
)
def test_a_damaged_entry_of_a_history_keeps_nobody_from_the_other_entries(
    dynamodb: DynamoDBClient, caplog: pytest.LogCaptureFixture, damage: dict[str, Any], changed: set[str]
) -> None:
    good, damaged = (a_created_task(title=title) for title in ("good", "damaged"))
    token = resolve("Query.taskChanges")["data"]["token"]
    for task in (good, damaged):
        DynamoDBProjections(dynamodb, TABLE_NAME).record(changes_of(task)[0])
        store(dynamodb, task)
    entry = history_key(damaged.id, 1)
    image = dynamodb.get_item(TableName=TABLE_NAME, Key=serialize(entry))["Item"]
    dynamodb.put_item(TableName=TABLE_NAME, Item=image | serialize(damage))

    events = resolve("Query.taskEvents")["data"]["items"]
    changes = resolve("Query.taskChanges", since=token)["data"]

    assert [event["taskId"] for event in events] == [str(good.id)]
    assert {task["title"] for task in changes["changed"]} == changed
    assert changes["deleted"] == []
    assert [str(damaged.id) in reason for reason in damage_of(caplog)] == [True, True]


@pytest.mark.parametrize("field", ["Query.task", "Mutation.startTask", "Mutation.deleteTask"])
def test_a_task_of_an_unknown_status_is_neither_denied_nor_changed(
    dynamodb: DynamoDBClient, field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    task = store(dynamodb, a_created_task(), Status="PAUSED")

    answer = resolve(field, id=str(task.id))

    assert answer["error"]["type"] == "InternalError"
    assert answer["error"]["info"]["correlationId"]
    counted = metrics_of(capsys)
    assert (counted["UnknownTasks"], counted.get("Failed")) == (1, None)
    assert (item_of(dynamodb, task)["Status"], item_of(dynamodb, task)["Version"]) == ("PAUSED", 1)


def test_a_history_leaves_out_events_of_unknown_types_and_statuses(dynamodb: DynamoDBClient) -> None:
    task = a_created_task()
    (created,) = changes_of(task)
    projections = DynamoDBProjections(dynamodb, TABLE_NAME)
    projections.record(created)
    praised = replace(created.task, version=2)
    projections.record(replace(created, task=praised, events=(UnknownEvent.of(praised, named="TaskPraised"),)))
    paused = replace(created.task, version=3, status=UnknownStatus("PAUSED"))
    projections.record(replace(created, task=paused, events=(created.events[0].of(paused),)))

    event = field_event("Task.history", {}, ANNA_SIGNED_IN) | {"source": {"id": str(task.id), "userId": str(ANNA)}}
    (answer,) = handler([event], LambdaContext())

    assert [entry["id"] for entry in answer["data"]] == [f"{task.id}/1/TaskCreated"]
    assert len(projections.history(task.id, 10)) == 3


def test_the_relay_passes_on_what_it_does_not_know(dynamodb: DynamoDBClient) -> None:
    relayed = Relay()

    assert relayed(stream_record(1, a_created_task(), Outbox=["TaskPraised"], Status="PAUSED", Effort=5)) == []

    assert relayed.parked.bodies == []
    (change,) = relayed.topic.changes()
    assert (change.task.status, change.event_type, change.is_known) == ("PAUSED", "TaskPraised", False)


def test_the_processor_records_and_publishes_what_it_does_not_know_and_counts_it(
    dynamodb: DynamoDBClient, capsys: pytest.CaptureFixture[str]
) -> None:
    task = a_created_task()
    task.start(later())
    created, started = changes_of(task)
    message = json.loads(ChangeMessage(started, None).to_json())
    message["task"] |= {"status": "PAUSED", "effort": 5}
    message["events"].append({"id": f"{task.id}/2/TaskPaused", "type": "TaskPaused", "until": "2027", "by": {"id": 1}})
    consumed = Consumer(DynamoDBProjections(dynamodb, TABLE_NAME))

    assert consumed(ChangeMessage(created, None).to_json(), json.dumps(message | {"more": 1})) == []

    counted = metrics_of(capsys)
    assert (counted["ChangesProcessed"], counted["UnknownChanges"]) == (2, 1)
    _, recorded = consumed.subscribers.published
    assert (recorded.task.status, recorded.event_type) == ("PAUSED", "TaskPaused")
    history = deserialize(
        dynamodb.scan(
            TableName=TABLE_NAME, FilterExpression="Version = :two", ExpressionAttributeValues={":two": {"N": "2"}}
        )["Items"][0]
    )
    assert (history["Events"], history["Status"], history["Until"]) == (
        ["TaskStatusChanged", "TaskPaused"],
        "PAUSED",
        "2027",
    )
    statistics = deserialize(dynamodb.get_item(TableName=TABLE_NAME, Key=serialize(statistics_key(ANNA)))["Item"])
    assert (statistics["PENDING"], statistics["PAUSED"]) == (0, 1)
    assert DynamoDBProjections(dynamodb, TABLE_NAME).statistics(ANNA).count(TaskStatus.PENDING) == 0


def test_a_creation_whose_task_has_an_unknown_status_by_now_is_answered_with_an_error_and_not_made_again(
    dynamodb: DynamoDBClient,
) -> None:
    created = resolve("Mutation.createTask", input={"title": "Once", "clientToken": "t"})["data"]
    (item,) = dynamodb.scan(TableName=TABLE_NAME)["Items"]
    dynamodb.put_item(TableName=TABLE_NAME, Item={**item, "Status": {"S": "PAUSED"}})

    answer = resolve("Mutation.createTask", input={"title": "Once", "clientToken": "t"})

    assert answer["error"]["type"] == "InternalError"
    assert dynamodb.scan(TableName=TABLE_NAME)["Count"] == 1
    assert created["id"] == deserialize(item)["TaskId"]
