"""The DynamoDB repository stores tasks, refuses conflicting writes and continues lists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.items import deserialize, serialize
from adapters.task_items import change_of, task_item, task_key
from domain.details import TaskDetails
from domain.errors import ValidationError
from domain.events import TaskCompleted, TaskStatusChanged
from domain.lists import TaskQuery
from domain.ports import AlreadyExists, Page, VersionConflict
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus
from domain.task import Task
from tests.builders import ANNA, BORIS, a_created_task, later
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


OPEN = frozenset({TaskStatus.PENDING, TaskStatus.IN_PROGRESS})


def pending_query() -> Any:
    return {
        "TableName": TABLE_NAME,
        "IndexName": "GSI2",
        "KeyConditionExpression": "UserId = :user AND #Status = :status",
        "ExpressionAttributeNames": {"#Status": "Status"},
        "ExpressionAttributeValues": serialize({":user": str(ANNA), ":status": "PENDING"}),
        "ScanIndexForward": False,
    }


@pytest.fixture
def tasks(dynamodb: DynamoDBClient) -> DynamoDBTasks:
    return DynamoDBTasks(dynamodb, TABLE_NAME, correlation_id=lambda: "Root=1-abc")


def stored_items(dynamodb: DynamoDBClient) -> list[dict[str, object]]:
    return [deserialize(item) for item in dynamodb.scan(TableName=TABLE_NAME)["Items"]]


def test_a_task_comes_back_as_it_was_stored(tasks: DynamoDBTasks) -> None:
    task = a_created_task(title="日本語 👩‍👩‍👧")

    tasks.add(task)

    assert tasks.get(task.id) == task
    assert task.events == ()


def test_state_and_events_are_one_item(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    task = a_created_task()
    tasks.add(task)
    task.complete(later())
    raised = list(task.events)

    tasks.save(task)

    (item,) = stored_items(dynamodb)
    assert list(change_of(item).events) == raised
    assert [type(event) for event in raised] == [TaskStatusChanged, TaskCompleted]
    assert item["CorrelationId"] == "Root=1-abc"
    assert item["OutboxId"]


def test_a_taken_id_is_refused_and_nothing_is_changed(tasks: DynamoDBTasks) -> None:
    first = a_created_task(title="First")
    tasks.add(first)
    second = Task.create(task_id=first.id, user_id=ANNA, details=TaskDetails(title="Second"), at=later())

    with pytest.raises(AlreadyExists) as refusal:
        tasks.add(second)

    assert refusal.value.task == first
    assert tasks.get(first.id) == first


def test_of_two_writers_of_one_version_the_second_is_refused_and_told_the_current_version(tasks: DynamoDBTasks) -> None:
    task = a_created_task()
    tasks.add(task)
    first, second = tasks.get(task.id), tasks.get(task.id)
    assert first
    assert second
    first.start(later())
    second.cancel(later())
    tasks.save(first)

    with pytest.raises(VersionConflict) as refusal:
        tasks.save(second)

    assert refusal.value.info == {"code": "VERSION", "currentVersion": 2, "currentStatus": TaskStatus.IN_PROGRESS}
    assert tasks.get(task.id) == first


def test_a_change_of_a_task_that_was_erased_meanwhile_is_refused_without_a_current_version(
    tasks: DynamoDBTasks, dynamodb: DynamoDBClient
) -> None:
    task = a_created_task()
    tasks.add(task)
    dynamodb.delete_item(TableName=TABLE_NAME, Key=serialize(task_key(task.id)))
    task.start(later())

    with pytest.raises(VersionConflict) as refusal:
        tasks.save(task)

    assert refusal.value.info == {"code": "VERSION", "currentVersion": None, "currentStatus": None}


def test_a_write_whose_answer_was_lost_counts_as_made(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    task = a_created_task()
    put_item = dynamodb.put_item

    def as_the_sdk_repeats_it(**request: object) -> object:
        put_item(**request)  # type: ignore[arg-type] # took effect, and its answer was lost
        return put_item(**request)  # type: ignore[arg-type]

    with patch.object(dynamodb, "put_item", as_the_sdk_repeats_it):
        tasks.add(task)
        task.start(later())
        tasks.save(task)

    assert tasks.get(task.id) == task


def test_an_item_keeps_the_ids_of_its_last_eight_writes(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    task = a_created_task()
    tasks.add(task)
    written = []

    for number in range(10):
        task.edit(later(), title=f"Edit {number}")
        tasks.save(task)
        (item,) = stored_items(dynamodb)
        written.append(item["OutboxId"])

    assert item["EarlierWrites"] == written[-8:-1]
    stored = tasks.get(task.id)
    assert stored
    assert stored.writes == task.writes == tuple(written[-8:])


def test_an_item_of_before_such_lists_starts_one(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    task = a_created_task()
    dynamodb.put_item(
        TableName=TABLE_NAME, Item=serialize(task_item(task, write_id="a UUID of old", correlation_id=None))
    )
    stored = tasks.get(task.id)
    assert stored
    stored.start(later())

    tasks.save(stored)

    (item,) = stored_items(dynamodb)
    assert item["EarlierWrites"] == ["a UUID of old"]


def test_a_deleted_task_is_gone_but_its_tombstone_tells_and_expires(
    tasks: DynamoDBTasks, dynamodb: DynamoDBClient
) -> None:
    task = a_created_task()
    tasks.add(task)
    task.delete(later())

    tasks.save(task)

    (item,) = stored_items(dynamodb)
    assert tasks.get(task.id) is None
    assert tasks.list(TaskQuery(ANNA), 10, None).tasks == []
    assert [event.event_id for event in change_of(item).events] == [f"{task.id}/2/TaskDeleted"]
    assert int(str(item["ExpiresAt"])) == int(later().timestamp()) + 30 * 24 * 3600


def test_a_client_token_stays_taken_after_its_task_was_deleted(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    task = replace(a_created_task(), fingerprint="f" * 64)
    tasks.add(task)
    task.delete(later())

    tasks.save(task)

    (item,) = stored_items(dynamodb)
    assert item["Deleted"] is True
    assert "ExpiresAt" not in item


def test_lists_are_newest_first_and_of_one_user(tasks: DynamoDBTasks) -> None:
    mine = [a_created_task(title=str(n), at=later(n)) for n in range(3)]
    for task in (*mine, a_created_task(user_id=BORIS)):
        tasks.add(task)

    page = tasks.list(TaskQuery(ANNA), 10, None)

    assert page.tasks == [task.state for task in reversed(mine)]
    assert page.next_token is None


def test_a_list_of_a_status_follows_the_tasks(tasks: DynamoDBTasks) -> None:
    pending, done = a_created_task(at=later(1)), a_created_task(at=later(2))
    for task in (pending, done):
        tasks.add(task)
    done.complete(later(3))
    tasks.save(done)

    assert tasks.list(TaskQuery(ANNA, frozenset({TaskStatus.PENDING})), 10, None).tasks == [pending.state]
    assert tasks.list(TaskQuery(ANNA, frozenset({TaskStatus.COMPLETED})), 10, None).tasks == [done.state]


@pytest.mark.parametrize(
    "statuses", [frozenset(TaskStatus), frozenset({TaskStatus.PENDING}), OPEN], ids=["every", "one", "open"]
)
def test_pages_neither_skip_nor_repeat_although_tasks_come_in_between(
    tasks: DynamoDBTasks, statuses: frozenset[TaskStatus]
) -> None:
    query = TaskQuery(ANNA, statuses)
    there = [a_created_task(at=later(n)) for n in range(7)]
    for n, task in enumerate(there):
        tasks.add(task)
        if TaskStatus.IN_PROGRESS in statuses and n % 3:
            task.start(later(n))
            tasks.save(task)

    seen: list[TaskSnapshot] = []
    token = None
    for round_number in range(10):
        page = tasks.list(query, 2, token)
        seen += page.tasks
        token = page.next_token
        if token is None:
            break
        tasks.add(a_created_task(at=later(100 + round_number)))

    assert seen == [task.state for task in reversed(there)]


@pytest.mark.parametrize("statuses", [frozenset(TaskStatus), frozenset({TaskStatus.PENDING}), OPEN])
def test_pages_neither_skip_nor_repeat_tasks_of_one_millisecond(
    tasks: DynamoDBTasks, statuses: frozenset[TaskStatus]
) -> None:
    there = [a_created_task(at=later(n // 5)) for n in range(12)]
    for task in there:
        tasks.add(task)

    seen: list[TaskSnapshot] = []
    token = None
    for _ in there:
        page = tasks.list(TaskQuery(ANNA, statuses), 2, token)
        seen += page.tasks
        token = page.next_token
        if token is None:
            break

    newest_first = sorted(there, key=lambda task: (task.state.created_at, str(task.id)), reverse=True)
    assert seen == [task.state for task in newest_first]


def test_a_page_continues_after_a_task_that_was_deleted_meanwhile(tasks: DynamoDBTasks) -> None:
    oldest, deleted, newest = (a_created_task(at=later(n)) for n in range(3))
    for task in (oldest, deleted, newest):
        tasks.add(task)
    token = tasks.list(TaskQuery(ANNA), 2, None).next_token
    deleted.delete(later(5))
    tasks.save(deleted)

    assert tasks.list(TaskQuery(ANNA), 2, token) == Page([oldest.state], None)


def test_a_list_of_several_statuses_is_merged_newest_first_without_the_others(tasks: DynamoDBTasks) -> None:
    pending, started, done = (a_created_task(at=later(n)) for n in range(3))
    for task in (pending, started, done):
        tasks.add(task)
    started.start(later(5))
    tasks.save(started)
    done.complete(later(5))
    tasks.save(done)

    assert tasks.list(TaskQuery(ANNA, OPEN), 10, None) == Page([started.state, pending.state], None)


def test_a_task_that_changes_its_status_between_two_queries_stands_in_the_page_once_and_the_page_is_full(
    tasks: DynamoDBTasks, dynamodb: DynamoDBClient
) -> None:
    older, moving = a_created_task(at=later(1)), a_created_task(at=later(2))
    for task in (older, moving):
        tasks.add(task)
    before = {"PENDING": dynamodb.query(**pending_query())}
    moving.start(later(3))
    tasks.save(moving)
    query = dynamodb.query

    def as_it_was(**request: object) -> object:
        listed = str(request["ExpressionAttributeValues"])
        return before["PENDING"] if "PENDING" in listed else query(**request)  # type: ignore[arg-type]

    with patch.object(dynamodb, "query", as_it_was):
        page = tasks.list(TaskQuery(ANNA, OPEN), 2, None)

    assert page == Page([moving.state, older.state], None)


def test_a_last_page_that_is_full_has_no_token(tasks: DynamoDBTasks) -> None:
    for n in range(2):
        tasks.add(a_created_task(at=later(n)))

    assert tasks.list(TaskQuery(ANNA), 2, None).next_token is None


def test_a_page_is_whole_however_large_its_tasks_are(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    for n in range(5):
        tasks.add(a_created_task(at=later(n)))
    query = dynamodb.query

    def at_most_two(**request: object) -> object:
        # For large items, DynamoDB returns fewer items than requested and the key from which to continue.
        return query(**{**request, "Limit": min(2, int(str(request["Limit"])))})  # type: ignore[arg-type]

    with patch.object(dynamodb, "query", at_most_two):
        page = tasks.list(TaskQuery(ANNA), 5, None)

    assert len(page.tasks) == 5
    assert page.next_token is None


@pytest.mark.parametrize("mangled", ["", "x", "bm90IGpzb24=", "W10=", "[1,2,3]", "é", "A" * 5000, "WzEsMiwzXQ=="])
def test_a_mangled_token_is_refused(tasks: DynamoDBTasks, mangled: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        tasks.list(TaskQuery(ANNA), 2, mangled)

    assert refusal.value.info["field"] == "nextToken"


def test_a_token_of_another_list_is_refused(tasks: DynamoDBTasks) -> None:
    for n in range(3):
        tasks.add(a_created_task(at=later(n)))
    token = tasks.list(TaskQuery(ANNA), 1, None).next_token

    for query in (TaskQuery(BORIS), TaskQuery(ANNA, frozenset({TaskStatus.PENDING})), TaskQuery(ANNA, OPEN)):
        with pytest.raises(ValidationError):
            tasks.list(query, 1, token)
