"""A task as it is at one moment."""

from dataclasses import dataclass
from datetime import datetime

from domain.details import TaskDetails
from domain.identifiers import TaskId, UserId
from domain.status import TaskStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSnapshot(TaskDetails):
    """A task's details and all that the product knows about it: enough for any consumer, without asking back.

    Times are aware and UTC. `version` is 1 for a new task and one more after each change.
    """

    id: TaskId
    user_id: UserId
    status: TaskStatus
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int
