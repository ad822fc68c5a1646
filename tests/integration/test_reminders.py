"""The index holds the reminders of open tasks alone, and the sweep finds all that are due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from adapters.dynamodb_reminders import DynamoDBReminders
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.timestamps import now, to_text
from domain.identifiers import TaskId
from domain.task import Task
from processor.sweep import Remind, SweepOutcome
from tests.builders import a_task, later
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ANNA as SIGNED_IN
from tests.integration.lambda_events import LambdaContext, field_event
from tests.integration.resolver_lambda import handler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def tasks(dynamodb: DynamoDBClient) -> DynamoDBTasks:
    return DynamoDBTasks(dynamodb, TABLE_NAME, lambda: None)


@pytest.fixture
def reminders(dynamodb: DynamoDBClient) -> DynamoDBReminders:
    return DynamoDBReminders(dynamodb, TABLE_NAME)


def ids(reminders: DynamoDBReminders, minutes: float) -> set[TaskId]:
    return {reminder.task_id for reminder in reminders.due(later(minutes))}


def add(tasks: DynamoDBTasks, minutes: float) -> Task:
    task = a_task(remind_at=later(minutes))
    tasks.add(task)
    return task


def test_what_is_due_is_found_in_every_shard_and_beyond_a_page_however_long_no_sweep_ran(
    tasks: DynamoDBTasks, reminders: DynamoDBReminders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.dynamodb_reminders._PAGE", 2)
    due = {add(tasks, minute).id for minute in range(40)}
    add(tasks, 1000)

    assert ids(reminders, 500) == due


@pytest.mark.parametrize("change", [Task.complete, Task.cancel, Task.delete])
def test_a_task_that_is_closed_or_deleted_leaves_the_index_with_the_same_write(
    tasks: DynamoDBTasks, reminders: DynamoDBReminders, change: Any
) -> None:
    task = add(tasks, 5)
    assert ids(reminders, 10) == {task.id}

    change(task, later(6))
    tasks.save(task)

    assert ids(reminders, 10) == set()


def test_a_reopened_task_is_in_the_index_again_while_its_time_is_to_come(
    tasks: DynamoDBTasks, reminders: DynamoDBReminders
) -> None:
    task = add(tasks, 60)
    for minutes, change in ((1, Task.complete), (2, Task.reopen)):
        change(task, later(minutes))
        tasks.save(task)

    assert ids(reminders, 60) == {task.id}


def test_a_reminder_is_as_old_as_the_write_that_made_it_due(tasks: DynamoDBTasks, reminders: DynamoDBReminders) -> None:
    tasks.add(a_task(created_at=later(30), remind_at=later(-1000)))

    (reminder,) = reminders.due(later(31))

    assert reminder.since == later(30)


def test_reminding_empties_the_index_and_stores_the_event_once(
    tasks: DynamoDBTasks, reminders: DynamoDBReminders
) -> None:
    task = add(tasks, 5)
    reminders_due = list(reminders.due(later(10)))

    assert [Remind(tasks, lambda: later(10))(reminders_due[0]) for _ in range(2)] == [
        SweepOutcome.SENT,
        SweepOutcome.OVERTAKEN,
    ]

    assert ids(reminders, 10) == set()
    stored = tasks.get(task.id)
    assert stored
    assert (stored.version, stored.state.remind_at) == (2, None)


@pytest.mark.usefixtures("dynamodb")
def test_a_caller_sets_and_clears_a_reminder() -> None:
    def resolve(field: str, wanted: dict[str, Any]) -> Any:
        answer: Any = handler(field_event(field, {"input": wanted}, SIGNED_IN), LambdaContext())
        return answer

    at = now() + timedelta(hours=1)
    task = resolve("Mutation.createTask", {"title": "Call", "remindAt": at.isoformat(timespec="seconds")})["data"]
    assert task["remindAt"] == to_text(at.replace(microsecond=0))

    moved = resolve("Mutation.updateTask", {"id": task["id"], "remindAt": "2027-01-01T09:00:00+01:00"})["data"]
    assert moved["remindAt"] == "2027-01-01T08:00:00.000Z"

    assert resolve("Mutation.updateTask", {"id": task["id"], "clear": ["REMIND_AT"]})["data"]["remindAt"] is None
    late = resolve("Mutation.updateTask", {"id": task["id"], "remindAt": "2101-01-01T00:00:00Z"})["error"]
    assert (late["info"]["field"], late["info"]["code"], late["info"]["max"]) == ("remindAt", "RANGE", 2100)
