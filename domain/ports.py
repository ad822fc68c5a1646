"""What the domain needs from outside, as protocols that the adapters fulfil."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from domain.changes import TaskChange
from domain.errors import Conflict, ValidationError
from domain.history import HistoryEntry
from domain.identifiers import TaskId, UserId
from domain.statistics import TaskStatistics
from domain.status import TaskStatus
from domain.task import Task

Clock = Callable[[], datetime]
"""The time now: aware, UTC, whole milliseconds."""

NewId = Callable[[], UUID]
"""A fresh UUID."""


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Which tasks a list is of: those of a user that are in one of the statuses."""

    user_id: UserId
    statuses: frozenset[TaskStatus] = frozenset(TaskStatus)

    @classmethod
    def of(cls, user_id: UserId, status: TaskStatus | None, statuses: Sequence[TaskStatus] | None) -> Self:
        """The query of a caller that names one status, several, or (None and None) any.

        Raises ValidationError for both at once, for no status at all and for one that is named twice.
        """
        if statuses is None:
            return cls(user_id) if status is None else cls(user_id, frozenset({status}))
        if status is not None:
            raise ValidationError("statuses", "must not be given together with status")
        if not statuses:
            raise ValidationError("statuses", "must name at least one status")
        if len(set(statuses)) < len(statuses):
            raise ValidationError("statuses", "must not name a status twice")
        return cls(user_id, frozenset(statuses))


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, newest first, and where the next part starts (None: there is none)."""

    tasks: Sequence[Task]
    next_token: str | None


class AlreadyExists(Exception):
    """The id is taken, by `task`."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"{task.id} exists")
        self.task = task


class VersionConflict(Conflict):
    """The stored task is no longer the version that was read.

    `info` is {"currentVersion", "currentStatus"}, both null where there is no task any more.
    """

    def __init__(self, version: int | None, status: TaskStatus | None) -> None:
        super().__init__("The task was changed meanwhile.", currentVersion=version, currentStatus=status)


class TaskRepository(Protocol):
    """Keeps tasks, each with the events of its last change: stored together or not at all."""

    def add(self, task: Task) -> None:
        """Store a new task and its events. Raises AlreadyExists when the id is taken, and stores nothing then."""

    def get(self, task_id: TaskId) -> Task | None:
        """The task, or None where there is none (a deleted one is none)."""

    def list(self, query: TaskQuery, limit: int, next_token: str | None) -> Page:
        """Up to `limit` tasks, newest first. Raises ValidationError for a token that another query issued."""

    def save(self, task: Task) -> None:
        """Store a changed task and its events.

        Raises VersionConflict when another change came first, and another Conflict when so many came that it cannot be
        told any more whether this one is among them.
        """


class TaskProjections(Protocol):
    """What is derived from the events: histories and statistics."""

    def record(self, change: TaskChange) -> bool:
        """Add the change to its task's history and its user's statistics, once. False when it was there already."""

    def history(self, task_id: TaskId, limit: int) -> Sequence[HistoryEntry]:
        """The latest `limit` entries, oldest first."""

    def statistics(self, user_id: UserId) -> TaskStatistics:
        """The user's statistics; all zero for a user without tasks."""


class LiveUpdateFailed(Exception):
    """The subscribers could not be told of a change; the message says why, and holds nothing of the task."""


class LiveUpdates(Protocol):
    """Tells the subscribers."""

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        """Tell the subscribers of any change, and of a completion those of completions too.

        `correlation_id` is the id of the request that made the change. Raises LiveUpdateFailed.
        """
