"""The entries of a task's history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from domain.events import DomainEvent, TaskReopened, TaskStatusChanged
from domain.identifiers import TaskId, UserId
from domain.status import TaskStatus


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event without the task's content. Entries hold everything that statistics are computed and rebuilt from."""

    event_id: str
    event_type: str
    timestamp: datetime
    task_id: TaskId
    user_id: UserId
    version: int
    status: TaskStatus
    previous_status: TaskStatus | None = None
    was_completed_at: datetime | None = None

    @classmethod
    def of(cls, event: DomainEvent) -> Self:
        """Returns the entry of an event."""
        return cls(
            event_id=event.event_id,
            event_type=event.event_type,
            timestamp=event.timestamp,
            task_id=event.aggregate_id,
            user_id=event.task.user_id,
            version=event.version,
            status=event.task.status,
            previous_status=event.previous_status if isinstance(event, TaskStatusChanged) else None,
            was_completed_at=event.was_completed_at if isinstance(event, TaskReopened) else None,
        )
