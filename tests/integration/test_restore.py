"""A restored task is a new change of the present task, by the product's own rules and above all earlier versions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.indexes import create_table_request
from adapters.items import deserialize, serialize
from adapters.outbox_messages import message_of
from adapters.task_items import change_of, task_key, task_of
from domain.changes import TaskChange
from domain.details import details_of
from domain.status import TaskStatus
from domain.task import Task
from tests.builders import ANNA, BORIS, NOON, a_created_task, a_planned_task, later
from tests.integration.conftest import TABLE_NAME
from tests.integration.operators import Operators

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WAYS: dict[TaskStatus, Callable[[Task], None]] = {
    TaskStatus.PENDING: lambda task: None,
    TaskStatus.IN_PROGRESS: lambda task: task.start(later()),
    TaskStatus.COMPLETED: lambda task: task.complete(later()),
    TaskStatus.CANCELLED: lambda task: task.cancel(later()),
}


@pytest.fixture
def stack(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Operators:
    dynamodb.create_table(**create_table_request("restored"))
    return Operators.deploy(dynamodb, monkeypatch)


def back_up(stack: Operators, task: Task) -> None:
    """Copy the task's item into the restored table."""
    item = stack.get(task_key(task.id))
    assert item is not None
    stack.dynamodb.put_item(TableName="restored", Item=serialize(item))


def present(stack: Operators, task: Task) -> Task:
    item = stack.get(task_key(task.id))
    assert item is not None
    return task_of(item)


def record_all(stack: Operators, monkeypatch: pytest.MonkeyPatch) -> list[TaskChange]:
    """Let every write of a task be recorded at once, as the event path does. Returns the recorded changes."""
    recorded: list[TaskChange] = []
    put = stack.dynamodb.put_item

    def put_and_record(**request: object) -> object:
        response = put(**request)  # type: ignore[arg-type]
        item = deserialize(request["Item"])  # type: ignore[arg-type]
        if request["TableName"] == TABLE_NAME and "OutboxId" in item:
            change = change_of(item)
            assert message_of({"NewImage": request["Item"]}).body
            assert stack.projections.record(change), "its version was never used before"
            recorded.append(change)
        return response

    monkeypatch.setattr("operations.restore_tasks.boto3.client", lambda _: stack.dynamodb)
    monkeypatch.setattr(stack.dynamodb, "put_item", put_and_record)
    return recorded


@pytest.mark.parametrize("before", TaskStatus)
@pytest.mark.parametrize("after", TaskStatus)
def test_details_and_status_come_back_as_the_next_versions(
    stack: Operators, monkeypatch: pytest.MonkeyPatch, before: TaskStatus, after: TaskStatus
) -> None:
    task = a_created_task(title="Right")
    task.move("zUOCWs9v1Opz", later(1))
    WAYS[before](task)
    stack.store(task)
    back_up(stack, task)
    spoiled = a_created_task(title="Wrong")
    spoiled.state = task_of(stack.get(task_key(task.id)) or {}).state
    if before in {TaskStatus.COMPLETED, TaskStatus.CANCELLED}:
        spoiled.reopen(later(2))
    spoiled.edit(later(3), title="Wrong", description="Spoiled")
    spoiled.move("zzzzzzzzzz", later(3))
    if spoiled.status is not after:
        if after is TaskStatus.PENDING:
            spoiled.cancel(later(4))
            spoiled.reopen(later(4))
        else:
            WAYS[after](spoiled)
    spoiled.changes = spoiled.changes[1:]
    stack.store(spoiled)
    version = spoiled.version
    recorded = record_all(stack, monkeypatch)

    codes = [stack.run("restore-tasks", "--from-table", "restored") for _ in range(2)]

    restored = present(stack, task)
    assert codes == [0, 0]
    assert (restored.state.title, restored.state.description, restored.status) == ("Right", "", before)
    assert restored.state.rank == "zUOCWs9v1Opz"
    assert [change.version for change in recorded] == list(range(version + 1, restored.version + 1))
    assert stack.projections.statistics(ANNA).count(before) == 1
    assert stack.projections.statistics(ANNA).total == 1
    assert stack.run("rebuild-projections", "--report-only") == 0


