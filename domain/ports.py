"""What the domain needs from outside, as protocols that the adapters fulfil."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.errors import Conflict
from domain.events import DomainEvent, TaskSnapshot
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
    """Which tasks a list is of."""

    user_id: UserId
    status: TaskStatus | None = None


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
    """The stored task is no longer the version that was read. `info` is {"currentVersion"}."""

    def __init__(self, current: int | None) -> None:
        super().__init__("The task was changed by somebody else meanwhile.", currentVersion=current)


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

    def record(self, event: DomainEvent) -> bool:
        """Add the event to its task's history and its user's statistics, once. False when it was there already."""

    def history(self, task_id: TaskId, limit: int) -> Sequence[HistoryEntry]:
        """The latest `limit` entries, oldest first."""

    def statistics(self, user_id: UserId) -> TaskStatistics:
        """The user's statistics; all zero for a user without tasks."""


class LiveUpdates(Protocol):
    """Tells the subscribers."""

    def task_completed(self, task: TaskSnapshot) -> None:
        """To subscribers of completions."""

    def task_changed(self, event: DomainEvent) -> None:
        """To subscribers of any change."""
