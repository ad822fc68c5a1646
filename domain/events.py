"""What happens to tasks, as facts that others can act on."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.identifiers import TaskId
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus


def event_id(task_id: TaskId, version: int, event_type: str) -> str:
    """`<task id>/<version>/<event type>`: a version raises a type of event once."""
    return f"{task_id}/{version}/{event_type}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """Something that happened to a task.

    `task` is the task after it (for a deletion: what it was, with the version that the deletion made); its version
    orders the events of one task.
    """

    event_type: ClassVar[str]

    timestamp: datetime
    task: TaskSnapshot

    @property
    def event_id(self) -> str:
        """Unique for ever, and the same however often the event is delivered."""
        return event_id(self.aggregate_id, self.version, self.event_type)

    @property
    def aggregate_id(self) -> TaskId:
        """The id of the task that it happened to."""
        return self.task.id

    @property
    def version(self) -> int:
        """The task's version after it."""
        return self.task.version


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCreated(DomainEvent):
    """A task came to be, pending."""

    event_type: ClassVar[str] = "TaskCreated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUpdated(DomainEvent):
    """A task's title or description changed."""

    event_type: ClassVar[str] = "TaskUpdated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatusChanged(DomainEvent):
    """A task moved from `previous_status` to the status in the snapshot."""

    event_type: ClassVar[str] = "TaskStatusChanged"

    previous_status: TaskStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(DomainEvent):
    """A task was completed. Comes with the TaskStatusChanged of the same version."""

    event_type: ClassVar[str] = "TaskCompleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReopened(DomainEvent):
    """A completed or cancelled task is pending again. Comes with the TaskStatusChanged of the same version.

    `was_completed_at` is when the completion that this takes back was made; None for a task that was cancelled.
    """

    event_type: ClassVar[str] = "TaskReopened"

    was_completed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDeleted(DomainEvent):
    """A task was deleted; the snapshot tells what it was."""

    event_type: ClassVar[str] = "TaskDeleted"