@pytest.mark.parametrize("status", TaskStatus)
@pytest.mark.parametrize("expired", [False, True], ids=["tombstone", "expired tombstone"])
def test_a_deleted_task_is_created_again_above_its_last_version(
    stack: Operators, monkeypatch: pytest.MonkeyPatch, status: TaskStatus, expired: bool
) -> None:
    task = a_created_task()
    WAYS[status](task)
    stack.store(task)
    back_up(stack, task)
    task.delete(later(9))
    stack.store(task)
    if expired:
        stack.dynamodb.delete_item(TableName=TABLE_NAME, Key=serialize(task_key(task.id)))
    recorded = record_all(stack, monkeypatch)

    codes = [stack.run("restore-tasks", "--from-table", "restored", "--task", str(task.id)) for _ in range(2)]

    restored = present(stack, task)
    assert codes == [0, 0]
    assert (restored.status, restored.state.created_at, restored.deleted) == (status, NOON, False)
    assert [change.version for change in recorded] == list(range(task.version + 1, restored.version + 1))
    assert recorded[0].event_type == "TaskCreated"
    assert stack.projections.statistics(ANNA).total == 1


def test_an_export_is_a_source_too(stack: Operators, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task = a_created_task(title="Right")
    stack.store(task)
    file = tmp_path / "export.json"
    exported = {
        "id": str(task.id),
        "userId": str(ANNA),
        "title": "Right",
        "description": "",
        "due": {"date": "2026-12-24", "at": "2026-12-24T08:30:00.000Z", "timeZone": "Europe/Berlin"},
        "priority": "HIGH",
        "labels": ["home"],
        "status": "IN_PROGRESS",
        "createdAt": "2026-11-23T12:00:00.000Z",
        "rank": "zUOCWs9v1Opz",
    }
    file.write_text(json.dumps({"tasks": [exported, {"id": "task-1"}, exported | {"status": "SNOOZED\x1b[2J"}]}))

    assert stack.run("restore-tasks", "--from-file", str(file)) == 1

    printed = capsys.readouterr().out
    restored = present(stack, task)
    assert restored.status is TaskStatus.IN_PROGRESS
    assert details_of(restored.state) == details_of(
        a_planned_task(title="Right", description="", labels=("home",)).state
    )
    assert restored.state.rank == "zUOCWs9v1Opz"
    assert "Left: task 1 of the file: " in printed
    assert "Left: task 2 of the file: " in printed
    assert printed.endswith("Restored: 1. Equal: 0. Of erased persons: 0. Left: 2.\n")


@pytest.mark.parametrize("content", ["", "[]", '{"tasks": 1}', "[" * 100_000])
def test_a_file_that_is_no_export_is_refused(
    stack: Operators, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "export.json"
    file.write_text(content)

    assert stack.run("restore-tasks", "--from-file", str(file)) == 2

    assert str(file) in capsys.readouterr().err


def test_a_report_changes_nothing(stack: Operators, capsys: pytest.CaptureFixture[str]) -> None:
    task = a_created_task(title="Right")
    stack.store(task)
    back_up(stack, task)
    task.edit(later(), title="Wrong")
    stack.store(task)
    before = stack.table()

    assert stack.run("restore-tasks", "--from-table", "restored", "--report-only") == 1

    assert stack.table() == before
    assert f"Left: {task.id}: differs from the source" in capsys.readouterr().out


def test_erased_persons_stay_erased_and_others_tasks_stay_theirs(
    stack: Operators, capsys: pytest.CaptureFixture[str]
) -> None:
    of_anna, of_boris = a_created_task(), a_created_task(user_id=BORIS)
    for task in (of_anna, of_boris):
        stack.store(task)
        back_up(stack, task)
    stack.dynamodb.delete_item(TableName=TABLE_NAME, Key=serialize(task_key(of_anna.id)))
    item = stack.get(task_key(of_boris.id)) or {}
    stack.put(item | {"UserId": "carol"})
    DynamoDBErasures(stack.dynamodb, TABLE_NAME).add(ANNA, later(), "an operator")

    code = stack.run("restore-tasks", "--from-table", "restored", "--task=task-none", f"--task={of_boris.id}")
    assert stack.run("restore-tasks", "--from-table", "restored", "--user", str(ANNA)) == 0

    printed = capsys.readouterr().out
    assert code == 1
    assert stack.get(task_key(of_anna.id)) is None
    assert f"Left: {of_boris.id}: belongs to another user now" in printed
    assert "Left: task-none: the source has no such task" in printed
    assert printed.endswith("Restored: 0. Equal: 0. Of erased persons: 1. Left: 0.\n")
