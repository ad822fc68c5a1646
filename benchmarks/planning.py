"""Measures filtered lists, the order by due date and moves: AWS calls, and the units that DynamoDB bills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import randbelow
from typing import TYPE_CHECKING, Any
from uuid import UUID

from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.items import serialize
from adapters.task_items import task_item
from benchmarks.capacity import item_size, units_of, with_whole_items
from benchmarks.cloud import Cloud, create_table
from benchmarks.rows import Row, counted
from benchmarks.worker import Wire
from domain.access import Actor
from domain.details import TaskDetails
from domain.identifiers import TaskId, UserId
from domain.lists import TaskFilter, TaskOrder, TaskQuery
from domain.planning import TaskDue, TaskPriority
from domain.services.change_tasks import MoveTask
from domain.status import OPEN_STATUSES, TaskStatus
from domain.task import Task

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AIMS = {20: 2.5, 50: 6, 150: 17.5, 500: 58.5, 1_100: 128}  # read units of a filtered list, by the number of open tasks
ITEM = 950  # bytes
_PAGE = 20
_START = datetime(2026, 1, 1, tzinfo=UTC)
_USER = UserId("94685498-6041-70d5-3c77-6c2f3b3e5f0a")
_PENDING = frozenset({TaskStatus.PENDING})
_FILTERED = TaskQuery(_USER, _PENDING, TaskFilter.of(any_label=["this week"], text="nowhere"))
_DUE_FIRST = TaskQuery(_USER, OPEN_STATUSES, order=TaskOrder.DUE_FIRST)


def rows(cloud: Cloud) -> list[Row]:
    """Returns the rows of lists of users with 20 to 1,100 open tasks, and of a move."""
    dynamodb, wire = cloud.dynamodb, Wire()
    tables = {size: _filled(dynamodb, size) for size in AIMS}
    wire.watch_aws(dynamodb.meta.events)

    def measured(step: Callable[[], object]) -> tuple[int, float, float]:
        """Returns the calls, and the read and write units."""
        wire.reset()
        step()
        calls = wire.calls()
        units = units_of(with_whole_items(calls, dynamodb))
        return len(calls), units.read, units.write

    lists = {size: measured(partial(tasks.list, _FILTERED, _PAGE, None)) for size, tasks in tables.items()}
    tasks = tables[150]
    plain = measured(lambda: tasks.list(TaskQuery(_USER, _PENDING), _PAGE, None))
    due_first = measured(lambda: tasks.list(_DUE_FIRST, _PAGE, None))
    token = tasks.list(_DUE_FIRST, _PAGE, None).next_token
    second_page = measured(lambda: tasks.list(_DUE_FIRST, _PAGE, token))
    moved = measured(lambda: _move(tasks, 9, 3, 2))
    completed = measured(lambda: _complete(tasks, 8))
    return [
        *(
            counted(f"read_units_filtered_{size}", units, AIMS[size], "read units", "the aim")
            for size, (_, units, _w) in lists.items()
        ),
        counted("aws_calls_filtered_1100", lists[1_100][0], plain[0], "calls", "our list without a filter"),
        counted("aws_calls_due_first", due_first[0], plain[0], "calls", "our list, newest first"),
        counted("aws_calls_due_first_second_page", second_page[0], plain[0], "calls", "our list, newest first"),
        counted("read_units_due_first", due_first[1], plain[1], "read units", "our list, newest first"),
        counted("aws_calls_move", moved[0], completed[0], "calls", "our complete"),
        counted("read_units_move", moved[1], completed[1], "read units", "our complete, of one task"),
        counted("write_units_move", moved[2], completed[2], "write units", "our complete, which leaves the due order"),
    ]


def _move(tasks: DynamoDBTasks, moved: int, after: int, before: int) -> None:
    move = MoveTask(tasks, lambda: datetime.now(UTC), randbelow)
    move(Actor(_USER, acts_for_anyone=False), _id(moved), _id(after), _id(before))


def _complete(tasks: DynamoDBTasks, number: int) -> None:
    task = tasks.get(_id(number))
    if task is None:
        raise RuntimeError("the task is not there")
    task.complete(datetime.now(UTC))
    tasks.save(task)


def _id(number: int) -> TaskId:
    return TaskId.of(UUID(int=number + 1))


def _filled(dynamodb: DynamoDBClient, size: int) -> DynamoDBTasks:
    """Creates a table with this number of planned tasks of `ITEM` bytes, which are due on two days."""
    name = f"planning-{size}"
    create_table(dynamodb, name)
    items = [_item(number) for number in range(size)]
    for start in range(0, size, 25):
        puts: list[Any] = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        dynamodb.batch_write_item(RequestItems={name: puts})
    return DynamoDBTasks(dynamodb, name, correlation_id=lambda: None)


def _item(number: int) -> dict[str, Any]:
    details = TaskDetails(
        title="Write the report about the year and send it out",
        due=TaskDue.of(f"2026-12-0{1 + number % 2}", None, None),
        priority=TaskPriority.HIGH,
        labels=("family", "household", "this week"),
    )
    created = Task.create(task_id=_id(number), user_id=_USER, details=details, at=_START + timedelta(minutes=number))
    writes = tuple(f"write-0{n}" for n in range(8))

    def stored(description: str) -> dict[str, Any]:
        task = replace(created, state=replace(created.state, description=description), writes=writes)
        return serialize(
            task_item(task, write_id="write-08", correlation_id="Root=1-6923d9a1-0a1b2c3d4e5f6a7b8c9d0e1f")
        )

    return stored("x" * (ITEM - item_size(stored(""))))
