"""Which items are in which index, and how many bytes they take."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.history_items import history_item
from adapters.indexes import BY_DUE, BY_RECORDING, BY_STATUS, BY_USER, INDEXES, Index
from adapters.items import Item, serialize
from adapters.statistics_items import statistics_key
from adapters.task_items import task_item
from benchmarks.capacity import item_size, read_units
from domain.changes import TaskChange
from domain.identifiers import UserId
from domain.planning import TaskDue, TaskPriority
from domain.status import TaskStatus
from domain.task import Task
from tests.builders import a_task, later

A_SUB = UserId("94685498-6041-70d5-3c77-6c2f3b3e5f0a")  # as Cognito names a person
WRITE_UNIT = 1024  # bytes


def a_task_of_many_writes(**values: Any) -> Task:
    """Returns a task that was written eight times, the last time by a started request."""
    task = a_task(user_id=A_SUB, version=8, **values)
    return replace(task, fingerprint="f" * 64, writes=tuple(f"write-0{n}" for n in range(8)))


def an_item_of(task: Task) -> Item:
    return task_item(task, write_id="write-08", correlation_id="Root=1-6923d9a1-0a1b2c3d4e5f6a7b8c9d0e1f")


def indexes_of(item: Item) -> list[Index]:
    return [index for index in INDEXES if set(index.attributes) <= item.keys()]


DUE = TaskDue.of(None, "2026-12-24T08:30:00Z", "America/Argentina/Buenos_Aires")


def test_a_task_is_in_the_index_of_its_user_and_in_that_of_its_status() -> None:
    item = an_item_of(a_task_of_many_writes())

    assert [[item[name] for name in index.partition_key] for index in (BY_USER, BY_STATUS)] == [
        [str(A_SUB)],
        [str(A_SUB), "PENDING"],
    ]
    assert indexes_of(item) == [BY_USER, BY_STATUS]


@pytest.mark.parametrize("status", TaskStatus)
def test_an_open_task_with_a_due_date_is_in_the_index_of_due_dates(status: TaskStatus) -> None:
    item = an_item_of(a_task_of_many_writes(status=status, due=DUE))

    assert (BY_DUE in indexes_of(item)) is not status.is_closed


def test_a_tombstone_and_statistics_are_in_no_index_and_a_recorded_change_is_in_that_of_recordings() -> None:
    task = a_task_of_many_writes(due=DUE)
    task.delete(later())
    change = TaskChange(task.state, tuple(task.events))

    assert indexes_of(an_item_of(task)) == []
    assert indexes_of(statistics_key(A_SUB)) == []
    assert indexes_of(history_item(change, later(2))) == [BY_RECORDING]
    assert item_size(serialize(history_item(change, later(2)))) < WRITE_UNIT


@pytest.mark.parametrize("status", TaskStatus)
def test_a_planned_task_with_an_ordinary_text_is_one_write_unit(status: TaskStatus) -> None:
    texts = {"status": status, "title": "Write the report about the year and send it out", "description": "x" * 100}
    plain = an_item_of(a_task_of_many_writes(**texts))
    planned = an_item_of(
        a_task_of_many_writes(
            **texts,
            due=DUE,
            priority=TaskPriority.URGENT,
            labels=("family", "household", "this week"),
        )
    )
    coming = {"Rank": "a0" * 25}

    assert item_size(serialize(plain)) <= 750
    assert item_size(serialize(planned | coming)) <= WRITE_UNIT


def test_a_page_of_twenty_tasks_reads_twelve_kilobytes() -> None:
    page = [serialize(an_item_of(a_task_of_many_writes()))] * 21  # one more than the page shows that another follows

    assert read_units(page, consistent=False) == 1.5
