"""Builders of tasks and events for tests. Every argument has a default, so that a test names only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from domain.changes import TaskChange
from domain.details import TaskDetails
from domain.identifiers import TaskId, UserId
from domain.planning import TaskDue, TaskPriority
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus
from domain.task import Task

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANNA = UserId("anna")
BORIS = UserId("boris")

_numbers = count(1)


def an_id() -> TaskId:
    return TaskId.of(UUID(int=next(_numbers)))


def a_task(
    *,
    task_id: TaskId | None = None,
    user_id: UserId = ANNA,
    title: str = "Write the report",
    description: str = "All of it",
    status: TaskStatus = TaskStatus.PENDING,
    created_at: datetime = NOON,
    version: int = 1,
    **planning: Any,
) -> Task:
    return Task(
        TaskSnapshot(
            id=task_id or an_id(),
            user_id=user_id,
            title=title,
            description=description,
            status=status,
            created_at=created_at,
            updated_at=created_at,
            completed_at=created_at if status is TaskStatus.COMPLETED else None,
            version=version,
            **planning,
        )
    )


def a_planned_task(**values: Any) -> Task:
    """Returns a task that has everything of planning."""
    planning: dict[str, Any] = {
        "due": TaskDue.of(None, "2026-12-24T08:30:00Z", "Europe/Berlin"),
        "priority": TaskPriority.HIGH,
        "labels": ("family", "home"),
    }
    return a_task(**planning | values)


def a_created_task(*, user_id: UserId = ANNA, title: str = "Write the report", at: datetime = NOON) -> Task:
    return Task.create(task_id=an_id(), user_id=user_id, details=TaskDetails(title=title), at=at)


def later(minutes: float = 1) -> datetime:
    return NOON + timedelta(minutes=minutes)


def changes_of(task: Task) -> Sequence[TaskChange]:
    """Returns the changes that a task has recorded, one for each version, as if each had been stored separately."""
    return list(task.changes)
