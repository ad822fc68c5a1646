"""The Task aggregate: its state, its transitions, and the events that each change raises."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Self

from domain.errors import InvalidTransition, ValidationError
from domain.events import (
    DomainEvent,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskReopened,
    TaskSnapshot,
    TaskStatusChanged,
    TaskUpdated,
)
from domain.identifiers import TaskId, UserId
from domain.status import TRANSITIONS, TaskStatus
from domain.text import valid_description, valid_title


@dataclass(slots=True)
class Task:
    """Something a user means to do.

    `Task(…)` restores a stored task and raises no event; `Task.create` makes a new one. Changes are recorded in
    `events` until the repository has stored them together with the state. `fingerprint` tells whether a repeated
    creation (same client token) asks for the same content; None for a task created without a token. `writes` is the
    repository's own note, the ids of the task's latest writes: it goes with the task, and no rule looks at it.
    """

    id: TaskId
    user_id: UserId
    title: str
    description: str
    status: TaskStatus
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int
    deleted: bool = False
    fingerprint: str | None = None
    events: list[DomainEvent] = field(default_factory=list, compare=False)
    writes: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def create(
        cls, *, task_id: TaskId, user_id: UserId, title: str, description: str, at: datetime, idempotent: bool = False
    ) -> Self:
        """A new pending task, version 1, that has recorded TaskCreated. Raises ValidationError (field and rule)."""
        task = cls(
            id=task_id,
            user_id=user_id,
            title=valid_title(title),
            description=valid_description(description),
            status=TaskStatus.PENDING,
            created_at=at,
            updated_at=at,
            completed_at=None,
            version=1,
        )
        if idempotent:
            task.fingerprint = sha256(f"{task.title}\0{task.description}".encode()).hexdigest()
        task.events.append(TaskCreated(timestamp=at, task=task.snapshot()))
        return task

    def start(self, at: datetime) -> None:
        """Begin work. Raises InvalidTransition unless the task is pending."""
        self._move_to(TaskStatus.IN_PROGRESS, at)

    def complete(self, at: datetime) -> None:
        """Finish the task.

        Raises InvalidTransition when it is completed or cancelled.
        Records TaskStatusChanged and TaskCompleted, both stamped `at` (UTC).
        """
        self._move_to(TaskStatus.COMPLETED, at)
        self.events.append(TaskCompleted(timestamp=self.updated_at, task=self.snapshot()))

    def cancel(self, at: datetime) -> None:
        """Give the task up. Raises InvalidTransition when it is completed or cancelled."""
        self._move_to(TaskStatus.CANCELLED, at)

    def reopen(self, at: datetime) -> None:
        """Take up a completed or cancelled task again: it is pending, and no longer completed.

        Raises InvalidTransition when it is neither.
        Records TaskStatusChanged and TaskReopened, both stamped `at` (UTC).
        """
        was_completed_at = self.completed_at
        self._move_to(TaskStatus.PENDING, at)
        self.events.append(
            TaskReopened(timestamp=self.updated_at, task=self.snapshot(), was_completed_at=was_completed_at)
        )

    def edit(self, *, title: str | None, description: str | None, at: datetime) -> None:
        """Change the details; None leaves one as it is.

        Raises ValidationError when neither is given or one breaks its rule, InvalidTransition when the task is closed.
        Details that are the same already change nothing and record nothing.
        """
        if title is None and description is None:
            raise ValidationError("input", "must name a title or a description to change")
        new_title = self.title if title is None else valid_title(title)
        new_description = self.description if description is None else valid_description(description)
        if self.status.is_closed:
            raise InvalidTransition(current=self.status, wanted=None, version=self.version)
        if (new_title, new_description) == (self.title, self.description):
            return
        self.title, self.description = new_title, new_description
        self._touch(at)
        self.events.append(TaskUpdated(timestamp=self.updated_at, task=self.snapshot()))

    def delete(self, at: datetime) -> None:
        """Delete the task, whatever its status. Records TaskDeleted with what the task was."""
        self.deleted = True
        self._touch(at)
        self.events.append(TaskDeleted(timestamp=self.updated_at, task=self.snapshot()))

    def snapshot(self) -> TaskSnapshot:
        """The task as it is now, as an event carries it."""
        return TaskSnapshot(
            id=self.id,
            user_id=self.user_id,
            title=self.title,
            description=self.description,
            status=self.status,
            created_at=self.created_at,
            updated_at=self.updated_at,
            completed_at=self.completed_at,
            version=self.version,
        )

    def _move_to(self, status: TaskStatus, at: datetime) -> None:
        previous = self.status
        if status not in TRANSITIONS[previous]:
            raise InvalidTransition(current=previous, wanted=status, version=self.version)
        self.status = status
        self._touch(at)
        self.completed_at = self.updated_at if status is TaskStatus.COMPLETED else None
        self.events.append(TaskStatusChanged(timestamp=self.updated_at, task=self.snapshot(), previous_status=previous))

    def _touch(self, at: datetime) -> None:
        # Clocks of two Lambdas differ: a task's time never runs backwards.
        self.updated_at = max(at, self.updated_at)
        self.version += 1
