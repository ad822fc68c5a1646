"""Domain events: facts about tasks that other parts of the product react to."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.identifiers import TaskId
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus


def event_id(task_id: TaskId, version: int, event_type: str) -> str:
    """Returns `<task id>/<version>/<event type>`.

    The id is unique because a version raises each event type at most once.
    """
    return f"{task_id}/{version}/{event_type}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """Something that happened to a task.

    `task` is the task after the event. For a deletion, `task` is the deleted task with the version that the deletion
    made. The task's version orders the events of one task.
    """

    event_type: ClassVar[str]

    timestamp: datetime
    task: TaskSnapshot

    @property
    def event_id(self) -> str:
        """The permanent, unique id of the event, which is the same for every delivery of it."""
        return event_id(self.aggregate_id, self.version, self.event_type)

    @property
    def aggregate_id(self) -> TaskId:
        """The id of the task that the event happened to."""
        return self.task.id

    @property
    def version(self) -> int:
        """The task's version after the event."""
        return self.task.version


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCreated(DomainEvent):
    """A task was created with the status PENDING."""

    event_type: ClassVar[str] = "TaskCreated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUpdated(DomainEvent):
    """The title or the description of a task changed."""

    event_type: ClassVar[str] = "TaskUpdated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatusChanged(DomainEvent):
    """A task moved from `previous_status` to the status in the snapshot."""

    event_type: ClassVar[str] = "TaskStatusChanged"

    previous_status: TaskStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(DomainEvent):
    """A task was completed. The same version also raises TaskStatusChanged."""

    event_type: ClassVar[str] = "TaskCompleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReopened(DomainEvent):
    """A completed or cancelled task became pending again. The same version also raises TaskStatusChanged.

    `was_completed_at` is the time of the completion that the reopening reverts. It is None for a task that was
    cancelled.
    """

    event_type: ClassVar[str] = "TaskReopened"

    was_completed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDeleted(DomainEvent):
    """A task was deleted. The snapshot describes the deleted task."""

    event_type: ClassVar[str] = "TaskDeleted"
